"""Open data: which doors nobody known may use, what they show, and when they close."""

import csv
import io
from typing import Any

import httpx
import pytest

from quanyu.app.sight import DatasetSight
from quanyu.core.actor import Actor, ActorKind, anonymous
from quanyu.core.rate import RateLimit
from quanyu.govern.catalogue.model import ShareType

PARKS = "department_officer"


def neighbour(tenant: str) -> Actor:
    return Actor(
        id="wang", tenant=tenant, kind=ActorKind.ACCOUNT, organisation="parks", roles=frozenset({PARKS})
    )


async def searched(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/api/3/action/datastore_search", json={"resource_id": "pumps.csv"})


DOORS = [
    "/api/v1/datasets/pumps/records",
    "/api/v1/datasets/pumps/export.csv",
    "/api/v1/datasets/pumps/export.json",
    "/api/v1/datasets/pumps/export.parquet",
    "/api/3/action/datastore_search?resource_id=pumps",
    "/api/v1/catalogue/pumps/sample",
]
CLOSED = [
    "/api/v1/datasets/pumps",
    "/api/v1/datasets/pumps/quarantine",
    "/api/v1/datasets/pumps/rules",
    "/api/v1/datasets/pumps/quality",
    "/api/v1/trace/urn:ngsi-ld:Pump:pumps:1",
]


@pytest.mark.parametrize("door", DOORS)
async def test_open_data_is_read_by_nobody_known_and_persons_stay_masked(opened: Any, door: str) -> None:
    answer = await opened.door(anonymous(opened.tenant)).get(door)
    assert answer.status_code == 200, answer.text
    for telephone in (b"13800138000", b"13912345678"):
        assert telephone not in answer.content


async def test_a_list_of_datasets_names_none_that_the_asker_may_not_see(opened: Any) -> None:
    await opened.sends(name="closed")
    page = (await opened.door(anonymous(opened.tenant)).get("/api/v1/datasets?limit=1")).json()
    assert ([item["name"] for item in page["items"]], page["next"]) == (["pumps"], None)


async def test_an_export_of_open_data_masks_free_text_too(opened: Any) -> None:
    answer = await opened.door(anonymous(opened.tenant)).get("/api/v1/datasets/pumps/export.csv")
    second = list(csv.DictReader(io.StringIO(answer.text)))[1]
    assert (second["泵站"], second["联系人"], second["备注"]) == ("城西泵站", "李*", "业主138****8000来电")


async def test_a_column_that_is_not_open_shows_nothing(town: Any) -> None:
    await town.sends(title="泵站值班表")
    item = {"name": "泵站", "label": "泵站", "type": "text", "is_open": False}
    assert (await town.describes(items=[item])).status_code == 200
    page = (await town.door(anonymous(town.tenant)).get(DOORS[0])).json()
    assert page["items"][0]["泵站"] == "****"


@pytest.mark.parametrize("door", DOORS[:5])
async def test_drafts_are_closed(town: Any, door: str) -> None:
    await town.sends()
    assert (await town.door(anonymous(town.tenant)).get(door)).status_code in (403, 404)


@pytest.mark.parametrize("door", DOORS[:4])
async def test_published_but_not_open_is_closed(town: Any, door: str) -> None:
    await town.sends()
    assert (await town.describes(is_open=False)).status_code == 200
    answer = await town.door(anonymous(town.tenant)).get(door)
    assert answer.json()["type"] == "urn:quanyu:problem:identity.decision.not_open"


@pytest.mark.parametrize("door", CLOSED)
async def test_what_is_behind_the_records_stays_closed(opened: Any, door: str) -> None:
    for actor in (anonymous(opened.tenant), neighbour(opened.tenant)):
        assert (await opened.door(actor).get(door)).status_code in (403, 404), actor.id


async def test_the_imports_of_open_data_are_not_told(opened: Any) -> None:
    listed = (await opened.door(opened.officer).get("/api/v1/imports")).json()["items"]
    client = opened.door(anonymous(opened.tenant))
    assert (await client.get("/api/v1/imports")).json()["items"] == []
    assert (await client.get(f"/api/v1/imports/{listed[0]['id']}")).status_code == 403


async def test_lists_show_what_is_open_and_nothing_else(opened: Any) -> None:
    await opened.sends(name="secret")
    for actor in (anonymous(opened.tenant), neighbour(opened.tenant)):
        listed = (await opened.door(actor).get("/api/v1/datasets")).json()["items"]
        assert [one["name"] for one in listed] == ["pumps"]


async def test_nobody_known_is_not_told_which_datasets_exist(town: Any) -> None:
    await town.sends()
    client = town.door(anonymous(town.tenant))
    for path in ("", "/records", "/export.csv"):
        known, unknown = [
            (await client.get(f"/api/v1/datasets/{name}{path}")) for name in ("pumps", "nothing")
        ]
        assert (known.status_code, known.json()["type"]) == (unknown.status_code, unknown.json()["type"])


async def test_each_reading_of_open_data_is_evidence_with_its_door(opened: Any) -> None:
    client = opened.door(anonymous(opened.tenant))
    await client.get("/api/v1/datasets/pumps/export.json")
    await searched(client)
    found = [row for row in await opened.evidence() if row["action"] == "dataset.read"]
    assert [(row["actor"], row["resource"], row["detail"]["door"]) for row in found] == [
        ("anonymous", "pumps", "export.json"),
        ("anonymous", "pumps", "datastore_search"),
    ]


async def test_exports_and_samples_are_counted_and_lineage_knows_each_format_once(opened: Any) -> None:
    client = opened.door(anonymous(opened.tenant))
    for _ in range(2):
        await client.get("/api/v1/datasets/pumps/export.csv")
    await client.get("/api/v1/datasets/pumps/export.json")
    await client.get("/api/v1/catalogue/pumps/sample")
    usage = (await client.get("/api/v1/catalogue/pumps")).json()["usage"]
    assert (usage["downloads"], usage["views"]) == (3, 2)
    edges = (await client.get("/api/v1/catalogue/pumps/lineage")).json()["edges"]
    assert sorted(edge["target"]["id"] for edge in edges if edge["target"]["kind"] == "export") == [
        "pumps.csv",
        "pumps.json",
    ]


async def test_below_its_gate_nothing_is_published_as_shared(town: Any, lots: Any) -> None:
    await town.sends(lots(P004="sixty"))
    score = (await town.door(town.officer).get("/api/v1/datasets/pumps")).json()["score"]
    assert score < 100
    await town.gates(100)
    answer = await town.describes()
    fault = next(one for one in answer.json()["faults"] if one["where"] == "/share_type")
    assert (answer.status_code, str(score) in fault["message"]) == (400, True)


async def test_what_is_not_shared_may_be_published_at_any_score(town: Any, lots: Any) -> None:
    await town.sends(lots(P004="sixty"))
    await town.gates(100)
    said = {"share_type": int(ShareType.WITHHELD), "share_basis": "规定", "is_open": False}
    assert (await town.describes(**said)).status_code == 200


@pytest.mark.parametrize("door", DOORS)
async def test_below_its_gate_open_data_is_paused_and_says_its_score(town: Any, lots: Any, door: str) -> None:
    await town.sends(lots(P004="sixty"))
    assert (await town.describes()).status_code == 200
    await town.gates(100)
    client = town.door(anonymous(town.tenant))
    answer = await client.get(door)
    assert answer.status_code == 403
    assert "暂停共享" in answer.text
    await town.gates(60)
    assert (await client.get(door)).status_code == 200


async def test_a_paused_entry_says_so_wherever_it_is_shown(town: Any, lots: Any) -> None:
    await town.sends(lots(P004="sixty"))
    await town.describes()
    await town.gates(100)
    client = town.door(anonymous(town.tenant))
    assert (await client.get("/api/v1/catalogue/pumps")).json()["paused"]
    assert [one["paused"] for one in (await client.get("/api/v1/catalogue")).json()["items"]] == [True]
    package = (await client.get("/api/3/action/package_show?id=pumps")).json()["result"]
    assert {"key": "sharing", "value": "paused"} in package["extras"]
    assert "access-right/RESTRICTED" in (await client.get("/catalog/pumps.ttl")).text
    assert (await town.door(town.officer).get(DOORS[0])).status_code == 200


async def test_the_twin_shows_no_entities_of_paused_data(town: Any, lots: Any) -> None:
    await town.sends(lots(P004="sixty"))
    await town.describes()
    citizen = Actor(id="li", tenant=town.tenant, kind=ActorKind.ACCOUNT, roles=frozenset({"citizen"}))
    seen = []
    for gate in (60, 100):
        await town.gates(gate)
        async with town.database.tenant(town.tenant) as connection:
            seen.append((await DatasetSight().seen(connection, citizen, "entity.read")).has("pumps"))
    assert seen == [True, False]


async def test_nobody_known_may_take_a_few_exports_at_a_time(opened: Any) -> None:
    client = opened.door(anonymous(opened.tenant), export_limit=RateLimit(burst=2, pause=60))
    answers = [await client.get("/api/v1/datasets/pumps/export.csv") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[2].headers["retry-after"]) <= 60
    known = opened.door(opened.officer, export_limit=RateLimit(burst=0, pause=60))
    assert (await known.get("/api/v1/datasets/pumps/export.csv")).status_code == 200
