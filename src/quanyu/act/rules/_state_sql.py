"""The only statements on where rules stand with their subjects, and on when nobody listened."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import asyncpg

from quanyu.act.rules.states import GROUP, State
from quanyu.store import Connection

Place = tuple[str, str]
"""Rule and subject."""

_COLUMNS = "rule, subject, event, since, due, sides, counted"
_SAVE = """
insert into act_rule_state (tenant, rule, subject, event, since, due, sides, counted)
select $1, s.* from unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::jsonb[], $8::boolean[]) s
on conflict (tenant, rule, subject) do update set event = excluded.event, since = excluded.since, due = excluded.due,
  sides = excluded.sides, counted = excluded.counted
"""
_HEARD = """
select w.entity, w.number, max(c.ts) as last
from unnest($2::text[], $3::int[], $4::timestamptz[]) w(entity, number, since), lateral (
  select ts from change c where c.tenant = $1 and c.entity = w.entity and c.ts > w.since and c.op <> 5
    and ($5::jsonb->w.number = '[]'::jsonb or c.attrs ?| array(select jsonb_array_elements_text($5::jsonb->w.number)))
  order by c.ts desc limit 1) c
group by 1, 2
"""


async def states(connection: Connection, tenant: str, places: Collection[Place]) -> dict[Place, State]:
    rows = await connection.fetch(
        f"select {_COLUMNS} from act_rule_state where tenant = $1 and (rule, subject) in "
        "(select * from unnest($2::text[], $3::text[]))",
        tenant, [rule for rule, _ in places], [subject for _, subject in places],
    )  # fmt: skip
    return dict(map(_state, rows))


async def save(connection: Connection, tenant: str, states: Mapping[Place, State]) -> None:
    """Nothing to remember is no row."""
    empty = State()
    gone = [place for place, state in states.items() if state == empty]
    kept = [(*place, state) for place, state in states.items() if state != empty]
    if gone:
        await connection.execute(
            "delete from act_rule_state where tenant = $1 and (rule, subject) in (select * from unnest($2::text[], $3::text[]))",
            tenant, [rule for rule, _ in gone], [subject for _, subject in gone],
        )  # fmt: skip
    if kept:
        rules, subjects, found = zip(*kept, strict=True)
        await connection.execute(
            _SAVE, tenant, rules, subjects, [one.event for one in found], [one.since for one in found],
            [one.due for one in found], [dict(one.sides) for one in found], [one.counted for one in found],
        )  # fmt: skip


async def due(connection: Connection, tenant: str, now: datetime, limit: int) -> dict[Place, State]:
    """Those that are to be looked at again, the most late first."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from act_rule_state where tenant = $1 and due <= $2 order by due limit $3",
        tenant,
        now,
        limit,
    )
    return dict(map(_state, rows))


async def next_due(connection: Connection, tenant: str) -> datetime | None:
    found: datetime | None = await connection.fetchval(
        "select min(due) from act_rule_state where tenant = $1", tenant
    )
    return found


async def silence(connection: Connection, tenant: str, rule: str) -> None:
    """Its timers wait no more; what is open stays known."""
    await connection.execute(
        "update act_rule_state set due = null where tenant = $1 and rule = $2", tenant, rule
    )


async def renew(connection: Connection, tenant: str, rule: str) -> None:
    """It waits anew; what is open stays known."""
    await connection.execute(
        "delete from act_rule_state where tenant = $1 and rule = $2 and event is null", tenant, rule
    )
    await connection.execute(
        "update act_rule_state set since = null, due = null, sides = '{}', counted = null where tenant = $1 and rule = $2",
        tenant, rule,
    )  # fmt: skip


async def forget(connection: Connection, tenant: str, rule: str) -> None:
    await connection.execute("delete from act_rule_state where tenant = $1 and rule = $2", tenant, rule)


async def others_of(connection: Connection, tenant: str, event: str) -> list[str]:
    """The subjects that an open event is about."""
    rows = await connection.fetch(
        "select subject from act_rule_state where tenant = $1 and event = $2", tenant, event
    )
    return [row["subject"] for row in rows]


async def tallies(connection: Connection, tenant: str, rules: Collection[str]) -> dict[str, tuple[int, int]]:
    """Of rules over n of m: how many members hold, of how many."""
    rows = await connection.fetch(
        "select rule, count(*) filter (where counted) as holding, count(*) as number from act_rule_state "
        "where tenant = $1 and rule = any($2::text[]) and counted is not null group by rule",
        tenant, list(rules),
    )  # fmt: skip
    return {row["rule"]: (row["holding"], row["number"]) for row in rows}


async def holding(connection: Connection, tenant: str, rule: str, limit: int) -> list[str]:
    rows = await connection.fetch(
        "select subject from act_rule_state where tenant = $1 and rule = $2 and counted and subject <> $3 "
        "order by subject limit $4",
        tenant, rule, GROUP, limit,
    )  # fmt: skip
    return [row["subject"] for row in rows]


async def last_heard(
    connection: Connection, tenant: str, wanted: Collection[tuple[str, tuple[str, ...], datetime]]
) -> dict[tuple[str, tuple[str, ...]], datetime]:
    """When the log last heard of these attributes of an entity (of any where there are none), later than a moment."""
    sets = list(dict.fromkeys(names for _, names, _ in wanted))
    rows = await connection.fetch(
        _HEARD, tenant, [id for id, _, _ in wanted], [sets.index(names) for _, names, _ in wanted],
        [since for _, _, since in wanted], [list(names) for names in sets],
    )  # fmt: skip
    return {(row["entity"], sets[row["number"]]): row["last"] for row in rows}


async def shift(connection: Connection, tenant: str, by: timedelta) -> None:
    """The clock has jumped: everything that waits goes along."""
    await connection.execute(
        "update act_rule_state set since = since + $2, due = due + $2 "
        "where tenant = $1 and (since is not null or due is not null)",
        tenant, by,
    )  # fmt: skip


async def gaps(connection: Connection, tenant: str) -> list[tuple[datetime, datetime]]:
    rows = await connection.fetch(
        "select begun, ended from act_rule_gap where tenant = $1 order by begun", tenant
    )
    return [(row["begun"], row["ended"]) for row in rows]


async def add_gap(
    connection: Connection, tenant: str, begun: datetime, ended: datetime, keep_since: datetime
) -> None:
    await connection.execute("delete from act_rule_gap where tenant = $1 and ended < $2", tenant, keep_since)
    await connection.execute(
        "insert into act_rule_gap (tenant, begun, ended) values ($1, $2, $3) "
        "on conflict (tenant, begun) do update set ended = greatest(act_rule_gap.ended, excluded.ended)",
        tenant, begun, ended,
    )  # fmt: skip


async def alive(connection: Connection, tenant: str) -> datetime | None:
    found: datetime | None = await connection.fetchval(
        "select alive from act_rule_listener where tenant = $1", tenant
    )
    return found


async def set_alive(connection: Connection, tenant: str, now: datetime) -> None:
    await connection.execute(
        "insert into act_rule_listener (tenant, alive) values ($1, $2) on conflict (tenant) do update set alive = excluded.alive",
        tenant, now,
    )  # fmt: skip


def _state(row: asyncpg.Record) -> tuple[Place, State]:
    return (row["rule"], row["subject"]), State(
        event=row["event"], since=row["since"], due=row["due"], sides=row["sides"], counted=row["counted"]
    )
