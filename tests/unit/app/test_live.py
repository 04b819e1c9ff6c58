"""What pages that stay open are told."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from litestar.response import ServerSentEventMessage

from quanyu.app.live import MOST_OF_ONE, Live, Watch
from quanyu.app.live_http import View, told_to
from quanyu.core.actor import Actor
from quanyu.core.errors import TooOften, Unauthenticated
from quanyu.store import Connection, Database
from quanyu.twin import Writer, write_of
from quanyu.twin.http.sight import Seen, WholeTenant
from quanyu.twin.ngsild.document import parse_entity
from tests.patience import PATIENCE_SECONDS
from tests.unit.twin.ngsi_client import actor

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Nothing(WholeTenant):
    async def seen(
        self, connection: Connection, actor: Actor, action: str, dataset: str | None = None
    ) -> Seen:
        return Seen(frozenset())


async def put(database: Database, tenant: str, type: str, x: float) -> None:
    entity = {
        "id": f"urn:ngsi-ld:{type}:1",
        "type": type,
        "location": {"type": "Point", "coordinates": [x, 31]},
    }
    await Writer(database).submit(tenant, [write_of(parse_entity(entity))])


def listen(
    database: Database, watch: Watch, tenant: str, sight: WholeTenant | None = None, last_id: str = ""
) -> AsyncIterator[ServerSentEventMessage]:
    async def still() -> Actor:
        return actor(tenant)

    return told_to(watch, View(database, sight or WholeTenant(), still), last_id, beat=0.2)


async def heard(events: AsyncIterator[ServerSentEventMessage], event: str = "layers") -> dict[str, Any]:
    async for message in events:
        if message.event == event:
            said: dict[str, Any] = msgspec.json.decode(str(message.data)) | {"event_id": message.id}
            return said
    raise AssertionError("the stream has ended")


async def test_a_page_hears_all_first_and_then_what_has_risen(database: Database, tenant: str) -> None:
    await put(database, tenant, "Lamp", 121)
    await put(database, tenant, "Bus", 121)
    async with Live(database, pace=0.01).listening(tenant, "one") as watch:
        events = listen(database, watch, tenant)
        assert {one["id"] for one in (await heard(events))["layers"]} == {"Lamp", "Bus"}
        await put(database, tenant, "Bus", 122)
        assert [one["id"] for one in (await heard(events))["layers"]] == ["Bus"]


async def test_a_slow_page_hears_once_of_all_that_happened_meanwhile(database: Database, tenant: str) -> None:
    await put(database, tenant, "Bus", 121)
    async with Live(database, pace=0.01).listening(tenant, "one") as watch:
        events = listen(database, watch, tenant)
        await heard(events)
        for step in range(5):
            before = watch.state
            await put(database, tenant, "Bus", 122 + step)
            newest = await watch.other_than(before, seconds=PATIENCE_SECONDS)
        assert newest
        assert (await heard(events))["layers"][0]["version"] == newest.layers["Bus"].version


async def test_after_a_cut_a_page_that_missed_something_is_told_all_and_others_nothing(
    database: Database, tenant: str
) -> None:
    await put(database, tenant, "Bus", 121)
    live = Live(database, pace=0.01)
    async with live.listening(tenant, "one") as watch:
        last = (await heard(listen(database, watch, tenant)))["event_id"]
        assert await heard(listen(database, watch, tenant, last_id=last), "beat")
        before = watch.state
        await put(database, tenant, "Bus", 122)
        assert await watch.other_than(before, seconds=PATIENCE_SECONDS)
        assert (await heard(listen(database, watch, tenant, last_id=last)))["whole"]


async def test_a_page_hears_nothing_of_what_its_reader_may_not_see(database: Database, tenant: str) -> None:
    await put(database, tenant, "Bus", 121)
    async with Live(database, pace=0.01).listening(tenant, "one") as watch:
        assert (await heard(listen(database, watch, tenant, Nothing())))["layers"] == []


async def test_a_session_that_ends_ends_the_stream(database: Database, tenant: str) -> None:
    async def gone() -> Actor:
        raise Unauthenticated("app.problem.401")

    await put(database, tenant, "Bus", 121)
    async with Live(database, pace=0.01).listening(tenant, "one") as watch:
        events = told_to(watch, View(database, WholeTenant(), gone), "")
        assert [message async for message in events] == []


async def test_one_account_does_not_take_every_place(database: Database, tenant: str) -> None:
    live = Live(database)
    async with asyncio.timeout(PATIENCE_SECONDS):
        places = [live.listening(tenant, "one") for _ in range(MOST_OF_ONE)]
        for place in places:
            await place.__aenter__()
        with pytest.raises(TooOften):
            live.check(tenant, "one")
        live.check(tenant, "another")
        for place in places:
            await place.__aexit__(None, None, None)
    live.check(tenant, "one")
