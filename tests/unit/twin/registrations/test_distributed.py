"""Operations over several sources (4.3.6): real requests to a source that listens on loopback."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import Actor
from quanyu.store import Database
from quanyu.twin.http import Door, NgsiApp
from quanyu.twin.http.sight import WholeTenant
from quanyu.twin.registrations import Sources
from quanyu.twin.writer import Writer
from tests.unit.twin.ngsi_client import Client, actor
from tests.unit.twin.registrations.source import Source, listening

CAR = "urn:ngsi-ld:Vehicle:1"
OLD, NEW = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"


@pytest_asyncio.fixture
async def source() -> AsyncIterator[Source]:
    async with listening() as made:
        yield made


def client_of(database: Database, tenant: str, outgoing: Outgoing) -> Client:
    async def authorize(scope: object, action: str) -> Actor:
        return actor(tenant)

    sources = Sources(database, outgoing)
    return Client(
        NgsiApp(
            Door(database=database, writer=Writer(database), sight=WholeTenant(), sources=sources), authorize
        )
    )


@pytest.fixture
def ngsi(database: Database, tenant: str) -> Client:
    return client_of(database, tenant, Outgoing(("127.0.0.0/8",)))


async def register(ngsi: Client, source: Source, mode: str = "inclusive", **members: Any) -> str:
    entity = {"id": CAR, "type": "Vehicle"} if mode == "exclusive" else {"type": "Vehicle"}
    info: dict[str, Any] = {"entities": [members.pop("entity", entity)]}
    if attributes := members.pop("attributes", None):
        info["propertyNames"] = attributes
    operations = ["retrieveOps"] if mode == "auxiliary" else ["redirectionOps", "createBatch"]
    body = {
        "type": "ContextSourceRegistration", "information": [info], "endpoint": source.url, "mode": mode,
        "operations": operations, **members,
    }  # fmt: skip
    reply = await ngsi.ask("POST", "/csourceRegistrations", body, content_type="application/json")
    assert reply.status == 201, reply.content
    return reply.headers["location"].rpartition("/")[2]


async def put(ngsi: Client, target: str, body: Any, method: str = "POST", **headers: str) -> Any:
    return await ngsi.ask(method, target, body, content_type="application/json", **headers)


def car(**attributes: Any) -> dict[str, Any]:
    return {
        "id": CAR,
        "type": "Vehicle",
        **{name: {"type": "Property", "value": value} for name, value in attributes.items()},
    }


async def test_an_exclusive_attribute_is_created_there_and_the_rest_here(
    ngsi: Client, source: Source
) -> None:
    source.answer("POST", "/entities", 201)
    await register(ngsi, source, "exclusive", attributes=["speed"])
    assert (await put(ngsi, "/entities", car(speed=50, brand="A"))).status == 201
    assert source.asked[0].body == car(speed=50)
    assert set((await ngsi.ask("GET", f"/entities/{CAR}?local=true")).json) == {"id", "type", "brand"}


async def test_what_is_redirected_does_not_stay_here(ngsi: Client, source: Source) -> None:
    source.answer("POST", "/entities", 201)
    await register(ngsi, source, "redirect")
    assert (await put(ngsi, "/entities", car(speed=50))).status == 201
    assert (await ngsi.ask("GET", f"/entities/{CAR}?local=true")).status == 404


async def test_a_failure_of_one_of_two_is_told_with_its_registration(ngsi: Client, source: Source) -> None:
    source.answer("POST", "/entities", 409)
    id = await register(ngsi, source)
    reply = await put(ngsi, "/entities", car(speed=50))
    assert reply.status == 207
    (error,) = reply.json["errors"]
    assert (error["entityId"], error["registrationId"], error["error"]["status"]) == (CAR, id, 409)


async def test_what_is_created_in_part_has_its_location(ngsi: Client, source: Source) -> None:
    """6.4.3.1; where it was created nowhere there is none."""
    source.answer("POST", "/entities", 503)
    await register(ngsi, source)
    first, again = [await put(ngsi, "/entities", car(speed=50)) for _ in range(2)]
    assert (first.status, first.headers["location"]) == (207, f"/ngsi-ld/v1/entities/{CAR}")
    assert (again.status, "location" in again.headers) == (207, False)


async def test_attributes_are_named_in_full_where_a_part_failed(ngsi: Client, source: Source) -> None:
    """5.2.18, 6.3.6: no @context goes along; what a source says that is no result is passed over."""
    await put(ngsi, "/entities", car(speed=50, brand="A"))
    id = await register(ngsi, source, attributes=["speed"])
    said = {
        "updated": "all",
        "notUpdated": [7, {"attributeName": "speed", "reason": "no"}, {"attributeName": []}],
    }
    source.answer("PATCH", "/entities", 207, said)
    reply = await put(ngsi, f"/entities/{CAR}/attrs", car(speed=60, brand="B"), "PATCH")
    full = "https://uri.etsi.org/ngsi-ld/default-context/"
    gap = {"attributeName": f"{full}speed", "reason": "no", "registrationId": id}
    assert (reply.status, reply.json) == (207, {"updated": [f"{full}brand"], "notUpdated": [gap]})


@pytest.mark.parametrize("method", ["PATCH", "POST"])
async def test_what_a_source_refuses_is_named_alone(ngsi: Client, source: Source, method: str) -> None:
    """5.6.2.4, 5.6.3.4: it fails in part; what the broker has done itself is told as done."""
    id = await register(ngsi, source, "exclusive", attributes=["speed"], operations=["retrieveOps"])
    await put(ngsi, "/entities", car(brand="A"))
    reply = await put(ngsi, f"/entities/{CAR}/attrs", car(speed=60, brand="B"), method)
    full = "https://uri.etsi.org/ngsi-ld/default-context/"
    assert (reply.status, reply.json["updated"]) == (207, [f"{full}brand"])
    assert [(one["attributeName"], one["registrationId"]) for one in reply.json["notUpdated"]] == [
        (f"{full}speed", id)
    ]


async def test_the_failure_of_a_purge_names_an_entity_as_every_other(ngsi: Client, source: Source) -> None:
    """5.2.17: an id is there, though nobody knows which entities it would have been."""
    await put(ngsi, "/entities", car(speed=50))
    await register(ngsi, source)
    source.answer("DELETE", "/entities", 503)
    reply = await ngsi.ask("DELETE", "/entities?type=Vehicle")
    assert (reply.status, reply.json["errors"][0]["entityId"]) == (207, "urn:ngsi-ld:unknown")


async def test_a_malformed_entity_goes_nowhere(ngsi: Client, source: Source) -> None:
    await register(ngsi, source)
    assert (await put(ngsi, "/entities", {**car(speed=1), "id": "no uri"})).status == 400
    assert source.asked == []


async def test_local_true_asks_nobody(ngsi: Client, source: Source) -> None:
    await register(ngsi, source)
    assert (await put(ngsi, "/entities?local=true", car(speed=1))).status == 201
    assert (await ngsi.ask("GET", "/entities?type=Vehicle&local=true")).status == 200
    assert source.asked == []


async def test_of_two_values_the_one_observed_last_is_shown(ngsi: Client, source: Source) -> None:
    here = {"id": CAR, "type": "Vehicle", "speed": {"type": "Property", "value": 1, "observedAt": OLD}}
    await put(ngsi, "/entities?local=true", here)
    await register(ngsi, source)
    there = here | {
        "speed": {"type": "Property", "value": 2, "observedAt": NEW},
        "brand": {"type": "Property", "value": "A"},
    }
    source.answer("GET", f"/entities/{CAR}", 200, there)
    found = (await ngsi.ask("GET", f"/entities/{CAR}?format=simplified")).json
    assert (found["speed"], found["brand"]) == (2, "A")


async def test_an_auxiliary_value_never_replaces_another(ngsi: Client, source: Source) -> None:
    await put(ngsi, "/entities?local=true", car(speed=1))
    await register(ngsi, source, "auxiliary")
    there = car(speed=2, brand="A")
    there["speed"]["observedAt"] = NEW
    source.answer("GET", f"/entities/{CAR}", 200, there)
    found = (await ngsi.ask("GET", f"/entities/{CAR}?format=simplified")).json
    assert (found["speed"], found["brand"]) == (1, "A")


async def test_pages_go_from_what_is_here_to_what_others_have(ngsi: Client, source: Source) -> None:
    for n in range(3):
        await put(ngsi, "/entities?local=true", {"id": f"urn:here:{n}", "type": "Vehicle"})
    await register(ngsi, source)
    source.answer("GET", "/entities", 200, [{"id": f"urn:there:{n}", "type": "Vehicle"} for n in range(2)])
    reply = await ngsi.ask("GET", "/entities?type=Vehicle&limit=2&offset=2&count=true")
    assert [one["id"] for one in reply.json] == ["urn:here:2", "urn:there:0"]
    assert reply.headers["ngsild-results-count"] == "5"


async def test_a_filter_looks_at_the_whole_entity(ngsi: Client, source: Source) -> None:
    await put(ngsi, "/entities?local=true", car(brand="A"))
    await register(ngsi, source)
    source.answer("GET", "/entities", 200, [car(speed=80)])
    assert len((await ngsi.ask("GET", '/entities?type=Vehicle&q=speed>50;brand=="A"')).json) == 1
    assert "q=" not in source.asked[0].target


async def test_a_source_that_is_silent_is_warned_of_and_rests(ngsi: Client, source: Source) -> None:
    source.silent = True
    await register(ngsi, source, management={"timeout": 500, "cooldown": 60_000})
    for _ in range(2):
        reply = await ngsi.ask("GET", "/entities?type=Vehicle")
        assert reply.status == 200
        assert reply.headers["ngsild-warning"].startswith("199 urn:")
    assert len(source.asked) == 1


async def test_the_request_carries_tenant_headers_and_via(ngsi: Client, source: Source) -> None:
    info = [{"key": "X-Key", "value": "s"}, {"key": "X-Trace", "value": "urn:ngsi-ld:request"}]
    await register(ngsi, source, tenant="there", contextSourceInfo=info, management={"localOnly": True})
    await ngsi.ask("GET", "/entities?type=Vehicle", via="1.1 before", x_trace="t1")
    asked = source.asked[0]
    alias = (await ngsi.ask("GET", "/info/sourceIdentity")).json["contextSourceAlias"]
    assert asked.headers["ngsild-tenant"] == "there"
    assert asked.headers["x-key"] == "s"
    assert asked.headers["x-trace"] == "t1"
    assert "local=true" in asked.target
    assert asked.headers["via"] == f"1.1 before, 1.1 {alias}"


async def test_a_request_that_comes_back_is_a_loop_where_all_is_held_elsewhere(
    ngsi: Client, source: Source
) -> None:
    await register(ngsi, source, "redirect")
    alias = (await ngsi.ask("GET", "/info/sourceIdentity")).json["contextSourceAlias"]
    reply = await ngsi.ask("DELETE", f"/entities/{CAR}", via=f"1.1 {alias}")
    assert reply.status == 508
    assert source.asked == []


async def test_an_address_that_is_not_allowed_is_never_called(
    database: Database, tenant: str, source: Source
) -> None:
    closed = client_of(database, tenant, Outgoing())
    await register(closed, source)
    reply = await closed.ask("GET", "/entities?type=Vehicle")
    assert reply.status == 200
    assert "ngsild-warning" in reply.headers
    assert source.asked == []


async def test_counters_tell_how_a_source_does(ngsi: Client, source: Source) -> None:
    id = await register(ngsi, source)
    source.answer("GET", "/entities", 200, [])
    await ngsi.ask("GET", "/entities?type=Vehicle")
    shown = (await ngsi.ask("GET", f"/csourceRegistrations/{id}")).json
    assert (shown["timesSent"], shown["timesFailed"], shown["status"]) == (1, 0, "ok")


async def test_a_batch_goes_to_each_source_in_one_request(ngsi: Client, source: Source) -> None:
    source.answer("POST", "/entityOperations/create", 201)
    await register(ngsi, source, "redirect")
    batch = [{"id": f"urn:x:{n}", "type": "Vehicle"} for n in range(3)]
    reply = await put(ngsi, "/entityOperations/create", batch)
    assert reply.status == 201
    assert reply.json == ["urn:x:0", "urn:x:1", "urn:x:2"]
    assert len(source.asked) == 1
    assert source.asked[0].body == batch


async def test_exclusive_registrations_do_not_overlap(ngsi: Client, source: Source) -> None:
    await register(ngsi, source, "exclusive", attributes=["speed"])
    with pytest.raises(AssertionError, match="covers the same data"):
        await register(ngsi, source, "exclusive", attributes=["speed", "brand"])


async def test_what_is_here_already_cannot_be_registered_as_held_elsewhere(
    ngsi: Client, source: Source
) -> None:
    await put(ngsi, "/entities?local=true", car(speed=1))
    with pytest.raises(AssertionError, match="has entity"):
        await register(ngsi, source, "redirect")


async def test_types_of_all_sources_are_listed(ngsi: Client, source: Source) -> None:
    await put(ngsi, "/entities?local=true", car(speed=1))
    await register(ngsi, source)
    source.answer(
        "GET", "/types", 200, {"id": "urn:x", "type": "EntityTypeList", "typeList": ["Bus", "Vehicle"]}
    )
    assert (await ngsi.ask("GET", "/types")).json["typeList"] == ["Bus", "Vehicle"]


async def test_an_answer_is_kept_as_long_as_the_registration_says(ngsi: Client, source: Source) -> None:
    await register(ngsi, source, management={"cacheDuration": "PT1H"})
    source.answer("GET", "/entities", 200, [car(speed=80)])
    for _ in range(2):
        assert len((await ngsi.ask("GET", "/entities?type=Vehicle")).json) == 1
    assert len(source.asked) == 1


async def test_a_client_may_say_which_sources_are_asked(ngsi: Client, source: Source) -> None:
    await register(ngsi, source, owner="water")
    await ngsi.ask("GET", '/entities?type=Vehicle&csf=owner=="roads"')
    assert source.asked == []
    await ngsi.ask("GET", '/entities?type=Vehicle&csf=owner=="water"')
    assert len(source.asked) == 1


async def test_a_posted_question_about_the_past_is_asked_at_sources(ngsi: Client, source: Source) -> None:
    told = {"id": CAR, "type": "Vehicle", "speed": [{"type": "Property", "value": 7, "observedAt": OLD}]}
    source.answer("POST", "/temporal/entityOperations/query", 200, [told])
    past = {"startAt": "2020-01-01T00:00:00Z"}
    await register(ngsi, source, operations=["queryTemporal"], observationInterval=past)
    query = {
        "type": "Query", "entities": [{"type": "Vehicle"}], "temporalQ": {"timerel": "before", "timeAt": NEW},
    }  # fmt: skip
    answer = await put(ngsi, "/temporal/entityOperations/query", query)
    assert (answer.status, answer.json) == (200, [told])
    assert source.asked[-1].body == query
    await put(ngsi, "/temporal/entityOperations/query", {**query, "entities": [{"type": "Bus"}]})
    assert len(source.asked) == 1


async def test_a_source_gets_the_media_types_that_it_insists_on(ngsi: Client, source: Source) -> None:
    """4.3.6.6."""
    info = [{"key": key, "value": "application/ld+json"} for key in ("accept", "contentType")]
    source.answer("POST", "/entities", 201)
    await register(ngsi, source, "redirect", contextSourceInfo=info)
    assert (await put(ngsi, "/entities", car(speed=1))).status == 201
    asked = source.asked[0]
    assert (asked.headers["accept"], asked.headers["content-type"]) == ("application/ld+json",) * 2
    assert "@context" in asked.body
    assert "link" not in asked.headers


async def test_a_conflict_with_a_registration_is_no_entity_that_exists(ngsi: Client, source: Source) -> None:
    """5.5.2."""
    await put(ngsi, "/entities?local=true", car(speed=1))
    made = {
        "type": "ContextSourceRegistration",
        "mode": "redirect",
        "information": [{"entities": [{"type": "Vehicle"}]}],
        "endpoint": source.url,
    }
    told = await put(ngsi, "/csourceRegistrations", made)
    assert (told.status, told.json["type"].rpartition("/")[2]) == (409, "Conflict")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("pick=speed", 200),
        ("type=Vehicle&pick=id,speed&omit=type&lang=en&datasetId=urn:x:1&geometryProperty=location", 200),
        ("omit=type", 400),
    ],
)
async def test_sources_are_looked_for_by_what_they_have(
    ngsi: Client, source: Source, query: str, status: int
) -> None:
    """5.10.2.4, Table 6.8.3.2-1."""
    await register(ngsi, source, attributes=["speed"])
    told = await ngsi.ask("GET", f"/csourceRegistrations?{query}")
    assert (told.status, isinstance(told.json, list) and len(told.json)) == (status, status == 200)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_map_names_the_maps_of_sources_and_its_pages_pass_them_on(
    ngsi: Client, source: Source, method: str
) -> None:
    """5.14.4: filters wait until the pieces of an entity are together; 5.7.2: the source's own map goes with the request."""
    there = {"id": "urn:there:1", "type": "Vehicle", "speed": {"type": "Property", "value": 9}}
    await put(ngsi, "/entities?local=true", car(speed=1))
    registration = await register(ngsi, source)
    body = {"id": "urn:ngsi-ld:EntityMap:there", "type": "EntityMap", "entityMap": {"urn:there:1": ["@none"]}}
    source.answer(method, "/entityMaps", 201, body)
    source.answer("GET", "/entities", 200, [there])
    query = {"type": "Query", "entities": [{"type": "Vehicle"}], "q": "speed>5"}
    target = "/entityMaps" if method == "POST" else "/entityMaps?type=Vehicle&q=speed%3E5"
    made = await put(ngsi, target, query if method == "POST" else None, method)
    assert made.json["entityMap"] == {CAR: ["@none"], "urn:there:1": [registration]}
    assert made.json["linkedMaps"] == {registration: "urn:ngsi-ld:EntityMap:there"}
    assert [("q=" in one.target, "q" in (one.body or {})) for one in source.asked] == [(False, False)]
    place = made.headers["ngsild-entitymap"]
    page = await ngsi.ask("GET", "/entities?type=Vehicle&q=speed%3E5&limit=1", ngsild_entitymap=place)
    assert [one["id"] for one in page.json] == ["urn:there:1"]
    assert source.asked[-1].headers["ngsild-entitymap"].endswith("/entityMaps/urn:ngsi-ld:EntityMap:there")


async def test_a_map_alone_says_which_sources_are_asked(ngsi: Client, source: Source) -> None:
    """5.7.1.4."""
    await put(ngsi, "/entities?local=true", car(speed=1))
    made = await ngsi.ask("GET", f"/entities/{CAR}?entityMap=true")
    registration = await register(ngsi, source)
    source.answer("GET", f"/entities/{CAR}", 200, car(brand="A"))
    kept = {"ngsild_entitymap": made.headers["ngsild-entitymap"]}
    assert "brand" not in (await ngsi.ask("GET", f"/entities/{CAR}", **kept)).json
    assert source.asked == []
    new = await ngsi.ask("GET", f"/entities/{CAR}?entityMap=true")
    at = new.headers["ngsild-entitymap"].removeprefix("/ngsi-ld/v1")
    assert (await ngsi.ask("GET", at)).json["entityMap"] == {CAR: ["@none", registration]}
    assert "entityMap=true" in source.asked[0].target


async def test_a_source_that_makes_no_maps_is_asked_for_its_entities(ngsi: Client, source: Source) -> None:
    """5.14.4."""
    registration = await register(ngsi, source, operations=["retrieveOps"])
    source.answer("GET", "/entities", 200, [car(speed=1)])
    made = await ngsi.ask("GET", "/entityMaps?type=Vehicle")
    assert (made.json["entityMap"], made.json["linkedMaps"]) == ({CAR: [registration]}, {})


@pytest.mark.parametrize(
    ("operation", "offered", "asked"),
    [
        ("upsert", ["createEntity", "replaceEntity"], ["POST /entities", "PUT /entities/urn:x:1"]),
        (
            "upsert?options=update",
            ["createEntity", "updateEntity"],
            ["POST /entities", "PATCH /entities/urn:x:1/attrs"],
        ),
        ("upsert", ["replaceEntity"], ["PUT /entities/urn:x:1"]),
        ("update", ["updateEntity"], ["PATCH /entities/urn:x:1/attrs"]),
        (
            "update?options=noOverwrite",
            ["appendAttrs"],
            ["POST /entities/urn:x:1/attrs?options=noOverwrite"],
        ),
    ],
)
async def test_a_source_without_batches_is_asked_entity_by_entity(
    ngsi: Client, source: Source, operation: str, offered: list[str], asked: list[str]
) -> None:
    """5.6.8.4, 5.6.9.4: what cannot be created because it is there is replaced or updated."""
    source.answer("POST", "/entities/urn:x:1/attrs", 204)
    source.answer("POST", "/entities", 409, {"title": "AlreadyExists"})
    source.answer("PUT", "/entities", 204)
    source.answer("PATCH", "/entities", 204)
    await register(ngsi, source, "redirect", operations=offered)
    batch = [{"id": "urn:x:1", "type": "Vehicle", "speed": 1}]
    assert (await put(ngsi, f"/entityOperations/{operation}", batch)).status in (201, 204)
    assert [f"{one.method} {one.target.removeprefix('/ngsi-ld/v1')}" for one in source.asked] == asked


async def test_what_is_there_and_can_only_be_created_is_told(ngsi: Client, source: Source) -> None:
    """5.6.8.4."""
    source.answer("POST", "/entities", 409, {"title": "AlreadyExists"})
    await register(ngsi, source, "redirect", operations=["createEntity"])
    told = await put(ngsi, "/entityOperations/upsert", [{"id": "urn:x:1", "type": "Vehicle", "speed": 1}])
    assert (told.status, told.json["errors"][0]["error"]["title"]) == (207, "OperationNotSupported")


async def test_ngsi_ld_null_takes_a_member_of_a_registration_away(ngsi: Client, source: Source) -> None:
    """5.5.8, 5.9.3: but none that has to be there."""
    id = await register(ngsi, source, description="cars")
    null = "urn:ngsi-ld:null"
    path = f"/csourceRegistrations/{id}"
    assert (await ngsi.ask("PATCH", path, {"description": null})).status == 204
    assert "description" not in (await ngsi.ask("GET", path)).json
    assert (await ngsi.ask("PATCH", path, {"endpoint": null})).status == 400
