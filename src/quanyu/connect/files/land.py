"""`land`: from any file of a department to a table expression that DuckDB reads."""

from pathlib import Path

from quanyu.connect.files.model import FileOptions, Landed, Watcher
from quanyu.connect.files.source import Source, digest
from quanyu.connect.files.text import land_text


def land(path: Path, *, workdir: Path, options: FileOptions, progress: Watcher) -> tuple[Landed, ...]:
    """The tables in `path`. Raises Invalid, naming file, line and column, for what cannot be read."""
    sha256, size = digest((path,), progress)
    source = Source(path=path, name=path.name, workdir=workdir, options=options, progress=progress, sha256=sha256, bytes=size)
    return (land_text(source),)
