"""The only SQL of saved queries."""

from datetime import datetime

import msgspec

from quanyu.core.actor import Actor
from quanyu.exchange.workbench.model import Draft, SavedQuery
from quanyu.store import Connection

_COLUMNS = "id, name, sql, chart, shared, owner_name, owner = $1 as mine, modified"


async def seen(
    connection: Connection, actor: Actor, *, text: str, after: tuple[bool, datetime, str] | None, limit: int
) -> list[SavedQuery]:
    """One's own first, then what others share, the newest first. Behind `after`: whether it is one's own, when, and its id."""
    rows = await connection.fetch(
        f"""select {_COLUMNS} from workbench_query
        where (owner = $1 or shared) and strpos(lower(name || ' ' || owner_name), lower($2)) > 0
          and ($3::boolean is null or (owner = $1, modified, id) < ($3, $4, $5))
        order by owner = $1 desc, modified desc, id desc limit $6""",
        actor.id, text, *(after or (None, None, None)), limit,
    )  # fmt: skip
    return [msgspec.convert(dict(row), SavedQuery) for row in rows]


async def one(connection: Connection, actor: Actor, id: str) -> SavedQuery | None:
    row = await connection.fetchrow(
        f"select {_COLUMNS} from workbench_query where id = $2 and (owner = $1 or shared)", actor.id, id
    )
    return msgspec.convert(dict(row), SavedQuery) if row else None


async def count_own(connection: Connection, actor: Actor) -> int:
    number: int = await connection.fetchval("select count(*) from workbench_query where owner = $1", actor.id)
    return number


async def add(connection: Connection, actor: Actor, id: str, draft: Draft, now: datetime) -> None:
    await connection.execute(
        "insert into workbench_query (tenant, id, owner, owner_name, name, sql, chart, shared, created, modified) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        actor.tenant, id, actor.id, actor.name, draft.name, draft.sql, msgspec.to_builtins(draft.chart), draft.shared, now,
    )  # fmt: skip


async def change(connection: Connection, actor: Actor, id: str, draft: Draft, now: datetime) -> bool:
    """False where the actor keeps no such query."""
    done = await connection.execute(
        "update workbench_query set name = $3, sql = $4, chart = $5, shared = $6, modified = $7 where id = $2 and owner = $1",
        actor.id, id, draft.name, draft.sql, msgspec.to_builtins(draft.chart), draft.shared, now,
    )  # fmt: skip
    return bool(done == "UPDATE 1")


async def remove(connection: Connection, actor: Actor, id: str) -> bool:
    done = await connection.execute("delete from workbench_query where id = $2 and owner = $1", actor.id, id)
    return bool(done == "DELETE 1")
