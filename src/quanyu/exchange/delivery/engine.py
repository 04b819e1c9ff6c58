"""DuckDB behind the enforcement: locked to the very files that a query may read, interrupted when its time is over.

The list of allowed words keeps queries inside; should one get past it, the engine itself opens no other file, writes nothing, loads
nothing and lets none of this be changed.
"""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import duckdb
import pyarrow as pa

from quanyu.core.errors import Invalid, QuanyuError, TooLarge
from quanyu.govern.quality.quote import literal

BATCH_ROWS = 20_000
_MOST, _MOST_TABLES = 8, 200
_QUERIES_AT_ONCE = 8

Made = TypeVar("Made")


class Engines:
    """One locked engine for each set of files, the ones used last kept open; a query is a cursor of it. For threads."""

    def __init__(self, folder: Path, *, memory: str = "1GB", threads: int = 2) -> None:
        self._spill = folder / "tmp" / "read"
        self._memory, self._threads = memory, threads
        self._open: OrderedDict[frozenset[str], duckdb.DuckDBPyConnection] = OrderedDict()
        self._columns: OrderedDict[str, dict[str, str]] = OrderedDict()
        self._turn = threading.Lock()
        self._pool = ThreadPoolExecutor(_QUERIES_AT_ONCE, "governed")

    def cursor(self, files: Iterable[str]) -> duckdb.DuckDBPyConnection:
        wanted = frozenset(files)
        with self._turn:
            found = self._open.pop(wanted, None) or self._locked(wanted)
            self._open[wanted] = found
            while len(self._open) > _MOST:
                self._open.popitem(last=False)[1].close()
            return found.cursor()

    async def work(self, work: Callable[[], Made]) -> Made:
        """In a thread of our own: however many queries are slow, the rest of the node keeps its threads."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def columns(self, files: Iterable[str], table: str) -> Mapping[str, str]:
        """Names and types of a trusted table expression over files that never change."""
        known = self._columns.get(table)
        if known is None:
            cursor = self.cursor(files)
            known = self._columns[table] = columns_of(cursor, table)
            cursor.close()
            while len(self._columns) > _MOST_TABLES:
                self._columns.popitem(last=False)
        return known

    def close(self) -> None:
        with self._turn:
            for one in self._open.values():
                one.close()
            self._open.clear()

    def _locked(self, files: frozenset[str]) -> duckdb.DuckDBPyConnection:
        made = duckdb.connect(config={"memory_limit": self._memory, "threads": str(self._threads)})
        made.execute(f"set temp_directory = {literal(str(self._spill))}")
        made.execute(f"set allowed_paths = [{', '.join(map(literal, sorted(files)))}]")
        made.execute("set parquet_metadata_cache = true")
        for name in ("autoload_known_extensions", "autoinstall_known_extensions", "enable_external_access"):
            made.execute(f"set {name} = false")
        made.execute("set lock_configuration = true")
        return made


def columns_of(cursor: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Names and types of a trusted table expression."""
    return {row[0]: row[1] for row in cursor.execute(f"describe select * from {table}").fetchall()}


def opened(
    cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, object]
) -> pa.RecordBatchReader:
    """Batches as they are made. Raises Invalid or TooLarge."""
    try:
        return cursor.sql(sql, params=dict(parameters) or None).to_arrow_reader(BATCH_ROWS)
    except duckdb.Error as error:
        raise told(error) from None


def told(error: duckdb.Error) -> QuanyuError:
    """What an asker may hear: a binder speaks of names and types only, every other message may quote a value."""
    match error:
        case duckdb.OutOfMemoryException():
            return TooLarge("exchange.query.large")
        case duckdb.InterruptException():
            return TooLarge("exchange.query.slow")
        case duckdb.BinderException() | duckdb.CatalogException():
            return Invalid("exchange.query.engine", reason=str(error).partition("\n")[0][:200])
    return Invalid("exchange.query.engine", reason=type(error).__name__)
