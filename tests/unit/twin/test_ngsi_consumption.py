"""Queries, linked entities, pages, maps and discovery through the NGSI-LD door."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from quanyu.twin import entity_maps
from tests.unit.twin.ngsi_client import Client

POOL = [
    {"id": "urn:ngsi-ld:Car:1", "type": "Car", "speed": 20, "name": "Äpfel", "scope": ["/a/b", "/c"],
     "owner": {"type": "Relationship", "object": "urn:ngsi-ld:Person:1"},
     "location": {"type": "Point", "coordinates": [8.0, 40.0]}},
    {"id": "urn:ngsi-ld:Car:2", "type": ["Car", "Taxi"], "speed": [60, 70], "name": "banana",
     "location": {"type": "Point", "coordinates": [8.1, 40.0]}},
    {"id": "urn:ngsi-ld:Car:3", "type": "Car", "speed": 90, "name": "Zebra"},
    {"id": "urn:ngsi-ld:Person:1", "type": "Person", "name": "Ann",
     "home": {"type": "Relationship", "object": "urn:ngsi-ld:House:1"}},
    {"id": "urn:ngsi-ld:House:1", "type": "House", "name": "No. 9",
     "lives": {"type": "Relationship", "object": ["urn:ngsi-ld:Person:1", "urn:ngsi-ld:Person:9"]}},
]  # fmt: skip


@pytest.fixture
async def city(ngsi: Client) -> Client:
    assert (await ngsi.ask("POST", "/entityOperations/create", POOL)).status == 201
    return ngsi


async def _ids(ngsi: Client, query: str) -> list[str]:
    answer = await ngsi.ask("GET", f"/entities?{query}")
    assert answer.status == 200, answer.content
    return [one["id"].removeprefix("urn:ngsi-ld:") for one in answer.json]


FOUND = [
    ("type=Car&q=speed>50", "Car:3"),
    ("type=Car&q=" + quote("speed==60..80"), "Car:2"),
    ("type=(Car;Taxi)", "Car:2"),
    ("type=Taxi,Person", "Car:2 Person:1"),
    ("type=Car&scopeQ=/a/%23", "Car:1"),
    ("type=*&scopeQ=/c", "Car:1"),
    ("local=true&idPattern=2$", "Car:2"),
    ("type=Car&attrs=owner,none", "Car:1"),
    ("q=" + quote('name~="^[AÄ]"'), "Car:1 Person:1"),
    ("type=Car&georel=near;maxDistance==100&geometry=Point&coordinates=[8,40]", "Car:1"),
    ("type=Car&q=owner{Person:home{name}}&join=flat&joinLevel=2&pick=id", "Car:1"),
    ("type=Car&q=owner{Dog:name}&join=inline", ""),
    ("type=Car&orderBy=name&local=true", "Car:1 Car:2 Car:3"),
    ("type=Car&orderBy=speed;desc", "Car:2 Car:3 Car:1"),
    ("type=Car&orderBy=location;dist-desc&orderFrom=[8,40]", "Car:2 Car:1 Car:3"),
    ("type=Car&orderBy=location;dist-desc&geometry=Point&coordinates=[8,40]", "Car:2 Car:1 Car:3"),
    ("type=Car&orderBy=location;dist-asc&georel=near;maxDistance==9999999&geometry=Point&coordinates=[8,40]", "Car:1 Car:2"),
]  # fmt: skip


async def test_queries_find_what_fits_in_order(city: Client) -> None:
    for query, found in FOUND:
        assert (query, await _ids(city, query)) == (query, found.split())


WRONG = [
    "", "id=urn:ngsi-ld:Car:1", "q=createdAt>2020-01-01T00:00:00Z", "type=Car&q=a==", "type=Car&georel=within", "type=*&local=false",
    "type=Car&attrs=a&pick=b", "type=Car&pick=a&omit=a", "type=Car&q=owner{name}", "type=Car&pick=owner{name}",
    "type=Car&join=side", "type=Car&joinLevel=2", "type=Car&join=flat&joinLevel=0", "type=Car&limit=0", "type=Car&limit=-1",
    "type=Car&offset=x", "type=Car&orderBy=a;up", "type=Car&orderBy=a;dist-asc", "type=Car&orderBy=a&collation=!",
    "type=Car&idPattern=(", "type=Car&id=nothing", "type=Car&geometryProperty=location", "type=Car&attrs=id", "type=Car&local=maybe",
    "type=Car&format=nice", "type=Car&options=nice", "type=Car&q=a\x00",
]  # fmt: skip


async def test_a_wrong_query_is_the_askers_fault(ngsi: Client) -> None:
    for query in WRONG:
        answer = await ngsi.ask("GET", f"/entities?{quote(query, safe='=&;:,*()[]{}')}")
        assert (query, answer.status) == (query, 400)


async def test_a_query_may_come_as_a_body(city: Client) -> None:
    body = {
        "type": "Query", "q": "speed>10", "pick": ["id", "owner"], "join": "inline", "joinLevel": 1,
        "entities": [{"type": "Car", "idPattern": "1$"}, {"type": "Person", "id": "urn:ngsi-ld:Person:1"}],
    }  # fmt: skip
    answer = await city.ask(
        "POST", "/entityOperations/query?count=true", body, content_type="application/json"
    )
    assert [one["id"] for one in answer.json] == ["urn:ngsi-ld:Car:1"]
    assert answer.json[0]["owner"]["entity"]["name"]["value"] == "Ann"
    assert answer.headers["ngsild-results-count"] == "1"


WRONG_BODIES: list[Any] = [
    [], {"entities": []}, {"type": "Query"}, {"type": "Query", "entities": [{"id": "urn:x:1"}]},
    {"type": "Query", "entities": "A"}, {"type": "Query", "q": 5}, {"type": "Query", "q": "a", "limit": 3},
    {"type": "Query", "geoQ": {"georel": "within"}}, {"type": "Query", "q": "a", "geoQ": {}}, {"type": "Query", "q": "a", "join": 5}, {"type": "Query", "attrs": [1]}, {"type": "Query", "q": "a", "ordering": {"orderBy": [1]}},
]  # fmt: skip


async def test_a_wrong_body_is_the_askers_fault(ngsi: Client) -> None:
    for body in WRONG_BODIES:
        answer = await ngsi.ask("POST", "/entityOperations/query", body, content_type="application/json")
        assert (body, answer.status) == (body, 400)


async def test_each_who_asks_at_the_same_time_gets_what_he_asked_for(city: Client) -> None:
    asked = {
        "Car:1": (200, "Äpfel"),
        "Car:2?type=Taxi": (200, "banana"),
        "Car:3?type=Taxi": (404, None),
        "Car:3?attrs=owner": (404, None),
        "Car:9": (404, None),
        "Person:1?pick=name": (200, "Ann"),
        "Car:1?pick=owner&join=inline": (200, None),
    }
    answers = await asyncio.gather(*(city.ask("GET", f"/entities/urn:ngsi-ld:{one}") for one in asked))
    told = [(one.status, one.json.get("name", {}).get("value")) for one in answers]
    assert dict(zip(asked, told, strict=True)) == asked
    assert answers[-1].json["owner"]["entity"]["name"]["value"] == "Ann"


async def test_who_asks_after_a_write_sees_it(city: Client) -> None:
    path = "/entities/urn:ngsi-ld:Car:1"
    for speed in range(5):
        earlier = [asyncio.create_task(city.ask("GET", path)) for _ in range(3)]
        assert (await city.ask("PATCH", f"{path}/attrs/speed", {"value": speed})).status == 204
        assert (await city.ask("GET", path)).json["speed"]["value"] == speed
        await asyncio.gather(*earlier)


async def test_linked_entities_stand_inside_and_end_where_they_began(city: Client) -> None:
    car = (
        await city.ask("GET", "/entities/urn:ngsi-ld:Car:1?join=inline&joinLevel=9&format=simplified")
    ).json
    assert car["owner"]["home"]["lives"] == ["urn:ngsi-ld:Person:1", "urn:ngsi-ld:Person:9"]


async def test_linked_entities_that_the_asker_has_are_not_sent_again(city: Client) -> None:
    query = "join=flat&joinLevel=5&containedBy=urn:ngsi-ld:House:1"
    found = (await city.ask("GET", f"/entities/urn:ngsi-ld:Car:1?{query}")).json
    assert [one["id"] for one in found] == ["urn:ngsi-ld:Car:1", "urn:ngsi-ld:Person:1"]


async def test_pages_say_where_they_begin_and_go_on(city: Client) -> None:
    answer = await city.ask("GET", "/entities?local=true&limit=2&offset=2&count=true")
    assert [one["id"] for one in answer.json] == ["urn:ngsi-ld:Car:3", "urn:ngsi-ld:House:1"]
    assert answer.headers["ngsild-results-count"] == "5"
    assert answer.next == "/entities?local=true&limit=2&offset=4&count=true"
    assert 'offset=0&count=true>;rel="prev"' in answer.headers["link"]
    assert (await city.ask("GET", "/entities?local=true&offset=5")).json == []


async def test_only_the_number_may_be_asked_for(city: Client) -> None:
    answer = await city.ask("GET", "/entities?type=Car&limit=0&count=true&q=speed<100")
    assert (answer.json, answer.headers["ngsild-results-count"]) == ([], "2")


async def test_a_map_keeps_the_list_of_its_query(city: Client) -> None:
    made = await city.ask("GET", "/entityMaps?type=Car&entityMapLifetime=PT1H")
    assert (made.status, list(made.json["entityMap"].values())) == (201, [["@none"]] * 3)
    place = made.headers["ngsild-entitymap"]
    await city.ask("DELETE", "/entities/urn:ngsi-ld:Car:1")
    await city.ask("POST", "/entities", {"id": "urn:ngsi-ld:Car:0", "type": "Car"})
    page = await city.ask("GET", "/entities?type=Car&limit=1", ngsild_entitymap=place)
    assert [one["id"] for one in page.json] == ["urn:ngsi-ld:Car:2"]
    assert (page.status, page.headers["ngsild-entitymap"]) == (200, place)


async def test_a_page_of_a_map_is_full_and_what_does_not_fit_leaves_the_map(city: Client) -> None:
    """5.5.9.3."""
    made = await city.ask("GET", "/entityMaps?type=Car")
    place = made.headers["ngsild-entitymap"]
    first, second, third = made.json["entityMap"]
    await city.ask("DELETE", f"/entities/{first}")
    page = await city.ask("GET", "/entities?type=Car&limit=2", ngsild_entitymap=place)
    assert [one["id"] for one in page.json] == [second, third]
    left = await city.ask("GET", place.removeprefix("/ngsi-ld/v1"))
    assert list(left.json["entityMap"]) == [second, third]
    await city.ask("DELETE", f"/entities/{third}/attrs/speed")
    fast = await city.ask("GET", "/entities?type=Car&q=speed&count=true", ngsild_entitymap=place)
    assert ([one["id"] for one in fast.json], fast.headers["ngsild-results-count"]) == ([second], "1")


async def test_a_map_lasts_as_long_as_its_asker_says(city: Client) -> None:
    """5.14.2.4."""
    made = await city.ask("GET", "/entityMaps?type=Car")
    target = made.headers["ngsild-entitymap"].removeprefix("/ngsi-ld/v1")
    change = {"type": "EntityMap", "expiresAt": "2039-12-31T12:00:00Z"}
    assert (await city.ask("PATCH", target, change, content_type="application/json")).status == 204
    assert (await city.ask("GET", target)).json["expiresAt"] == "2039-12-31T12:00:00Z"


async def test_of_too_many_maps_of_one_asker_those_that_last_longest_stay(
    city: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entity_maps, "MOST_MAPS", 2)
    lives = ("PT2H", "PT1M", "PT1H")
    made = [await city.ask("GET", f"/entityMaps?type=Car&entityMapLifetime={life}") for life in lives]
    found = [
        await city.ask("GET", one.headers["ngsild-entitymap"].removeprefix("/ngsi-ld/v1")) for one in made
    ]
    assert [one.status for one in found] == [200, 404, 200]


async def test_a_map_is_prolonged_and_deleted(city: Client) -> None:
    made = await city.ask("GET", "/entities?type=Car&entityMap=true")
    target = made.headers["ngsild-entitymap"].removeprefix("/ngsi-ld/v1")
    assert made.status == 201
    later = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    changed = await city.ask("PATCH", target, {"expiresAt": later}, content_type="application/json")
    assert changed.status == 204
    assert (await city.ask("GET", target)).json["expiresAt"][:16] == later[:16]
    assert (await city.ask("DELETE", target)).status == 204
    assert (await city.ask("GET", target)).status == 404
    again = await city.ask("GET", "/entities?type=Car", ngsild_entitymap=target)
    assert (again.status, again.headers["ngsild-entitymap"] != made.headers["ngsild-entitymap"]) == (
        201,
        True,
    )


async def test_types_and_attributes_are_counted_through_every_change(city: Client) -> None:
    assert (await city.ask("GET", "/types")).json["typeList"] == ["Car", "House", "Person", "Taxi"]
    car = (await city.ask("GET", "/types/Car")).json
    assert (car["entityCount"], [one["attributeName"] for one in car["attributeDetails"]]) == (
        3, ["location", "name", "owner", "speed"],
    )  # fmt: skip
    await city.ask(
        "POST", "/entities/urn:ngsi-ld:Car:3/attrs", {"wheels": 4}, content_type="application/json"
    )
    await city.ask("DELETE", "/entities/urn:ngsi-ld:Car:1")
    await city.ask("DELETE", "/entities/urn:ngsi-ld:Car:2/attrs/location")
    names = [one["attributeName"] for one in (await city.ask("GET", "/attributes?details=true")).json]
    assert names == ["home", "lives", "name", "speed", "wheels"]
    speed = (await city.ask("GET", "/attributes/speed")).json
    assert (speed["attributeCount"], speed["attributeTypes"], speed["typeNames"]) == (
        2,
        ["Property"],
        ["Car", "Taxi"],
    )
    assert (await city.ask("GET", "/attributes/owner")).status == 404
    assert (await city.ask("GET", "/types/Boat")).status == 404


HOSTILE = (
    "'; drop table entity; --",
    "\x00",
    "$1",
    '"',
    "((",
    "a" * 5000,
    "(?=x)",
    "[" * 500,
    "é",
    "1e999",
    "@none",
    "\ud800",
)


async def test_no_parameter_takes_text_for_anything_but_data(city: Client) -> None:
    for name in (
        "q",
        "geoproperty",
        "attrs",
        "pick",
        "orderBy",
        "idPattern",
        "scopeQ",
        "type",
        "id",
        "lang",
        "expandValues",
    ):
        for text in HOSTILE:
            value = quote(text, errors="surrogatepass")
            place = "&georel=within&geometry=Point&coordinates=[1,2]" if name == "geoproperty" else ""
            kind = "" if name == "type" else "&type=Car"
            answer = await city.ask("GET", f"/entities?{name}={value}{kind}{place}&local=true")
            assert answer.status in (200, 400), (name, text, answer.content)
    assert len((await city.ask("GET", "/entities?local=true")).json) == len(POOL)
