"""SQL sources: a table or query of PostgreSQL, MySQL/MariaDB or SQLite, streamed into CSV.

Everything runs in a transaction that cannot write. With a watermark column each run takes what is as high as the
highest value of the run before or higher, in the order of that column, without the records of that value that were
taken then: a record that came late with an equal time is not lost, and none comes twice.
"""

import csv
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.sources.databases import Rows, mysql, postgres, sqlite
from quanyu.connect.sources.settings import SqlSettings
from quanyu.core.errors import Invalid

_REMEMBERED = 5_000
"""Records of the highest value that are known again; of more than that all come again, which changes nothing."""


async def fetch(
    settings: SqlSettings, cursor: Mapping[str, Any], folder: Path, outgoing: Outgoing
) -> tuple[list[Path], dict[str, Any]]:
    """One CSV with the new records and the cursor after them; no file where nothing is new."""
    target = folder / "records.csv"
    mark = _Mark(settings.watermark, cursor.get("since"), set(cursor.get("seen", ())))
    count, titled = 0, False
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        async for columns, rows in _read(settings, mark.value, outgoing):
            if not titled:
                writer.writerow(columns)
                titled = True
            count += _write(writer, columns, rows, mark)
    return ([target], mark.cursor()) if count else ([], dict(cursor))


@dataclass(slots=True)
class _Mark:
    """How far a table has been read."""

    column: str | None
    value: Any
    before: set[str]
    now: set[str] = field(default_factory=set)

    def is_new(self, columns: Sequence[str], row: Sequence[Any], line: Sequence[str]) -> bool:
        if self.column is None:
            return True
        if self.column not in columns:
            raise Invalid("connect.source.no_watermark", column=self.column)
        value = row[columns.index(self.column)]
        if value is None:
            return True
        digest = hashlib.sha256("\x1f".join(line).encode(errors="replace")).hexdigest()[:16]
        if (reached := _cursor_value(value)) != self.value:
            self.value, self.now = reached, set()
        elif not self.now:
            self.now = set(self.before)
        if len(self.now) < _REMEMBERED:
            self.now.add(digest)
        return digest not in self.before

    def cursor(self) -> dict[str, Any]:
        if self.column is None or self.value is None:
            return {}
        return {"since": self.value, "seen": sorted(self.now or self.before)}


def _write(writer: Any, columns: Sequence[str], rows: Iterable[Sequence[Any]], mark: _Mark) -> int:
    count = 0
    for row in rows:
        line = ["" if value is None else _text(value) for value in row]
        if mark.is_new(columns, row, line):
            writer.writerow(line)
            count += 1
    return count


def _read(settings: SqlSettings, since: Any, outgoing: Outgoing) -> Rows:
    scheme = urlsplit(settings.url).scheme
    if scheme.startswith("postgres"):
        return postgres(settings, since, outgoing)
    if scheme == "sqlite":
        return sqlite(settings, since)
    return mysql(settings, since, outgoing)


def _text(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return str(value)


def _cursor_value(value: Any) -> int | float | str:
    return value if isinstance(value, int | float | str) else _text(value)
