"""What the import refuses is kept aside, so that later content goes on, until a person releases or discards it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from quanyu.connect.sources import refusals, service
from quanyu.core.errors import Invalid, NotFound, QuanyuError
from tests.unit.connect.sources.conftest import Scene
from tests.unit.connect.sources.servers import http_server


def _refuses(word: str) -> Any:
    def refuse(text: str) -> QuanyuError | None:
        return Invalid("govern.import.internal", reason=word) if word in text else None

    return refuse


def _entity(name: str) -> bytes:
    return json.dumps([{"id": f"urn:ngsi-ld:Lamp:{name}", "type": "Lamp"}]).encode()


async def test_refused_messages_do_not_keep_later_ones_back(scene: Scene) -> None:
    await scene.add("ngsi-ld")
    scene.inbox.refuse = _refuses("broken")
    await scene.push(_entity("broken"))
    with pytest.raises(Invalid):
        await scene.run("ngsi-ld")
    await scene.push(_entity("whole"))
    assert await scene.run("ngsi-ld") == 1
    row = await scene.row("ngsi-ld")
    assert (row["state"], row["refused"], row["waiting"]) == ("active", 1, 0)


async def test_what_a_person_releases_is_delivered_again(scene: Scene) -> None:
    await scene.add("ngsi-ld")
    scene.inbox.refuse = _refuses("Lamp")
    await scene.push(_entity("1"))
    with pytest.raises(Invalid):
        await scene.run("ngsi-ld")
    assert await scene.run("ngsi-ld") == 0
    scene.inbox.refuse = lambda _: None
    await _decide(scene, "release")
    assert await scene.run("ngsi-ld") == 1
    assert await scene.refusals("ngsi-ld") == []
    assert not any((scene.folder / "sources" / scene.tenant / "ngsi-ld").iterdir())


async def test_what_is_refused_again_stays(scene: Scene) -> None:
    await scene.add("ngsi-ld")
    scene.inbox.refuse = _refuses("Lamp")
    await scene.push(_entity("1"))
    with pytest.raises(Invalid):
        await scene.run("ngsi-ld")
    await _decide(scene, "release")
    with pytest.raises(Invalid):
        await scene.run("ngsi-ld")
    assert [(row["released"], row["bytes"] > 0) for row in await scene.refusals("ngsi-ld")] == [(False, True)]


async def test_a_file_that_is_refused_is_not_delivered_again_until_it_changes(scene: Scene) -> None:
    answers = ["broken"]
    async with http_server(lambda *_: (200, "text/csv", answers[0])) as url:
        await scene.add("http", url=url)
        scene.inbox.refuse = _refuses("broken")
        for _ in range(3):
            with pytest.raises(Invalid):
                await scene.run("http")
        assert len(await scene.refusals("http")) == 1
        answers[0] = "a\n1\n"
        assert await scene.run("http") == 2
    assert (await scene.row("http"))["failures"] == 0


async def test_a_source_with_many_refusals_stops_until_a_person_decides(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "MOST", 2)
    for number in range(4):
        (tmp_path / f"{number}.csv").write_text(f"broken {number}")
    await scene.add("folder", path=str(tmp_path), pattern="*.csv")
    scene.later = service.LONGEST_WAIT
    scene.inbox.refuse = _refuses("broken")
    with pytest.raises(Invalid):
        await scene.run("folder")
    row = await scene.row("folder")
    assert (row["state"], row["refused"]) == ("refused", 2)
    await _decide(scene, "discard", "folder")
    row = await scene.row("folder")
    assert (row["state"], row["refused"]) == ("active", 0)


async def test_a_refusal_that_is_none_is_named(scene: Scene) -> None:
    await scene.add("ngsi-ld")
    with pytest.raises(NotFound, match="no refused delivery x"):
        await _decide(scene, "release", refusal="x")


async def _decide(scene: Scene, what: str, name: str = "ngsi-ld", refusal: str | None = None) -> None:
    async with scene.database.tenant(scene.tenant) as connection:
        if what == "release":
            await service.release(connection, scene.actor, name, refusal, datetime.now(UTC))
        else:
            await service.discard(connection, scene.actor, scene.folder, name, refusal)
