from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from quanyu.act.rules import service as rules
from quanyu.connect.sources import _sql as sources
from quanyu.core.errors import Invalid, NotFound
from quanyu.evaluate.indicators import definitions as indicators
from quanyu.packs import Pack, Parameter, _sql, service
from quanyu.packs.answers import all_shown, shown
from quanyu.packs.finding import Found
from quanyu.packs.schemas import keep_schemas
from quanyu.packs.testing import City


async def test_a_pack_that_is_on_has_brought_all_it_lists(city: City, lamps: Pack) -> None:
    await city.enable(lamps)
    assert await city.rule_state("lamps-out") == "on"
    async with city.database.tenant(city.tenant) as connection:
        assert (await indicators.indicator(connection, "lamps.reported")).publisher == "pack:lamps"
        assert (await sources.one(connection, city.tenant, "lamp-feed"))["state"] == "paused"


async def test_its_routes_answer_only_while_it_is_on(city: City, lamps: Pack) -> None:
    async with city.client(lamps) as client:
        assert (await client.get("/api/v1/packs/lamps/hello")).status_code == 404
        await city.enable(lamps)
        assert (await client.get("/api/v1/packs/lamps/hello")).text == "light"
        await city.disable(lamps)
        assert (await client.get("/api/v1/packs/lamps/hello")).status_code == 404


async def test_a_pack_with_routes_of_its_own_is_switched_like_any_other(city: City, lamps: Pack) -> None:
    async with city.client(lamps) as client:
        turned = await client.put("/api/v1/packs/lamps/state", json={"enabled": True})
        assert (turned.status_code, turned.json()["state"]) == (200, "on")
        assert (await client.get("/api/v1/packs/lamps/hello")).text == "light"
        assert (await client.get("/api/v1/packs/lamps/check")).json()["name"] == "lamps"


async def test_what_was_running_runs_again_and_what_a_person_stopped_does_not(
    city: City, lamps: Pack
) -> None:
    second = {**lamps.rules[0], "name": "lamps-out-twice"}
    both = replace(lamps, rules=(*lamps.rules, second))
    await city.enable(both)
    async with city.database.tenant(city.tenant) as connection:
        await sources.set_state(connection, city.tenant, "lamp-feed", "active")
        await rules.switch(connection, city.tenant, "lamps-out-twice", on=False, by="li", now=city.clock())
    await city.disable(both)
    async with city.database.tenant(city.tenant) as connection:
        assert (await sources.one(connection, city.tenant, "lamp-feed"))["state"] == "paused"
    await city.enable(both)
    assert await city.rule_state("lamps-out") == "on"
    assert await city.rule_state("lamps-out-twice") == "off"
    async with city.database.tenant(city.tenant) as connection:
        assert (await sources.one(connection, city.tenant, "lamp-feed"))["state"] == "active"


async def test_a_pack_that_is_on_is_brought_up_to_date_and_what_a_person_stopped_stays_so(
    city: City, lamps: Pack
) -> None:
    await city.enable(lamps)
    async with city.database.tenant(city.tenant) as connection:
        await sources.set_state(connection, city.tenant, "lamp-feed", "active")
        await rules.switch(connection, city.tenant, "lamps-out", on=False, by="li", now=city.clock())
    second = {**lamps.rules[0], "name": "lamps-out-twice"}
    newer = replace(lamps, version="1.1", rules=(*lamps.rules, second))
    found = (
        Found(name="lamps", origin="test", pack=newer),
        Found(name="off", origin="test", pack=replace(lamps, name="off")),
        Found(name="gone", origin="test", fault="it does not load"),
    )
    for _ in range(2):  # the second time nothing is new
        await service.bring_up_to_date(city.database, city.folder, found, actor=city.actor, clock=city.clock)
    assert await city.rule_state("lamps-out") == "off"
    assert await city.rule_state("lamps-out-twice") == "on"
    async with city.database.tenant(city.tenant) as connection:
        assert (await sources.one(connection, city.tenant, "lamp-feed"))["state"] == "active"
        assert not await service.is_enabled(connection, city.tenant, "off")
        assert (await _sql.state(connection, city.tenant, "lamps"))["version"] == "1.1"


async def test_a_newer_version_that_is_faulty_leaves_the_older_on(city: City, lamps: Pack) -> None:
    await city.enable(lamps)
    faulty = replace(lamps, version="1.1", rules=({"name": "x"},))
    found = (Found(name="lamps", origin="test", pack=faulty),)
    await service.bring_up_to_date(city.database, city.folder, found, actor=city.actor, clock=city.clock)
    assert await city.rule_state("lamps-out") == "on"


async def test_a_newer_pack_brings_its_rule_and_leaves_what_the_city_changed(city: City, lamps: Pack) -> None:
    await city.enable(lamps)
    changed = {**lamps.rules[0], "when": {"q": "working==false;district==1"}}
    async with city.database.tenant(city.tenant) as connection:
        await rules.publish(connection, city.tenant, changed, by="li", now=city.clock())
    newer = replace(lamps, version="1.1", rules=({**lamps.rules[0], "when": {"q": "working!=true"}},))
    await city.enable(newer)
    async with city.database.tenant(city.tenant) as connection:
        newest, *_ = await rules.versions(connection, "lamps-out")
    assert newest.definition["when"]["q"] == "working==false;district==1"


async def test_a_faulty_pack_is_refused_with_every_fault_and_leaves_nothing(city: City, lamps: Pack) -> None:
    faulty = replace(lamps, rules=({"name": "x"},), indicators=({"code": "y"},))
    with pytest.raises(Invalid) as refused:
        await city.enable(faulty)
    assert len(refused.value.faults) == 2
    async with city.database.tenant(city.tenant) as connection:
        assert not await service.is_enabled(connection, city.tenant, "lamps")


async def test_a_setting_out_of_bounds_is_refused(city: City, lamps: Pack) -> None:
    async with city.database.tenant(city.tenant) as connection:
        with pytest.raises(Invalid) as refused:
            await service.put_settings(
                connection, lamps, {"share": 2, "no": 1}, actor=city.actor, now=city.clock()
            )
        assert {fault.key for fault in refused.value.faults} == {
            "packs.parameter.range",
            "packs.parameter.unknown",
        }
        await service.put_settings(connection, lamps, {"share": 0.5}, actor=city.actor, now=city.clock())
        settings = await service.settings_of(connection, city.tenant, lamps)
        assert settings == {"share": 0.5, "body": "", "partners": ""}


async def test_quality_rules_wait_for_their_dataset_while_the_pack_is_on(city: City, lamps: Pack) -> None:
    found = (Found(name="lamps", origin="test", pack=lamps),)

    async def wanted() -> tuple[str, ...]:
        async with city.database.tenant(city.tenant) as connection:
            rules = await service.quality_rules_for(connection, city.tenant, "other", found, at=city.clock())
        return tuple(rule.name for rule in rules)

    await city.enable(lamps)
    assert await wanted() == ()


async def test_one_that_is_not_installed_any_more_is_listed_as_gone_and_its_rules_go_on(
    city: City, lamps: Pack
) -> None:
    await city.enable(lamps)
    (told,) = all_shown((), {lamps.name: await _state(city, lamps.name)})
    assert (told.name, told.state, told.version, told.brings) == ("lamps", "gone", lamps.version, None)
    assert await city.rule_state("lamps-out") == "on"


async def test_one_that_is_gone_or_broken_is_switched_off_and_installed_again_it_is_as_it_was(
    city: City, lamps: Pack
) -> None:
    for found in ((), (Found(name="lamps", origin="test", fault="it does not load"),)):
        await city.enable(lamps)
        async with city.database.tenant(city.tenant) as connection:
            await sources.set_state(connection, city.tenant, "lamp-feed", "active")
        await service.disable(city.database, city.folder, found, "lamps", actor=city.actor, clock=city.clock)
        assert await city.rule_state("lamps-out") == "off"
        async with city.database.tenant(city.tenant) as connection:
            assert (await sources.one(connection, city.tenant, "lamp-feed"))["state"] == "paused"
        assert all_shown((), {"lamps": await _state(city, "lamps")}) == []
    await city.enable(lamps)
    assert await city.rule_state("lamps-out") == "on"
    async with city.database.tenant(city.tenant) as connection:
        assert (await sources.one(connection, city.tenant, "lamp-feed"))["state"] == "active"


async def test_a_migration_that_the_database_refuses_is_named_and_undone_and_mended_it_goes_on(
    city: City, lamps: Pack, tmp_path: Path
) -> None:
    name = f"lamps-{city.tenant}"  # tables of a pack are noted once in the database of the run
    table = name.replace("-", "_")
    pack = replace(lamps, name=name, migrations=tmp_path, routes=(), messages={})
    made = f"create table {table}_a (tenant text not null); select quanyu_protect('{table}_a');"
    (tmp_path / "0001_first.sql").write_text(made)
    (tmp_path / "0002_second.sql").write_text(
        f"alter table {table}_a add x int; alter table nowhere add x int"
    )
    with pytest.raises(Invalid, match=r'"nowhere" does not exist; in migration pack:.*/0002_second'):
        await city.enable(pack)
    async with city.database.tenant(city.tenant) as connection:
        assert await connection.fetch(f"select from {table}_a") == []
        assert not await service.is_enabled(connection, city.tenant, name)
    (tmp_path / "0002_second.sql").write_text(f"alter table {table}_a add x int")
    await city.enable(pack)
    async with city.database.tenant(city.tenant) as connection:
        assert await connection.fetch(f"select x from {table}_a") == []


async def test_a_pack_that_is_on_tells_of_a_migration_that_is_refused_until_it_is_mended(
    city: City, lamps: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"lamps-{city.tenant}"
    pack = replace(lamps, name=name, migrations=tmp_path, routes=(), messages={})
    await city.enable(pack)
    monkeypatch.setattr(
        "quanyu.packs.finding.installed_packs", lambda: (Found(name=name, origin="test", pack=pack),)
    )
    (tmp_path / "0001_first.sql").write_text("alter table nowhere add x int")
    async with city.database.owner() as owner:
        await keep_schemas(owner)
    told = shown(Found(name=name, origin="test", pack=pack), await _state(city, name)).trouble
    assert told is not None
    assert (told.reason, "nowhere" in told.where) == ("tables", True)
    (tmp_path / "0001_first.sql").write_text("select 1")
    async with city.database.owner() as owner:
        await keep_schemas(owner)
    assert (await _state(city, name))["trouble"] is None


async def test_one_that_never_was_here_is_not_switched_off(city: City) -> None:
    with pytest.raises(NotFound):
        await service.disable(city.database, city.folder, (), "lamps", actor=city.actor, clock=city.clock)


async def test_what_a_pack_of_an_older_node_runs_is_noted_when_the_node_starts(
    city: City, lamps: Pack
) -> None:
    await city.enable(lamps)
    async with city.database.tenant(city.tenant) as connection:
        await connection.execute("update pack_state set brought=null")
    found = (Found(name="lamps", origin="test", pack=lamps),)
    await service.bring_up_to_date(city.database, city.folder, found, actor=city.actor, clock=city.clock)
    assert (await _state(city, "lamps"))["brought"] == {"rules": ["lamps-out"], "sources": ["lamp-feed"]}


async def test_a_setting_that_names_a_body_or_class_that_the_city_has_not_is_refused(
    city: City, lamps: Pack
) -> None:
    sorting = Parameter(name="sorting", kind="text", default="", titles=lamps.titles, names="class")
    pack = replace(lamps, parameters=(*lamps.parameters, sorting))
    said = {"body": "works", "partners": "a, b", "sorting": "no-such-class"}
    async with city.database.tenant(city.tenant) as connection:
        with pytest.raises(Invalid) as refused:
            await service.put_settings(connection, pack, said, actor=city.actor, now=city.clock())
    assert {(fault.where, fault.values["value"]) for fault in refused.value.faults} == {
        ("/body", "works"),
        ("/partners", "a"),
        ("/partners", "b"),
        ("/sorting", "no-such-class"),
    }


async def test_a_pack_of_which_only_settings_were_kept_is_not_missed(city: City, lamps: Pack) -> None:
    async with city.database.tenant(city.tenant) as connection:
        await service.put_settings(connection, lamps, {"share": 0.5}, actor=city.actor, now=city.clock())
    assert all_shown((), {lamps.name: await _state(city, lamps.name)}) == []


async def _state(city: City, name: str) -> Any:
    async with city.database.tenant(city.tenant) as connection:
        return await _sql.state(connection, city.tenant, name)
