"""The files of one import as one table of text: `raw.parquet` and the view `raw` over it.

`raw` has every column as text, `_row` (0-based over the import), `_source` (index of the file) and `_line` (its line).
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from quanyu.connect.files import FileOptions, Landed, land
from quanyu.connect.files import Progress as FileProgress
from quanyu.core.errors import Invalid
from quanyu.govern.engine.early import HASH, PREFIX, Early, with_early
from quanyu.govern.engine.model import (
    EngineJob,
    FileFault,
    InputFile,
    Progress,
    RawPolicy,
    SourceReport,
    Stage,
)
from quanyu.govern.engine.samples import Samples, different
from quanyu.govern.quality.quote import literal, name, names

RESERVED = frozenset(
    {"_row", "_source", "_line", "_hash", "_flags", "_faults", "_first", "_said", "_n"}
    | {"_import", "_from_import", "_from_row", "file_row_number"}
)
"""Names of the columns that the engine and its readers add."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawColumn:
    name: str
    label: str
    unit: str | None
    geometry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """`rows` are the records in the table; `rejected` lines are in the table `rejects` (source, line, text, reason).

    Where columns may be typed early, `samples` are of records from all over the file, in the table `sample`; else it is empty.
    """

    path: Path
    columns: tuple[RawColumn, ...]
    landed: tuple[Landed, ...]
    sources: tuple[SourceReport, ...]
    rows: int
    rejected: int
    in_memory: bool
    early: Early
    samples: Samples


GuessEarly = Callable[[tuple[RawColumn, ...], Samples], Early]
"""Looks at the table `sample`."""


def land_files(
    connection: duckdb.DuckDBPyConnection,
    job: EngineJob,
    on_progress: Callable[[Progress], None],
    guess_early: GuessEarly,
) -> Raw:
    tables = tuple(_landed(job, on_progress))
    columns = _columns(tables)
    path = Path(job.workdir) / "raw.parquet"
    parts = " UNION ALL ".join(_part(index, table, columns) for index, (_, table) in enumerate(tables))
    in_memory = _fits(tables, len(columns))
    samples: Samples = {}
    early: Early = {}
    if in_memory:
        samples = _samples(connection, tables, columns)
        early = guess_early(columns, samples) if samples else {}
        query = with_early(parts, tuple(column.name for column in columns), early) if early else parts
        connection.execute(f"CREATE TABLE raw_rows AS {query}")
    else:
        _leave_room(connection)
        connection.execute(f"COPY ({parts}) TO {literal(str(path))} {PARQUET}")
    sources = tuple(_source(name_, table) for name_, table in tables)
    rows = "raw_rows" if in_memory else f"read_parquet({literal(str(path))}, file_row_number = true)"
    number = "rowid" if in_memory else "file_row_number"
    extra = (*(PREFIX + column for column in early), HASH) if early else ()
    _view(connection, rows, number, columns, tuple(table for _, table in tables), extra)
    counted = connection.execute("SELECT count(*) FROM raw").fetchone()
    rejected = _collect_rejects(connection, tuple(table for _, table in tables))
    return Raw(
        path=path,
        columns=columns,
        landed=tuple(table for _, table in tables),
        sources=sources,
        rows=counted[0] if counted else 0,
        rejected=rejected,
        in_memory=in_memory,
        early=early,
        samples=samples,
    )


def _samples(
    connection: duckdb.DuckDBPyConnection,
    tables: tuple[tuple[str, Landed], ...],
    columns: tuple[RawColumn, ...],
) -> Samples:
    """Before the table is read; empty where that would be as much work as to read it."""
    _, table = tables[0]
    if len(tables) > 1 or table.spread is None:
        return {}
    connection.execute(f"CREATE TEMP TABLE sample AS {_part(0, replace(table, sql=table.spread), columns)}")
    return {column.name: different(connection, "sample", column.name) for column in columns}


@contextmanager
def keeping_raw(connection: duckdb.DuckDBPyConnection, raw: Raw, policy: RawPolicy) -> Iterator[None]:
    """Writes `raw.parquet` beside the work in the block: the columns as text, `_source`, `_line`; row number is `_row`."""
    if policy is RawPolicy.UPLOAD or not raw.in_memory:
        yield
        return
    texts = f"SELECT {names(column.name for column in raw.columns)}, _source, _line FROM raw_rows"
    with ThreadPoolExecutor(max_workers=1) as beside:
        written = beside.submit(
            connection.cursor().execute, f"COPY ({texts}) TO {literal(str(raw.path))} {PARQUET}"
        )
        yield
        written.result()


def _fits(tables: tuple[tuple[str, Landed], ...], columns: int) -> bool:
    """Whether the text is kept in memory, where reading it again costs least; else in raw.parquet from the start."""
    cells = sum(table.records for _, table in tables) * columns
    expanded = sum(table.bytes * (_PACKED if _is_packed(name_) else 1) for name_, table in tables)
    return cells <= IN_MEMORY_CELLS and expanded <= IN_MEMORY_BYTES


def _leave_room(connection: duckdb.DuckDBPyConnection) -> None:
    """DuckDB counts its buffers only; what it needs beside them to read and write Parquet, and Python, fit into the rest."""
    limit = connection.execute("SELECT current_setting('memory_limit')").fetchone() or ("1 GiB",)
    value, unit = limit[0].split()
    connection.execute(f"SET memory_limit = '{float(value) * _SHARE:.1f} {unit}'")


_SHARE = 0.36


def _is_packed(file_name: str) -> bool:
    return file_name.lower().endswith((".gz", ".zip", ".zst", ".xlsx", ".parquet"))


_PACKED = 8
IN_MEMORY_CELLS = 24_000_000
IN_MEMORY_BYTES = 320 * 1024 * 1024
PARQUET = (
    "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 10000)"
)
"""A dictionary of more values than this takes time and saves no room."""


def file_faults(raw: Raw) -> Iterator[FileFault]:
    for table in raw.landed:
        for fault in table.faults:
            values = {key: str(value) for key, value in fault.values.items()}
            yield FileFault(where=fault.where, key=fault.key, values=dict(values))


def told_of_rejects(connection: duckdb.DuckDBPyConnection, raw: Raw) -> Iterator[FileFault]:
    """The first lines that could not be read as records, by file and line; all of them lie in quarantine."""
    found = connection.execute(
        f"SELECT source, line, reason FROM rejects ORDER BY source, line LIMIT {_REJECTS_TOLD}"
    ).fetchall()
    for source, line, reason in found:
        yield FileFault(where=f"{raw.sources[source].name}:{line}", key=reason)


_REJECTS_TOLD = 5


def _landed(job: EngineJob, on_progress: Callable[[Progress], None]) -> Iterator[tuple[str, Landed]]:
    reading = job.reading
    options = FileOptions(
        encoding=reading.encoding,
        delimiter=reading.delimiter,
        header=reading.header,
        header_line=reading.header_line,
        sheet=reading.sheet,
        crs=reading.crs,
    )

    def report(progress: FileProgress) -> None:
        on_progress(Progress(stage=Stage.LAND, done=progress.done, total=progress.total or 0, unit="bytes"))

    for index, file in enumerate(_tables(job.files)):
        folder = Path(job.workdir) / f"land{index}"
        folder.mkdir(parents=True, exist_ok=True)
        for table in land(Path(file.path), workdir=folder, options=options, progress=report):
            yield file.name, table


def _tables(files: tuple[InputFile, ...]) -> list[InputFile]:
    """Without the files that only go with a shapefile, or with a dBASE table, among them."""
    left = list(files)
    for main, parts in ((".shp", None), (".dbf", (".dbt", ".fpt", ".cpg"))):
        stems = {Path(file.path).with_suffix("") for file in left if file.path.lower().endswith(main)}
        left = [
            file
            for file in left
            if file.path.lower().endswith(main)
            or Path(file.path).with_suffix("") not in stems
            or (parts and Path(file.path).suffix.lower() not in parts)
        ]
    return left


def _columns(tables: tuple[tuple[str, Landed], ...]) -> tuple[RawColumn, ...]:
    """The columns of all files by name, in the order in which they are first seen."""
    columns: dict[str, RawColumn] = {}
    for _, table in tables:
        for column in table.columns:
            columns.setdefault(
                column.name,
                RawColumn(
                    name=unreserved(column.name),
                    label=column.label,
                    unit=column.unit,
                    geometry=column.name == table.geometry_column,
                ),
            )
    if not columns:
        raise Invalid("govern.engine.no_columns", file=tables[0][0] if tables else "")
    return tuple(columns.values())


def unreserved(column: str) -> str:
    """What a column of a file is called, where the engine has a column of that name itself."""
    return f"{column}_" if column.lower() in RESERVED else column


def _part(index: int, table: Landed, columns: tuple[RawColumn, ...]) -> str:
    own = {unreserved(column.name): column.name for column in table.columns}
    values = [
        f"{name(own[column.name])} AS {name(column.name)}"
        if column.name in own
        else f"NULL::VARCHAR AS {name(column.name)}"
        for column in columns
    ]
    line = f"{name(table.line_column)}::BIGINT" if table.line_column else "NULL::BIGINT"
    return f"SELECT {', '.join(values)}, {index}::UINTEGER AS _source, {line} AS _line FROM {table.sql}"


def _view(
    connection: duckdb.DuckDBPyConnection,
    rows: str,
    number: str,
    columns: tuple[RawColumn, ...],
    tables: tuple[Landed, ...],
    extra: tuple[str, ...],
) -> None:
    """Where the reader kept no line, it is the first line plus the number of the record in its file."""
    start, cases = 0, []
    for index, table in enumerate(tables):
        cases.append(f"WHEN {index} THEN {number} - {start} + {table.first_line}")
        start += table.records
    line = f"coalesce(_line, CASE _source {' '.join(cases)} END)"
    selected = names((*(column.name for column in columns), *extra))
    connection.execute(
        f"CREATE VIEW raw AS SELECT {selected}, {number} AS _row, _source, {line} AS _line FROM {rows}"
    )


def _source(file_name: str, table: Landed) -> SourceReport:
    return SourceReport(
        name=file_name,
        sha256=table.sha256,
        bytes=table.bytes,
        format=table.format,
        rows=table.records + table.rejected,
        encoding=table.encoding,
        delimiter=table.delimiter,
        header_line=table.header_line,
        member=table.member,
        crs=table.crs,
    )


def _collect_rejects(connection: duckdb.DuckDBPyConnection, tables: tuple[Landed, ...]) -> int:
    connection.execute("CREATE TABLE rejects (source UINTEGER, line BIGINT, text VARCHAR, reason VARCHAR)")
    for index, table in enumerate(tables):
        if table.rejects:
            connection.execute(f"INSERT INTO rejects SELECT {index}, line, text, reason FROM {table.rejects}")
    return sum(table.rejected for table in tables)
