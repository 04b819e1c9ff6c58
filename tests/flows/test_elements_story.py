"""Who is the source of an element at a county is read at its city, and the other way round (一数一源)."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.flows.levels import CITY, COUNTY, Level, join, levels_in, officer, publish_residents
from tests.flows.sharing_steps import said, settle_element, until

CODE, ITEM = "household-income", "收入"


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Level, Level]]:
    with levels_in(tmp_path_factory.mktemp("nodes"), CITY, COUNTY) as (city, county):
        join(county, city)
        said(county.admin.put(f"/api/v1/nodes/{city.id}/subscription", json={"on": True}))
        yield city, county


def element_of(reader: Level, owner: Level) -> dict[str, Any] | None:
    """As the other node has told of it."""
    answer = reader.admin.get(f"/api/v1/cascade/{owner.id}/residents")
    if answer.status_code != 200:
        return None
    items = answer.json()["entry"]["items"]
    element: dict[str, Any] | None = next(one for one in items if one["name"] == ITEM)["element"]
    return element


@pytest.mark.parametrize("upward", [True, False])
def test_the_settled_source_and_its_standard_travel_with_the_entry(
    nodes: tuple[Level, Level], upward: bool
) -> None:
    city, county = nodes
    owner, reader = (county, city) if upward else (city, county)
    with closing(officer(owner.node, owner.admin)) as wang:
        publish_residents(owner.node)
        until(lambda: reader.admin.get(f"/api/v1/cascade/{owner.id}/residents").is_success)
        assert element_of(reader, owner) is None
        settle_element(owner.admin, wang, CODE, "家庭年收入", {"dataset": "residents", "item": ITEM})
        told = until(lambda: element_of(reader, owner))
        assert (told["code"], told["lead"], told["is_source"], told["standard"]) == (CODE, "民政局", True, None)  # fmt: skip
        standard = {"version": "1.0", "effective_from": "2026-01-01", "type": "integer"}
        said(wang.put(f"/api/v1/sharing/elements/{CODE}/standard", json=standard))
        until(lambda: (element_of(reader, owner) or {}).get("standard") == "1.0")
        found = reader.admin.get("/api/v1/cascade", params={"q": "家庭年收入", "of": owner.id}).json()
        assert [one["entry"]["id"] for one in found["items"]] == [f"{owner.id}/residents"]
