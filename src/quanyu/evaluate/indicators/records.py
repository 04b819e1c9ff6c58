"""From a number to what it was counted from: as many records as the number says, a page at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from quanyu.core.errors import Invalid
from quanyu.core.page_token import page_token, place_of
from quanyu.evaluate.indicators.checking import fields_of
from quanyu.evaluate.indicators.counting import Scope, scope_of
from quanyu.evaluate.indicators.periods import Period
from quanyu.evaluate.indicators.sources import CITY, SOURCE_BY_NAME, FieldKind, Rows
from quanyu.evaluate.indicators.statement import Arguments, condition_sql
from quanyu.evaluate.indicators.tree import Condition, Measure
from quanyu.store import Connection

MOST = 500

_PAGE = """
select {identity} as id, {at} as at, {facts} from {table} where {range} and {identity} > {after} order by 1 limit {limit}
"""
_TOTAL = "select count(*) from {table} where {range}"
_SHOWN = {
    "case": {"title": "r.title", "class": "r.class", "state": "r.state", "department": "r.handled_by", "region": "r.region"},
    "move": {"case": "r.id", "title": "r.title", "act": "m.act", "origin": "m.origin", "actor": "m.actor"},
    "entity": {},
}  # fmt: skip


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A case, a move of one, an entity, or a row of a dataset, with the fields that the measure looks at."""

    id: str
    kind: str
    title: str
    at: datetime | None
    facts: Mapping[str, Any]


class RecordPage(msgspec.Struct, frozen=True, kw_only=True):
    """`total` is the number of all of them."""

    measure: str
    part: str
    total: int
    items: tuple[Record, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """Of a share either the part or the whole."""

    measure: Measure
    period: Period
    dimension: str = CITY
    key: str = ""
    part: bool = False
    limit: int = 50
    after: str | None = None

    @property
    def conditions(self) -> tuple[Condition, ...]:
        said = (self.measure.where, self.measure.part if self.part else None)
        return tuple(one for one in said if one is not None)


async def records(
    connection: Connection, drill: Drill, *, now: datetime
) -> tuple[int, list[Record], str | None]:
    """The number of all, a page of them, and where the next begins."""
    source = SOURCE_BY_NAME[drill.measure.source.name]
    arguments = Arguments()
    scope = scope_of(source, drill.measure.source, [drill.period], now, arguments)
    within = _within(source, scope, drill, arguments)
    total: int = await connection.fetchval(_TOTAL.format(table=scope.table, range=within), *arguments.values)
    facts = _facts(source, scope, drill.measure)
    after = place_of(drill.after, str, refusal="evaluate.records.token") if drill.after else ""
    limit = max(1, min(drill.limit, MOST))
    statement = _PAGE.format(
        identity=source.identity, at=source.moment or "e.observed", table=scope.table, range=within,
        facts=", ".join(f"{sql} as f{number}" for number, sql in enumerate(facts.values())) or "null",
        after=arguments.put(after, "text"), limit=arguments.put(limit + 1, "integer"),
    )  # fmt: skip
    rows = await connection.fetch(statement, *arguments.values)
    shown = [_record(source, row, list(facts)) for row in rows[:limit]]
    return total, shown, page_token(shown[-1].id) if len(rows) > limit else None


def _within(source: Rows, scope: Scope, drill: Drill, arguments: Arguments) -> str:
    """Raises Invalid for a dimension that the source does not have."""
    said = [scope.range, *(condition_sql(one, scope.columns, arguments) for one in drill.conditions)]
    if drill.dimension != CITY:
        column = source.dimensions.get(drill.dimension)
        if column is None:
            raise Invalid("evaluate.records.dimension", dimension=drill.dimension)
        said.append(f"{column} = {arguments.put(drill.key, 'text')}")
    return " and ".join(said)


def _facts(source: Rows, scope: Scope, measure: Measure) -> dict[str, str]:
    """Of entities figures and flags only: their words may be somebody's own."""
    facts = dict(_SHOWN[source.kind])
    for name, kind in fields_of(measure):
        if name in facts:
            continue
        if source.fields is not None:
            facts[name] = scope.columns(name, source.fields[name].kind)
        elif kind in (FieldKind.FLAG, FieldKind.NUMBER):
            facts[name] = scope.columns(name, kind)
    return facts


def _record(source: Rows, row: Mapping[str, Any], names: Sequence[str]) -> Record:
    facts = {name: row[f"f{number}"] for number, name in enumerate(names)}
    title = facts.pop("title", None)
    return Record(id=row["id"], kind=source.kind, title=str(title or row["id"]), at=row["at"], facts=facts)
