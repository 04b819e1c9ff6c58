"""The content of a dataset as DuckDB sees it: the accepted parts without the records that later parts replaced."""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import duckdb

from quanyu.govern.imports.model import Part, PartRole
from quanyu.govern.quality.quote import literal

PROVENANCE = ("_row", "_source", "_line", "_hash", "_flags", "_import", "_from_import", "_from_row")
"""Columns that say where a record comes from; all others are the department's own."""

_MEMORY = "512MB"
_MOST_KEPT = 8
_turn = threading.Lock()


@contextmanager
def reader(
    data: Path, tenant: str, *, memory: str = _MEMORY, threads: int = 2
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of its own, locked to this tenant's files. Meant for a thread; nothing it does outlives it."""
    connection = _locked(data, tenant, memory, threads)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def kept_reader(data: Path, tenant: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """As `reader`, for what somebody waits for: to open DuckDB takes ten times as long as to read a page of records.

    The tenant's readers share its memory. What one makes must be temporary: then no other sees it, and it goes with it.
    """
    with _turn:
        session = _kept(data, tenant).cursor()
    try:
        yield session
    finally:
        session.close()


@lru_cache(maxsize=_MOST_KEPT)
def _kept(data: Path, tenant: str) -> duckdb.DuckDBPyConnection:
    """One that is forgotten closes with the last session that reads by it."""
    return _locked(data, tenant, _MEMORY, 2)


def _locked(data: Path, tenant: str, memory: str, threads: int) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"memory_limit": memory, "threads": str(threads)})
    spill = data / "tmp" / "read"
    connection.execute(f"set temp_directory = {literal(str(spill))}")
    allowed = [f"{data / 'datasets' / tenant}/", f"{data / 'tmp' / 'imports' / tenant}/", f"{spill}/"]
    connection.execute(f"set allowed_directories = [{', '.join(map(literal, allowed))}]")
    connection.execute("set parquet_metadata_cache = true")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def paths(data: Path, parts: Iterable[Part], role: PartRole) -> list[str]:
    return [str(data / part.path) for part in parts if part.role is role]


def current_sql(data: Path, parts: Sequence[Part]) -> str | None:
    """A table expression of the current records with `_import`; None while there are none.

    `superseded` parts list (part, _row), where part is the path of an accepted file as it was then; only its last
    segment counts, so a data folder may move.
    """
    accepted = paths(data, parts, PartRole.ACCEPTED)
    if not accepted:
        return None
    replaced = paths(data, parts, PartRole.SUPERSEDED)
    rows = f"select * replace (parse_filename(_import, true) as _import) from {parquet(accepted, filename='_import')}"
    if not replaced:
        return f"({rows})"
    gone = f"select parse_filename(part, true) as part, _row from {parquet(replaced)}"
    return f"(select now.* from ({rows}) as now anti join ({gone}) as gone on now._import = gone.part and now._row = gone._row)"


def quarantine_sql(data: Path, parts: Sequence[Part]) -> str | None:
    """A table expression of all quarantined records, whatever was decided about them since, with `_import`."""
    files = paths(data, parts, PartRole.QUARANTINE)
    if not files:
        return None
    return f"(select * replace (parse_filename(_import, true) as _import) from {parquet(files, filename='_import')})"


def parquet(files: Sequence[str], *, filename: str | None = None) -> str:
    listed = ", ".join(map(literal, files))
    named = f", filename = {literal(filename)}" if filename else ""
    return f"read_parquet([{listed}], union_by_name = true{named})"
