"""Names beside codes, titles and keywords that nobody had to write."""

from typing import Any

import pytest

from quanyu.core.actor import anonymous
from quanyu.govern.imports.model import title_from_name

HOSPITALS = """医院名称,医院等级,地址,经度,纬度
人民医院,三级甲等,江州市人民路,114.35,22.69
中医院,二级甲等,江州市解放路,114.36,22.70
妇幼保健院,二级甲等,江州市中山路,114.37,22.71
"""


async def test_an_organisation_is_shown_by_name_wherever_its_code_is(opened: Any) -> None:
    await opened.knows("water", "江州市水务局")
    client = opened.door(anonymous(opened.tenant))
    found = (await client.get("/api/v1/catalogue", params={"facets": True})).json()
    assert found["items"][0]["organisation_name"] == "江州市水务局"
    assert found["names"]["organisation"] == {"water": "江州市水务局"}
    assert (await client.get("/api/v1/datasets")).json()["items"][0]["owner_name"] == "江州市水务局"
    entry = (await client.get("/api/v1/catalogue/pumps")).json()["entry"]
    assert entry["description"]["organisation_name"] == "江州市水务局"
    listed = (await client.get("/api/3/action/organization_list?all_fields=true")).json()["result"]
    shown = (await client.get("/api/3/action/organization_show?id=water")).json()["result"]
    assert [one["title"] for one in (*listed, shown)] == ["江州市水务局"] * 2
    facets = (await client.get('/api/3/action/package_search?facet.field=["organization"]')).json()["result"]
    assert facets["search_facets"]["organization"]["items"][0]["display_name"] == "江州市水务局"
    assert "江州市水务局" in (await client.get("/catalog.ttl")).text
    departments = (await opened.door(opened.officer).get("/api/v1/quality/overview")).json()["departments"]
    assert [(one["owner"], one["owner_name"]) for one in departments] == [("water", "江州市水务局")]
    defects = (await opened.door(opened.officer).get("/api/v1/quality/ledger")).json()["items"]
    assert {one["owner_name"] for one in defects} <= {"江州市水务局"}


async def test_who_reads_english_is_told_the_english_name_where_a_body_has_one(opened: Any) -> None:
    await opened.knows("water", "江州市水务局", name_en="Water Bureau")
    for language, name in (("en", "Water Bureau"), ("zh-CN", "江州市水务局")):
        client = opened.door(anonymous(opened.tenant, language))
        [line] = (await client.get("/api/v1/catalogue")).json()["items"]
        assert line["organisation_name"] == name
        assert (await client.get("/api/v1/catalogue/pumps")).json()["organisation_name"] == name


async def test_an_organisation_that_is_known_is_found_by_its_name(town: Any) -> None:
    await town.knows("water", "江州市水务局")
    await town.sends(title="泵站值班表")
    found = (await town.door(town.officer).get("/api/v1/catalogue", params={"q": "水务局"})).json()
    assert [one["name"] for one in found["items"]] == ["pumps"]


async def test_a_code_that_nobody_knows_is_kept_and_shown_as_it_is(town: Any) -> None:
    await town.sends(owner="no-such-office")
    client = town.door(town.officer)
    line = (await client.get("/api/v1/catalogue")).json()["items"][0]
    assert (line["organisation"], line["organisation_name"]) == ("no-such-office", "")
    shown = (await client.get("/api/3/action/organization_show?id=no-such-office")).json()["result"]
    assert shown["title"] == "no-such-office"


async def test_another_organisation_takes_its_own_name_along(town: Any) -> None:
    await town.knows("water", "江州市水务局")
    await town.sends()
    client = town.door(town.officer)
    changed = await client.patch(
        "/api/v1/catalogue/pumps", json={"organisation": "new"}, headers={"If-Match": '"1"'}
    )
    assert changed.json()["description"]["organisation_name"] == ""


async def test_regions_have_their_name_too(town: Any, database: Any) -> None:
    async with database.tenant(town.tenant) as connection:
        await connection.execute(
            "insert into region values ('999310', '2000-01-01', null, '坪山区', 'county', '9993') on conflict do nothing"
        )
    await town.sends(region="999310")
    client = town.door(town.officer)
    assert (await client.get("/api/v1/catalogue")).json()["items"][0]["region_name"] == "坪山区"
    assert (await client.get("/api/v1/catalogue/pumps")).json()["region_name"] == "坪山区"
    assert (await client.get("/api/v1/datasets/pumps")).json()["region_name"] == "坪山区"


@pytest.mark.parametrize("query", ["医院", "hospital", "Hospital"])
async def test_a_dataset_is_found_by_the_titles_of_its_model(town: Any, query: str) -> None:
    await town.sends(HOSPITALS.replace("医院", "机构"), name="clinics", title="名单", model="Hospital")
    found = (await town.door(town.officer).get("/api/v1/catalogue", params={"q": query})).json()["items"]
    assert [one["name"] for one in found] == ["clinics"]


async def test_a_dataset_without_a_title_is_called_after_its_file(town: Any) -> None:
    await town.sends(name="江州市_泵站_2024")
    line = (await town.door(town.officer).get("/api/v1/catalogue")).json()["items"][0]
    assert line["title"] == "江州市 泵站 2024"


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("上传/全国_高校名单（2024）.xlsx", "全国 高校名单（2024）"),
        ("PRSA_Data_20130301-20170228.csv.gz", "PRSA Data 20130301-20170228"),
        ("__.csv", "__.csv"),
    ],
)
def test_a_file_name_becomes_a_readable_title(name: str, title: str) -> None:
    assert title_from_name(name) == title
