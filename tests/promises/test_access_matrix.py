"""Who sees what of a department's unpublished dataset, through every door; and another city sees nothing of it."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from quanyu.app.flow import Stages, deliver
from quanyu.app.http import application
from quanyu.app.node import Node
from quanyu.app.settings import Settings
from quanyu.app.wiring import ROUTES
from quanyu.connect.outgoing import Outgoing
from quanyu.connect.sources import Delivery
from quanyu.core.actor import Actor, system_actor
from quanyu.core.clock import utc_now
from quanyu.core.errors import Invalid
from quanyu.govern.imports.run import run_import
from quanyu.identity import EvidenceWriter, IdentitySettings, ensure_tenant
from quanyu.identity.accounts import _sql as accounts
from quanyu.identity.accounts.model import AccountState, NewAccount
from quanyu.identity.accounts.service import create_account
from quanyu.identity.organisations.model import Organisation
from quanyu.identity.organisations.service import put_organisations
from quanyu.identity.sessions.sign_in import open_session
from quanyu.packs.finding import installed_packs
from quanyu.store import Database
from quanyu.twin import Twin, Writer
from tests.engine import run_here

LOTS = """编号,停车场名称,总车位数,联系电话,经度,纬度
1,人民广场停车场,120,13800138000,121.4737,31.2304
2,火车站停车场,80,13912345678,121.4551,31.2494
3,体育馆停车场,60,13700001111,121.4370,31.1830
4,零点停车场,50,13700002222,0,0
"""
PEOPLE = {
    "citizen": ("citizen", None),
    "company": ("company", None),
    "viewer": ("viewer", None),
    "neighbour": ("department_officer", "health"),
    "owner": ("department_officer", "traffic"),
    "officer": ("data_officer", None),
    "system": ("system_admin", None),
    "security": ("security_admin", None),
    "audit": ("audit_admin", None),
}
COLUMNS = ("nobody", "narrow", *PEOPLE)  # `narrow`: a token of the data officer for reading the catalogue

# x: sees it, -: is refused or finds nothing. A viewer sees the state of the city and scores, but no records.
#                                                        nobody narrow citizen company viewer neighbour owner officer system security audit
SEEN = """
/api/v1/datasets                                         - - - - - - x x - - -
/api/v1/datasets/lots                                    - - - - - - x x - - -
/api/v1/datasets/lots/records                            - - - - - - x x - - -
/api/v1/datasets/lots/export.csv                         - - - - - - x x - - -
/api/v1/datasets/lots/export.json                        - - - - - - x x - - -
/api/v1/datasets/lots/export.parquet                     - - - - - - x x - - -
/api/v1/datasets/lots/quarantine                         - - - - - - x x - - -
/api/v1/datasets/lots/mapping                            - - - - - - x x - - -
/api/v1/datasets/lots/quality                            - - - - x - x x - - -
/api/v1/datasets/lots/quality/now                        - - - - x - x x - - -
/api/v1/datasets/lots/rules                              - - - - x - x x - - -
/api/v1/quality/overview                                 - - - - x - x x - - -
/api/v1/imports                                          - - - - - - x x - - -
/api/v1/imports/{import}                                 - - - - - - x x - - -
/api/v1/imports/{import}/events                          - - - - - - x x - - -
/api/v1/trace/{entity}                                   - - - - - - x x - - x
/api/v1/sources                                          - - - - - - x x - - -
/api/v1/sources/lot-feed                                 - - - - - - x x - - -
/api/v1/catalogue                                        - - - - - - x x - - -
/api/v1/catalogue/lots                                   - - - - - - x x - - -
/api/v1/catalogue/lots/versions                          - - - - - - x x - - -
/api/v1/catalogue/lots/sample                            - - - - - - x x - - -
/api/v1/catalogue/lots/lineage                           - - - - - - x x - - -
/api/v1/catalogue/lots/grade                             - - - - - - x x - - -
/api/v1/catalogue/lots/effects                           - - - - - - - - - - -
/api/v1/catalogue/lots/releases                          - - - - - - - - - - -
/api/v1/catalogue/lots/releases/1/csv                    - - - - - - - - - - -
/api/v1/sharing/datasets/lots/users                      - - - - - - - - - - -
/api/v1/sharing/datasets/lots/elements                   - - - - - - - - - - -
/dsp/2025-1/catalog/datasets/lots                       - - - - - - - - - - -
/catalog                                                 - - - - - - x x - - -
/catalog/lots                                            - - - - - - x x - - -
/api/3/action/package_list                               - - - - - - x x - - -
/api/3/action/package_search?q=停车场                    - - - - - - x x - - -
/api/3/action/package_show?id=lots                       - - - - - - x x - - -
/api/3/action/datastore_search?resource_id=lots          - - - - - - x x - - -
/api/v1/entities                                         - - - - x - x x - - -
/api/v1/entities?q=火车站                                - - - - x - x x - - -
/api/v1/entities/{entity}                                - - - - x - x x - - -
/api/v1/entities/{entity}/history                        - - - - x - x x - - -
/ngsi-ld/v1/entities?type={type}                         - - - - x - x x - - -
/ngsi-ld/v1/entities?id={entity}&local=true              - - - - x - x x - - -
/ngsi-ld/v1/entities/{entity}                            - - - - x - x x - - -
/ngsi-ld/v1/temporal/entities/{entity}                   - - - - x - x x - - -
/ngsi-ld/v1/types                                        - - - - x - x x - - -
/api/v1/map/layers                                       - - - - x - x x - - -
/api/v1/map/layers/{type}~lots/features                  - - - - x - x x - - -
/api/v1/map/layers/{type}~lots/tiles/0/0/0.mvt           - - - - x - x x - - -
/api/v1/map/layers/{type}~lots/past                      - - - - x - x x - - -
/api/v1/map/ground/0/0/0                                 - - - - - - - - - - -
"""
MARKS = (b"lots", b"traffic", b"OffStreetParking", "停车场".encode(), b"\\u505c")


@dataclass(frozen=True)
class City:
    node: Node
    clients: dict[str, httpx.AsyncClient]
    filled: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def city(database: Database, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """A dataset of the traffic department, imported and not published."""
    node = node_of(database, "matrix", tmp_path_factory.mktemp("matrix"))
    clients = await people_of(node)
    begun = await clients["owner"].post(
        "/api/v1/datasets/lots/imports", params={"filename": "lots.csv"}, content=LOTS.encode()
    )
    assert begun.status_code == 202, begun.text
    await run_import(
        database, node.folder, tenant=node.tenant, import_id=begun.json()["import"], run_engine=run_here,
        hooks=Stages(node), clock=utc_now,
    )  # fmt: skip
    made = await clients["owner"].put("/api/v1/sources/lot-feed", json={"kind": "ngsi-ld", "dataset": "lots"})
    assert made.status_code == 200, made.text
    first = (await clients["officer"].get("/api/v1/entities")).json()["items"][0]
    yield City(
        node, clients, {"import": begun.json()["import"], "entity": first["id"], "type": first["types"][0]}
    )
    for client in clients.values():
        await client.aclose()


@pytest.mark.parametrize("line", SEEN.strip().splitlines(), ids=lambda line: line.split()[0])
async def test_what_is_not_published_is_seen_by_whom_the_table_says(city: City, line: str) -> None:
    path, *cells = line.split()
    answers = {
        who: await city.clients[who].get(path.format_map(city.filled), headers={"accept": "*/*"})
        for who in COLUMNS
    }
    assert all(answer.status_code < 500 for answer in answers.values())
    assert {who: "x" if seen(answer) else "-" for who, answer in answers.items()} == dict(
        zip(COLUMNS, cells, strict=True)
    )


CHANGES = (
    ("POST", "/api/v1/datasets/lots/imports?filename=a.csv", "a,b\n1,2\n"),
    ("PATCH", "/api/v1/datasets/lots", {}),
    ("DELETE", "/api/v1/datasets/lots", None),
    ("POST", "/api/v1/datasets/lots/rerun", {}),
    ("POST", "/api/v1/datasets/lots/quarantine/release", {"select": {}}),
    ("POST", "/api/v1/datasets/lots/quarantine/dismiss", {"select": {}, "reason": "so"}),
    ("POST", "/api/v1/datasets/lots/quarantine/rules", {"select": {}, "kind": "trim", "column": "a"}),
    ("PATCH", "/api/v1/datasets/lots/quarantine/{import}/1", {"edits": {}, "version": 0}),
    ("PATCH", "/api/v1/quality/ledger/lots/x", {}),
    ("PUT", "/api/v1/quality/references/lots", {"dataset": "lots"}),
    ("PATCH", "/api/v1/catalogue/lots", {}),
    ("POST", "/api/v1/catalogue/lots/publish", None),
    ("POST", "/api/v1/catalogue/lots/withdraw", None),
    ("POST", "/api/v1/catalogue/lots/undo", None),
    ("POST", "/api/v1/imports/{import}/cancel", None),
    ("PUT", "/api/v1/sources/lot-feed", {"kind": "ngsi-ld", "dataset": "lots"}),
    ("PUT", "/api/v1/sources/theirs", {"kind": "ngsi-ld", "dataset": "lots", "owner": "traffic"}),
    ("POST", "/api/v1/sources/lot-feed/run", None),
    ("POST", "/api/v1/sources/lot-feed/switch", {"paused": True}),
    ("POST", "/api/v1/sources/lot-feed/refusals/release", {}),
    ("POST", "/api/v1/sources/lot-feed/refusals/discard", {}),
    ("POST", "/api/v1/sources/lot-feed/notifications", {}),
    ("DELETE", "/api/v1/sources/lot-feed", None),
    ("DELETE", "/ngsi-ld/v1/entities/{entity}", None),
    ("PATCH", "/ngsi-ld/v1/entities/{entity}/attrs", {"a": 1}),
    ("POST", "/ngsi-ld/v1/entityOperations/delete", ["{entity}"]),
    ("POST", "/api/v1/fusion/candidates/1/decide", {"decision": "same"}),
)


@pytest.mark.parametrize(("method", "path", "body"), CHANGES, ids=lambda part: str(part)[:60])
async def test_nobody_else_changes_it(city: City, method: str, path: str, body: Any) -> None:
    sent = {"content": body} if isinstance(body, str) else {"json": body} if body is not None else {}
    for who in COLUMNS:
        if who not in {"owner", "officer"}:
            answer = await city.clients[who].request(method, path.format_map(city.filled), **sent)
            assert answer.status_code in {401, 403, 404}, (who, answer.text)


OPEN_OF_PACKS = {
    "POST /api/v1/packs/parking/congestion-index",
    "GET /api/v1/packs/parking/free",
    "GET /api/v1/packs/parking/guidance",
    "POST /api/v1/packs/parking/guidance",
    "GET /api/v1/packs/parking/places",
    "GET /api/v1/packs/parking/charging",
    "GET /api/v1/packs/parking/yards",
    "POST /api/v1/packs/parking/yards/{yard:str}/bookings",
    "GET /api/v1/packs/emergency/summaries/{patient:str}/looks",
}
"""What residents and companies may ask a pack for; a patient sees the looks at their own summary only."""


async def test_what_packs_know_is_not_for_residents_and_companies_unless_it_is_open(city: City) -> None:
    open_ones = set()
    for route in (route for found in installed_packs() if found.pack for route in found.pack.routes):
        for method, path in product(route.http_methods, route.paths):
            if route.opt.get("open"):
                open_ones.add(f"{method} {path}")
                continue
            asked = re.sub(r"{[^}]+}", "2026-11-01", re.sub(r"{\w+:int}", "1", path))
            for who in ("nobody", "citizen", "company"):
                answer = await city.clients[who].request(method, asked)
                assert answer.status_code in {401, 403}, (who, method, path, answer.text)
            if route.opt["action"] == "entity.read":  # no longer forbidden, but the pack is off
                assert (await city.clients["officer"].request(method, asked)).status_code == 404
    assert open_ones == OPEN_OF_PACKS


async def test_what_packs_know_is_for_the_body_in_charge_and_not_for_other_departments(city: City) -> None:
    found = [one.pack for one in installed_packs() if one.pack]
    for pack in found:
        charged = await city.clients["officer"].put(
            f"/api/v1/packs/{pack.name}/settings", json={"body": "health", "partners": "health"}
        )
        assert charged.status_code == 200, charged.text
    asked = 0
    for route in (route for pack in found for route in pack.routes if not route.opt.get("open")):
        for method, path in product(route.http_methods, route.paths):
            at = re.sub(r"{[^}]+}", "2026-11-01", re.sub(r"{\w+:int}", "1", path))
            charge, other = [await city.clients[who].request(method, at) for who in ("neighbour", "owner")]
            assert other.status_code == 403, (method, path, other.text)
            if charge.status_code != 403:  # for them the pack is off, no longer shut
                asked += 1
                assert charge.status_code == 404, (method, path, charge.text)
    assert asked > 20


COMPUTED = {
    "POST /api/v1/packs/emergency/decisions",
    "POST /api/v1/packs/emergency/sitings",
    "POST /api/v1/packs/parking/congestion-index",
    "POST /api/v1/packs/parking/effects",
    "POST /api/v1/packs/parking/guidance",
}
"""Asked with a body, and nothing is written."""


def test_what_changes_something_in_a_pack_asks_for_more_than_to_read() -> None:
    routes = [route for found in installed_packs() if found.pack for route in found.pack.routes]
    reading = {
        f"{method} {path}"
        for route in routes
        if route.opt["action"].endswith(".read")
        for method, path in product(set(route.http_methods) - {"GET"}, route.paths)
    }
    assert reading == COMPUTED


@pytest.mark.parametrize(
    "path",
    ["/api/v1/entities", "/ngsi-ld/v1/entities?type={type}", "/api/v1/map/layers/{type}~lots/features"],
)
async def test_who_sees_the_city_but_does_not_look_after_it_sees_no_telephone_numbers(
    city: City, path: str
) -> None:
    for who, whole in (("owner", True), ("officer", True), ("viewer", False)):
        answer = await city.clients[who].get(path.format_map(city.filled))
        assert ("13800138000" in answer.text) is whole, who
        assert "人民广场停车场" in answer.text


async def test_a_department_runs_its_own_source_and_feeds_its_own_datasets_only(city: City) -> None:
    owner, neighbour = city.clients["owner"], city.clients["neighbour"]
    push = {"id": "urn:ngsi-ld:Lot:1", "type": "Lot", "spaces": 3}
    assert (await owner.post("/api/v1/sources/lot-feed/notifications", json=push)).status_code == 204
    assert (await owner.post("/api/v1/sources/lot-feed/run")).status_code == 202
    theirs = {"kind": "ngsi-ld", "dataset": "lots"}
    assert (await neighbour.put("/api/v1/sources/health-feed", json=theirs)).json()["owner"] == "health"
    delivery = Delivery(
        tenant=city.node.tenant, source="health-feed", dataset="lots", id="1", files=(), arrived=utc_now(), owner="health"
    )  # fmt: skip
    with pytest.raises(Invalid, match="lots"):
        await deliver(city.node, delivery, inline=True)
    assert (await neighbour.get("/api/v1/sources/lot-feed/refusals")).status_code == 403
    assert (await owner.get("/api/v1/sources/lot-feed/refusals")).json()["items"] == []
    listed = (await neighbour.get("/api/v1/sources")).json()["items"]
    assert [source["name"] for source in listed] == ["health-feed"]
    await neighbour.delete("/api/v1/sources/health-feed")


async def test_a_department_reads_its_own_part_of_the_inbox_only(city: City) -> None:
    inbox = city.node.folder / "inbox"
    for name, status in (("health", 400), ("traffic", 200)):
        (inbox / name).mkdir(parents=True, exist_ok=True)
        body = {"kind": "folder", "dataset": "lots", "settings": {"path": str(inbox / name)}}
        answer = await city.clients["owner"].put("/api/v1/sources/lot-files", json=body)
        assert answer.status_code == status, answer.text
    await city.clients["owner"].delete("/api/v1/sources/lot-files")


async def test_a_token_that_ran_out_opens_nothing_not_even_what_is_public(city: City) -> None:
    later = replace(city.node, clock=lambda: utc_now() + timedelta(days=400))
    old = client_of(application(later), authorization=city.clients["narrow"].headers["authorization"])
    assert {(await old.get(path)).status_code for path in ("/api/v1/catalogue", "/api/v1/node")} == {401}


async def test_another_city_in_the_same_database_has_nothing_of_it(city: City, tmp_path: Path) -> None:
    """Neither with its own data officer nor with a token or session of the first city."""
    other = node_of(city.node.database, "matrix2", tmp_path)
    strangers = [(await people_of(other))["officer"]]
    door = application(other)
    strangers += [client_of(door, **dict(city.clients[who].headers)) for who in ("officer", "narrow")]
    for stranger in strangers:
        for line in SEEN.strip().splitlines():
            answer = await stranger.get(line.split()[0].format_map(city.filled))
            assert not seen(answer), (answer.url, answer.text)


async def test_an_export_is_evidence(city: City) -> None:
    await city.clients["owner"].get("/api/v1/datasets/lots/export.csv")
    read = await city.clients["audit"].get("/api/v1/evidence?action=dataset.read&resource=lots&actor=owner")
    assert "allowed" in {one["outcome"] for one in read.json()["items"]}


def test_every_route_that_shows_a_dataset_has_its_line() -> None:
    lines = {line.split()[0].partition("?")[0] for line in SEEN.strip().splitlines()}
    shown = {
        path
        for handler in ROUTES
        if "GET" in handler.http_methods
        for path in handler.paths
        if "/datasets/" in path or "/catalogue/{" in path or "/map/" in path or "/entities/{entity" in path
    }
    named = {
        path.replace("{name:str}", "lots", 1)
        if "/tiles/" not in path
        else "/api/v1/map/layers/{type}~lots/tiles/0/0/0.mvt"
        for path in shown
    }
    named = {
        path.replace("{entity_id:str}", "{entity}").replace("{layer_id:str}", "{type}~lots") for path in named
    }
    named = {path.replace("{version:int}/{format:str}", "1/csv") for path in named}
    named = {path.replace("{z:str}/{x:str}/{y:str}", "0/0/0") for path in named}
    assert named - lines == {"/api/v1/datasets/lots/rules/{rule:str}"}  # versions of one rule, as its list


def seen(answer: httpx.Response) -> bool:
    """Something of the dataset, not only its name thrown back in a refusal."""
    if answer.status_code != 200:
        return False
    if "json" not in answer.headers.get("content-type", ""):
        return len(answer.content) > 0
    return any(mark in answer.content for mark in MARKS) and b'"success":false' not in answer.content


def node_of(database: Database, tenant: str, folder: Path) -> Node:
    for name in ("datasets", "uploads", "keys", "run", "tmp"):
        (folder / name).mkdir()
    return Node(
        settings=Settings(data=folder, tenant=tenant), identity=IdentitySettings(), database=database, postgres=None,
        evidence=EvidenceWriter(database), twin=Twin(Writer(database)), outgoing=Outgoing(), clock=utc_now,
    )  # fmt: skip


async def people_of(node: Node) -> dict[str, httpx.AsyncClient]:
    system = system_actor(node.tenant, "test")
    async with node.database.tenant(node.tenant) as connection:
        await ensure_tenant(connection, node.tenant)
        await put_organisations(
            connection, system, [Organisation.parse(id=one, name=one) for one in ("traffic", "health")]
        )
    door = application(node)
    clients = {"nobody": client_of(door)}
    for login, (role, organisation) in PEOPLE.items():
        clients[login] = client_of(door, cookie=await signed_in(node, system, login, role, organisation))
    made = await clients["officer"].post(
        "/api/v1/tokens", json={"name": "n", "scopes": ["catalogue.read"], "days": 30}
    )
    clients["narrow"] = client_of(door, authorization=f"Bearer {made.json()['secret']}")
    return clients


async def signed_in(node: Node, system: Actor, login: str, role: str, organisation: str | None) -> str:
    new = NewAccount.parse(login=login, name=login, organisation=organisation, language="en")
    async with node.database.tenant(node.tenant) as connection:
        made = await create_account(connection, system, new, roles=[role])
        await accounts.set_password(connection, node.tenant, made.account.id, "", AccountState.ACTIVE)
    secret = await open_session(
        node.database, node.tenant, made.account.id, name=login, settings=node.identity, now=utc_now()
    )
    return f"quanyu_session={secret}"


def client_of(door: Litestar, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(door, raise_app_exceptions=False)
    return httpx.AsyncClient(
        transport=transport, base_url="http://node", headers={"x-requested-with": "quanyu", **headers}
    )
