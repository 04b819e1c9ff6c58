"""Sources that run: messages are stored before they are acknowledged, failures stay alone and show why."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import paho.mqtt.publish as publish
import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from quanyu.connect.sources import _sql, fault, service
from quanyu.connect.sources.mqtt import Message
from quanyu.core.errors import Conflict, Unavailable
from tests.patience import eventually
from tests.unit.connect.sources.conftest import Scene, until
from tests.unit.connect.sources.servers import dripping_server, http_server, mqtt_broker

ENTITY = {
    "id": "urn:ngsi-ld:Sensor:1",
    "type": "Sensor",
    "level": {"type": "Property", "value": 3, "observedAt": "2026-01-01T00:00:00Z"},
}
PUSH = json.dumps({"type": "Notification", "data": [ENTITY]}).encode()


async def test_messages_of_a_broker_arrive_once_each(scene: Scene) -> None:
    async with mqtt_broker() as port:
        await scene.add("mqtt", host="127.0.0.1", port=port, topics=["city/#"], version="3.1.1")
        running = asyncio.create_task(scene.runner().run())
        await _linked(scene)
        messages: Any = [("city/air", json.dumps({"station": number}), 1, False) for number in range(50)]
        await asyncio.to_thread(
            publish.multiple, messages, hostname="127.0.0.1", port=port, protocol=MQTTProtocolVersion.MQTTv311
        )
        await until(lambda: len(scene.inbox.lines) >= 50)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert sorted(json.loads(line)["station"] for line in scene.inbox.lines) == list(range(50))


async def test_a_broker_that_is_away_shows_while_runs_go_on(scene: Scene) -> None:
    await scene.add("mqtt", host="127.0.0.1", port=9, topics=["city/#"])
    running = asyncio.create_task(scene.runner().run())

    async def both_told() -> Any:
        row = await scene.row("mqtt")
        return row if row["link_failures"] and row["succeeded_at"] else None

    row = await eventually(both_told)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert fault.told(row["link_fault"], "en").startswith("MQTT broker 127.0.0.1 is away")  # type: ignore[union-attr]
    assert row["fault"] is None


async def test_messages_stay_until_a_delivery_is_accepted(scene: Scene) -> None:
    await scene.add("ngsi-ld")
    await scene.push(PUSH)
    scene.inbox.refuse = lambda _: Unavailable("store.full")
    with pytest.raises(Unavailable):
        await scene.run("ngsi-ld")
    scene.inbox.refuse = lambda _: None
    assert (await scene.row("ngsi-ld"))["waiting"] == 1
    assert await scene.run("ngsi-ld") == 1
    line = json.loads(scene.inbox.lines[0])
    assert (line["id"], line["level"], line["observedAt"]) == (
        "urn:ngsi-ld:Sensor:1",
        3,
        "2026-01-01T00:00:00Z",
    )
    assert await scene.run("ngsi-ld") == 0
    assert (await scene.row("ngsi-ld"))["waiting"] == 0


async def test_a_full_stream_takes_nothing_more(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_WAITING", 2)
    await scene.add("ngsi-ld")
    await scene.push(PUSH)
    await scene.push(PUSH)
    with pytest.raises(Unavailable, match="holds all the messages it may"):
        await scene.push(PUSH)
    await scene.run("ngsi-ld")
    await scene.push(PUSH)


async def test_a_message_that_the_broker_repeats_is_stored_once(scene: Scene) -> None:
    source = await scene.add("mqtt", host="broker.example", topics=["a"])
    first, like = Message("a", b"21.5", 7), Message("a", b"21.5", 8)
    await service.store_messages(scene.database, source, [first])
    assert await scene.run("mqtt") == 1
    await service.store_messages(scene.database, source, [Message("a", b"21.5", 7, True), like])
    await service.store_messages(scene.database, source, [Message("a", b"22.0", 8, True)])
    assert (await scene.row("mqtt"))["waiting"] == 2


async def test_a_failing_source_waits_longer_each_time_and_shows_why(scene: Scene) -> None:
    file = scene.folder / "inbox" / "none.db"
    await scene.add("sql", url=f"sqlite:///{file}", table="t")
    for _ in range(2):
        with pytest.raises(Unavailable):
            await scene.run("sql")
    row = await scene.row("sql")
    assert (row["failures"], fault.told(row["fault"], "en")) == (2, f"File {file} does not exist")
    assert fault.told(row["fault"], "zh-CN") == f"文件 {file} 不存在"
    assert row["due"] > datetime.now(UTC)


async def test_a_server_that_drips_is_left_after_a_while(scene: Scene) -> None:
    async with dripping_server() as url:
        await scene.add("http", url=url, total_timeout=0.3)
        with pytest.raises(Unavailable, match="not finished"):
            await scene.run("http")


async def test_a_source_that_cannot_be_read_stops_alone(scene: Scene) -> None:
    await scene.add("http", url="https://feed.example/", password="lost", user="u")
    await scene.add("ngsi-ld")
    (scene.folder / "keys" / "secrets.key").unlink()
    await scene.push(PUSH)
    running = asyncio.create_task(scene.runner().run())
    await until(lambda: len(scene.inbox.lines) == 1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (await scene.row("http"))["failures"] >= 1


async def test_a_paused_source_does_not_run_now(scene: Scene) -> None:
    await scene.add("ngsi-ld")
    async with scene.database.tenant(scene.tenant) as connection:
        await service.switch(connection, scene.actor, "ngsi-ld", paused=True)
        with pytest.raises(Conflict, match="paused"):
            await service.run_now(connection, scene.actor, "ngsi-ld", datetime.now(UTC))


async def test_secrets_are_kept_apart_and_encrypted(scene: Scene) -> None:
    await scene.add("http", url="https://officer:canary-7731@feed.example/api")
    row = await scene.row("http")
    assert "canary-7731" not in str(row["settings"])
    assert b"canary-7731" not in row["secret"]
    settings: Any = service.from_row(row, scene.folder).settings
    assert (settings.url, settings.user, settings.password) == (
        "https://feed.example/api",
        "officer",
        "canary-7731",
    )


async def test_secrets_stay_with_the_address_they_were_given_for(scene: Scene) -> None:
    await scene.add("http", url="https://feed.example/api", token="canary-7731")
    await scene.add("http", url="https://feed.example/api", records="items")
    assert service.from_row(await scene.row("http"), scene.folder).settings.token == "canary-7731"  # type: ignore[union-attr]
    await scene.add("http", url="https://elsewhere.example/api")
    assert service.from_row(await scene.row("http"), scene.folder).settings.token is None  # type: ignore[union-attr]


async def test_a_changed_source_begins_anew(scene: Scene) -> None:
    async with http_server(lambda *_: (200, "text/csv", "a\n1\n", {"etag": '"1"'})) as url:
        await scene.add("http", url=url)
        await scene.run("http")
        assert (await scene.row("http"))["cursor"] == {"etag": '"1"'}
        await scene.add("http", url=f"{url}/other")
    assert (await scene.row("http"))["cursor"] is None


async def test_what_people_do_with_sources_is_evidence(scene: Scene) -> None:
    await scene.add("ngsi-ld")
    async with scene.database.tenant(scene.tenant) as connection:
        await service.switch(connection, scene.actor, "ngsi-ld", paused=True)
        await service.remove(connection, scene.actor, scene.folder, "ngsi-ld")
        assert await _sql.one(connection, scene.tenant, "ngsi-ld") is None
        entries = await connection.fetch("select * from evidence_pending where tenant=$1", scene.tenant)
    assert [act for act in ("add", "pause", "remove") if any(act in str(entry) for entry in entries)] == [
        "add", "pause", "remove"
    ]  # fmt: skip


async def _linked(scene: Scene) -> None:
    async def linked() -> bool:
        return bool((await scene.row("mqtt"))["linked"])

    await eventually(linked)
