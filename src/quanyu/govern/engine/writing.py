"""What an import leaves behind: accepted.parquet, quarantine.parquet, superseded.parquet."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb

from quanyu.govern.engine.checking import CheckedRule, Verdict
from quanyu.govern.engine.explaining import explained, written_and_holder
from quanyu.govern.engine.landing import PARQUET
from quanyu.govern.engine.model import Changes, is_refusing
from quanyu.govern.engine.relation import Relation
from quanyu.govern.quality.quote import literal, literals, name, names
from quanyu.govern.quality.rules import Rule, RuleKind
from quanyu.govern.quality.sql import Surroundings

FAULT = "STRUCT(rule VARCHAR, columns VARCHAR[], reason VARCHAR, value VARCHAR, proposal VARCHAR)"


@dataclass(frozen=True, slots=True)
class Portion:
    """So many `records` of the `rows` of an import are put together with what was found at a time: all of them may be refused."""

    rows: int
    records: int


def write_accepted(
    connection: duckdb.DuckDBPyConnection, relation: Relation, verdict: Verdict, path: Path, at_once: Portion
) -> None:
    flags = [
        f"CASE WHEN {one.mark} THEN {literal(one.rule.name)} END"
        for one in verdict.broken
        if not is_refusing(one.rule)
    ]
    listed = (
        f"list_filter([{', '.join(flags)}], lambda flag: flag IS NOT NULL)" if flags else "NULL::VARCHAR[]"
    )
    flagged = f"CASE WHEN b._row IS NULL THEN NULL ELSE {listed} END"

    def accepted(within: str) -> str:
        return (
            f"SELECT {names(relation.columns)}, t._row, t._source, t._line, t._hash, {flagged} AS _flags"
            f" FROM (FROM typed WHERE {within}) t LEFT JOIN (FROM bad WHERE {within}) b ON b._row = t._row"
            f" WHERE b._row IS NULL OR NOT ({verdict.refusing})"
        )

    with _in_parts(connection, path, at_once, accepted) as query:
        connection.execute(f"COPY ({query}) TO {literal(str(path))} {PARQUET}")


def write_quarantine(
    connection: duckdb.DuckDBPyConnection,
    relation: Relation,
    verdict: Verdict,
    around: Surroundings,
    path: Path,
    at_once: Portion,
) -> None:
    """Refused records as they were read, and below them the lines that were no records."""
    columns = [one.column.name for one in relation.surveyed]
    marks = "".join(f", {one.mark}" for one in verdict.broken)
    connection.execute(f"CREATE TABLE refused AS SELECT _row{marks} FROM bad WHERE {verdict.refusing}")
    rejected = (
        f"SELECT {', '.join('NULL' for _ in columns)}, {at_once.rows} + row_number() OVER () - 1, source, line, hash(text),"
        f" [{{'rule': 'reject', 'columns': []::VARCHAR[], 'reason': reason, 'value': text, 'proposal': NULL}}]::{FAULT}[] FROM rejects"
    )
    with _in_parts(connection, path, at_once, partial(_refused, columns, verdict, around)) as refused:
        connection.execute(f"COPY (({refused}) UNION ALL {rejected}) TO {literal(str(path))} {PARQUET}")


@contextmanager
def _in_parts(
    connection: duckdb.DuckDBPyConnection, path: Path, at_once: Portion, select: Callable[[str], str]
) -> Iterator[str]:
    """SQL: what `select` says of all records in their order, from files beside `path` where they are many."""
    if at_once.rows <= at_once.records:
        yield select("true")
        return
    parts = []
    for first in range(0, at_once.rows, at_once.records):
        part = path.with_suffix(f".{first}.parquet")
        query = select(f"_row BETWEEN {first} AND {first + at_once.records - 1}")
        connection.execute(f"COPY ({query}) TO {literal(str(part))} {PARQUET}")
        parts.append(part)
    yield f"FROM read_parquet([{literals(map(str, parts))}])"
    for part in parts:
        part.unlink()


def _refused(columns: Sequence[str], verdict: Verdict, around: Surroundings, within: str) -> str:
    """SQL: the refused records `within`, each with its faults."""
    faults = ", ".join(_fault(one, set(columns)) for one in verdict.broken)
    listed = f"list_filter([{faults}]::{FAULT}[], lambda fault: fault IS NOT NULL)"
    raw = ", ".join(f"r.{name(column)}" for column in columns)
    return (
        f"WITH part AS (FROM refused WHERE {within})"
        f" SELECT {raw}, r._row, r._source, r._line, t._hash, {listed} AS _faults"
        f" FROM (FROM raw SEMI JOIN part USING (_row) WHERE {within}) r"
        f" JOIN (FROM typed SEMI JOIN part USING (_row) WHERE {within}) t ON t._row = r._row"
        f" JOIN part b ON b._row = r._row{_reasons(verdict, around)} ORDER BY r._row"
    )


def _reason_of_place(rule: Rule) -> str:
    """Longitude and latitude exchanged, or anywhere else."""
    x, y = (f"t.{name(column)}" for column in rule.columns[:2])
    west, south, east, north = (
        literal(float(str(rule.parameters[side]))) for side in ("west", "south", "east", "north")
    )
    exchanged = f"{y} BETWEEN {west} AND {east} AND {x} BETWEEN {south} AND {north}"
    return f"CASE WHEN {exchanged} THEN 'inside_region:exchanged' ELSE 'inside_region' END"


def _reasons(verdict: Verdict, around: Surroundings) -> str:
    joins = []
    for one in verdict.broken:
        if explained(one):
            value, holder = written_and_holder(one, around)
            why = f"why_{one.mark}"
            joins.append(
                f" LEFT JOIN {why} ON {why}.value = {value} AND {why}.holder IS NOT DISTINCT FROM {holder}"
            )
    return "".join(joins)


def _fault(one: CheckedRule, read: set[str]) -> str:
    """`read` are the columns of the files; the values of derived ones are shown as computed."""
    columns = one.rule.columns
    said = (
        ", ".join(f"{'r' if column in read else 't'}.{name(column)}::VARCHAR" for column in columns) or "NULL"
    )
    value = f"left(concat_ws(' | ', {said}), 500)"
    reason, proposal = literal(one.rule.kind.value), "NULL"
    if explained(one):
        reason, proposal = f"coalesce(why_{one.mark}.reason, {reason})", f"why_{one.mark}.proposal"
    if one.rule.kind is RuleKind.INSIDE_REGION:
        reason = _reason_of_place(one.rule)
    return (
        f"CASE WHEN b.{one.mark} THEN {{'rule': {literal(one.rule.name)}, 'columns': [{literals(columns)}]::VARCHAR[],"
        f" 'reason': {reason}, 'value': {value}, 'proposal': {proposal}}} END"
    )


def write_superseded(
    connection: duckdb.DuckDBPyConnection,
    *,
    accepted: Path,
    previous: Sequence[str],
    superseded: Sequence[str],
    key: Sequence[str],
    path: Path,
) -> Changes:
    """Earlier records whose key comes again, changed or not, are superseded: the newest import holds the current one."""
    keys = " AND ".join(f"n.{name(column)}::VARCHAR = o.{name(column)}::VARCHAR" for column in key)
    parts = ", ".join(literal(part) for part in previous)
    gone = (
        f" ANTI JOIN read_parquet([{literals(superseded)}]) g"
        " ON parse_filename(g.part, true) = parse_filename(o.filename, true) AND g._row = o._row"
        if superseded
        else ""
    )
    connection.execute(
        f"CREATE TEMP TABLE matched AS SELECT o.filename AS part, o._row, n._hash = o._hash AS same"
        f" FROM read_parquet([{parts}], union_by_name = true, filename = true) o"
        f" JOIN read_parquet({literal(str(accepted))}) n ON {keys}{gone}"
    )
    connection.execute(f"COPY (SELECT DISTINCT part, _row FROM matched) TO {literal(str(path))} {PARQUET}")
    found = connection.execute("SELECT count(*), count(*) FILTER (WHERE same) FROM matched").fetchone() or (
        0,
        0,
    )
    total = connection.execute(f"SELECT count(*) FROM read_parquet({literal(str(accepted))})").fetchone() or (
        0,
    )
    return Changes(new=total[0] - found[0], changed=found[0] - found[1], unchanged=found[1])
