"""A source's row is taken before all that is the source's: nobody stands in the way of messages that come."""

import asyncio

from quanyu.connect.sources import _messages, _sql, service
from quanyu.connect.sources.mqtt import Message
from quanyu.store import Connection
from tests.patience import eventually
from tests.unit.connect.sources.conftest import Scene
from tests.waiting import waits_for


async def _comes(connection: Connection, scene: Scene, payload: bytes) -> bool | None:
    message = Message("city/a", payload, packet=1)
    return await _messages.store(connection, scene.tenant, "mqtt", [message], most=9, most_bytes=99)


async def _remove(scene: Scene) -> None:
    async with scene.database.tenant(scene.tenant) as connection:
        await service.remove(connection, scene.actor, scene.folder, "mqtt")


async def test_a_source_is_removed_while_a_message_comes(scene: Scene) -> None:
    await scene.add("mqtt", host="127.0.0.1", port=9, topics=["city/#"])
    async with scene.database.tenant(scene.tenant) as connection:
        assert await _comes(connection, scene, b"1")
    async with scene.database.tenant(scene.tenant) as coming:
        assert await _sql.one(coming, scene.tenant, "mqtt", lock=True)
        removed = asyncio.create_task(_remove(scene))
        await eventually(lambda: waits_for(coming))
        assert await _comes(coming, scene, b"2")
    await removed
    async with scene.database.tenant(scene.tenant) as connection:
        assert await _sql.one(connection, scene.tenant, "mqtt") is None
        assert await _messages.newest(connection, scene.tenant, "mqtt") == 0
