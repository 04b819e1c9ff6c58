"""The only statements on rules, their versions and their events.

Rows are taken in one order, so that nobody waits for whoever waits for them: the tenant's of act_rule_book (`turn`), then
rules, then what became of them.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from quanyu.act.rules.events import Ending, Event, EventQuery, Opening
from quanyu.act.rules.model import Definition
from quanyu.store import Connection
from quanyu.twin.subscriptions._sql import CHANNEL

_RULE = (
    "r.name, r.version, r.state, r.reason, r.severity, r.opens_cases, r.type, r.changed, r.changed_by, r.since, "
    "r.after, r.scanned, r.revision, r.events, r.last_event, v.body, "
    "(select count(*) from act_rule_event e where e.rule = r.name and e.closed is null) as open"
)
_FROM = "from act_rule r join act_rule_version v on v.tenant = r.tenant and v.name = r.name and v.version = r.version"
_EVENT = "id, rule, version, key, subject, title, severity, lon, lat, facts, opened, closed, ending, closing, case_id"
_RISE = """
insert into act_rule_book as b (tenant, revision) values ($1, 1)
on conflict (tenant) do update set revision = b.revision + 1 returning revision
"""
_PUT = """
insert into act_rule as r (tenant, name, version, severity, opens_cases, type, changed, changed_by, revision)
values ($1, $2, 1, $3, $4, $5, $6, $7, $8)
on conflict (tenant, name) do update set version = r.version + 1, severity = excluded.severity,
  opens_cases = excluded.opens_cases, type = excluded.type, changed = excluded.changed, changed_by = excluded.changed_by,
  revision = excluded.revision, reason = null, state = case r.state when 'off' then 'off' else 'on' end,
  scanned = case r.state when 'off' then r.scanned else '{}' end
returning version
"""
_SWITCH = """
update act_rule set state = $3, reason = null, revision = $4, changed = $5, changed_by = $6,
  since = case when $3 = 'on' then coalesce(case state when 'on' then since end, $5) end,
  after = case when $3 = 'on' and state <> 'on' then (select coalesce(max(n), 0) from feed where tenant = $1) else after end,
  scanned = case when $3 = 'on' and state <> 'on' then '{}'::text[] else scanned end
where tenant = $1 and name = $2
"""
_OPEN = """
insert into act_rule_event (tenant, id, rule, version, key, subject, change, title, severity, lon, lat, facts, opened)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing returning id
"""
_EVENTS = f"""
select {_EVENT} from act_rule_event
where ($1::text is null or rule = $1) and ($2::text is null or case_id = $2) and ($3::text is null or subject = $3)
  and ($4::boolean is null or (closed is null) = $4) and (opened, id) < ($5, $6)
order by opened desc, id desc limit $7
"""


async def rise(connection: Connection, tenant: str) -> int:
    """The next revision of the tenant's rules; whoever else changes one waits for our commit, whoever follows wakes at it."""
    found: int = await connection.fetchval(_RISE, tenant)
    await connection.execute("select pg_notify($1, $2)", CHANNEL, tenant)
    return found


async def turn(connection: Connection, tenant: str) -> int:
    """Nobody else changes a rule or follows them until our commit; the newest revision. To be said before anything else."""
    found: int | None = await connection.fetchval(
        "select revision from act_rule_book where tenant = $1 for update", tenant
    )
    return found or 0


async def publish(
    connection: Connection, tenant: str, said: Definition, revision: int, *, now: datetime, by: str
) -> int:
    """The number of the new version."""
    version: int = await connection.fetchval(
        _PUT,
        tenant,
        said.name,
        said.severity.value,
        said.case is not None,
        said.subject.type,
        now,
        by,
        revision,
    )
    await connection.execute(
        "insert into act_rule_version (tenant, name, version, body, published, publisher) values ($1, $2, $3, $4, $5, $6)",
        tenant, said.name, version, msgspec.to_builtins(said), now, by,
    )  # fmt: skip
    return version


async def switch(
    connection: Connection, tenant: str, name: str, state: str, revision: int, *, now: datetime, by: str
) -> None:
    await connection.execute(_SWITCH, tenant, name, state, revision, now, by)


async def break_(connection: Connection, tenant: str, name: str, reason: Mapping[str, Any]) -> None:
    """It stands still until somebody mends it; its revision rises, so that everybody reads it anew."""
    await lock(connection, name)
    await connection.execute(
        "update act_rule set state = 'broken', reason = $3, revision = $4 where tenant = $1 and name = $2",
        tenant, name, dict(reason), await rise(connection, tenant),
    )  # fmt: skip


async def lock(connection: Connection, name: str) -> str | None:
    """Nobody else changes the rule until our commit; its state. To be said after `turn`."""
    found: str | None = await connection.fetchval(
        "select state from act_rule where name = $1 for update", name
    )
    return found


async def is_on(connection: Connection, name: str, version: int) -> bool:
    """Nobody switches it until our commit."""
    found = await connection.fetchval(
        "select 1 from act_rule where name = $1 and version = $2 and state = 'on' for share", name, version
    )
    return found is not None


async def rule(connection: Connection, name: str) -> asyncpg.Record | None:
    return await connection.fetchrow(f"select {_RULE} {_FROM} where r.name = $1", name)


async def titles(connection: Connection, names: Collection[str]) -> list[asyncpg.Record]:
    found: list[asyncpg.Record] = await connection.fetch(
        f"select r.name, v.body->'title' as title {_FROM} where r.name = any($1)", list(names)
    )
    return found


async def rules(
    connection: Connection, *, text: str, state: str | None, after: str, limit: int
) -> list[asyncpg.Record]:
    """In order of their names."""
    found: list[asyncpg.Record] = await connection.fetch(
        f"select {_RULE} {_FROM} where r.name > $1 and ($2::text is null or r.state = $2) "
        "and ($3 = '' or r.name ilike '%' || $3 || '%' or v.body->>'title' ilike '%' || $3 || '%') "
        "order by r.name limit $4",
        after, state, text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_"), limit,
    )  # fmt: skip
    return found


async def versions(connection: Connection, name: str) -> list[asyncpg.Record]:
    """Newest first."""
    found: list[asyncpg.Record] = await connection.fetch(
        "select version, published, publisher, body from act_rule_version where name = $1 order by version desc",
        name,
    )
    return found


async def bodies(connection: Connection, wanted: Collection[tuple[str, int]]) -> list[asyncpg.Record]:
    """Of these versions, in any order."""
    found: list[asyncpg.Record] = await connection.fetch(
        "select name, version, body from act_rule_version where (name, version) in (select * from unnest($1::text[], $2::integer[]))",
        [name for name, _ in wanted], [version for _, version in wanted],
    )  # fmt: skip
    return found


async def newer(connection: Connection, revision: int) -> list[asyncpg.Record]:
    """The rules that have changed since, as they are run."""
    found: list[asyncpg.Record] = await connection.fetch(
        f"select r.name, r.version, r.state, r.after, r.scanned, v.body {_FROM} where r.revision > $1 order by r.name",
        revision,
    )
    return found


async def scanned(connection: Connection, tenant: str, name: str, place: Sequence[str] | None) -> None:
    await connection.execute(
        "update act_rule set scanned = $3 where tenant = $1 and name = $2", tenant, name, place
    )


async def count_events(connection: Connection, tenant: str, made: Mapping[str, tuple[int, datetime]]) -> None:
    """How many each rule has opened, and the last one's moment."""
    await connection.execute(
        "update act_rule r set events = r.events + m.number, last_event = greatest(r.last_event, m.last) "
        "from unnest($2::text[], $3::bigint[], $4::timestamptz[]) m(name, number, last) where r.tenant = $1 and r.name = m.name",
        tenant, list(made), [number for number, _ in made.values()], [last for _, last in made.values()],
    )  # fmt: skip


async def open_event(connection: Connection, tenant: str, opening: Opening) -> bool:
    """False where this change has opened one already, or one is open under the key."""
    place = opening.place or {}
    made = await connection.fetchval(
        _OPEN, tenant, opening.id, opening.rule, opening.version, opening.key, opening.subject, opening.change,
        opening.title, opening.severity, place.get("lon"), place.get("lat"), opening.facts, opening.at,
    )  # fmt: skip
    return made is not None


async def is_open(connection: Connection, rule: str, key: str) -> str | None:
    """The event that is open under a key."""
    found: str | None = await connection.fetchval(
        "select id from act_rule_event where rule = $1 and key = $2 and closed is null", rule, key
    )
    return found


async def last_case(connection: Connection, rule: str, key: str) -> str | None:
    """The case of the newest event under a key, where it is not closed yet."""
    found: str | None = await connection.fetchval(
        "select c.id from act_rule_event e join case_record c on c.tenant = e.tenant and c.id = e.case_id "
        "where e.rule = $1 and e.key = $2 and c.closed is null order by e.opened desc limit 1",
        rule, key,
    )  # fmt: skip
    return found


async def set_case(connection: Connection, tenant: str, id: str, case: str) -> None:
    await connection.execute(
        "update act_rule_event set case_id = $3 where tenant = $1 and id = $2", tenant, id, case
    )


async def close_event(
    connection: Connection,
    tenant: str,
    id: str,
    *,
    at: datetime,
    ending: Ending,
    facts: Mapping[str, Any] | None,
) -> Event | None:
    """None where it is closed already."""
    row = await connection.fetchrow(
        "update act_rule_event set closed = greatest($3, opened), ending = $4, closing = $5 "
        f"where tenant = $1 and id = $2 and closed is null returning {_EVENT}",
        tenant, id, at, ending.value, facts and dict(facts),
    )  # fmt: skip
    return event_of(row) if row else None


async def open_events(connection: Connection, rule: str) -> list[str]:
    rows = await connection.fetch(
        "select id from act_rule_event where rule = $1 and closed is null order by id", rule
    )
    return [row["id"] for row in rows]


async def event(connection: Connection, id: str) -> Event | None:
    row = await connection.fetchrow(f"select {_EVENT} from act_rule_event where id = $1", id)
    return event_of(row) if row else None


async def events(connection: Connection, wanted: EventQuery, after: tuple[datetime, str]) -> list[Event]:
    rows = await connection.fetch(
        _EVENTS, wanted.rule, wanted.case, wanted.subject, wanted.open, *after, wanted.limit + 1
    )
    return [event_of(row) for row in rows]


def event_of(row: asyncpg.Record) -> Event:
    values = dict(row)
    lon, lat = values.pop("lon"), values.pop("lat")
    return Event(
        place=None if lon is None else {"lon": lon, "lat": lat}, case=values.pop("case_id"), **values
    )
