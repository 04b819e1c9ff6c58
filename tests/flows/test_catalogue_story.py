"""A department's file becomes an entry of the catalogue: graded, described, published, found, read by other clients."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from rdflib import RDF, Graph
from rdflib.namespace import DCAT

from quanyu.core.actor import Actor, ActorKind, anonymous
from quanyu.core.clock import utc_now
from quanyu.govern.catalogue.http import routes
from quanyu.govern.catalogue.open_files import none_open
from quanyu.govern.catalogue.publication import publish_import
from quanyu.govern.catalogue.warned import no_warnings
from quanyu.govern.imports import service
from quanyu.govern.imports.commit import Committed, NoHooks
from quanyu.govern.imports.model import About, ImportState, Options
from quanyu.govern.imports.run import run_import
from quanyu.govern.imports.upload import hash_file
from quanyu.store import Connection, Database
from tests.doors import door
from tests.engine import run_here

COVERS = """编号,井盖类型,权属单位,联系人,联系电话,经度,纬度,备注
1,雨水,水务局,张伟,13800138000,114.3461,22.6911,
2,污水,水务局,李小红,13912345678,114.3472,22.6922,业主13800138000来电
3,电力,供电局,王芳,0000-00000000,114.3483,22.6933,
4,通信,电信局,欧阳修,13700001111,114.3494,22.6944,
5,雨水,水务局,赵敏,13600002222,114.3505,22.6955,
"""


class Cataloguing(NoHooks):
    async def committed(self, connection: Connection, committed: Committed) -> None:
        await publish_import(
            connection, committed.tenant, committed.dataset, committed.report,
            import_id=committed.part_id, author=committed.actor,
        )  # fmt: skip


Send = Callable[..., Awaitable[None]]
Open = Callable[[Actor], httpx.AsyncClient]


@pytest.fixture
def officer(tenant: str) -> Actor:
    return Actor(
        id="zhang",
        tenant=tenant,
        kind=ActorKind.ACCOUNT,
        organisation="water",
        roles=frozenset({"data_officer"}),
    )


@pytest.fixture
def reader(tenant: str) -> Actor:
    return Actor(
        id="li", tenant=tenant, kind=ActorKind.ACCOUNT, organisation="traffic", roles=frozenset({"viewer"})
    )


@pytest.fixture
def send(database: Database, folder: Path, officer: Actor) -> Send:
    async def imports(text: str, *, name: str = "covers", title: str = "江州市井盖普查") -> None:
        path = folder / "uploads" / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        file = await hash_file(path, path.name)
        async with database.tenant(officer.tenant) as connection:
            begun = await service.begin_import(
                connection, actor=officer, dataset=name, files=[file], options=Options(key=("编号",)),
                about=About(title=title, owner="water", region="440310"), now=datetime.now(UTC),
            )  # fmt: skip
        done = await run_import(
            database, folder, tenant=officer.tenant, import_id=begun.import_id,
            run_engine=run_here, hooks=Cataloguing(), clock=utc_now,
        )  # fmt: skip
        assert done.state is ImportState.DONE, done.fault

    return imports


@pytest_asyncio.fixture
async def open_as(database: Database, folder: Path) -> AsyncIterator[Open]:
    """A client of the catalogue's routes for somebody who has signed in already."""
    clients: list[httpx.AsyncClient] = []

    def client(actor: Actor) -> httpx.AsyncClient:
        clients.append(
            door(
                routes,
                actor=actor,
                database=database,
                folder=folder,
                clock=utc_now,
                open_files=none_open,
                publish_warnings=no_warnings,
            )
        )
        return clients[-1]

    yield client
    for one in clients:
        await one.aclose()


DESCRIBED = {
    "abstract": "全市井盖的位置、类型和权属单位。",
    "organisation_name": "江州市水务局",
    "share_type": 1,
    "is_open": True,
    "keywords": ["市政设施"],
    "licence": "cc-by-4.0",
    "contact": {"name": "数据科", "email": "data@water.example"},
}


async def published(client: httpx.AsyncClient, name: str = "covers") -> None:
    assert (await client.post(f"/api/v1/catalogue/{name}/grade/confirm", json={})).status_code == 200
    assert (
        await client.patch(f"/api/v1/catalogue/{name}", json=DESCRIBED, headers={"If-Match": '"1"'})
    ).status_code == 200
    answer = await client.post(f"/api/v1/catalogue/{name}/publish", headers={"If-Match": '"2"'})
    assert answer.status_code == 200, answer.text


async def test_an_import_makes_a_draft_entry_with_what_is_known(
    send: Send, open_as: Open, officer: Actor
) -> None:
    await send(COVERS)
    answer = await open_as(officer).get("/api/v1/catalogue/covers")
    entry = answer.json()["entry"]
    assert answer.headers["etag"] == '"1"'
    assert entry["state"] == "draft"
    assert entry["resource_code"] == "300000/000001"
    assert entry["description"]["title"] == "江州市井盖普查"
    assert [item["label"] for item in entry["description"]["items"]][:3] == ["编号", "井盖类型", "权属单位"]
    assert entry["facts"]["records"] == 5


async def test_the_same_entry_is_found_by_two_characters_one_pinyin_and_a_column(
    send: Send, open_as: Open, officer: Actor
) -> None:
    await send(COVERS)
    await send(COVERS.replace("井盖类型", "类型"), name="lamps", title="路灯台账")
    client = open_as(officer)
    for query in ("井盖", "盖", "jg", "jinggai", "井盖普查", "权属单位 井盖"):
        found = (await client.get("/api/v1/catalogue", params={"q": query})).json()["items"]
        assert [line["name"] for line in found] == ["covers"], query
    assert (await client.get("/api/v1/catalogue", params={"q": "盖井"})).json()["items"] == []


async def test_a_title_comes_before_a_column_and_pages_follow_each_other(
    send: Send, open_as: Open, officer: Actor
) -> None:
    await send(COVERS, name="a", title="水利设施")
    await send(COVERS, name="b", title="权属单位名录")
    client = open_as(officer)
    first = (await client.get("/api/v1/catalogue", params={"q": "权属单位", "limit": 1})).json()
    second = (
        await client.get("/api/v1/catalogue", params={"q": "权属单位", "limit": 1, "after": first["next"]})
    ).json()
    assert [first["items"][0]["name"], second["items"][0]["name"], second["next"]] == ["b", "a", None]


async def test_personal_columns_are_found_with_their_counts(
    send: Send, open_as: Open, officer: Actor
) -> None:
    await send(COVERS)
    graded = (await open_as(officer).get("/api/v1/catalogue/covers/grade")).json()
    found = {column["label"]: column["found"] for column in graded["columns"]}
    assert {one["kind"] for one in found["联系人"]} == {"person_name"}
    phones = found["联系电话"][0]
    assert (phones["kind"], phones["found"], phones["looked"]) == ("phone", 4, 5)
    assert found["井盖类型"] == []
    assert graded["grade"] == "general_3"


async def test_open_data_needs_a_confirmed_grade_and_all_faults_come_at_once(
    send: Send, open_as: Open, officer: Actor
) -> None:
    await send(COVERS)
    client = open_as(officer)
    await client.patch("/api/v1/catalogue/covers", json={"is_open": True}, headers={"If-Match": '"1"'})
    answer = await client.post("/api/v1/catalogue/covers/publish", headers={"If-Match": '"2"'})
    assert answer.status_code == 400
    assert {fault["where"] for fault in answer.json()["faults"]} == {
        "/abstract",
        "/share_condition",
        "/is_open",
    }


async def test_a_sample_masks_persons_for_everybody_else(
    send: Send, open_as: Open, officer: Actor, tenant: str
) -> None:
    await send(COVERS)
    await published(open_as(officer))
    page = (await open_as(anonymous(tenant)).get("/api/v1/catalogue/covers/sample")).json()
    second = page["items"][1]
    assert second["联系人"] == "李*"
    assert second["联系电话"] == "139****5678"
    assert "13800138000" not in second["备注"]
    whole = (await open_as(officer).get("/api/v1/catalogue/covers/sample")).json()["items"][1]
    assert whole["联系电话"] == "13912345678"


async def test_who_changes_an_old_version_is_refused_and_an_undo_brings_the_old_words_back(
    send: Send, open_as: Open, officer: Actor
) -> None:
    await send(COVERS)
    client = open_as(officer)
    seen = {"If-Match": '"1"'}
    assert (
        await client.patch("/api/v1/catalogue/covers", json={"alias": "窨井盖"}, headers=seen)
    ).status_code == 200
    assert (
        await client.patch("/api/v1/catalogue/covers", json={"alias": "沙井盖"}, headers=seen)
    ).status_code == 409
    assert (await client.patch("/api/v1/catalogue/covers", json={"alias": "沙井盖"})).status_code == 400
    undone = (await client.post("/api/v1/catalogue/covers/undo", headers={"If-Match": '"2"'})).json()
    assert (undone["version"], undone["description"]["alias"]) == (3, "")
    versions = (await client.get("/api/v1/catalogue/covers/versions")).json()["items"]
    assert [one["cause"] for one in versions] == ["restored:1", "amended", "created"]


async def test_a_second_import_keeps_what_people_said(send: Send, open_as: Open, officer: Actor) -> None:
    await send(COVERS)
    client = open_as(officer)
    await published(client)
    await send(COVERS + "6,雨水,水务局,孙丽,13500003333,114.3506,22.6956,\n")
    entry = (await client.get("/api/v1/catalogue/covers")).json()["entry"]
    assert (entry["facts"]["records"], entry["state"], entry["description"]["is_open"]) == (
        6,
        "published",
        True,
    )
    assert entry["facts"]["grade_confirmed"]


async def test_drafts_are_seen_by_those_who_look_after_them_only(
    send: Send, open_as: Open, officer: Actor, reader: Actor, tenant: str
) -> None:
    await send(COVERS)
    for actor in (reader, anonymous(tenant)):
        assert (await open_as(actor).get("/api/v1/catalogue")).json()["items"] == []
        assert (await open_as(actor).get("/api/v1/catalogue/covers")).status_code == 404
    await published(open_as(officer))
    assert (await open_as(anonymous(tenant)).get("/api/v1/catalogue/covers")).status_code == 200


async def test_facets_count_what_is_found(send: Send, open_as: Open, officer: Actor) -> None:
    await send(COVERS)
    await send(COVERS, name="lamps", title="路灯台账")
    client = open_as(officer)
    everything = (await client.get("/api/v1/catalogue", params={"facets": True})).json()
    assert (everything["total"], everything["facets"]["organisation"]) == (2, {"water": 2})
    some = (
        await client.get("/api/v1/catalogue", params={"q": "路灯", "facets": True, "region": "440310"})
    ).json()
    assert (some["total"], some["facets"]["state"]) == (1, {"draft": 1})


async def test_lineage_leads_from_a_column_back_to_the_file(
    send: Send, open_as: Open, officer: Actor
) -> None:
    await send(COVERS)
    graph = (await open_as(officer).get("/api/v1/catalogue/covers/lineage")).json()
    kinds = [(edge["origin"]["kind"], edge["target"]["kind"]) for edge in graph["edges"]]
    assert ("file", "import") in kinds
    assert ("import", "dataset") in kinds
    file = next(edge for edge in graph["edges"] if edge["origin"]["kind"] == "file")
    assert file["detail"]["name"] == "covers.csv"
    assert {"before": "井盖类型", "after": "井盖类型"} in file["fields"]


async def test_ckan_clients_list_show_search_and_read_records(
    send: Send, open_as: Open, officer: Actor, tenant: str
) -> None:
    await send(COVERS)
    await published(open_as(officer))
    ckan = open_as(Actor(id="wang", tenant=tenant, kind=ActorKind.ACCOUNT, roles=frozenset({"citizen"})))
    assert (await ckan.post("/api/action/package_list", json={})).json()["result"] == ["covers"]
    shown = (await ckan.get("/api/3/action/package_show", params={"id": "covers"})).json()["result"]
    assert [resource["format"] for resource in shown["resources"]] == ["CSV", "JSON", "PARQUET"]
    found = (
        await ckan.post(
            "/api/action/package_search", json={"q": "井盖", "rows": "1", "facet.field": '["organization"]'}
        )
    ).json()
    assert (found["result"]["count"], found["result"]["facets"]) == (1, {"organization": {"water": 1}})
    body = {
        "resource_id": "covers.csv",
        "limit": "2",
        "filters": {"井盖类型": "雨水"},
        "fields": "编号,联系电话",
        "sort": "编号 desc",
    }
    answer = await ckan.post("/api/action/datastore_search", json=body)
    assert answer.status_code == 200, answer.text
    records = answer.json()["result"]
    assert records["total"] == 2
    assert [record["联系电话"] for record in records["records"]] == ["136****2222", "138****8000"]


async def test_ckan_clients_are_given_the_order_they_ask_for_or_are_told_which_there_are(
    send: Send, open_as: Open, officer: Actor
) -> None:
    for name, title in (("b", "井盖"), ("c", "路灯"), ("a", "江州市路灯台账")):
        await send(COVERS, name=name, title=title)
    ckan = open_as(officer)

    async def found(**arguments: str) -> list[str]:
        answer = await ckan.post("/api/action/package_search", json=arguments)
        assert answer.status_code == 200, answer.text
        return [one["name"] for one in answer.json()["result"]["results"]]

    assert await found(sort="name asc") == await found(sort="id", q="*:*") == ["a", "b", "c"]
    assert await found(sort="metadata_modified desc") == ["a", "c", "b"]
    assert await found(q="路灯", sort="metadata_modified  desc") == ["a", "c"]
    assert await found(q="路灯", sort="score desc,metadata_modified desc") == await found(q="路灯")
    for refused in ({"sort": "views_recent desc"}, {"sort": "name desc"}, {"sort": "name asc", "q": "路灯"}):
        answer = await ckan.post("/api/action/package_search", json=refused)
        assert (answer.status_code, bool(answer.json()["error"]["sort"])) == (409, True), refused


async def test_ckan_errors_have_their_type_and_status(open_as: Open, tenant: str) -> None:
    ckan = open_as(anonymous(tenant))
    missing = await ckan.get("/api/3/action/package_show", params={"id": "nothing"})
    assert (missing.status_code, missing.json()["error"]["__type"]) == (404, "Not Found Error")
    wrong = await ckan.post("/api/action/package_search", json={"rows": "many"})
    assert (wrong.status_code, wrong.json()["error"]["rows"] != []) == (409, True)
    assert (await ckan.get("/api/3/action/package_delete")).status_code == 400


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib's own reader of JSON-LD
async def test_dcat_is_the_same_graph_in_turtle_and_json_ld(
    send: Send, open_as: Open, officer: Actor, tenant: str
) -> None:
    await send(COVERS)
    await published(open_as(officer))
    client = open_as(anonymous(tenant))
    turtle = Graph().parse(data=(await client.get("/catalog.ttl")).text, format="turtle")
    json_ld = Graph().parse(data=(await client.get("/catalog.jsonld")).text, format="json-ld")
    assert len(list(turtle.subjects(RDF.type, DCAT.Dataset))) == 1
    assert len(list(turtle.subjects(RDF.type, DCAT.Distribution))) == 3
    assert len(turtle) == len(json_ld)
    one = await client.get("/catalog/covers", headers={"Accept": "text/turtle"})
    assert one.headers["content-type"].startswith("text/turtle")
