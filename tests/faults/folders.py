"""Folders in which a node is at work: what goes while one looks is passed over."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def files_below(folder: Path) -> Iterator[Path]:
    for place, _, names in os.walk(folder):
        yield from (Path(place) / name for name in names)


def content(file: Path) -> bytes:
    with suppress(OSError):
        return file.read_bytes()
    return b""
