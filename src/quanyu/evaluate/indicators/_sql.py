"""The only statements on definitions and values of indicators."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from quanyu.core.clock import CITY_ZONE
from quanyu.evaluate.indicators.model import Value
from quanyu.store import Connection

_VERSIONS = """
select code, version, valid_from, body, published, publisher from evaluate_indicator
where $1::text is null or code = $1 order by code, version
"""
_PUBLISH = """
insert into evaluate_indicator (tenant, code, version, valid_from, body, published, publisher)
select $1, $2, 1 + coalesce(max(version), 0), $3, $4, $5, $6 from evaluate_indicator where tenant = $1 and code = $2
returning version
"""
_FORGET = """
delete from evaluate_value v using unnest($2::text[], $3::date[]) as counted(code, start)
where v.tenant = $1 and v.code = counted.code and v.start = counted.start and v.computed < $4
"""
_KEEP = """
insert into evaluate_value as v (tenant, code, dimension, key, start, value, version, computed, inputs)
select $1, u.* from unnest($2::text[], $3::text[], $4::text[], $5::date[], $6::double precision[], $7::integer[],
  $8::timestamptz[], $9::timestamptz[]) as u
on conflict (tenant, code, dimension, key, start) do update set value = excluded.value, version = excluded.version,
  computed = excluded.computed, inputs = excluded.inputs
"""
_VALUES = """
select code, dimension, key, start, value, version, computed, inputs from evaluate_value
where code = any($1::text[]) and dimension = $2 and ($3::text is null or key = $3)
  and ($4::date is null or start >= $4) and ($5::date is null or start < $5)
  and ($7::date is null or start < $7 or start = $7 and (code, key) > ($8, $9))
order by start desc, code, key limit $6
"""
_STANDINGS = """
select key, (array_agg(value order by start) filter (where code = $5))[1] as score, max(coalesce(inputs, computed)) as at
from evaluate_value
where code = any($1::text[]) and dimension = $2 and start >= $3 and start < $4
group by key
"""
_OF_KEYS = """
select code, key, value from evaluate_value
where code = any($1::text[]) and dimension = $2 and start >= $3 and start < $4 and key = any($5::text[])
order by start desc
"""
_NEWEST = """
select c.code, v.dimension, v.key, v.start, v.value, v.version, v.computed, v.inputs
from unnest($1::text[]) as c(code) cross join lateral (
  select * from evaluate_value e where e.code = c.code and e.dimension = 'city' and e.key = '' and e.start <= $2
  order by e.start desc limit 2) v order by c.code, v.start desc
"""

# A case that has changed counts for its own days and for those of what was done about it, and so does the one that it
# opens again. One that has come since counts for every day on which it lay open.
_TOUCHED = """
with changed as (
  select r.instance, r.reported, r.closed, r.reopens, r.created >= $1 as came from case_record r where r.changed >= $1
), touched as (
  select instance, reported, closed, came from changed
  union all
  select o.instance, o.reported, o.closed, false from changed c join case_record o on o.id = c.reopens
), days as (
  select (reported at time zone $2)::date as day from touched
  union select (closed at time zone $2)::date from touched where closed is not null
  union select (s.at at time zone $2)::date from touched t join workflow_step s
    on s.tenant = current_setting('quanyu.tenant') and s.instance = t.instance
    where t.came or s.at >= $1 or not exists (
      select from workflow_step n where n.tenant = s.tenant and n.instance = s.instance and n.number > s.number)
)
select day, (select min((reported at time zone $2)::date) from touched where came) as since from days
"""
_FIRST_CASE = "select (min(reported) at time zone $1)::date from case_record"
_INPUTS = {
    "cases": "select max(at) from workflow_step where tenant = current_setting('quanyu.tenant')",
    "entities": "select max(modified) from entity where type = $1 or $1 = any(types)",
    "history": "select max(ts) from change where type = $1 or $1 = any(types)",
    "dataset": "select modified from dataset where name = $1",
}


async def versions(connection: Connection, code: str | None = None) -> list[Any]:
    return list(await connection.fetch(_VERSIONS, code))


async def publish(
    connection: Connection, tenant: str, code: str, body: dict[str, Any], *, valid_from: date, by: str, now: datetime
) -> int:  # fmt: skip
    version: int = await connection.fetchval(_PUBLISH, tenant, code, valid_from, body, now, by)
    return version


async def keep(
    connection: Connection, tenant: str, values: Sequence[Value], counted: Sequence[tuple[str, date]], now: datetime
) -> None:  # fmt: skip
    """What was counted takes the place of what was there; keys that no longer have anything go."""
    await connection.execute(
        _KEEP, tenant, [one.code for one in values], [one.dimension for one in values], [one.key for one in values],
        [one.period.start for one in values], [one.value for one in values], [one.version for one in values],
        [one.computed for one in values], [one.inputs for one in values],
    )  # fmt: skip
    await connection.execute(
        _FORGET, tenant, [code for code, _ in counted], [start for _, start in counted], now
    )


async def values(
    connection: Connection, codes: Sequence[str], dimension: str, *,
    key: str | None, first: date | None, until: date | None, limit: int,
    after: tuple[date, str, str] | None = None,
) -> list[Any]:  # fmt: skip
    """Newest first; behind `after`, a start with code and key."""
    behind = after or (None, None, None)
    return list(await connection.fetch(_VALUES, list(codes), dimension, key, first, until, limit, *behind))


async def standings(
    connection: Connection, codes: Sequence[str], dimension: str, *, first: date, until: date, score: str
) -> tuple[list[tuple[str, float | None]], datetime | None]:
    """Every key that has a value, with that of the score; and as of when they are."""
    rows = await connection.fetch(_STANDINGS, list(codes), dimension, first, until, score)
    return [(row["key"], row["score"]) for row in rows], max((row["at"] for row in rows), default=None)


async def values_of_keys(
    connection: Connection, codes: Sequence[str], dimension: str, *, first: date, until: date, keys: Sequence[str]
) -> list[Any]:  # fmt: skip
    return list(await connection.fetch(_OF_KEYS, list(codes), dimension, first, until, list(keys)))


async def newest(connection: Connection, codes: Sequence[str], today: date) -> list[Any]:
    """The two newest of each for the city."""
    return list(await connection.fetch(_NEWEST, list(codes), today))


async def counted_until(connection: Connection) -> datetime | None:
    found: datetime | None = await connection.fetchval("select counted from evaluate_progress")
    return found


async def set_counted_until(connection: Connection, tenant: str, moment: datetime) -> None:
    await connection.execute(
        "insert into evaluate_progress (tenant, counted) values ($1, $2) "
        "on conflict (tenant) do update set counted = excluded.counted",
        tenant,
        moment,
    )


async def moment(connection: Connection) -> datetime:
    """Of the transaction, by the database's clock, which cases are marked with."""
    found: datetime = await connection.fetchval("select now()")
    return found


async def in_the_twin(connection: Connection, type_: str) -> dict[str, tuple[float | None, str | None]]:
    """Of each entity of the type the value, and the first day of the period that it is of."""
    rows = await connection.fetch(
        "select id, (doc->'kpiValue'->>'value')::double precision as value, doc->'calculationPeriod'->'value'->>'from' as first "
        "from entity where type = $1",
        type_,
    )  # fmt: skip
    return {row["id"]: (row["value"], row["first"]) for row in rows}


async def one_at_a_time(connection: Connection, tenant: str) -> None:
    """Who counts for the same city meanwhile is waited for."""
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended('quanyu indicators ' || $1, 0))", tenant
    )


async def touched_days(connection: Connection, since: datetime) -> tuple[set[date], date | None]:
    """Days whose cases changed, and the first on which one lay open that was not known before."""
    rows = await connection.fetch(_TOUCHED, since, CITY_ZONE.key)
    return {row["day"] for row in rows}, rows[0]["since"] if rows else None


async def first_case(connection: Connection) -> date | None:
    found: date | None = await connection.fetchval(_FIRST_CASE, CITY_ZONE.key)
    return found


async def area_names(connection: Connection, codes: Collection[str]) -> dict[str, str]:
    """By region code, as the twin calls its areas."""
    if not codes:
        return {}
    rows = await connection.fetch(
        "select doc->'regionCode'->>'value' as code, doc->'name'->>'value' as name from entity "
        "where type = 'AdministrativeArea' and doc->'regionCode'->>'value' = any($1) and doc->'name'->>'value' <> ''",
        list(codes),
    )
    return {row["code"]: row["name"] for row in rows}


async def newest_input(connection: Connection, source: str, of: str) -> datetime | None:
    """When a source was written last."""
    statement = _INPUTS.get(source, _INPUTS["cases"])
    found: datetime | None = await connection.fetchval(statement, *((of,) if "$1" in statement else ()))
    return found


async def changed_datasets(connection: Connection, names: Sequence[str], since: datetime) -> set[str]:
    rows = await connection.fetch(
        "select name from dataset where name = any($1) and modified >= $2", list(names), since
    )
    return {row["name"] for row in rows}
