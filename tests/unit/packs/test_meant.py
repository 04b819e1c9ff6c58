from dataclasses import replace

import pytest

from quanyu.core.actor import Actor, ActorKind
from quanyu.identity.organisations.model import Organisation
from quanyu.identity.organisations.service import put_organisations
from quanyu.packs import Pack, View, ViewKind, sees_all, service
from quanyu.packs.answers import views_for
from quanyu.packs.meant import Meant, meant_for
from quanyu.packs.testing import City

TITLES = {"zh-CN": "页", "en": "Page"}
PACK = Pack(
    name="sweeping", version="1.0", package=__name__, titles=TITLES,
    views=(
        View(name="all", kind=ViewKind.PAGE, titles=TITLES),
        View(name="own", kind=ViewKind.PAGE, titles=TITLES, action="source.push", own=True),
    ),
)  # fmt: skip


def _officer(organisation: str, tenant: str = "t") -> Actor:
    return Actor(
        kind=ActorKind.ACCOUNT, id=organisation, name=organisation, tenant=tenant, organisation=organisation,
        organisations=frozenset({organisation}), roles=frozenset({"department_officer"}),
    )  # fmt: skip


def _shown(actor: Actor, meant: Meant) -> list[str]:
    return [view.name for view in views_for(PACK, actor, meant)]


@pytest.mark.parametrize(
    ("meant", "shown"),
    [
        (Meant(pack="sweeping"), {"urban": ["own"], "firm": ["own"], "health": ["own"]}),
        (Meant(pack="sweeping", body="urban"), {"urban": ["all", "own"], "firm": ["own"], "health": ["own"]}),
        (
            Meant(pack="sweeping", body="urban", partners=frozenset({"firm"})),
            {"urban": ["all", "own"], "firm": ["own"], "health": []},
        ),
    ],
    ids=["nobody", "body", "partners"],
)
def test_a_pack_is_shown_to_whom_it_is_meant_for(meant: Meant, shown: dict[str, list[str]]) -> None:
    assert {name: _shown(_officer(name), meant) for name in shown} == shown
    whole = replace(_officer("data"), roles=frozenset({"data_officer"}))
    assert _shown(whole, meant) == ["all", "own"]


async def test_a_city_says_who_is_in_charge_and_who_works_through_a_pack(city: City) -> None:
    said = {"body": "urban", "partners": "firm， other"}
    await city.enable(PACK)
    bodies = [Organisation(id=name, name=name) for name in ("urban", "firm", "other")]
    async with city.database.tenant(city.tenant) as connection:
        await put_organisations(connection, city.actor, bodies)
        await service.put_settings(connection, PACK, said, actor=city.actor, now=city.clock())
        all_seen = {
            name: await sees_all(connection, _officer(name, city.tenant), "sweeping")
            for name in ("urban", "firm")
        }
    assert all_seen == {"urban": True, "firm": False}
    assert meant_for("sweeping", {"settings": said}).partners == {"firm", "other"}
