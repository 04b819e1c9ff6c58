"""The only statements on the workflow tables."""

from datetime import datetime
from typing import Any

import msgspec

from quanyu.store import Connection
from quanyu.workflow.model import Instance, Position, Standing, Step

_PUBLISH = """
insert into workflow_{kind} (tenant, name, version, body, published, publisher)
select $1, $2, 1 + coalesce(max(version), 0), $3, $4, $5 from workflow_{kind} where tenant = $1 and name = $2
returning version
"""
_BODY = """
select body, version from workflow_{kind} where name = $1 and ($2::integer is null or version = $2)
order by version desc limit 1
"""
_NAMES = "select distinct name from workflow_{kind} order by name"

_SAVE = """
with saved as (
  insert into workflow_instance as i
    (tenant, id, definition, version, subject, body, opened, closed, outcome, next_bell, parent, opening)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
  on conflict (tenant, id) do update set
    body = excluded.body, closed = excluded.closed, outcome = excluded.outcome, next_bell = excluded.next_bell
),
told as (
  insert into workflow_step (tenant, instance, number, at, actor, act, key, body)
  select $1, $2, s.number, s.at, s.actor, s.act, s.key, s.body
  from unnest($13::integer[], $14::timestamptz[], $15::text[], $16::text[], $17::text[], $18::jsonb[])
    as s(number, at, actor, act, key, body)
),
gone as (
  delete from workflow_task where tenant = $1 and instance = $2 and position <> all($19::integer[])
)
insert into workflow_task (tenant, instance, position, definition, subject, state, role, organisation, assignee, standing, entered, due)
select $1, $2, t.position, $3, $5, t.state, t.role, t.organisation, t.assignee, t.standing, t.entered, coalesce(t.due, 'infinity')
from unnest($19::integer[], $20::text[], $21::text[], $22::text[], $23::text[], $24::text[], $25::timestamptz[], $26::timestamptz[])
  as t(position, state, role, organisation, assignee, standing, entered, due)
on conflict (tenant, instance, position) do update set
  state = excluded.state, role = excluded.role, organisation = excluded.organisation, assignee = excluded.assignee,
  standing = excluded.standing, entered = excluded.entered, due = excluded.due
"""

_OPEN = """
with saved as (
  insert into workflow_instance
    (tenant, id, definition, version, subject, body, opened, closed, outcome, next_bell, parent, opening)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
  on conflict (tenant, opening) where opening is not null do nothing returning id
),
told as (
  insert into workflow_step (tenant, instance, number, at, actor, act, key, body)
  select $1, saved.id, s.number, s.at, s.actor, s.act, s.key, s.body
  from saved, unnest($13::integer[], $14::timestamptz[], $15::text[], $16::text[], $17::text[], $18::jsonb[])
    as s(number, at, actor, act, key, body)
),
tasks as (
  insert into workflow_task (tenant, instance, position, definition, subject, state, role, organisation, assignee, standing, entered, due)
  select $1, saved.id, t.position, $3, $5, t.state, t.role, t.organisation, t.assignee, t.standing, t.entered, coalesce(t.due, 'infinity')
  from saved, unnest($19::integer[], $20::text[], $21::text[], $22::text[], $23::text[], $24::text[], $25::timestamptz[], $26::timestamptz[])
    as t(position, state, role, organisation, assignee, standing, entered, due)
)
select exists (select from saved)
"""

_TASK = "instance, position, definition, subject, state, role, organisation, assignee, standing, entered, due"
_FREE = """
select t.* from {places} cross join lateral (
  select {task} from workflow_task w
  where w.tenant = current_setting('quanyu.tenant') and w.role = places.role and {there} and w.assignee is null
    and (w.due, w.instance, w.position) > ($3, $4, $5)
  order by w.due, w.instance, w.position limit $7
) t
"""
_OWN = """
(select {task} from workflow_task w
where w.tenant = current_setting('quanyu.tenant') and w.assignee = $6 and w.role = any($1::text[])
  and ($2::text[] is null or w.organisation = any($2)) and (w.due, w.instance, w.position) > ($3, $4, $5)
order by w.due, w.instance, w.position limit $7)
"""
_PAGE = f"select * from ({{free}} union all {_OWN}) as page order by due, instance, position limit $7"
_INBOX = _PAGE.format(
    free=_FREE.format(
        places="(select role, organisation from unnest($1::text[]) role, unnest($2::text[]) organisation) places",
        there="w.organisation = places.organisation", task=_TASK,
    ), task=_TASK,
)  # fmt: skip
_INBOX_OF_ALL = _PAGE.format(
    free=_FREE.format(places="unnest($1::text[]) as places(role)", there="true", task=_TASK), task=_TASK
)

_INSTANCE = "select body from workflow_instance where id = $1"


async def publish(
    connection: Connection, tenant: str, kind: str, name: str, body: dict[str, Any], *, now: datetime, by: str
) -> int:
    """`kind` is "definition" or "calendar"; answers the version."""
    version: int = await connection.fetchval(_PUBLISH.format(kind=kind), tenant, name, body, now, by)
    return version


async def published(
    connection: Connection, kind: str, name: str, version: int | None = None
) -> tuple[dict[str, Any], int] | None:
    """Of one version, or the newest."""
    row = await connection.fetchrow(_BODY.format(kind=kind), name, version)
    return (row["body"], row["version"]) if row else None


async def versions(connection: Connection, kind: str, name: str) -> list[tuple[int, datetime, str]]:
    """Number, when it was published and by whom; the newest first."""
    rows = await connection.fetch(
        f"select version, published, publisher from workflow_{kind} where name = $1 order by version desc",
        name,
    )
    return [(row["version"], row["published"], row["publisher"]) for row in rows]


async def newest_of_both(
    connection: Connection, definition: str, calendar: str
) -> tuple[int | None, int | None]:
    """Of a definition, and of the calendar that it is thought to go by."""
    row = await connection.fetchrow(
        "select (select max(version) from workflow_definition where name = $1) as definition, "
        "(select max(version) from workflow_calendar where name = $2) as calendar",
        definition, calendar,
    )  # fmt: skip
    return row["definition"], row["calendar"]


async def newest(connection: Connection, kind: str, name: str) -> int | None:
    """The version that counts."""
    version: int | None = await connection.fetchval(
        f"select max(version) from workflow_{kind} where name = $1", name
    )
    return version


async def names(connection: Connection, kind: str) -> list[str]:
    return [row["name"] for row in await connection.fetch(_NAMES.format(kind=kind))]


async def instance(connection: Connection, id: str) -> Instance | None:
    body = await connection.fetchval(_INSTANCE, id)
    return None if body is None else msgspec.convert(body, Instance)


async def locked(connection: Connection, id: str) -> Instance | None:
    """As `instance`, and held until the transaction ends."""
    body = await connection.fetchval(_INSTANCE + " for update", id)
    return None if body is None else msgspec.convert(body, Instance)


async def was_done(connection: Connection, instance: str, key: str) -> bool:
    """Asked after the lock: a statement of its own sees what whoever held it before has committed."""
    found: bool = await connection.fetchval(
        "select exists (select from workflow_step where instance = $1 and key = $2)", instance, key
    )
    return found


async def was_done_by(connection: Connection, instance: str, key: str, actor: str) -> bool:
    found: bool = await connection.fetchval(
        "select exists (select from workflow_step where instance = $1 and key = $2 and actor = $3)",
        instance, key, actor,
    )  # fmt: skip
    return found


async def opened_as(connection: Connection, key: str) -> str | None:
    id: str | None = await connection.fetchval("select id from workflow_instance where opening = $1", key)
    return id


async def save(
    connection: Connection, tenant: str, moved: Instance, steps: tuple[Step, ...], *,
    roles: dict[str, str], next_bell: datetime | None, key: str | None = None,
) -> None:  # fmt: skip
    """Instance, timeline and inbox in one statement. `roles` says whose move each state is; `key` marks the first step."""
    await connection.execute(_SAVE, *_values(tenant, moved, steps, roles, next_bell, key=key, opening=None))


async def open_(
    connection: Connection, tenant: str, fresh: Instance, steps: tuple[Step, ...], *,
    roles: dict[str, str], next_bell: datetime | None, opening: str | None,
) -> bool:  # fmt: skip
    """As `save`, for new work; False where there is some under this key. Of those who open at once, the others wait."""
    values = _values(tenant, fresh, steps, roles, next_bell, key=None, opening=opening)
    opened: bool = await connection.fetchval(_OPEN, *values)
    return opened


def _values(
    tenant: str, moved: Instance, steps: tuple[Step, ...], roles: dict[str, str], next_bell: datetime | None, *,
    key: str | None, opening: str | None,
) -> tuple[Any, ...]:  # fmt: skip
    tasks = [one for one in moved.positions if one.open and not moved.closed]
    return (
        tenant, moved.id, moved.definition, moved.version, moved.subject, msgspec.to_builtins(moved),
        moved.opened, moved.closed, moved.outcome, next_bell, moved.parent, opening,
        [one.number for one in steps], [one.at for one in steps], [one.actor for one in steps],
        [one.act for one in steps], [None if index else key for index, _ in enumerate(steps)],
        [msgspec.to_builtins(one) for one in steps], *_columns(tasks, roles),
    )  # fmt: skip


def _columns(tasks: list[Position], roles: dict[str, str]) -> tuple[list[object], ...]:
    return (
        [one.number for one in tasks],
        [one.state for one in tasks],
        ["" if one.standing is Standing.CALLED else roles.get(one.state, "") for one in tasks],
        [one.organisation or "" for one in tasks],
        [one.assignee for one in tasks],
        [one.standing.value for one in tasks],
        [one.entered for one in tasks],
        [one.deadline.due if one.deadline else None for one in tasks],
    )


async def steps(connection: Connection, instance: str) -> list[Step]:
    rows = await connection.fetch(
        "select body from workflow_step where instance = $1 order by number", instance
    )
    return [msgspec.convert(row["body"], Step) for row in rows]


async def ringing(connection: Connection, now: datetime, limit: int) -> list[str]:
    """Instances with a bell that is due, each taken by one ringer only."""
    rows = await connection.fetch(
        "select id from workflow_instance where tenant = current_setting('quanyu.tenant') and next_bell <= $1 "
        "order by next_bell limit $2 for update skip locked",
        now, limit,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def unassured(connection: Connection, after: str, limit: int) -> list[str]:
    """Open work with a due time beyond the holidays that were known."""
    rows = await connection.fetch(
        "select id from workflow_instance where closed is null and id > $1 "
        "and body @? '$.positions[*].deadline ? (@.assured == false)' order by id limit $2",
        after, limit,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def postpone(connection: Connection, tenant: str, id: str, until: datetime) -> None:
    await connection.execute(
        "update workflow_instance set next_bell = $3 where tenant = $1 and id = $2", tenant, id, until
    )


async def inbox(
    connection: Connection, roles: list[str], organisations: list[str] | None, *,
    after: tuple[datetime, str, int], person: str, limit: int,
) -> list[Any]:  # fmt: skip
    """`organisations` None is every body of the tenant."""
    statement = _INBOX_OF_ALL if organisations is None else _INBOX
    return list(await connection.fetch(statement, roles, organisations, *after, person, limit))
