"""Sources that run: messages are stored before they are acknowledged, failures stay alone, folders are watched."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import paho.mqtt.publish as publish
import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.sources import Delivery, Runner, Source, fault, service
from quanyu.connect.sources.model import SourceInput, parse
from quanyu.connect.sources.settings import FolderSettings
from quanyu.core.clock import utc_now
from quanyu.core.errors import Invalid, QuanyuError, Unavailable
from quanyu.store import Database
from tests.unit.connect.sources.servers import mqtt_broker


class Inbox:
    """Takes deliveries as an import would, and keeps their lines."""

    def __init__(self, refuse: QuanyuError | None = None) -> None:
        self.lines: list[str] = []
        self.refuse = refuse

    async def __call__(self, delivery: Delivery) -> int:
        if self.refuse:
            raise self.refuse
        new = [line for file in delivery.files for line in file.read_text(encoding="utf-8").splitlines()]
        self.lines += new
        return len(new)


@pytest.fixture
def run_with(database: Database, tenant: str, folder: Path) -> Callable[[Inbox], Runner]:
    (folder / "tmp").mkdir()

    def made(inbox: Inbox) -> Runner:
        outgoing = Outgoing(("127.0.0.0/8",))
        return Runner(
            database=database, tenant=tenant, folder=folder, deliver=inbox, outgoing=outgoing, clock=utc_now
        )

    return made


@pytest.fixture
def add(database: Database, tenant: str, folder: Path) -> Callable[..., Awaitable[Source]]:
    async def added(kind: str, **settings: Any) -> Source:
        source = SourceInput(name=kind, kind=kind, dataset="readings", settings=settings, every_seconds=1)
        async with database.tenant(tenant) as connection:
            return await service.add(connection, tenant, folder, source)

    return added


async def _state(database: Database, tenant: str, name: str) -> Any:
    async with database.tenant(tenant) as connection:
        return await service.require_source(connection, tenant, name)


async def _until(holds: Callable[[], bool]) -> None:
    for _ in range(400):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it does not come to pass")


@pytest.mark.parametrize(("version", "protocol"), [("3.1.1", MQTTProtocolVersion.MQTTv311)])
async def test_messages_of_a_broker_arrive_once_each(
    version: str, protocol: MQTTProtocolVersion, add: Any, run_with: Any
) -> None:
    inbox = Inbox()
    async with mqtt_broker() as port:
        await add("mqtt", host="127.0.0.1", port=port, topics=["city/#"], version=version)
        running = asyncio.create_task(run_with(inbox).run())
        await asyncio.sleep(2)
        messages: Any = [("city/air", json.dumps({"station": number}), 1, False) for number in range(50)]
        await asyncio.to_thread(
            publish.multiple, messages, hostname="127.0.0.1", port=port, protocol=protocol
        )
        await _until(lambda: len(inbox.lines) >= 50)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert sorted(json.loads(line)["station"] for line in inbox.lines) == list(range(50))


async def test_messages_stay_until_a_delivery_is_accepted(
    add: Any, run_with: Any, database: Database, tenant: str
) -> None:
    source = await add("ngsi-ld")
    entity = {
        "id": "urn:ngsi-ld:Sensor:1",
        "type": "Sensor",
        "level": {"type": "Property", "value": 3, "observedAt": "2026-01-01T00:00:00Z"},
    }
    async with database.tenant(tenant) as connection:
        await service.accept_push(
            connection, tenant, source.name, json.dumps({"type": "Notification", "data": [entity]}).encode()
        )
    with pytest.raises(Unavailable):
        await run_with(Inbox(refuse=Unavailable("store.full"))).run_once(source)
    inbox = Inbox()
    assert await run_with(inbox).run_once(source) == 1
    line = json.loads(inbox.lines[0])
    assert (line["id"], line["level"], line["observedAt"]) == (
        "urn:ngsi-ld:Sensor:1",
        3,
        "2026-01-01T00:00:00Z",
    )
    assert await run_with(inbox).run_once(source) == 0


async def test_a_failing_source_waits_longer_each_time_and_shows_why(
    add: Any, run_with: Any, database: Database, tenant: str
) -> None:
    source = await add("sql", url="sqlite:////none.db", table="t")
    for _ in range(2):
        with pytest.raises(Unavailable):
            await run_with(Inbox()).run_once(source)
    row = await _state(database, tenant, "sql")
    assert (row["failures"], fault.told(row["fault"], "en")) == (2, "File /none.db does not exist")
    assert row["due"] > datetime.now(UTC)


async def test_a_watched_folder_takes_a_file_once_it_rests(
    add: Any, run_with: Any, tmp_path: Path, database: Database, tenant: str, folder: Path
) -> None:
    (tmp_path / "in").mkdir()
    await add("folder", path=str(tmp_path / "in"), pattern="*.csv")
    inbox, runner = Inbox(), None
    (tmp_path / "in" / "a.csv").write_text("id,level\n1,2\n")
    counts = []
    for _ in range(3):
        runner = run_with(inbox)
        counts.append(
            await runner.run_once(service.from_row(await _state(database, tenant, "folder"), folder))
        )
    assert counts == [0, 2, 0]


async def test_secrets_are_kept_apart_and_encrypted(
    add: Any, database: Database, tenant: str, folder: Path
) -> None:
    await add("http", url="https://feed.example/api", user="officer", password="canary-7731")
    row = await _state(database, tenant, "http")
    assert "canary-7731" not in str(row["settings"])
    assert b"canary-7731" not in row["secret"]
    assert service.from_row(row, folder).settings.password == "canary-7731"  # type: ignore[union-attr]


async def test_all_faults_of_a_source_are_named_together(
    database: Database, tenant: str, folder: Path
) -> None:
    wrong = SourceInput(
        name="a b", kind="mqtt", settings={"port": "x", "topic": "a"}, dataset="", every_seconds=0
    )
    async with database.tenant(tenant) as connection:
        with pytest.raises(Invalid) as caught:
            await service.add(connection, tenant, folder, wrong)
    assert {fault.where for fault in caught.value.faults} == {
        "name", "dataset", "every_seconds", "settings.port", "settings.topic", "settings.host", "settings.topics"
    }  # fmt: skip


def test_a_folder_that_is_none_is_named() -> None:
    with pytest.raises(Invalid, match="wrong"):
        parse(
            "t",
            SourceInput(name="f", kind="folder", dataset="d", settings={"path": "/no/such/folder"}),
            Path("/data"),
        )
    assert FolderSettings(path="/").pattern == "*"
