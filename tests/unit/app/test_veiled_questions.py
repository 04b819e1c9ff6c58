"""What is veiled for an asker is not told by any door, however it is asked for."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from httpx import ASGITransport, AsyncClient, Response
from litestar import Litestar, Request
from litestar.datastructures import State
from litestar.di import Provide

from quanyu.act.http.rules import routes as rule_routes
from quanyu.act.rules import Engine
from quanyu.app.problems import HANDLERS
from quanyu.app.sight import DatasetSight
from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import Actor, ActorKind
from quanyu.core.clock import utc_now
from quanyu.core.profile import ColumnProfile, ValueType
from quanyu.govern.engine.model import AttributeSource, EntityMapping, RawPolicy
from quanyu.govern.imports import _sql as datasets
from quanyu.govern.imports.model import Dataset, DatasetKind, Options
from quanyu.identity import EvidenceWriter
from quanyu.store import Database
from quanyu.twin import Twin, Writer, write_of
from quanyu.twin.history import Archive
from quanyu.twin.http import Door, NgsiApp, routes
from quanyu.twin.http.sight import seen_by
from quanyu.twin.model import EntityWrite, Op
from quanyu.twin.ngsild.document import parse_entity
from quanyu.twin.ogc import routes as ogc_routes
from quanyu.twin.subscriptions import Notifier
from tests.patience import eventually
from tests.unit.twin.ngsi_client import Client
from tests.unit.twin.subscriptions.receiver import receiving
from tests.unit.twin.test_mvt import read_tile

WEI, HONG, FLAT = "urn:ngsi-ld:Person:1", "urn:ngsi-ld:Person:2", "urn:ngsi-ld:Flat:1"
PHONE = "13812341234"
PEOPLE = [
    {"id": WEI, "type": "Person", "name": "张伟", "phone": PHONE, "floor": 3, "location": {"type": "Point", "coordinates": [121, 31]}},
    {"id": HONG, "type": "Person", "name": "李红", "phone": "13900005678", "floor": 4, "location": {"type": "Point", "coordinates": [121.1, 31]}},
]  # fmt: skip
HOME = {"id": FLAT, "type": "Flat", "tenant": {"type": "Relationship", "object": WEI}}
ALWAYS = "timerel=before&timeAt=2100-01-01T00:00:00Z&timeproperty=modifiedAt"


def known() -> Dataset:
    now = datetime.now(UTC)
    columns = (("no", None), ("name", "person_name"), ("phone", "phone"), ("floor", None))
    return Dataset(
        name="people", title="People", owner=None, region=None, kind=DatasetKind.ENTITIES, model=None, key_columns=("no",),
        mapping=EntityMapping(
            type="Person", key=("no",), name="name", text=("name", "phone"),
            attributes=(AttributeSource(attribute="phone", column="phone"), AttributeSource(attribute="floor", column="floor")),
        ),
        options=Options(), update_cycle=None, gate=0, raw_policy=RawPolicy.PARQUET, version=1, records=2, quarantined=0,
        columns=tuple(ColumnProfile(name=one, label=one, type=ValueType.TEXT, semantic=kind) for one, kind in columns),
        score=None, created=now, modified=now,
    )  # fmt: skip


def actor(tenant: str, role: str) -> Actor:
    return Actor(id=role, tenant=tenant, kind=ActorKind.ACCOUNT, roles=frozenset({role}))


def asker(request: Request[Any, Any, Any]) -> Actor:
    return actor(request.headers["x-tenant"], request.headers["x-role"])


def given(value: Any) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)


class City:
    """Two persons of a dataset, and a flat of the broker that belongs to one of them."""

    def __init__(self, portal: Litestar, twin: Twin, database: Database, tenant: str) -> None:
        self.portal, self.twin, self.database, self.tenant = portal, twin, database, tenant

    def ngsi(self, role: str) -> Client:
        async def authorize(scope: object, action: str) -> Actor:
            return actor(self.tenant, role)

        door = Door(database=self.database, writer=self.twin.writer, sight=DatasetSight())
        return Client(NgsiApp(door, authorize))

    async def asks(self, role: str, path: str, **parameters: str) -> Any:
        return (await self.sends(role, "GET", path, params=parameters)).json()

    async def sends(self, role: str, method: str, path: str, **more: Any) -> Response:
        headers = {"x-tenant": self.tenant, "x-role": role}
        async with AsyncClient(transport=ASGITransport(self.portal), base_url="http://node") as client:
            return await client.request(method, path, headers=headers, **more)

    async def found(self, role: str, target: str, body: Any = None, **headers: str) -> list[str]:
        reply = await self.ngsi(role).ask(
            "POST" if body else "GET", target, body, content_type="application/json", **headers
        )
        assert reply.status in (200, 201), reply.content
        return [one["id"] for one in reply.json] if isinstance(reply.json, list) else reply.json["entityMap"]


@pytest.fixture(scope="session")
def twin(database: Database) -> Twin:
    return Twin(Writer(database))


@pytest.fixture(scope="session")
def portal(database: Database, twin: Twin) -> Litestar:
    """Made once: who asks stands in the headers."""
    values = {"database": database, "twin": twin, "clock": utc_now, "sight": DatasetSight()}
    return Litestar(
        [*routes, *ogc_routes, *rule_routes],
        dependencies={name: given(value) for name, value in values.items()}
        | {"actor": Provide(asker, sync_to_thread=False)},
        exception_handlers=HANDLERS, logging_config=None, openapi_config=None,
        state=State({"node": SimpleNamespace(evidence=EvidenceWriter(database))}),
    )  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def city(portal: Litestar, twin: Twin, database: Database, tenant: str) -> City:
    made = City(portal, twin, database, tenant)
    async with database.tenant(tenant) as connection:
        await datasets.add_dataset(connection, tenant, known())
        await datasets.save_dataset(connection, known())
    writes = [write_of(parse_entity(one), dataset="people") for one in PEOPLE] + [
        write_of(parse_entity(HOME))
    ]
    assert all(one.error is None for one in await made.twin.writer.submit(tenant, writes))
    return made


QUESTIONS = [
    f'/entities?type=Person&q=phone=="{PHONE}"',
    '/entities?type=Person&q=phone~="^1381"',
    '/entities?type=Person&q=phone!="13900005678"',
    '/entities?type=Person&q=phone!~="^139"',
    '/entities?type=Person&q=phone<"139"',
    '/entities?type=Person&q=name=="张伟"',
    "/entities?type=Person&q=floor==3;phone",
    f'/entities?type=Flat&join=inline&q=tenant{{Person:phone}}=="{PHONE}"',
    f'/temporal/entities?type=Person&{ALWAYS}&q=phone=="{PHONE}"',
    f'/entityMaps?type=Person&q=phone=="{PHONE}"',
]


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_question_about_what_is_veiled_finds_nothing(city: City, question: str) -> None:
    path, _, query = question.partition("?")
    target = f"{path}?{quote(query, safe='=&')}"
    assert list(await city.found("data_officer", target)) == ([FLAT] if "Flat" in target else [WEI])
    assert list(await city.found("viewer", target)) == []


async def test_bodies_counts_and_purges_are_no_way_around(city: City) -> None:
    q = f'phone=="{PHONE}"'
    body = {"type": "Query", "entities": [{"type": "Person"}], "q": q}
    temporal = {
        **body,
        "temporalQ": {"timerel": "before", "timeAt": "2100-01-01T00:00:00Z", "timeproperty": "modifiedAt"},
    }
    for path, asked in (("/entityOperations/query", body), ("/temporal/entityOperations/query", temporal)):
        assert await city.found("data_officer", path, asked) == [WEI]
        assert await city.found("viewer", path, asked) == []
    target = f"/entities?type=Person&count=true&limit=0&q={quote(q)}"
    counts = [
        (await city.ngsi(role).ask("GET", target)).headers["ngsild-results-count"]
        for role in ("viewer", "data_officer")
    ]
    assert counts == ["0", "1"]
    assert (await city.ngsi("operator").ask("DELETE", f"/entities?type=Person&q={quote(q)}")).status == 204
    assert await city.found("data_officer", "/entities?type=Person&q=floor==3") == [WEI]


async def test_an_order_by_what_is_veiled_is_none(city: City) -> None:
    for role, orders in (
        ("data_officer", [[WEI, HONG], [HONG, WEI]]),
        ("viewer", [[WEI, HONG], [WEI, HONG]]),
    ):
        asked = [f"/entities?type=Person&orderBy=phone%3B{direction}" for direction in ("asc", "desc")]
        assert [await city.found(role, one) for one in asked] == orders


async def test_who_sees_only_a_part_still_asks_by_what_he_sees(city: City) -> None:
    assert await city.found("viewer", "/entities?type=Person&q=floor>3") == [HONG]
    assert await city.found("viewer", "/entities?type=Person&attrs=phone") == [WEI, HONG]
    assert await city.found("viewer", "/entities?type=Person&q=floor==3%7Cphone") == [WEI]


async def test_what_is_asked_by_an_attribute_is_veiled_in_the_answer_as_ever(city: City) -> None:
    writes = [EntityWrite(id=WEI, op=Op.MERGE, dataset="people", document={
        "phone": {"type": "ListProperty", "valueList": [PHONE, 7]}})]  # fmt: skip
    await city.twin.writer.submit(city.tenant, writes)
    target = f"/entities/{WEI}?options=keyValues"
    (shown,) = [(await city.ngsi("viewer").ask("GET", target)).json]
    assert (shown["phone"], shown["name"]) == (["138****1234", 7], "张*")


async def test_a_snapshot_hides_what_its_city_hides(city: City) -> None:
    everybody = {"type": "Query", "entities": [{"type": "Person"}]}
    body = {"type": "Snapshot", "id": "urn:ngsi-ld:Snapshot:now", "snapshotQueries": [everybody]}
    made = await city.ngsi("data_officer").ask("POST", "/snapshots", body, content_type="application/json")
    assert made.status == 201, made.content

    async def is_ready() -> bool:
        status = (await city.ngsi("viewer").ask("GET", "/snapshots/urn:ngsi-ld:Snapshot:now")).json
        return bool(status["snapshotStatus"] == "success")

    await eventually(is_ready)
    headers = {"ngsild_snapshot": "urn:ngsi-ld:Snapshot:now"}
    target = f"/entities?type=Person&q=phone==%22{PHONE}%22"
    assert await city.found("data_officer", target, **headers) == [WEI]
    assert await city.found("viewer", target, **headers) == []
    shown = (await city.ngsi("viewer").ask("GET", "/entities?type=Person&options=keyValues", **headers)).json
    assert [one["phone"] for one in shown] == ["138****1234", "139****5678"]


@pytest.mark.parametrize(
    "filters",
    [{"phone": PHONE}, {"filter": f"phone = '{PHONE}'"}, {"filter": "phone LIKE '1381%'"}, {"filter": "name IN ('张伟')"}],
)  # fmt: skip
async def test_features_are_not_found_by_what_is_veiled(city: City, filters: dict[str, str]) -> None:
    for role, found in (("data_officer", [WEI]), ("viewer", [])):
        page = await city.asks(role, "/ogc/collections/Person/items", f="json", **filters)
        assert [one["id"] for one in page["features"]] == found


async def test_the_opposite_of_a_filter_tells_nothing(city: City) -> None:
    for text in (f"NOT phone = '{PHONE}'", "phone IS NULL", "phone <> '1'"):
        page = await city.asks("viewer", "/ogc/collections/Person/items", f="json", filter=text)
        assert [one["id"] for one in page["features"]] in ([], [WEI, HONG])


@pytest.mark.parametrize("words", [PHONE, "1381", "张伟", "伟"])
async def test_a_search_for_words_finds_by_what_is_shown(city: City, words: str) -> None:
    for role, found in (("data_officer", [WEI]), ("viewer", [])):
        page = await city.asks(role, "/api/v1/entities", q=words, type="Person", limit="1")
        assert ([one["id"] for one in page["items"]], page["next"]) == (found, None)


async def test_names_on_the_map_are_those_that_are_shown(city: City) -> None:
    (layer,) = (await city.asks("viewer", "/api/v1/map/layers"))["items"]
    for role, names in (
        ("viewer", {"张*", "李*"}),
        ("data_officer", {"张伟", "李红"}),
        ("viewer", {"张*", "李*"}),
    ):
        tile = read_tile((await city.sends(role, "GET", layer["tiles"].format(z=0, x=0, y=0))).content)
        assert {one["properties"]["name"] for one in tile["points"]} == names
        past = await city.asks(role, f"/api/v1/map/layers/{layer['id']}/past")
        assert {one[1] for one in past["items"]} == names


async def test_a_rule_asks_nothing_that_its_author_does_not_see(city: City) -> None:
    rule = {
        "name": "calls", "title": {"en": "Calls"}, "subject": {"type": "Person"}, "when": {"q": f'phone=="{PHONE}"'},
        "severity": "blue",
    }  # fmt: skip
    other = {**rule, "when": {"q": "floor==3"}, "case": {"title": "{phone}"}}
    for body in (rule, other, {**rule, "subject": {"type": "Flat"}}):
        answers = [
            await city.sends(role, "POST", "/api/v1/rules", json=body)
            for role in ("shift_chief", "data_officer")
        ]
        about_people = body["subject"] == {"type": "Person"}
        assert [one.status_code for one in answers] == [400 if about_people else 201, 201], answers[0].text
    tried = await city.sends("shift_chief", "POST", "/api/v1/rules/dry-run", json={"definition": rule})
    assert (tried.status_code, "phone" in tried.text) == (400, True)


async def test_an_event_tells_nobody_what_is_veiled_for_them(city: City) -> None:
    rule = {
        "name": "floors", "title": {"zh-CN": "Call {name} at {phone}"}, "subject": {"type": "Person", "q": "floor==3"},
        "when": {"q": "phone"}, "key": "{phone}",
    }  # fmt: skip
    await city.sends("data_officer", "POST", "/api/v1/rules", json=rule)
    for role, status in (("shift_chief", 400), ("data_officer", 200)):
        switched = await city.sends(role, "PUT", "/api/v1/rules/floors/state", json={"state": "on"})
        assert switched.status_code == status, switched.text
    engine = Engine(city.database, city.tenant, archive=Archive())
    while await engine.look():
        pass
    for role, told in {
        "data_officer": ("张伟", PHONE, f"Call 张伟 at {PHONE}", PHONE),
        "dispatcher": ("张*", "138****1234", "Call – at –", "–"),
    }.items():
        assert await told_of_event(city, role) == told
    await city.twin.writer.submit(city.tenant, [EntityWrite(id=WEI, op=Op.DELETE)])
    assert await told_of_event(city, "dispatcher") == told


async def told_of_event(city: City, role: str) -> tuple[str, str, str, str]:
    """The name and telephone number in the facts, the title and the key."""
    (event,) = (await city.asks(role, "/api/v1/rule-events", rule="floors"))["items"]
    assert await city.asks(role, f"/api/v1/rule-events/{event['id']}") == event
    facts = event["facts"]
    return facts["name"], facts["attributes"]["phone"]["value"], event["title"], event["key"]


@pytest_asyncio.fixture(loop_scope="session")
async def told(city: City) -> AsyncIterator[Any]:
    """An endpoint, and the city's notifier at work for whoever subscribes."""

    async def sees(connection: Any, kept: Any, entity: Any) -> Any:
        return await seen_by(DatasetSight(), connection, kept.maker, entity)

    async with receiving() as endpoint:
        notifier = Notifier(city.database, tenant=city.tenant, outgoing=Outgoing(("127.0.0.0/8",)), sees=sees)
        running = asyncio.create_task(notifier.run())
        yield endpoint
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def test_nobody_subscribes_in_a_snapshot_to_what_is_veiled_at_home(city: City) -> None:
    """Nothing is masked in the space of a snapshot but by the eyes of the asker, who is not there when it is told."""
    id = "urn:ngsi-ld:Snapshot:heard"
    everybody = {"type": "Query", "entities": [{"type": "Person"}]}
    made = {"type": "Snapshot", "id": id, "snapshotQueries": [everybody]}
    reply = await city.ngsi("data_officer").ask("POST", "/snapshots", made, content_type="application/json")
    assert reply.status == 201, reply.content
    body = {
        "type": "Subscription",
        "entities": [{"type": "Person"}],
        "notification": {"endpoint": {"uri": "http://127.0.0.1:9/"}},
    }
    for role, status in (("operator", 403), ("data_officer", 201)):
        answer = await city.ngsi(role).ask(
            "POST", "/subscriptions", body, content_type="application/json", ngsild_snapshot=id
        )
        assert (role, answer.status) == (role, status), answer.content
    assert (await city.ngsi("data_officer").ask("DELETE", f"/snapshots/{id}")).status == 204


@pytest.mark.parametrize("asked", [{"q": f'phone=="{PHONE}"'}, {"watchedAttributes": ["phone"]}])
async def test_no_notification_comes_by_what_its_subscriber_does_not_see(
    city: City, told: Any, asked: dict[str, Any]
) -> None:
    subscription = {
        "type": "Subscription",
        "entities": [{"type": "Person"}],
        "notification": {"endpoint": {"uri": told.url}},
    }
    for role, members in (("operator", asked), ("operator", {"q": "floor==9"}), ("data_officer", asked)):
        body = {**subscription, "id": f"urn:{role}:{len(json.dumps(members))}", **members}
        made = await city.ngsi(role).ask("POST", "/subscriptions", body, content_type="application/json")
        assert made.status == 201, made.content
    merge = EntityWrite(id=WEI, op=Op.MERGE, dataset="people", document={
        "phone": {"type": "Property", "value": PHONE, "verified": {"type": "Property", "value": True}},
        "floor": {"type": "Property", "value": 9}})  # fmt: skip
    await city.twin.writer.submit(city.tenant, [replace(merge)])
    heard = {(await told.next()).body["subscriptionId"] for _ in range(2)}
    assert {one.split(":")[1] for one in heard} == {"operator", "data_officer"}
    assert not told.taken()
