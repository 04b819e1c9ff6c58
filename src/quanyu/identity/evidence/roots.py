"""Signed roots outside the database: `folder/evidence/roots.jsonl`, one line a block, so that a database that was cut
short or replaced as a whole is found out. Copy the file elsewhere and it also binds whoever holds the node's keys.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO

import msgspec

from quanyu.identity.evidence.model import Root, instant

_LONGEST_LINE = 4096


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tenant: str
    number: int
    first: int
    last: int
    at: str
    head: str
    previous: str
    key: str
    signature: str


class BrokenLine(ValueError):
    """A line of the file that is no root."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def roots_path(folder: Path) -> Path:
    return folder / "evidence" / "roots.jsonl"


class RootsFile:
    """The file as a sealer keeps it. Several processes may export at once: whoever holds the lock reads what others added."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._last: dict[str, int] = {}

    def last(self, tenant: str) -> int:
        """The highest block number of the tenant in the file."""
        with self._locked() as file:
            self._catch_up(file)
        return self._last.get(tenant, 0)

    def append(self, roots: list[Root]) -> None:
        """Adds those that nobody has added yet. One write, then fsync: a crash leaves no half line for longer than that."""
        with self._locked() as file:
            self._catch_up(file)
            new = [root for root in roots if root.number > self._last.get(root.tenant, 0)]
            file.write(b"".join(_encode(root) + b"\n" for root in new))
            file.flush()
            os.fsync(file.fileno())
            self._catch_up(file)

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            _drop_torn_line(file.fileno())
            yield file

    def _catch_up(self, file: IO[bytes]) -> None:
        if os.fstat(file.fileno()).st_size < self._read:
            self._read, self._last = 0, {}
        file.seek(self._read)
        for line in file:
            with suppress(BrokenLine):  # verification names it
                root = _decode(line, 0)
                self._last[root.tenant] = max(root.number, self._last.get(root.tenant, 0))
        self._read = file.tell()


def read_roots(path: Path, tenant: str | None = None) -> Iterator[Root]:
    """The roots of one tenant, or of all, in the order of the file. Raises BrokenLine."""
    if not path.exists():
        return
    with path.open("rb") as file:
        number = 0
        while line := file.readline(_LONGEST_LINE):
            number += 1
            if not line.endswith(b"\n"):
                if file.read(1):
                    raise BrokenLine(number)
                return  # torn by a crash while it was written
            root = _decode(line, number)
            if tenant in (None, root.tenant):
                yield root


def _encode(root: Root) -> bytes:
    return msgspec.json.encode(
        _Line(
            tenant=root.tenant,
            number=root.number,
            first=root.first,
            last=root.last,
            at=instant(root.at),
            head=root.head.hex(),
            previous=root.previous.hex(),
            key=root.key,
            signature=root.signature.hex(),
        )
    )


def _decode(line: bytes, number: int) -> Root:
    try:
        raw = msgspec.json.decode(line, type=_Line)
        root = Root(
            tenant=raw.tenant,
            number=raw.number,
            first=raw.first,
            last=raw.last,
            at=datetime.fromisoformat(raw.at),
            head=bytes.fromhex(raw.head),
            previous=bytes.fromhex(raw.previous),
            key=raw.key,
            signature=bytes.fromhex(raw.signature),
        )
    except (ValueError, RecursionError):
        raise BrokenLine(number) from None
    if _encode(root) + b"\n" != line:
        raise BrokenLine(number)
    return root


def _drop_torn_line(descriptor: int) -> None:
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, _LONGEST_LINE, max(0, size - _LONGEST_LINE))
    whole = tail.rfind(b"\n") + 1
    os.ftruncate(descriptor, size - len(tail) + whole)
