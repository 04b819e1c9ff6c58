"""What a backup says about itself. `schema.json` comes first in the archive, `manifest.json` last, so that an archive
that was cut short has no manifest and is refused."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, TypeVar

import msgspec

from quanyu.core.errors import Invalid

FORMAT = 1
_CHUNK = 1024**2


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table that holds rows, in an order in which no row comes before one that it refers to."""

    name: str
    columns: list[str]
    forced: bool = False
    parent: str | None = None
    bound: str | None = None


class Schema(msgspec.Struct, frozen=True, kw_only=True):
    """`indexes` are definitions by name: a node makes some at run time. `snapshot` is the instant that all rows are of."""

    format: int
    snapshot: datetime
    migrations: list[tuple[str, int, str]]
    tables: list[Table]
    indexes: dict[str, str]


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one table, and the sum of their hashes, which does not depend on their order."""

    rows: int
    digest: str


class FileEntry(msgspec.Struct, frozen=True, kw_only=True):
    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`vanished` are files that were deleted while the backup ran."""

    tables: dict[str, Content]
    sequences: dict[str, int]
    files: dict[str, FileEntry]
    vanished: list[str]


@dataclass(frozen=True, slots=True)
class Progress:
    """What is being worked on, and how many bytes have gone through so far."""

    part: str
    bytes: int


@dataclass(slots=True)
class RowDigest:
    """Adds up the SHA-256 of each row of a COPY text stream. Rows end with a line feed; one inside a value is escaped."""

    rows: int = 0
    total: int = 0
    rest: bytes = field(default=b"", repr=False)

    def update(self, data: bytes) -> None:
        lines = (self.rest + data).split(b"\n")
        self.rest = lines.pop()
        self.rows += len(lines)
        for line in lines:
            self.total += int.from_bytes(hashlib.sha256(line).digest())

    def content(self) -> Content:
        return Content(rows=self.rows, digest=f"{self.total % 2**256:064x}")


def read_through(content: IO[bytes], take: Callable[[bytes], object]) -> FileEntry:
    """Gives each piece away as it comes; returns what went through."""
    digest, size = hashlib.sha256(), 0
    while data := content.read(_CHUNK):
        digest.update(data)
        size += len(data)
        take(data)
    return FileEntry(bytes=size, sha256=digest.hexdigest())


def differences(found: Mapping[str, object], expected: Mapping[str, object]) -> list[str]:
    return sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))


def differing(
    tables: Mapping[str, RowDigest], files: Mapping[str, FileEntry], manifest: Manifest
) -> list[str]:
    """The tables and files of which something else came out of the archive than went in."""
    contents = {name: digest.content() for name, digest in tables.items()}
    return differences(contents, manifest.tables) + differences(files, manifest.files)


Kind = TypeVar("Kind", Schema, Manifest)


def decoded(content: IO[bytes], kind: type[Kind]) -> Kind:
    """Raises Invalid."""
    try:
        return msgspec.json.decode(content.read(), type=kind)
    except msgspec.DecodeError as error:
        raise Invalid("store.backup.broken", path=kind.__name__) from error
