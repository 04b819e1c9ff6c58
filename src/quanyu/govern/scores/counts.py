"""Counts of a dataset's content, taken from its files: what is current, what is open, what no longer counts."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow

from quanyu.govern.imports.content import current_sql, parquet, paths, quarantine_sql, reader
from quanyu.govern.imports.model import Part, PartRole
from quanyu.govern.quality.quote import literal, name
from quanyu.govern.scores.tally import Decided

Row = tuple[str, int]
"""A quarantined record: its import and its number in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """`replaced` are quarantined records that the newest import brought again, good or bad: they are open no more."""

    records: int
    quarantined: int
    replaced: tuple[Row, ...]
    decided: dict[str, Decided]


def count_content(
    data: Path,
    tenant: str,
    parts: Sequence[Part],
    closed: dict[Row, str],
    *,
    newest: str | None = None,
    key: Sequence[str] = (),
    known_replaced: tuple[Row, ...] | None = None,
) -> Counts:
    """What the import `newest` replaces is found out by content and key where `known_replaced` does not say it.

    `closed` says released, dismissed or superseded of every record that is not open. Meant for a thread of the node,
    hence little memory: what does not fit is spilled, and a second thread would only double the buffers."""
    with reader(data, tenant, memory="128MB", threads=1) as duck:
        quarantine = quarantine_sql(data, parts)
        if quarantine is not None:
            duck.execute(f"create temp view quarantine as from {quarantine}")
        _register(duck, closed)
        replaced = known_replaced or ()
        if known_replaced is None and newest and quarantine is not None:
            replaced = _replaced(duck, data, parts, newest, key)
        _register(duck, closed | dict.fromkeys(replaced, "superseded"))
        current = current_sql(data, parts)
        return Counts(
            records=_count(duck, f"select count(*) from {current}") if current else 0,
            quarantined=_count(duck, f"select count(*) from quarantine q {_OPEN}")
            if quarantine is not None
            else 0,
            replaced=replaced,
            decided=_decided(duck, data, parts, quarantine is not None),
        )


def replace_same(data: Path, tenant: str, parts: Sequence[Part], accepted: Path, target: Path) -> int:
    """Without a key: writes which current records the new file `accepted` brings again word for word."""
    current = current_sql(data, parts)
    if current is None:
        return 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with reader(data, tenant) as duck:
        again = f"(select distinct _hash from {parquet([str(accepted)])})"
        duck.execute(
            f"copy (select _import as part, _row from {current} semi join {again} using (_hash))"
            f" to {literal(str(target))} (format parquet, compression zstd)"
        )
        return _count(duck, f"select count(*) from {parquet([str(target)])}")


_OPEN = "anti join closed c on c.import = q._import and c.row = q._row"


def _register(duck: duckdb.DuckDBPyConnection, closed: dict[Row, str]) -> None:
    imports = [row[0] for row in closed]
    table = pyarrow.table(
        {
            "import": pyarrow.array(imports, pyarrow.string()),
            "row": pyarrow.array([row[1] for row in closed], pyarrow.int64()),
            "state": pyarrow.array(list(closed.values()), pyarrow.string()),
        }
    )
    duck.register("closed", table)


def _replaced(
    duck: duckdb.DuckDBPyConnection, data: Path, parts: Sequence[Part], newest: str, key: Sequence[str]
) -> tuple[Row, ...]:
    """By content, and by key where the key is among the columns as they were read."""
    mine = f"q._import <> {literal(newest)}"
    same = f"q._hash in (select _hash from quarantine where _import = {literal(newest)})"
    conditions = [same, *_by_key(duck, data, parts, newest, key)]
    rows = duck.execute(
        f"select q._import, q._row from quarantine q {_OPEN} where {mine} and ({' or '.join(conditions)})"
    ).fetchall()
    return tuple((row[0], row[1]) for row in rows)


def _by_key(
    duck: duckdb.DuckDBPyConnection, data: Path, parts: Sequence[Part], newest: str, key: Sequence[str]
) -> list[str]:
    known = {row[0] for row in duck.execute("describe quarantine").fetchall()}
    if not key or not set(key) <= known:
        return []
    said = ", ".join(f"trim(q.{name(column)})" for column in key)
    text = ", ".join(f"trim({name(column)}::varchar)" for column in key)
    accepted = [path for path in paths(data, parts, PartRole.ACCEPTED) if Path(path).stem == newest]
    sources = [f"select {text} from quarantine where _import = {literal(newest)}"]
    if accepted:
        sources.append(f"select {text} from {parquet(accepted)}")
    return [f"({said}) in ({source})" for source in sources]


def _decided(
    duck: duckdb.DuckDBPyConnection, data: Path, parts: Sequence[Part], quarantine: bool
) -> dict[str, Decided]:
    gone: Counter[str] = Counter()
    settled: defaultdict[str, Counter[str]] = defaultdict(Counter)
    if quarantine:
        joined = "from quarantine q join closed c on c.import = q._import and c.row = q._row"
        left = f"select q._import, count(*) {joined} where c.state <> 'released' group by 1"
        gone.update(dict(duck.execute(left).fetchall()))
        broken = f"select q._import, unnest(list_distinct(list_transform(q._faults, lambda f: f.rule))) as rule {joined}"
        _add(duck, settled, broken)
    replaced = paths(data, parts, PartRole.SUPERSEDED)
    if replaced:
        old = parquet(paths(data, parts, PartRole.ACCEPTED), filename="_import")
        again = f"(select parse_filename(part, true) as part, _row from {parquet(replaced)}) s"
        joined = f"from {old} a join {again} on parse_filename(a._import, true) = s.part and a._row = s._row"
        home = _home(duck, old)
        gone.update(dict(duck.execute(f"select {home}, count(*) {joined} group by 1").fetchall()))
        _add(duck, settled, f"select {home}, unnest(a._flags) as rule {joined}")
    return {one: Decided(gone=gone[one], settled=dict(settled[one])) for one in {*gone, *settled}}


def _home(duck: duckdb.DuckDBPyConnection, accepted: str) -> str:
    """SQL: whose results count a record. After a compaction those of the import it came with; a release has its own."""
    known = {row[0] for row in duck.execute(f"describe select * from {accepted}").fetchall()}
    if "_from_import" not in known:
        return "s.part"
    return "case when s.part[1] = 'r' then s.part else coalesce(a._from_import, s.part) end"


def _add(duck: duckdb.DuckDBPyConnection, settled: defaultdict[str, Counter[str]], select: str) -> None:
    for part, rule, records in duck.execute(f"select *, count(*) from ({select}) group by all").fetchall():
        settled[part][rule] += records


def _count(duck: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = duck.execute(sql).fetchone()
    return int(row[0]) if row else 0
