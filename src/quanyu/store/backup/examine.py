"""What is in an archive: read to its end, as its manifest comes last, and compared with that."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from quanyu.core.errors import Invalid
from quanyu.store.backup.archive import opened
from quanyu.store.backup.manifest import (
    FileEntry,
    Manifest,
    RowDigest,
    Schema,
    decoded,
    differing,
    read_through,
)


@dataclass(frozen=True, slots=True)
class Examined:
    """`keys`: with the node's secret keys."""

    snapshot: datetime
    keys: bool
    tables: int
    rows: int
    files: int


def examine(path: Path) -> Examined:
    """Raises Invalid for what is no whole backup, or holds another row or file than was backed up. For a thread."""
    schema = manifest = None
    tables: dict[str, RowDigest] = defaultdict(RowDigest)
    files: dict[str, FileEntry] = {}
    with opened(path) as members:
        for name, content in members:
            kind, _, rest = name.partition("/")
            if kind == "tables":
                read_through(content, tables[rest.rpartition("/")[0]].update)
            elif kind == "files":
                files[rest] = read_through(content, lambda _: None)
            elif name == "schema.json":
                schema = decoded(content, Schema)
            elif name == "manifest.json":
                manifest = decoded(content, Manifest)
    if schema is None or manifest is None:
        raise Invalid("store.backup.broken", path=path.name)
    if wrong := differing(tables, files, manifest):
        raise Invalid("store.backup.differs", parts=", ".join(wrong[:10]))
    rows = sum(digest.rows for digest in tables.values())
    return Examined(schema.snapshot, any(map(_is_secret_key, files)), len(tables), rows, len(files))


def _is_secret_key(name: str) -> bool:
    pure = PurePosixPath(name)
    return pure.parts[0] == "keys" and pure.suffix != ".pub"
