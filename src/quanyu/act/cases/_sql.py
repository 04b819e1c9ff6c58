"""The only statements on cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg
import msgspec

from quanyu.act.cases.conditions import IN_FORCE
from quanyu.act.cases.ground import IN, LYING_WITH, Parameters
from quanyu.act.cases.model import (
    Case,
    Channel,
    Place,
    Report,
    Reporter,
)
from quanyu.core.clock import city_day
from quanyu.store import Connection
from quanyu.workflow import Instance, Position

Span = tuple[datetime | None, datetime | None]
"""From the first moment on and before the second; None is without end."""
Lying = tuple[list[str] | None, *Parameters]
"""Bodies (None: all) and ground of the cases that are wanted."""


class DueSpan(NamedTuple):
    """Due times from `first` on and before `before`; with a `now` only what is `near` its due time then, or only what is not."""

    first: datetime
    before: datetime
    now: datetime | None = None
    near: bool | None = None


_COLUMNS = (
    "id, instance, class, channel, title, description, address, lon, lat, region, grid, component, urgent, photos, fields, "
    "facts, state, organisation, bodies, entered, due, reported, closed, outcome, merged_into, reopens, external, callback"
)

HANDLED_IN = frozenset({"handling", "task"})
"""States in which a body works on the thing itself."""

_ADD = """
insert into case_record (tenant, id, instance, class, channel, title, description, address, lon, lat, region, grid, component,
  urgent, photos, fields, facts, reporter, follow, external, reopens, reported, words, state, organisation, due, entered)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
  array_to_tsvector($23::text[]), $24, $25, $26, $27)
"""

_MIRROR = """
update case_record c set changed = now(), state = m.state, organisation = m.organisation, bodies = string_to_array(m.bodies, chr(10)), due = m.due, entered = m.entered, closed = m.closed,
  outcome = m.outcome, handled_by = coalesce(m.handler, c.handled_by), late = m.late, reworks = m.reworks, reopened = m.reopened,
  sent_back = m.sent_back, filed = coalesce(c.filed, case when m.state = 'filed' then m.entered end)
from unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[], $8::text[], $9::boolean[],
    $10::integer[], $11::integer[], $12::integer[], $13::timestamptz[], $14::text[])
  as m(instance, state, organisation, due, closed, outcome, handler, late, reworks, reopened, sent_back, entered, bodies)
where c.tenant = $1 and c.instance = m.instance
"""


_LIST = f"""
select {_COLUMNS} from case_record
where ($1::text is null or state = $1) and ($2::text is null or class like $2 || '%')
  and {LYING_WITH.format(bodies="$3")} and ($4::text is null or words @@ $4::tsquery)
  and ($5::boolean is null or (closed is null) = $5) and ($6::text is null or channel = $6)
  and {IN.format(box="$9", rings="$10")}
  and (reported, id) < ($7, $8)
  and ($12::timestamptz is null or reported >= $12) and ($13::timestamptz is null or reported < $13)
  and ($14::timestamptz is null or closed >= $14) and ($15::timestamptz is null or closed < $15)
order by reported desc, id desc limit $11
"""

_OPEN = f"""
closed is null and {LYING_WITH.format(bodies="$1")} and {IN.format(box="$2", rings="$3")}
"""

_NEAR_FROM = 0.8
"""Of the time between entering the state and its due time."""
# $4 and $5 first and end of the due times; $6 now where only what is near, or only what is not, is wanted: $7 says which.
_DUE = f"""
{_OPEN} and due >= $4 and due < $5 and ($6::timestamptz is null or ($6 > entered + {_NEAR_FROM} * (due - entered)) is true = $7)
"""
_DUE_FIRST = (
    f"select {_COLUMNS} from case_record where {_DUE} and (due, id) > ($9, $10) order by due, id limit $8"
)
_NEVER_DUE = (
    f"select {_COLUMNS} from case_record where {_OPEN} and due is null and id > $5 order by id limit $4"
)
_COUNTED = f"select count(*) from case_record where {_DUE}"
_NEVER_COUNTED = f"select count(*) from case_record where {_OPEN} and due is null"

_BURDENS = f"""
select body as organisation, count(*) as open, count(*) filter (where due < $4) as late,
  count(*) filter (where due >= $4 and due < $5) as soon
from (select unnest(organisation || bodies) as body, due from case_record where {_OPEN}) lying
where $1 is null or body = any($1) group by body order by late desc, soon desc, open desc, body
"""
_WHOLE = f"""
select count(*) as open, count(*) filter (where due < $4) as late, count(*) filter (where due >= $4 and due < $5) as soon
from case_record where {_OPEN}
"""


_AROUND = 0.2
"""Degrees, some 20 km: a city that laid down no extent ends that far from everything that its twin knows. At 0, 0 stands a
device that does not know where it is."""
_INTAKE = f"""
select nextval('case_number') as number, c.amount, c.unit, $4::float8 is not null and coalesce(
  (select not ($4 between west and east and $5::float8 between south and north) from case_extent),
  ($4::float8, $5::float8) = (0, 0) or exists (select from entity where bbox is not null) and not exists (select from entity
    where bbox && box(point($4 - {_AROUND}, $5 - {_AROUND}), point($4 + {_AROUND}, $5 + {_AROUND})))) as outside
from (select) as here left join lateral (
  select amount, unit from {IN_FORCE.format(day="$6::date")} c
  where amount is not null and starts_with($1, class) and starts_with($2, area) and (not urgent or $3)
  order by urgent desc, length(class) desc, length(area) desc limit 1
) c on true
"""


@dataclass(frozen=True, slots=True)
class Intake:
    """What a report needs: the number of its case, its limit as `condition` says, whether its place is beyond the city."""

    number: str
    limit: dict[str, Any] | None
    outside: bool


async def intake(connection: Connection, said: Report, now: datetime) -> Intake:
    row = await connection.fetchrow(
        _INTAKE, said.category or "", said.region or "", said.urgent,
        said.place and said.place.lon, said.place and said.place.lat, city_day(now),
    )  # fmt: skip
    limit = None if row["amount"] is None else {"amount": row["amount"], "unit": row["unit"]}
    return Intake(f"{now:%Y%m%d}{row['number']:06}", limit, row["outside"])


async def number(connection: Connection, now: datetime) -> str:
    """What people are told: the day, and a number that nobody else has."""
    drawn: int = await connection.fetchval("select nextval('case_number')")
    return f"{now:%Y%m%d}{drawn:06}"


async def add(
    connection: Connection, tenant: str, id: str, work: Instance, at: Position, report: Report, *,
    title: str, follow: str, words: Sequence[str], now: datetime,
) -> None:  # fmt: skip
    place, reporter = report.place, report.reporter
    await connection.execute(
        _ADD, tenant, id, work.id, report.category, report.channel.value, title, report.description, report.address,
        place and place.lon, place and place.lat, report.region, report.grid, report.component, report.urgent,
        list(report.photos), dict(report.fields), report.facts and dict(report.facts),
        msgspec.to_builtins(reporter) if reporter else None, follow, report.external, report.reopens, now, list(words),
        at.state, at.organisation, at.deadline.due if at.deadline else None, at.entered,
    )  # fmt: skip


async def mirror(connection: Connection, tenant: str, works: Sequence[tuple[Instance, Position]]) -> None:
    """Where work stands: with each the position that a list shows."""
    columns = zip(*(_mirrored(work, at) for work, at in works), strict=True)
    await connection.execute(_MIRROR, tenant, *map(list, columns))


def _mirrored(work: Instance, at: Position) -> tuple[object, ...]:
    handler = next((one.organisation for one in work.positions if one.state in HANDLED_IN), None)
    return (
        work.id, at.state, at.organisation, at.deadline.due if at.deadline else None, work.closed, work.outcome, handler,
        not HANDLED_IN.isdisjoint(work.late), *(_count(work, name) for name in ("reworks", "reopened", "sent_back")), at.entered,
        _others(work, at),
    )  # fmt: skip


def _others(work: Instance, at: Position) -> str | None:
    """The bodies with a part in a joint plan beside the one that a list shows, a line each."""
    branches = [one for one in work.positions if one.fork is not None]
    parts = {one.organisation if one.open else one.came_from or one.organisation for one in branches}
    return "\n".join(sorted(filter(None, parts - {at.organisation}))) or None


def _count(work: Instance, name: str) -> int:
    number = work.data.get(name, 0)
    return number if isinstance(number, int) else 0


async def case(connection: Connection, id: str) -> Case | None:
    row = await connection.fetchrow(f"select {_COLUMNS} from case_record where id = $1", id)
    return _case(row) if row else None


async def cases_by_id(connection: Connection, ids: Sequence[str]) -> list[Case]:
    """Newest first."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from case_record where id = any($1) order by reported desc, id desc", list(ids)
    )
    return [_case(row) for row in rows]


async def case_of(
    connection: Connection, *, instance: str | None = None, external: str | None = None
) -> Case | None:
    """By its work, or by its number elsewhere."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from case_record where instance = $1 or external = $2", instance, external
    )
    return _case(row) if row else None


async def reporter(connection: Connection, id: str) -> tuple[Reporter | None, str]:
    """Who reported it, and the secret with which they follow it."""
    row = await connection.fetchrow("select reporter, follow from case_record where id = $1", id)
    found = msgspec.convert(row["reporter"], Reporter) if row and row["reporter"] else None
    return found, row["follow"] if row else ""


async def cases(
    connection: Connection, *, state: str | None, category: str | None, organisations: list[str] | None,
    text: str | None, open: bool | None, channel: str | None, after: tuple[datetime, str], ground: Parameters, limit: int,
    reported: Span, closed: Span,
) -> list[Case]:  # fmt: skip
    rows = await connection.fetch(
        _LIST, state, category, organisations, text, open, channel, *after, *ground, limit, *reported, *closed
    )
    return [_case(row) for row in rows]


async def due_first(
    connection: Connection, lying: Lying, span: DueSpan, after: tuple[datetime, str], limit: int
) -> list[Case]:
    return [_case(row) for row in await connection.fetch(_DUE_FIRST, *lying, *span, limit, *after)]


async def never_due(connection: Connection, lying: Lying, after: str, limit: int) -> list[Case]:
    """Those without a limit."""
    return [_case(row) for row in await connection.fetch(_NEVER_DUE, *lying, limit, after)]


async def count_due(connection: Connection, lying: Lying, span: DueSpan) -> int:
    number: int = await connection.fetchval(_COUNTED, *lying, *span)
    return number


async def count_never_due(connection: Connection, lying: Lying) -> int:
    number: int = await connection.fetchval(_NEVER_COUNTED, *lying)
    return number


async def burdens(
    connection: Connection, organisations: list[str] | None, ground: Parameters, *, now: datetime, soon: datetime
) -> list[dict[str, Any]]:  # fmt: skip
    """Open cases by body: `organisation`, `open`, `late`, `soon`."""
    return [dict(row) for row in await connection.fetch(_BURDENS, organisations, *ground, now, soon)]


async def burden_of_all(
    connection: Connection, organisations: list[str] | None, ground: Parameters, *, now: datetime, soon: datetime
) -> dict[str, Any]:  # fmt: skip
    """As `burdens`, each case once: one of a joint plan lies with several bodies."""
    row = await connection.fetchrow(_WHOLE, organisations, *ground, now, soon)
    assert row is not None
    return dict(row)


async def newest_change(connection: Connection, tenant: str) -> datetime | None:
    found: datetime | None = await connection.fetchval(
        "select max(changed) from case_record where tenant = $1", tenant
    )
    return found


async def set_fields(connection: Connection, tenant: str, id: str, changed: Mapping[str, Any]) -> None:
    """Columns by name; the names come from the service, never from outside."""
    names = list(changed)
    places = ", ".join(f"{name} = ${index}" for index, name in enumerate(names, 3))
    await connection.execute(
        f"update case_record set changed = now(), {places} where tenant = $1 and id = $2",
        tenant,
        id,
        *changed.values(),
    )


def _case(row: asyncpg.Record) -> Case:
    values = dict(row)
    lon, lat = values.pop("lon"), values.pop("lat")
    place = None if lon is None else Place(lon=lon, lat=lat)
    return Case(
        category=values.pop("class"), channel=Channel(values.pop("channel")), place=place,
        photos=tuple(values.pop("photos")), bodies=tuple(values.pop("bodies") or ()), **values,
    )  # fmt: skip
