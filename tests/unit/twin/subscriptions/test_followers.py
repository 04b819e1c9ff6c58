"""Parts of the node that hear of changes in Python."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from quanyu.connect.outgoing import Outgoing
from quanyu.store import Connection, Database
from quanyu.twin.ngsild.query import Query, Selector, parse_q
from quanyu.twin.subscriptions import Follower, Notifier, Trigger, Watch, triggers_of
from quanyu.twin.subscriptions.matching import Concerned
from tests.patience import PATIENCE_SECONDS
from tests.unit.twin.subscriptions.conftest import City


def bright(key: str = "bright") -> Watch:
    query = Query(selectors=(Selector(types=(("Lamp",),)),), q=parse_q("power>3", lambda name: name))
    return Watch(key=key, query=query, triggers=triggers_of([Trigger.ENTITY_UPDATED]))


async def test_a_callback_hears_once_and_again_after_a_fault(
    city: City, database: Database, tenant: str
) -> None:
    heard: list[tuple[str, Any]] = []
    faults = [RuntimeError("not now")]

    async def hear(connection: Connection, found: Sequence[Concerned]) -> None:
        if faults:
            raise faults.pop()
        heard.extend((watch.key, event.entity.document["power"]["value"]) for watch, event in found)

    follower = Follower("rules", tenant, database, hear)
    follower.watch([bright()])
    await follower.begin()
    for number in (1, 5, 2, 9):
        await city.ask(
            "POST", "/entityOperations/upsert",
            [{"id": "urn:x:1", "type": "Lamp", "power": {"type": "Property", "value": number}}],
        )  # fmt: skip
    with contextlib.suppress(RuntimeError):
        await follower.look()
    assert heard == []
    await follower.look()
    await follower.look()
    assert heard == [("bright", 5), ("bright", 9)]


async def test_the_notifier_runs_followers_from_where_they_were(
    database: Database, tenant: str, city: City
) -> None:
    await city.stop()
    heard: asyncio.Queue[Any] = asyncio.Queue()

    async def hear(connection: Connection, found: Sequence[Concerned]) -> None:
        for _, event in found:
            heard.put_nowait(event.entity.document["power"]["value"])

    async def run() -> asyncio.Task[None]:
        follower = Follower("rules", tenant, database, hear)
        follower.watch([bright()])
        await follower.begin()
        notifier = Notifier(database, tenant=tenant, outgoing=Outgoing())
        notifier.follow(follower)
        return asyncio.create_task(notifier.run())

    for number in (5, 6):
        task = await run()
        power = {"type": "Property", "value": number}
        await city.ask(
            "POST", "/entityOperations/upsert", [{"id": "urn:x:1", "type": "Lamp", "power": power}]
        )
        assert await asyncio.wait_for(heard.get(), PATIENCE_SECONDS) == number
        await asyncio.wait_for(_committed(database, tenant), PATIENCE_SECONDS)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _committed(database: Database, tenant: str) -> None:
    """Who hears of a change does so before the transaction ends that moves the place on."""
    behind = (
        "select exists (select from reader r join feed f using (tenant) where r.tenant = $1 and r.seq < f.n)"
    )
    while True:
        async with database.tenant(tenant) as connection:
            if not await connection.fetchval(behind, tenant):
                return
        await asyncio.sleep(0.01)
