"""The only statements on work: instances, timelines, inboxes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from quanyu.store import Connection
from quanyu.workflow.model import Instance, Position, Standing, Step

_SAVE = """
with saved as (
  update workflow_instance i set body = m.body, closed = m.closed, outcome = m.outcome, next_bell = m.next_bell
  from unnest($2::text[], $3::jsonb[], $4::timestamptz[], $5::text[], $6::timestamptz[]) as m(id, body, closed, outcome, next_bell)
  where i.tenant = $1 and i.id = m.id
),
told as (
  insert into workflow_step (tenant, instance, number, at, actor, act, key, body)
  select $1, s.*
  from unnest($7::text[], $8::integer[], $9::timestamptz[], $10::text[], $11::text[], $12::text[], $13::jsonb[]) as s
),
gone as (
  delete from workflow_task t where tenant = $1 and instance = any($2::text[])
    and not exists (select from unnest($14::text[], $15::integer[]) as n(instance, position)
                    where n.instance = t.instance and n.position = t.position)
)
insert into workflow_task (tenant, instance, position, state, role, organisation, assignee, standing, entered, due, definition, subject)
select $1, t.instance, t.position, t.state, t.role, t.organisation, t.assignee, t.standing, t.entered, coalesce(t.due, 'infinity'),
  t.definition, t.subject
from unnest($14::text[], $15::integer[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[], $21::timestamptz[],
            $22::timestamptz[], $23::text[], $24::text[])
  as t(instance, position, state, role, organisation, assignee, standing, entered, due, definition, subject)
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
    and (w.due, w.instance, w.position) > ($3, $4, $5::bigint)
  order by w.due, w.instance, w.position limit $7
) t
"""
_OWN = """
(select {task} from workflow_task w
where w.tenant = current_setting('quanyu.tenant') and w.assignee = $6 and w.role = any($1::text[])
  and ($2::text[] is null or w.organisation = any($2)) and (w.due, w.instance, w.position) > ($3, $4, $5::bigint)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is to be written of one piece of work. `roles` says whose move each state is; `key` marks the first step."""

    work: Instance
    steps: tuple[Step, ...]
    roles: Mapping[str, str]
    next_bell: datetime | None
    key: str | None = None

    @property
    def tasks(self) -> list[Position]:
        return [one for one in self.work.positions if one.open and not self.work.closed]


async def instance(connection: Connection, id: str) -> Instance | None:
    body = await connection.fetchval(_INSTANCE, id)
    return None if body is None else msgspec.convert(body, Instance)


async def locked(connection: Connection, id: str) -> Instance | None:
    """As `instance`, and held until the transaction ends."""
    body = await connection.fetchval(_INSTANCE + " for update", id)
    return None if body is None else msgspec.convert(body, Instance)


async def locked_each(connection: Connection, ids: Collection[str]) -> dict[str, Instance]:
    """Held until the transaction ends, taken in one order by everybody."""
    rows = await connection.fetch(
        "select id, body from workflow_instance where id = any($1) order by id for update", list(ids)
    )
    return {row["id"]: msgspec.convert(row["body"], Instance) for row in rows}


async def done_under(
    connection: Connection, key: str, instances: Collection[str], *, actor: str | None = None
) -> set[str]:
    """Asked after the lock: a statement of its own sees what whoever held it before has committed."""
    rows = await connection.fetch(
        "select instance from workflow_step where instance = any($1) and key = $2 and ($3::text is null or actor = $3)",
        list(instances), key, actor,
    )  # fmt: skip
    return {row["instance"] for row in rows}


async def opened_as(connection: Connection, key: str) -> str | None:
    id: str | None = await connection.fetchval("select id from workflow_instance where opening = $1", key)
    return id


async def save(connection: Connection, tenant: str, entries: Sequence[Entry]) -> None:
    """Instances, timelines and inboxes in one statement."""
    works = [one.work for one in entries]
    tasks = [(one, position) for one in entries for position in one.tasks]
    await connection.execute(
        _SAVE, tenant, [one.id for one in works], [msgspec.to_builtins(one) for one in works],
        [one.closed for one in works], [one.outcome for one in works], [one.next_bell for one in entries],
        *_lines(entries), [one.work.id for one, _ in tasks], *_columns(tasks),
        [one.work.definition for one, _ in tasks], [one.work.subject for one, _ in tasks],
    )  # fmt: skip


async def open_(connection: Connection, tenant: str, fresh: Entry, *, opening: str | None) -> bool:
    """As `save`, for new work; False where there is some under this key. Of those who open at once, the others wait."""
    work = fresh.work
    opened: bool = await connection.fetchval(
        _OPEN, tenant, work.id, work.definition, work.version, work.subject, msgspec.to_builtins(work),
        work.opened, work.closed, work.outcome, fresh.next_bell, work.parent, opening,
        *_lines([fresh])[1:], *_columns([(fresh, position) for position in fresh.tasks]),
    )  # fmt: skip
    return opened


def _lines(entries: Sequence[Entry]) -> tuple[list[object], ...]:
    """Of timelines, with the instance that each belongs to."""
    told = [(one, step) for one in entries for step in one.steps]
    return (
        [one.work.id for one, _ in told],
        [step.number for _, step in told],
        [step.at for _, step in told],
        [step.actor for _, step in told],
        [step.act for _, step in told],
        [one.key if step is one.steps[0] else None for one, step in told],
        [msgspec.to_builtins(step) for _, step in told],
    )


def _columns(tasks: Sequence[tuple[Entry, Position]]) -> tuple[list[object], ...]:
    shown = [one for _, one in tasks]
    return (
        [one.number for one in shown],
        [one.state for one in shown],
        ["" if one.standing is Standing.CALLED else entry.roles.get(one.state, "") for entry, one in tasks],
        [one.organisation or "" for one in shown],
        [one.assignee for one in shown],
        [one.standing.value for one in shown],
        [one.entered for one in shown],
        [one.deadline.due if one.deadline else None for one in shown],
    )


async def steps(connection: Connection, instance: str) -> list[Step]:
    rows = await connection.fetch(
        "select body from workflow_step where instance = $1 order by number", instance
    )
    return [msgspec.convert(row["body"], Step) for row in rows]


async def ringing(connection: Connection, now: datetime, limit: int) -> list[Instance]:
    """Work with a bell that is due, each taken by one ringer only."""
    rows = await connection.fetch(
        "select body from workflow_instance where tenant = current_setting('quanyu.tenant') and next_bell <= $1 "
        "order by next_bell limit $2 for update skip locked",
        now, limit,
    )  # fmt: skip
    return [msgspec.convert(row["body"], Instance) for row in rows]


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
