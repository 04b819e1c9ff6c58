from dataclasses import replace

import msgspec
import pytest

from quanyu.core.messages import LANGUAGES, text
from quanyu.identity import ensure_tenant
from quanyu.packs import Pack, Parameter, carrying, service
from quanyu.packs.carrying import Arrival, Carried
from quanyu.packs.testing import City

CASE = {"class": "no-such-class", "title": "灯", "organisation": "lighting", "region": "330102"}


async def _carried(city: City, pack: Pack) -> Carried:
    async with city.database.tenant(city.tenant) as connection:
        return await carrying.export(connection, city.tenant, pack, now=city.clock())


async def _arrived(city: City, pack: Pack, carried: Carried) -> Arrival:
    async with city.database.tenant(city.tenant) as connection:
        return await carrying.bring_in(connection, pack, carried, actor=city.actor, now=city.clock())


async def test_what_a_city_made_of_a_pack_is_carried_and_comes_back(city: City, lamps: Pack) -> None:
    await city.enable(lamps)
    async with city.database.tenant(city.tenant) as connection:
        await service.put_settings(connection, lamps, {"share": 0.7}, actor=city.actor, now=city.clock())
    carried = await _carried(city, lamps)
    again = msgspec.json.decode(msgspec.json.encode(carried), type=Carried)
    assert again.settings == {"share": 0.7, "body": "", "partners": ""}
    arrival = await _arrived(city, lamps, again)
    settings = {"settings/share", "settings/body", "settings/partners"}
    assert set(arrival.taken) == settings | {"rules/lamps-out", "indicators/lamps.reported"}


async def test_the_city_that_a_pack_comes_from_is_told_by_its_name(city: City, lamps: Pack) -> None:
    await city.enable(lamps)
    assert (await _carried(city, lamps)).city == city.tenant
    for name in ("江州", "江州市", ""):  # started with another name, then with none
        async with city.database.tenant(city.tenant) as connection:
            await ensure_tenant(connection, city.tenant, name=name)
    assert (await _carried(city, lamps)).city == "江州市"


async def test_what_is_not_here_is_listed_and_left_out(city: City, lamps: Pack) -> None:
    await city.enable(lamps)
    carried = await _carried(city, lamps)
    foreign = msgspec.structs.replace(carried, rules=[{**lamps.rules[0], "name": "lamps-case", "case": CASE}])
    arrival = await _arrived(city, lamps, foreign)
    assert "rules/lamps-case" not in arrival.taken
    kinds = {(one.kind, one.value) for one in arrival.adapt}
    assert {("class", "no-such-class"), ("organisation", "lighting"), ("region", "330102")} <= kinds


async def test_what_would_arrive_is_told_and_nothing_changes(city: City, lamps: Pack) -> None:
    await city.enable(lamps)
    carried = msgspec.structs.replace(
        await _carried(city, lamps),
        settings={"share": 0.7},
        rules=[lamps.rules[0], {**lamps.rules[0], "name": "lamps-case", "case": CASE}],
    )
    before = await _carried(city, lamps)
    async with city.database.tenant(city.tenant) as connection:
        look = await carrying.looked_at(connection, lamps, carried, actor=city.actor, now=city.clock())
    assert await _carried(city, lamps) == before
    assert look == await _arrived(city, lamps, carried)
    assert (look.city, look.version) == (carried.city, "1.0")
    assert await _carried(city, lamps) != before


@pytest.mark.parametrize("preview", ["true", "false"])
async def test_a_file_without_the_form_is_refused(city: City, lamps: Pack, preview: str) -> None:
    """Also one whose parts are of another kind than those that are read."""
    good = {"form": 1, "pack": "lamps", "version": "1.0", "city": "江州", "at": "2026-05-01T00:00:00+08:00"}
    parts = (
        {"sources": [{"name": "a", "kind": "b", "dataset": "c", "settings": "url"}]},
        {"rules": [{}]},
        {"indicators": [{"code": 5}]},
        {"settings": {"share": "many"}},
        {"form": 2},
        {"pack": "trees"},
    )
    async with city.client(lamps) as client:
        path = f"/api/v1/packs/lamps/import?preview={preview}"
        assert (await client.post(path, json=good)).status_code == 200
        for part in parts:
            assert (await client.post(path, json=good | part)).status_code in (400, 409), part


async def test_a_setting_that_names_what_is_not_here_is_listed(city: City, lamps: Pack) -> None:
    named = Parameter(name="tracks", kind="text", default="fleet", titles=lamps.titles, names="dataset")
    pack = replace(lamps, parameters=(*lamps.parameters, named))
    await city.enable(pack)
    carried = msgspec.structs.replace(
        await _carried(city, pack), settings={"share": 0.7, "tracks": "their-fleet"}
    )
    arrival = await _arrived(city, pack, carried)
    assert ("settings/tracks", "dataset", "their-fleet") in {
        (one.where, one.kind, one.value) for one in arrival.adapt
    }
    assert [one for one in arrival.taken if one.startswith("settings")] == ["settings/share"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "kind", ["dataset", "class", "organisation", "organisations", "region", "address", "definition"]
)
def test_each_thing_to_adapt_is_told_in_words(kind: str, language: str) -> None:
    assert "jz-clean" in text(f"app.cli.pack.adapt.{kind}", language, value="jz-clean")
    assert "app.cli" not in text(f"app.cli.pack.adapt.{kind}", language, value="jz-clean")
