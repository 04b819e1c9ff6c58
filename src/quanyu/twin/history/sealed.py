"""Sealed days: the log of a tenant's day as one Parquet file, sorted by entity and time.

Columns: entity, seq, ts and observed (UTC), type, types, op, actor, cause, attrs and was (JSON).
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import duckdb
import msgspec

from quanyu.twin.history.instances import Row


def day_path(folder: Path, tenant: str, day: date) -> Path:
    return folder / "history" / quote(tenant, safe="") / f"{day:%Y%m%d}.parquet"


_ROWS = """
select entity, seq, epoch_us(ts), op, attrs, was from read_parquet(?) where entity in (select unnest(?))
"""
_FIRST_OF_EACH = (
    _ROWS + "qualify row_number() over (partition by entity order by coalesce(observed, ts) {order}) <= ?"
)


def read_sealed(
    folder: Path, tenant: str, days: Iterable[date], *, entities: Sequence[str], most: int, newest: bool
) -> list[Row]:
    """Of each entity the oldest rows, or the newest, in no order. Meant for a thread."""
    paths = [str(day_path(folder, tenant, day)) for day in days]
    if not paths or not entities:
        return []
    with _kept(folder).cursor() as connection:
        asked = [paths, list(entities)]
        # Where all of them together are no more than one may have, nothing has to be put in order: it costs most.
        found = connection.execute(f"{_ROWS} limit ?", [*asked, most + 1]).fetchall() if most >= _MANY else ()
        if most < _MANY or len(found) > most:
            order = "desc" if newest else "asc"
            found = connection.execute(_FIRST_OF_EACH.format(order=order), [*asked, most]).fetchall()
    return [
        Row(entity, seq, datetime.fromtimestamp(ts / 1e6, UTC), op, _decoded(attrs), was and _decoded(was))
        for entity, seq, ts, op, attrs, was in found
    ]


_MANY = 1_000


@contextmanager
def duck(folder: Path, *, memory: str = "512MB") -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of its own that sees the folders `history` and `tmp` alone."""
    connection = _opened(folder, memory)
    try:
        yield connection
    finally:
        connection.close()


@lru_cache(maxsize=2)
def _kept(folder: Path) -> duckdb.DuckDBPyConnection:
    """To open one takes longer than most questions. It holds nothing between them; each thread takes a cursor."""
    return _opened(folder, "512MB")


def _opened(folder: Path, memory: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"memory_limit": memory, "threads": "2"})
    spill = folder / "tmp" / "history"
    allowed = [f"{folder / 'history'}/", f"{spill}/"]
    connection.execute("set enable_external_file_cache = false")
    connection.execute(f"set temp_directory = {literal(str(spill))}")
    connection.execute(f"set allowed_directories = [{', '.join(map(literal, allowed))}]")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_decoded = msgspec.json.Decoder(dict).decode
