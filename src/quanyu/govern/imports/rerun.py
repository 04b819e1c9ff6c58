"""The current content once more through the engine: after a rule, a type or the mapping was changed.

It is an import without files. Its records are read from the raw parts, with what people mended laid over them; its own
raw part names in `_from_import` and `_from_row` where each record was before, so that the way back to the file stays.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import msgspec
import pyarrow

from quanyu.core.errors import Invalid
from quanyu.govern.engine.model import EngineReport, SourceReport
from quanyu.govern.imports.content import current_sql, parquet, paths, quarantine_sql, reader
from quanyu.govern.imports.model import Part, PartRole
from quanyu.govern.imports.records import column_types
from quanyu.govern.quality.quote import literal, name

Edits = Mapping[tuple[str, int], Mapping[str, str | None]]
Row = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The dataset before: its parts, the closed rows and the edits of quarantine, the sources of each import."""

    data: Path
    tenant: str
    parts: tuple[Part, ...]
    closed: Mapping[Row, str]
    edits: Edits
    sources: Mapping[str, Sequence[SourceReport]]


def gather(content: Content, work: Path) -> Path:
    """Writes rows.parquet (text, for the engine) and homes.parquet (where each row was). Raises Invalid without raw parts."""
    raw = paths(content.data, content.parts, PartRole.RAW)
    with reader(content.data, content.tenant) as duck:
        _homes(duck, content)
        missing = duck.execute(
            f"select count(*) from homes where import not in ({', '.join(literal(Path(path).stem) for path in raw) or 'null'})"
        ).fetchone()
        if not raw or not missing or missing[0]:
            raise Invalid("govern.import.no_raw")
        text = parquet(raw, filename="_import").removesuffix(")") + ", file_row_number = true)"
        columns = [c for c in column_types(duck, text) if c not in _OWN]
        shown = ", ".join(_edited(duck, column, content.edits) for column in columns)
        duck.execute(
            f"create temp view texts as select * exclude (_import), parse_filename(_import, true) as _import from {text}"
        )
        duck.execute(
            f"copy (select {shown} from homes h join texts t on t._import = h.import and t.file_row_number = h.row"
            f" order by h.place) to {literal(str(work / 'rows.parquet'))} (format parquet)"
        )
        duck.execute(
            f"copy (from homes order by place) to {literal(str(work / 'homes.parquet'))} (format parquet)"
        )
    return work / "rows.parquet"


def reattach(content: Content, work: Path, report: EngineReport) -> EngineReport:
    """The engine's files again with the sources and lines of the original files, and a list of all that is replaced."""
    homes = f"read_parquet({literal(str(work / 'homes.parquet'))})"
    outputs = dict(report.outputs)
    with reader(content.data, content.tenant) as duck:
        for part, number in (("accepted", "_row"), ("quarantine", "_row"), ("raw", "file_row_number")):
            if part in outputs:
                outputs[part] = _with_home(duck, outputs[part], homes, number)
        current = current_sql(content.data, content.parts)
        if current is not None:
            outputs["superseded"] = str(work / "superseded.parquet")
            duck.execute(
                f"copy (select _import as part, _row from {current}) to {literal(outputs['superseded'])} (format parquet)"
            )
        used = {row[0] for row in duck.execute(f"select distinct import from {homes}").fetchall()}
    sources = tuple(source for listed in _used(content, used).values() for source in listed)
    return msgspec.structs.replace(report, outputs=outputs, sources=sources)


def open_rows(content: Content) -> tuple[Row, ...]:
    """The quarantined records that were gathered: all open ones but lines that are no records."""
    with reader(content.data, content.tenant) as duck:
        _homes(duck, content)
        return tuple(duck.execute("select import, row from homes where refused").fetchall())


_OWN = {"_import", "_source", "_line", "_from_import", "_from_row", "file_row_number"}


def _homes(duck: duckdb.DuckDBPyConnection, content: Content) -> None:
    """Current and open records: import and row that their text has, file and line counted over the sources in use."""
    listed = [*_accepted(duck, content), *_refused(duck, content)]
    duck.execute(f"create temp table records as {' union all '.join(listed) or _NOTHING}")
    used = {row[0] for row in duck.execute("select distinct import from records").fetchall()}
    duck.register("offsets", _offsets(_used(content, used)))
    duck.execute(
        """create temp table homes as select row_number() over (order by n.import, n.row) - 1 as place, n.import, n.row,
          (n.source + coalesce(o.first, 0))::uinteger as source, n.line, n.refused
        from records n left join offsets o on o.import = n.import"""
    )


_NOTHING = "select ''::varchar as import, 0::bigint as row, 0::uinteger as source, 0::bigint as line, false as refused limit 0"


def _accepted(duck: duckdb.DuckDBPyConnection, content: Content) -> list[str]:
    current = current_sql(content.data, content.parts)
    if current is None:
        return []
    released = "_from_import" in column_types(duck, current)
    home = "coalesce(_from_import, _import)", "coalesce(_from_row, _row)"
    own_import, own_row = home if released else ("_import", "_row")
    return [
        f"select {own_import} as import, {own_row} as row, _source as source, _line as line, false as refused from {current}"
    ]


def _refused(duck: duckdb.DuckDBPyConnection, content: Content) -> list[str]:
    table = quarantine_sql(content.data, content.parts)
    if table is None:
        return []
    rows = list(content.closed)
    duck.register(
        "closed",
        pyarrow.table(
            {
                "import": pyarrow.array([row[0] for row in rows], pyarrow.string()),
                "row": pyarrow.array([row[1] for row in rows], pyarrow.int64()),
            }
        ),
    )
    is_record = "not list_contains(list_transform(q._faults, lambda f: f.rule), 'reject')"
    return [
        f"select q._import as import, q._row as row, q._source as source, q._line as line, true as refused from {table} q"
        f" anti join closed c on c.import = q._import and c.row = q._row where {is_record}"
    ]


def _used(content: Content, used: set[str]) -> dict[str, Sequence[SourceReport]]:
    """The files that records still come from; those of earlier reruns, whose records moved on, would pile up."""
    return {one: listed for one, listed in content.sources.items() if one in used}


def _offsets(sources: Mapping[str, Sequence[SourceReport]]) -> pyarrow.Table:
    first, numbers = 0, []
    for listed in sources.values():
        numbers.append(first)
        first += len(listed)
    return pyarrow.table(
        {
            "import": pyarrow.array(list(sources), pyarrow.string()),
            "first": pyarrow.array(numbers, pyarrow.int64()),
        }
    )


def _edited(duck: duckdb.DuckDBPyConnection, column: str, edits: Edits) -> str:
    """SQL: the column as read, or as a person mended it."""
    own = [(row, values[column]) for row, values in edits.items() if column in values]
    if not own:
        return f"t.{name(column)}"
    table = f"edits_{secrets.token_hex(4)}"
    duck.register(
        table,
        pyarrow.table(
            {
                "import": pyarrow.array([row[0] for row, _ in own], pyarrow.string()),
                "row": pyarrow.array([row[1] for row, _ in own], pyarrow.int64()),
                "value": pyarrow.array([value for _, value in own], pyarrow.string()),
            }
        ),
    )
    mine = f"from {table} e where e.import = h.import and e.row = h.row"
    return f"case when exists (select 1 {mine}) then (select any_value(e.value) {mine}) else t.{name(column)} end as {name(column)}"


def _with_home(duck: duckdb.DuckDBPyConnection, path: str, homes: str, number: str) -> str:
    """Rows that have no home (there are none) would be lost, hence the left join."""
    table = f"read_parquet({literal(path)}, file_row_number = true)"
    own = column_types(duck, table)
    dropped = ", ".join(column for column in ("_source", "_line", "file_row_number") if column in own)
    extra = ", h.import as _from_import, h.row as _from_row" if number == "file_row_number" else ""
    target = str(Path(path).with_suffix(".home.parquet"))
    duck.execute(
        f"copy (select a.* exclude ({dropped}), h.source as _source, h.line as _line{extra} from {table} a"
        f" left join {homes} h on h.place = a.{number} order by a.file_row_number)"
        f" to {literal(target)} (format parquet, compression zstd)"
    )
    return target
