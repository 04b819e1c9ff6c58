"""Commands on scenario packs, as whoever owns the data folder calls them, without a node that runs."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from quanyu.act.cases.classes import ensure_classes
from quanyu.act.cases.definitions import ensure_definitions
from quanyu.app.cli import app
from quanyu.core.clock import utc_now
from quanyu.core.errors import Conflict, Invalid, NotFound
from quanyu.identity import ensure_tenant
from quanyu.packs.trouble import Trouble, note
from quanyu.store import Database

Quanyu = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
async def quanyu(
    database: Database,
    tenant: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Quanyu:
    """Answers exit code and output."""
    async with database.tenant(tenant) as connection:
        await ensure_tenant(connection, tenant, name="江州市")
        await ensure_definitions(connection, tenant, now=utc_now())
        await ensure_classes(connection, tenant, now=utc_now())
    owner = database._address.owner
    url = owner.get("dsn") or f"postgresql://{owner['user']}@/{owner['database']}?host={owner['host']}"
    for name, value in (("DATABASE_URL", url), ("TENANT", tenant), ("DATA", str(folder))):
        monkeypatch.setenv(f"QUANYU_{name}", value)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    async def call(*arguments: object) -> tuple[int, str]:
        code = await asyncio.to_thread(app, ["pack", *map(str, arguments)], result_action="return_value")
        return code if isinstance(code, int) else 0, capsys.readouterr().out

    return call


async def _state(quanyu: Quanyu, name: str) -> str:
    _, said = await quanyu("list", "--json")
    return next(one["state"] for one in json.loads(said)["items"] if one["name"] == name)


async def test_a_pack_is_listed_switched_on_and_off(quanyu: Quanyu) -> None:
    assert await _state(quanyu, "parking") == "off"
    assert (await quanyu("enable", "parking"))[1].strip() == "Pack parking is on"
    assert await _state(quanyu, "parking") == "on"
    assert (await quanyu("disable", "parking"))[1].strip() == "Pack parking is off; what it brought is kept"
    assert await _state(quanyu, "parking") == "off"


async def test_what_a_pack_last_failed_at_stands_in_its_row(
    quanyu: Quanyu, database: Database, tenant: str
) -> None:
    await quanyu("enable", "parking")
    async with database.tenant(tenant) as connection:
        trouble = Trouble(reason="late", where="GET /api/v1/packs/parking/free", at=utc_now())
        await note(connection, tenant, "parking", trouble)
    _, said = await quanyu("list", "--json")
    parking = next(one for one in json.loads(said)["items"] if one["name"] == "parking")
    assert (parking["trouble"]["reason"], parking["trouble"]["where"]) == (trouble.reason, trouble.where)
    assert "did not answer in" in (await quanyu("list"))[1]


async def test_a_check_says_the_grade(quanyu: Quanyu) -> None:
    assert await quanyu("check", "sanitation") == (0, "Pack sanitation: gold\n")


async def test_a_new_pack_is_laid_down_once_and_never_over_another(quanyu: Quanyu, tmp_path: Path) -> None:
    code, said = await quanyu("new", "swim", "--into", tmp_path)
    assert code == 0
    assert str(tmp_path / "quanyu-swim") in "".join(said.split("\n"))
    assert (tmp_path / "quanyu-swim" / "pyproject.toml").is_file()
    for name in ("swim", "parking"):
        with pytest.raises(Conflict):
            await quanyu("new", name, "--into", tmp_path)
    with pytest.raises(Invalid):
        await quanyu("new", "Swim Here", "--into", tmp_path)


async def test_what_one_city_made_of_a_pack_is_written_and_taken(quanyu: Quanyu, tmp_path: Path) -> None:
    await quanyu("enable", "parking")
    file = tmp_path / "parking.json"
    await quanyu("export", "parking", file)
    carried = json.loads(file.read_text())
    assert (carried["city"], carried["settings"]["apart"]) == ("江州市", 80)
    file.write_text(json.dumps(carried | {"settings": {"apart": 50, "tracks": "their-taxis"}}))
    _, said = await quanyu("import", file)
    assert said.splitlines()[0].startswith("settings/tracks: ")
    assert "their-taxis" in said
    await quanyu("export", "parking", file)
    assert json.loads(file.read_text())["settings"]["apart"] == 50


@pytest.mark.parametrize("words", [("check",), ("enable",), ("export",)])
async def test_a_pack_that_is_not_installed_is_named(
    quanyu: Quanyu, tmp_path: Path, words: tuple[str, ...]
) -> None:
    places = (tmp_path / "x.json",) if words == ("export",) else ()
    with pytest.raises(NotFound) as caught:
        await quanyu(*words, "swimming", *places)
    assert "swimming" in str(caught.value)


async def test_a_file_that_is_no_pack_is_refused_in_words(quanyu: Quanyu, tmp_path: Path) -> None:
    file = tmp_path / "no.json"
    for content in ("", "[]", '{"form": 1}', "\xff"):
        file.write_text(content)
        with pytest.raises(Invalid):
            await quanyu("import", file)
