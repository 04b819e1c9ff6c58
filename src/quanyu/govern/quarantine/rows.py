"""Quarantined records read from their files, with what was decided about them beside. Everything here is for a thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow

from quanyu.govern.imports.content import kept_reader, quarantine_sql
from quanyu.govern.imports.model import Part
from quanyu.govern.quality.quote import name
from quanyu.govern.quarantine.model import RowFault, RowId, State

OWN = ("_row", "_source", "_line", "_hash", "_faults", "_import")
"""Columns of the file that are not the department's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Rows of these states, that came with `import_id`, that break `rule`, that have `query` anywhere in them; or exactly `rows`."""

    states: frozenset[State] = frozenset({State.OPEN, State.MENDED})
    rule: str | None = None
    query: str = ""
    import_id: str | None = None
    rows: tuple[RowId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRow:
    """A refused record as it was read."""

    id: RowId
    source: int | None
    line: int | None
    values: dict[str, str | None]
    faults: tuple[RowFault, ...]


Decisions = Sequence[tuple[str, int, str]]
"""(import, row, state) of each row about which something was decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Open rows by rule, with the number of proposals, most first; and all rows by state."""

    rules: Mapping[str, tuple[int, int]]
    states: Mapping[str, int]


def stored_rows(
    data: Path,
    tenant: str,
    parts: Sequence[Part],
    decisions: Decisions,
    wanted: Wanted,
    *,
    after: tuple[str, int],
    limit: int,
) -> list[StoredRow]:
    """In the order of arrival, behind `after`."""
    with kept_reader(data, tenant) as duck:
        return _behind(duck, wanted, after, limit) if _views(duck, data, parts, decisions, wanted) else []


def counted_rows(
    data: Path,
    tenant: str,
    parts: Sequence[Part],
    decisions: Decisions,
    wanted: Wanted,
    *,
    after: tuple[str, int],
    limit: int,
) -> tuple[list[StoredRow], Counted]:
    """`stored_rows`, with what all rows of the dataset, or of the import, break and where they stand, whatever else is wanted."""
    with kept_reader(data, tenant) as duck:
        if not _views(duck, data, parts, decisions, wanted):
            return [], Counted(rules={}, states={})
        return _behind(duck, wanted, after, limit), _counted(duck)


def _behind(
    duck: duckdb.DuckDBPyConnection, wanted: Wanted, after: tuple[str, int], limit: int
) -> list[StoredRow]:
    where, values = _where(duck, wanted)
    found = duck.execute(
        f"select * from quarantine q {_DECIDED} where {where} and (q._import, q._row) > (?, ?)"
        f" order by q._import, q._row limit {int(limit)}",
        [*values, *after],
    )
    names = [column[0] for column in found.description or ()]
    return [_row(dict(zip(names, row, strict=True))) for row in found.fetchall()]


def _counted(duck: duckdb.DuckDBPyConnection) -> Counted:
    is_open = "coalesce(d.state, 'open') in ('open', 'mended')"
    rules = duck.execute(
        f"""select fault.rule, count(distinct (_import, _row)), count(fault.proposal)
        from (select q._import, q._row, unnest(q._faults) as fault from quarantine q {_DECIDED} where {is_open})
        group by 1 order by 2 desc, 1"""
    ).fetchall()
    states = duck.execute(
        f"select coalesce(d.state, 'open'), count(*) from quarantine q {_DECIDED} group by 1"
    ).fetchall()
    return Counted(rules={rule: (rows, proposals) for rule, rows, proposals in rules}, states=dict(states))


_DECIDED = "left join decided d on d.import = q._import and d.row = q._row"


def _views(
    duck: duckdb.DuckDBPyConnection, data: Path, parts: Sequence[Part], decisions: Decisions, wanted: Wanted
) -> bool:
    table = quarantine_sql(data, [part for part in parts if wanted.import_id in {None, part.import_id}])
    if table is None:
        return False
    duck.execute(f"create temp view quarantine as from {table}")
    columns = zip(*decisions, strict=True) if decisions else ((), (), ())
    types = (pyarrow.string(), pyarrow.int64(), pyarrow.string())
    named = zip(("import", "row", "state"), columns, types, strict=True)
    duck.register(
        "decided", pyarrow.table({title: pyarrow.array(list(values), kind) for title, values, kind in named})
    )
    return True


def _where(duck: duckdb.DuckDBPyConnection, wanted: Wanted) -> tuple[str, list[Any]]:
    states = ", ".join(f"'{state}'" for state in sorted(wanted.states))
    clauses, values = [f"coalesce(d.state, 'open') in ({states})"], []
    if wanted.rows:
        listed = pyarrow.table(
            {"import": [row.import_id for row in wanted.rows], "row": [row.row for row in wanted.rows]}
        )
        duck.register("listed", listed)
        clauses.append('(q._import, q._row) in (select ("import", "row") from listed)')
    if wanted.rule is not None:
        clauses.append("list_contains(list_transform(q._faults, lambda f: f.rule), ?)")
        values.append(wanted.rule)
    if wanted.query:
        columns = [row[0] for row in duck.execute("describe quarantine").fetchall() if row[0] not in OWN]
        said = ", ".join(f"q.{name(column)}" for column in columns)
        clauses.append(f"contains(lower(concat_ws(' ', {said})), lower(?))")
        values.append(wanted.query)
    return " and ".join(clauses), values


def _row(record: Mapping[str, Any]) -> StoredRow:
    return StoredRow(
        id=RowId(import_id=record["_import"], row=record["_row"]),
        source=record["_source"],
        line=record["_line"],
        values={
            column: value
            for column, value in record.items()
            if column not in {*OWN, "import", "row", "state"}
        },
        faults=tuple(
            RowFault(
                rule=fault["rule"],
                columns=tuple(fault["columns"] or ()),
                reason=fault["reason"],
                value=fault["value"],
                proposal=fault["proposal"],
            )
            for fault in record["_faults"]
        ),
    )
