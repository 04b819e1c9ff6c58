"""Endpoints that fail, are slow, refuse, or are not to be called."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from quanyu.connect.outgoing import Outgoing
from quanyu.core.clock import utc_now
from quanyu.store import Database
from quanyu.twin.subscriptions import Notifier, letters
from tests.patience import eventually
from tests.ports import free_port
from tests.unit.twin.ngsi_client import Client
from tests.unit.twin.subscriptions.conftest import City, Clock, notifier_of
from tests.unit.twin.subscriptions.receiver import receiving


def value(content: Any) -> dict[str, Any]:
    return {"type": "Property", "value": content}


async def test_a_failure_is_counted_and_tried_again(city: City) -> None:
    city.receiver.answers = [500, 503]
    id = await city.subscribe()
    await city.create(power=value(1))
    await city.told(id, timesFailed=1, status="failed")
    city.jump(seconds=2)
    await city.told(id, timesFailed=2)
    city.jump(seconds=3)
    assert (await city.receiver.next()).entities[0]["power"]["value"] == 1
    await city.told(id, timesSent=3, timesFailed=2, status="ok")


async def test_what_waits_is_told_in_order_once_the_endpoint_is_back(city: City) -> None:
    city.receiver.answers = [500]
    id = await city.subscribe()
    for number in range(5):
        await city.ask(
            "POST", "/entityOperations/upsert", [{"id": "urn:x:1", "type": "Lamp", "power": value(number)}]
        )
    await city.told(id, timesFailed=1)
    city.jump(seconds=2)
    assert [(await city.receiver.next()).entities[0]["power"]["value"] for _ in range(5)] == [0, 1, 2, 3, 4]


async def test_a_refusal_becomes_a_dead_letter_that_can_be_sent_again(city: City) -> None:
    city.receiver.answers = [410]
    id = await city.subscribe()
    await city.create(power=value(1))
    await city.told(id, timesFailed=1)
    await city.read_to_the_end()
    async with city.database.tenant(city.tenant) as connection:
        (letter,) = await letters.dead_letters(connection, city.tenant, subscription=id, after=0, limit=10)
        assert (letter.entities, letter.fault) == (("urn:ngsi-ld:Lamp:1",), "The endpoint answers 410")
        assert await letters.replay(connection, city.tenant, id=letter.id, now=city.clock()) == 1
    assert (await city.receiver.next()).entities[0]["power"]["value"] == 1
    async with city.database.tenant(city.tenant) as connection:
        assert not await letters.dead_letters(connection, city.tenant, subscription=None, after=0, limit=10)


async def test_a_slow_endpoint_delays_nobody_else(city: City) -> None:
    async with receiving() as slow:
        slow.answers = [None] * 100
        for _ in range(10):
            await city.subscribe(notification={"endpoint": {"uri": slow.url}})
        await city.subscribe()
        await city.create(power=value(1))
        for number in range(2, 5):
            await city.change(power=value(number))
        assert [(await city.receiver.next()).entities[0]["power"]["value"] for _ in range(4)] == [1, 2, 3, 4]
        assert slow.connections <= 4


async def test_an_endpoint_that_does_not_answer_in_its_time_has_failed(city: City) -> None:
    city.receiver.answers = [None]
    id = await city.subscribe(notification={"endpoint": {"uri": city.receiver.url, "timeout": 20}})
    await city.create(power=value(1))
    await city.told(id, timesFailed=1, status="failed")


async def test_after_a_failure_an_endpoint_rests_as_long_as_it_asks_to(city: City) -> None:
    city.receiver.answers = [500]
    id = await city.subscribe(notification={"endpoint": {"uri": city.receiver.url, "cooldown": 3_600_000}})
    await city.create(power=value(1))
    await city.told(id, timesFailed=1)
    city.jump(minutes=59)
    await city.change(power=value(2))
    await asyncio.sleep(0)
    assert (await city.subscription(id))["notification"]["timesSent"] == 1
    city.jump(minutes=2)
    assert (await city.receiver.next()).entities[0]["power"]["value"] == 1


async def test_an_owner_who_mends_the_endpoint_need_not_wait(city: City) -> None:
    gone = f"http://127.0.0.1:{free_port()}/"
    id = await city.subscribe(notification={"endpoint": {"uri": gone, "cooldown": 3_600_000}})
    await city.create(power=value(1))
    await city.told(id, timesFailed=1)
    await city.ask(
        "PATCH", f"/subscriptions/{id}", {"notification": {"endpoint": {"uri": city.receiver.url}}}
    )
    assert (await city.receiver.next()).entities[0]["power"]["value"] == 1


async def test_a_removed_subscription_takes_what_waits_with_it(city: City) -> None:
    id = await city.subscribe(notification={"endpoint": {"uri": f"http://127.0.0.1:{free_port()}/"}})
    await city.create(power=value(1))
    await city.told(id, timesFailed=1)
    await city.ask("DELETE", f"/subscriptions/{id}")
    await city.read_to_the_end()


async def test_while_it_is_paused_nothing_is_told_and_nothing_kept(city: City) -> None:
    await city.create(power=value(1))
    id = await city.subscribe(isActive=False)
    await city.change(power=value(2))
    await city.read_to_the_end()
    await city.ask("PATCH", f"/subscriptions/{id}", {"isActive": True})
    await city.change(power=value(3))
    assert (await city.receiver.next()).entities[0]["power"]["value"] == 3


async def test_an_expired_one_hears_nothing_more(city: City) -> None:
    later = utc_now().replace(microsecond=0, year=utc_now().year + 1).isoformat()
    await city.subscribe(expiresAt=later)
    city.jump(days=400)
    await city.create(power=value(1))
    await city.read_to_the_end()
    assert city.receiver.all == []


async def test_what_one_process_leaves_another_tells(city: City, database: Database, tenant: str) -> None:
    """Two stand by; the second takes over when the first is gone."""
    second = asyncio.create_task(notifier_of(database, tenant, city.clock).run())
    await city.subscribe()
    await city.create(power=value(1))
    await city.receiver.next()
    await city.stop()
    await city.change(power=value(2))
    assert (await city.receiver.next()).entities[0]["power"]["value"] == 2
    assert len(city.receiver.all) == 2
    second.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await second


INSIDE = (
    "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::1]:{port}/", "http://0.0.0.0:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/", "http://2130706433:{port}/", "http://0177.0.0.1:{port}/", "http://127.1:{port}/",
    "http://169.254.169.254/", "http://10.0.0.1:{port}/", "http://192.168.0.1:{port}/", "http://[fd00::1]:{port}/",
    "http://example.org:22/", "mqtt://127.0.0.1:{port}/topic", "mqtts://[::1]:{port}/topic",
)  # fmt: skip


async def test_no_address_inside_is_called(ngsi: Client, database: Database, tenant: str) -> None:
    headers = {"content_type": "application/json", "content_length": "1"}
    async with closed_to(database, tenant) as (port, connected):
        for uri in INSIDE:
            endpoint = {"uri": uri.format(port=port)}
            body = {
                "type": "Subscription",
                "entities": [{"type": "Lamp"}],
                "notification": {"endpoint": endpoint},
            }
            assert (await ngsi.ask("POST", "/subscriptions", body, **headers)).status == 201
        await ngsi.ask("POST", "/entities", {"id": "urn:x:1", "type": "Lamp", "power": value(1)}, **headers)

        async def failures() -> list[int]:
            async with database.tenant(tenant) as connection:
                found = await letters.deliveries(connection, tenant, after=None, limit=100)
            return [one.failed for one in found.items if one.failed]

        async def have_all_failed() -> bool:
            return len(await failures()) == len(INSIDE)

        await eventually(have_all_failed)
        assert await failures() == [1] * len(INSIDE)
        assert connected == []


@asynccontextmanager
async def closed_to(database: Database, tenant: str) -> AsyncIterator[tuple[int, list[object]]]:
    """A notifier that may call the public internet alone, and a listener on this machine that nobody should reach."""
    connected: list[object] = []

    def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(writer.get_extra_info("peername"))
        writer.close()

    server = await asyncio.start_server(accept, None, free_port())
    notifier = Notifier(database, tenant=tenant, outgoing=Outgoing(), clock=Clock())
    task = asyncio.create_task(notifier.run())
    try:
        yield server.sockets[0].getsockname()[1], connected
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        server.close()


async def test_a_redirect_is_a_refusal_and_nobody_follows_it(city: City) -> None:
    city.receiver.answers = [302]
    id = await city.subscribe()
    await city.create(power=value(1))
    await city.told(id, timesFailed=1)
    await city.read_to_the_end()
    async with city.database.tenant(city.tenant) as connection:
        (letter,) = await letters.dead_letters(connection, city.tenant, subscription=id, after=0, limit=10)
    assert letter.fault == "The endpoint answers 302"
