"""Three levels and an area: the province's broker asks the city's, which asks the county under a contract that ends at a meridian."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from tests.flows.levels import (
    APPLICATION,
    CITY,
    COUNTY,
    PROVINCE,
    Level,
    join,
    levels_in,
    officer,
    publish,
    signed_in,
)
from tests.flows.sharing_steps import items, said
from tests.flows.test_registration_story import contract_of, register, token_of

SITES = "编号,名称,经度,纬度,联系电话\n" + "".join(
    f"S{number},避难场所{number},{121 + number / 10},31.2,1380000000{number}\n" for number in range(6)
)
"""From 121.0 to 121.5 degrees."""

WEST = [{"column": "经度", "op": "le", "value": 121.2}]
GIVEN = ("编号", "名称", "经度", "纬度")
ASKED = {
    **APPLICATION,
    "dataset": "sites",
    "title": "避难场所联动",
    "items": [{"name": one} for one in GIVEN],
}
ANSWER = {"items": [{"name": one, "granted": True} for one in GIVEN]}


@pytest.fixture(scope="module")
def levels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Level, Level, Level]]:
    folder = tmp_path_factory.mktemp("levels")
    with levels_in(folder, PROVINCE, CITY, COUNTY, reached=True) as (province, city, county):
        join(city, province)
        join(county, city)
        said(county.admin.put("/api/v1/organisations/civil", json={"name": "县民政局"}))
        publish(county.node, "sites", "避难场所", SITES)
        yield province, city, county


def data_officer(level: Level) -> httpx.Client:
    """Somebody who sees the whole tenant, and so what comes from elsewhere."""
    person = {"login": "li", "name": "李明", "roles": ["data_officer"]}
    return signed_in(level.node, "li", said(level.admin.post("/api/v1/accounts", json=person))["password"])


def test_the_province_sees_of_the_county_what_the_city_may(levels: tuple[Level, Level, Level]) -> None:
    province, city, county = levels
    with (
        closing(officer(city.node, city.admin)) as wang,
        county.node.client() as owner,
        city.node.client() as below,
        province.node.client() as above,
    ):
        here, contract = contract_of(wang, owner, ASKED, ANSWER, WEST)
        door = f"/api/v1/asked/entities/{here.rpartition('/')[2]}"
        type = said(wang.get(f"{door}/ngsi-ld/v1/entities?local=true&limit=1"))[0]["type"]
        register(below, f"{city.node.url}{door}", type, token_of(wang))
        with closing(data_officer(city)) as li:
            register(above, city.node.url, type, token_of(li, "entity.read"))

        def seen(**params: Any) -> dict[str, float]:
            query = {"type": type, "options": "simplified", "limit": 100, **params}
            found = said(above.get("/ngsi-ld/v1/entities", params=query))
            assert "1380000000" not in str(found), "a telephone number that nobody was given"
            return {one["名称"]: one["location"]["coordinates"][0] for one in found}

        west = {"避难场所0": 121.0, "避难场所1": 121.1, "避难场所2": 121.2}
        assert seen() == west
        around = "[[[121.05,31],[121.45,31],[121.45,32],[121.05,32],[121.05,31]]]"
        area = {"georel": "within", "geometry": "Polygon", "coordinates": around}
        assert seen(**area).keys() == {"避难场所1", "避难场所2"}
        assert seen(local="true") == {}
        calls = items(owner, f"/api/v1/sharing/contracts/{contract}/calls")
        assert {(one["consumer"], one["way"], one["state"]) for one in calls} == {
            ("civil", "entities", "done")
        }

        over = {"to": "suspended", "reason": "核查用途"}
        said(owner.post(f"/api/v1/sharing/contracts/{contract}/state", json=over))
        assert seen() == {}
