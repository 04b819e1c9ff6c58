"""What the twin's tables need from time to time; the app runs these as jobs."""

from collections.abc import Collection
from datetime import datetime

from quanyu.store import Connection, Database

DAYS_AHEAD = 7

_TRIM = """
delete from change as c using entity as e
where c.tenant = $1 and e.tenant = $1 and e.id = c.entity and e.dataset = any($2::text[])
  and ($3::text[] is null or e.type = any($3)) and c.ts < $4
"""


async def partitions_ahead(connection: Connection, days: int = DAYS_AHEAD) -> int:
    """Makes the daily partitions of the log; returns how many. Wanted daily, harmless at any time."""
    made: int = await connection.fetchval("select twin_partitions_ahead($1)", days)
    return made


async def trim_log(
    connection: Connection,
    tenant: str,
    *,
    datasets: Collection[str],
    before: datetime,
    types: Collection[str] | None = None,
) -> int:
    """Forgets what happened to the entities of these datasets before a moment; returns how many changes.

    Their state stays, and so do the changes of entities that are deleted by now. `types`: of these types only.
    """
    done: str = await connection.execute(_TRIM, tenant, list(datasets), types and list(types), before)
    return int(done.split()[-1])


async def settle(database: Database) -> None:
    """After a large import: marks its rows as visible to all, so that maps and counts read the index alone."""
    async with database.owner() as connection:
        await connection.execute("vacuum (analyze) entity")
        await connection.execute("vacuum (analyze) entity_text")
