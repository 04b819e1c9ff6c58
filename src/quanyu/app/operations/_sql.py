"""The only SQL of looking at jobs. Of what a job carries nothing is shown: it may hold what is secret."""

from collections.abc import Sequence

from quanyu.app.operations.model import JobView
from quanyu.store import Connection

_COLUMNS = "id, kind, state, created, due, tries, fault, progress, finished"


async def jobs(
    connection: Connection, tenant: str, *, state: str, before: int | None, limit: int
) -> list[JobView]:
    """The newest first."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from job where tenant = $1 and state = $2 and ($3::bigint is null or id < $3) order by id desc limit $4",
        tenant, state, before, limit,
    )  # fmt: skip
    return [JobView(**dict(row)) for row in rows]


async def counted(connection: Connection, tenant: str) -> dict[str, int]:
    rows = await connection.fetch(
        "select state, count(*) as number from job where tenant = $1 group by state", tenant
    )
    return {row["state"]: row["number"] for row in rows}


async def begin_anew(connection: Connection, tenant: str, ids: Sequence[int] | None) -> int:
    """Dead jobs wait again with all their tries; `ids` None is all of them. How many there were."""
    rows = await connection.fetch(
        "update job set state = 'waiting', tries = 0, due = now(), finished = null, leased_until = null "
        "where tenant = $1 and state = 'dead' and ($2::bigint[] is null or id = any($2)) returning id",
        tenant, None if ids is None else list(ids),
    )  # fmt: skip
    return len(rows)


async def give_up(connection: Connection, tenant: str, id: int) -> bool:
    """Forgets a dead job; False where it is none."""
    done = await connection.execute(
        "delete from job where tenant = $1 and state = 'dead' and id = $2", tenant, id
    )
    return bool(done == "DELETE 1")


async def latest(connection: Connection, tenant: str, kind: str) -> JobView | None:
    row = await connection.fetchrow(
        f"select {_COLUMNS} from job where tenant = $1 and kind = $2 order by id desc limit 1", tenant, kind
    )
    return JobView(**dict(row)) if row else None
