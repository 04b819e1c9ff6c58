"""Who is written together: PostgreSQL takes about as long for one change as for ten."""

import asyncio

from quanyu.store import Database
from quanyu.twin.writer import Writer
from tests.unit.twin.test_twin_write import sensor

CALLERS, ROUNDS = 16, 10
TURNS = 5
"""Of the loop, until the next request of a caller is there: it has to come through a socket."""


async def groups_of(database: Database, tenant: str, callers: int) -> int:
    """How many it takes when each caller asks again when it is answered, and the first comes before the others."""
    writer = Writer(database)

    async def caller(index: int) -> None:
        for value in range(ROUNDS):
            await writer.submit(tenant, [sensor(index, a=value)])
            for _ in range(TURNS):
                await asyncio.sleep(0)

    first = asyncio.create_task(caller(0))
    await asyncio.sleep(0.001)  # it is being written
    await asyncio.gather(first, *map(caller, range(1, callers)))
    await writer.close()
    async with database.tenant(tenant) as connection:
        count: int = await connection.fetchval("select count(distinct ts) from change")
    return count


async def test_who_was_answered_together_is_waited_for_and_written_together_again(
    database: Database, tenant: str
) -> None:
    """The first caller would stay apart from the others for ever."""
    assert await groups_of(database, tenant, CALLERS) < 1.5 * ROUNDS


async def test_a_few_callers_wait_for_nobody(database: Database, tenant: str) -> None:
    assert await groups_of(database, tenant, 2) == 2 * ROUNDS
