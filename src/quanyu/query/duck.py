"""DuckDB, locked to the very files that a question may read.

Should a query get past those who judge its words, the engine itself opens no other file, writes nothing, loads nothing and lets none
of this be changed.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import duckdb
import pyarrow as pa

from quanyu.query.model import BATCH_ROWS, Failed, Failure, Parameters

_MOST_OPEN = 8


class DuckEngine:
    """One locked database for each set of files, those used last kept open; a session is a cursor of it. For threads."""

    patience = 30.0

    def __init__(self, folder: Path, *, memory: str = "1GB", threads: int = 2) -> None:
        self._spill = folder / "tmp" / "read"
        self._memory, self._threads = memory, threads
        self._open: OrderedDict[frozenset[str], duckdb.DuckDBPyConnection] = OrderedDict()
        self._turn = threading.Lock()

    def session(self, files: Iterable[str]) -> "DuckSession":
        wanted = frozenset(files)
        with self._turn:
            found = self._open.pop(wanted, None) or self._locked(wanted)
            self._open[wanted] = found
            while len(self._open) > _MOST_OPEN:
                self._open.popitem(last=False)[1].close()
            return DuckSession(found.cursor())

    def close(self) -> None:
        with self._turn:
            for one in self._open.values():
                one.close()
            self._open.clear()

    def _locked(self, files: frozenset[str]) -> duckdb.DuckDBPyConnection:
        made = duckdb.connect(config={"memory_limit": self._memory, "threads": str(self._threads)})
        made.execute(f"set temp_directory = {_literal(str(self._spill))}")
        made.execute(f"set allowed_paths = [{', '.join(map(_literal, sorted(files)))}]")
        made.execute("set parquet_metadata_cache = true")
        for name in ("autoload_known_extensions", "autoinstall_known_extensions", "enable_external_access"):
            made.execute(f"set {name} = false")
        made.execute("set lock_configuration = true")
        return made


class DuckSession:
    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self.cursor = cursor

    def stream(self, sql: str, parameters: Parameters = ()) -> pa.RecordBatchReader:
        given = dict(parameters) if isinstance(parameters, Mapping) else list(parameters)
        try:
            reader = self.cursor.sql(sql, params=given or None).to_arrow_reader(BATCH_ROWS)
        except duckdb.Error as error:
            raise failed(error) from None
        return pa.RecordBatchReader.from_batches(reader.schema, _batches(reader))

    def columns(self, table: str) -> Mapping[str, str]:
        try:
            return {
                row[0]: row[1] for row in self.cursor.execute(f"describe select * from {table}").fetchall()
            }
        except duckdb.Error as error:
            raise failed(error) from None

    def run(self, statement: str) -> None:
        try:
            self.cursor.execute(statement)
        except duckdb.Error as error:
            raise failed(error) from None

    def interrupt(self) -> None:
        self.cursor.interrupt()

    def close(self) -> None:
        self.cursor.close()


def failed(error: duckdb.Error) -> Failed:
    match error:
        case duckdb.OutOfMemoryException():
            return Failed(Failure.MEMORY, str(error))
        case duckdb.InterruptException():
            return Failed(Failure.STOPPED, str(error))
        case duckdb.BinderException() | duckdb.CatalogException():
            return Failed(Failure.NAMES, str(error).partition("\n")[0])
    return Failed(Failure.OTHER, type(error).__name__)


def _batches(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return
        except duckdb.Error as error:
            raise failed(error) from None
        except (pa.ArrowInvalid, OSError) as error:
            stopped = "INTERRUPT" in str(error).upper()
            raise Failed(Failure.STOPPED if stopped else Failure.OTHER, type(error).__name__) from None
        yield batch


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
