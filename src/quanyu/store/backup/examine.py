"""What an archive is that came from elsewhere: read to its end, as its manifest comes last."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from quanyu.core.errors import Invalid
from quanyu.store.backup.archive import opened
from quanyu.store.backup.manifest import Manifest, Schema, decoded


@dataclass(frozen=True, slots=True)
class Examined:
    """`keys`: with the node's secret keys."""

    snapshot: datetime
    keys: bool


def examine(path: Path) -> Examined:
    """Raises Invalid for what is no whole backup; that its rows and files are those of its manifest, the restore says.
    For a thread."""
    schema = manifest = None
    with opened(path) as members:
        for name, content in members:
            if name == "schema.json":
                schema = decoded(content, Schema)
            elif name == "manifest.json":
                manifest = decoded(content, Manifest)
    if schema is None or manifest is None:
        raise Invalid("store.backup.broken", path=path.name)
    return Examined(schema.snapshot, any(map(_is_secret_key, manifest.files)))


def _is_secret_key(name: str) -> bool:
    pure = PurePosixPath(name)
    return pure.parts[0] == "keys" and pure.suffix != ".pub"
