"""Whoever writes subscriptions while the notifier reads waits for it, and never stands in its way."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from quanyu.core.clock import utc_now
from quanyu.twin.subscriptions import _sql, letters, log, queue, service
from tests.patience import eventually
from tests.unit.twin.subscriptions.conftest import City
from tests.waiting import waits_for


async def _make(city: City, _: str) -> None:
    await city.subscribe()


async def _change(city: City, id: str) -> None:
    assert (await city.ask("PATCH", f"/subscriptions/{id}", {"description": "lamps"})).status == 204


async def _remove(city: City, id: str) -> None:
    assert (await city.ask("DELETE", f"/subscriptions/{id}")).status == 204


async def _replay(city: City, id: str) -> None:
    async with city.database.tenant(city.tenant) as connection:
        await letters.replay(connection, city.tenant, subscription=id, now=utc_now())


@pytest.mark.parametrize("act", [_make, _change, _remove, _replay])
async def test_a_round_that_pauses_a_subscription_is_waited_for(
    city: City, act: Callable[[City, str], Awaitable[None]]
) -> None:
    await city.stop()
    silenced, throttled = await city.subscribe(), await city.subscribe(throttling=5)
    async with city.database.tenant(city.tenant) as round:
        await log.place(round, city.tenant, _sql.READER)
        await queue.keep_silent(round, city.tenant, {throttled: utc_now()})
        other = asyncio.create_task(act(city, throttled))
        await eventually(lambda: waits_for(round))
        assert await service.pause(round, city.tenant, silenced)
    await other
    assert (await city.subscription(silenced))["status"] == "paused"
