"""What each process of ours does first and last, because Python's own way takes longer than much of the work."""

import contextlib
import gc
import os
import sys
import tempfile
from collections.abc import Iterator
from typing import NoReturn

_YOUNG = 100_000
"""New objects until they are looked through: more than a group of a thousand entities makes, which are freed without it."""


def have_standard_streams() -> None:
    """Where one is closed (`quanyu start <&-`), the next file or socket would take its number, and the event loop ends the process over it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free


def collect_rarely() -> None:
    """What is loaded at the start stays; to look through it for garbage again and again takes a fifth of the start."""
    gc.set_threshold(_YOUNG, 20, 20)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Not even rarely: while modules are loaded and routes made nothing is garbage, and what is made then is never looked through."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def nameless_file(about: str) -> int:
    """A file that goes with the last process that has it open; in memory, where the system has such files (`about` stands in its lists)."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create(about)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def leave(code: int) -> NoReturn:
    """Once all is written and closed: to take the interpreter apart takes half a second of a node."""
    for stream in filter(None, (sys.stdout, sys.stderr)):  # None: it was closed from the first
        with contextlib.suppress(BrokenPipeError):  # whoever read it has gone
            stream.flush()
    os._exit(code)
