"""A change becomes a notification at a real endpoint."""

import asyncio
import base64
import contextlib
from typing import Any

import pytest

from quanyu.core.entity import NULL
from quanyu.store import Database
from tests.unit.twin.subscriptions.conftest import City, notifier_of
from tests.unit.twin.subscriptions.receiver import Received

LAMP = "urn:ngsi-ld:Lamp:1"


def value(content: Any) -> dict[str, Any]:
    return {"type": "Property", "value": content}


async def only(city: City) -> dict[str, Any]:
    """The one entity of the next notification."""
    (entity,) = (await city.receiver.next()).entities
    return entity


async def end(city: City) -> list[Received]:
    """All notifications of what has happened, but those that are held."""
    await city.read_to_the_end()
    return city.receiver.taken()


async def test_a_change_of_an_entity_is_told_with_the_whole_entity(city: City, lamp: dict[str, Any]) -> None:
    id = await city.create(**lamp)
    subscription = await city.subscribe()
    await city.change(power=value(5))
    told = await city.receiver.next()
    assert told.body["type"] == "Notification"
    assert told.body["subscriptionId"] == subscription
    (entity,) = told.entities
    assert (entity["id"], entity["power"]["value"], entity["name"]["value"]) == (id, 5, "North")
    assert 'rel="http://www.w3.org/ns/json-ld#context"' in told.headers["Link"]
    assert await city.told(subscription, timesSent=1, status="ok")


async def test_a_new_entity_and_a_new_attribute_are_changes_of_attributes(city: City) -> None:
    await city.subscribe()
    await city.create(power=value(1))
    assert (await only(city))["power"]["value"] == 1
    await city.ask("POST", f"/entities/{LAMP}/attrs", {"colour": value("red")})
    assert (await only(city))["colour"]["value"] == "red"


@pytest.mark.parametrize(
    ("trigger", "told"),
    [
        ("entityCreated", [1]),
        ("attributeCreated", [1, "red"]),
        ("attributeUpdated", [2]),
        ("attributeDeleted", ["gone", "deleted"]),
        ("entityUpdated", [1, 2, "red", "gone", "deleted"]),
        ("entityDeleted", ["deleted"]),
    ],
)
async def test_each_trigger_hears_of_its_own(city: City, trigger: str, told: list[Any]) -> None:
    await city.subscribe(notificationTrigger=[trigger])
    await city.create(power=value(1))
    await city.change(power=value(2))
    await city.ask("POST", f"/entities/{LAMP}/attrs", {"colour": value("red")})
    await city.ask("DELETE", f"/entities/{LAMP}/attrs/colour")
    await city.ask("DELETE", f"/entities/{LAMP}")
    assert [_seen(one.entities[0]) for one in await end(city)] == told


def _seen(entity: dict[str, Any]) -> Any:
    if "deletedAt" in entity:
        return "deleted"
    colour = entity.get("colour", {}).get("value")
    return {NULL: "gone", None: entity.get("power", {}).get("value")}.get(colour, colour)


async def test_only_watched_attributes_types_ids_and_queries_are_heard_of(city: City) -> None:
    await city.subscribe(watchedAttributes=["colour"])
    await city.subscribe(entities=[{"type": "Bench"}])
    await city.subscribe(entities=[{"type": "Lamp", "id": "urn:ngsi-ld:Lamp:2"}])
    await city.subscribe(entities=[{"type": "Lamp", "idPattern": "^urn:ngsi-ld:Lamp:[3-9]$"}])
    await city.subscribe(q="power>10")
    await city.subscribe(scopeQ="/north/#")
    await city.subscribe(isActive=False)
    wanted = await city.subscribe(q="power<10", watchedAttributes=["power"])
    await city.create(power=value(1))
    assert [one.body["subscriptionId"] for one in await end(city)] == [wanted]


async def test_watched_attributes_alone_hear_of_any_type(city: City) -> None:
    await city.subscribe(entities=None, watchedAttributes=["power"])
    await city.create("urn:ngsi-ld:Stove:1", "Stove", power=value(9))
    assert (await only(city))["type"] == "Stove"


async def test_a_type_selection_with_alternatives_in_parentheses(city: City) -> None:
    await city.subscribe(entities=[{"type": "(Lamp|Bench)"}])
    await city.create("urn:ngsi-ld:Bench:1", "Bench", seats=value(3))
    assert (await only(city))["type"] == "Bench"


async def test_entities_near_a_place_are_heard_of(city: City) -> None:
    here = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [121.5, 31.2]}}
    far = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [122.5, 31.2]}}
    near = {"georel": "near;maxDistance==1000", "geometry": "Point", "coordinates": [121.5, 31.2]}
    await city.subscribe(geoQ=near)
    await city.create("urn:ngsi-ld:Lamp:far", location=far)
    await city.create("urn:ngsi-ld:Lamp:near", location=here)
    assert [one.entities[0]["id"] for one in await end(city)] == ["urn:ngsi-ld:Lamp:near"]


async def test_a_batch_is_told_in_one_notification(city: City) -> None:
    await city.subscribe()
    batch = [{"id": f"urn:ngsi-ld:Lamp:{n}", "type": "Lamp", "power": value(n)} for n in range(5)]
    assert (await city.ask("POST", "/entityOperations/create", batch)).status == 201
    assert [one["power"]["value"] for one in (await city.receiver.next()).entities] == [0, 1, 2, 3, 4]


async def test_each_change_is_told_with_the_value_that_it_brought(city: City) -> None:
    await city.create(power=value(0))
    await city.subscribe()
    for number in range(1, 6):
        await city.change(power=value(number))
    assert [(await only(city))["power"]["value"] for _ in range(5)] == [1, 2, 3, 4, 5]


async def test_changes_bring_what_was_before(city: City) -> None:
    street = {"type": "LanguageProperty", "languageMap": {"zh": "人民路"}}
    await city.create(power=value(1), street=street)
    await city.subscribe(
        notification={"showChanges": True}, notificationTrigger=["entityUpdated", "entityDeleted"]
    )
    await city.change(power=value(2))
    entity = await only(city)
    assert (entity["power"]["value"], entity["power"]["previousValue"]) == (2, 1)
    assert "previousLanguageMap" not in entity["street"]
    await city.ask("DELETE", f"/entities/{LAMP}/attrs/power")
    entity = await only(city)
    assert (entity["power"]["value"], entity["power"]["previousValue"]) == (NULL, 2)
    await city.ask("DELETE", f"/entities/{LAMP}")
    entity = await only(city)
    assert entity["street"]["previousLanguageMap"] == {"zh": "人民路"}
    assert entity["street"]["languageMap"] == {"@none": NULL}


async def test_a_deleted_entity_is_its_id_its_type_and_the_moment(city: City) -> None:
    await city.create(power=value(1))
    await city.subscribe(notificationTrigger=["entityDeleted"], q="power==1")
    await city.ask("DELETE", f"/entities/{LAMP}")
    assert (await only(city)).keys() == {"id", "type", "deletedAt"}


async def test_forms_selections_and_moments_as_asked_for(city: City, lamp: dict[str, Any]) -> None:
    simple = await city.subscribe(notification={"format": "keyValues", "attributes": ["power"]})
    concise = await city.subscribe(notification={"format": "concise", "pick": ["id", "name"]})
    system = await city.subscribe(notification={"sysAttrs": True, "omit": ["name"]})
    await city.create(**lamp)
    told = {one.body["subscriptionId"]: one.entities[0] for one in await end(city)}
    assert told[simple] == {"id": LAMP, "type": "Lamp", "power": 1}
    assert told[concise] == {"id": LAMP, "name": "North"}
    assert told[system].keys() == {"id", "type", "createdAt", "modifiedAt", "power"}


async def test_geojson_is_a_collection_with_its_context_or_a_link(city: City) -> None:
    place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [121.5, 31.2]}}
    for info in ([], [{"key": "Prefer", "value": "body=json"}]):
        extra = {"receiverInfo": info} if info else {}
        uri = {"uri": city.receiver.url, "accept": "application/geo+json", **extra}
        await city.subscribe(notification={"endpoint": uri})
    await city.create(location=place)
    told = [await city.receiver.next() for _ in range(2)]
    plain, preferring = sorted(told, key=lambda one: "Prefer" in one.headers)
    assert plain.body["data"]["features"][0]["geometry"]["coordinates"] == [121.5, 31.2]
    assert ("@context" in plain.body["data"], "Link" in plain.headers) == (True, False)
    assert ("@context" in preferring.body["data"], "Link" in preferring.headers) == (False, True)


async def test_linked_data_carries_its_context_and_headers_what_the_receiver_asked_for(city: City) -> None:
    info = [{"key": "X-Secret", "value": "s"}]
    uri = {"uri": city.receiver.url, "accept": "application/ld+json", "receiverInfo": info}
    await city.subscribe(notification={"endpoint": uri})
    await city.create(power=value(1))
    told = await city.receiver.next()
    assert (told.headers["X-Secret"], told.headers["Content-Type"]) == ("s", "application/ld+json")
    assert told.entities[0]["@context"].startswith("https://uri.etsi.org/")
    assert "Link" not in told.headers


async def test_linked_entities_come_along_in_place_or_beside(city: City) -> None:
    await city.create("urn:ngsi-ld:Road:1", "Road", name=value("人民路"))
    inline = await city.subscribe(notification={"join": "inline", "format": "simplified"})
    flat = await city.subscribe(notification={"join": "flat", "format": "simplified"})
    await city.create(on={"type": "Relationship", "object": "urn:ngsi-ld:Road:1"})
    told = {one.body["subscriptionId"]: one.entities for one in await end(city)}
    road = {"id": "urn:ngsi-ld:Road:1", "type": "Road", "name": "人民路"}
    assert told[inline] == [{"id": LAMP, "type": "Lamp", "on": road}]
    assert told[flat] == [{"id": LAMP, "type": "Lamp", "on": "urn:ngsi-ld:Road:1"}, road]


async def test_what_was_before_the_subscription_is_not_told(city: City) -> None:
    await city.create(power=value(1))
    await city.subscribe()
    assert await end(city) == []


async def test_a_throttled_one_is_silent_and_then_tells_the_newest(city: City) -> None:
    await city.create(power=value(0))
    await city.subscribe(throttling=600)
    await city.change(power=value(1))
    assert (await only(city))["power"]["value"] == 1
    await city.change(power=value(2))
    await city.change(power=value(3))
    assert await end(city) == []
    city.jump(minutes=11)
    assert (await only(city))["power"]["value"] == 3


async def test_a_periodic_one_speaks_in_step_whatever_happens(city: City) -> None:
    await city.create(power=value(7))
    await city.create("urn:ngsi-ld:Lamp:2", power=value(1))
    id = await city.subscribe(timeInterval=60, q="power==7")
    for sent in (1, 2):
        city.jump(seconds=61)
        assert (await only(city))["power"]["value"] == 7
        await city.told(id, timesSent=sent)


async def test_another_tenant_is_named_and_credentials_of_the_address_are_sent(
    city: City, database: Database
) -> None:
    await city.stop()
    task = asyncio.create_task(notifier_of(database, "another", city.clock).run())
    secret = city.receiver.url.replace("http://", "http://me:a%3Ab@")
    await city.subscribe(notification={"endpoint": {"uri": secret}})
    await city.create(power=value(1))
    told = await city.receiver.next()
    assert told.headers["NGSILD-Tenant"] == city.tenant
    assert base64.b64decode(told.headers["Authorization"].removeprefix("Basic ")) == b"me:a:b"
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_the_context_of_a_subscription_gives_its_names_their_meaning(city: City) -> None:
    context = {"brightness": "https://example.org/brightness"}
    body = {
        "type": "Subscription", "entities": [{"type": "Lamp"}], "q": "brightness>3", "watchedAttributes": ["brightness"],
        "notification": {"endpoint": {"uri": city.receiver.url, "accept": "application/ld+json"}}, "@context": context,
    }  # fmt: skip
    reply = await city.ask("POST", "/subscriptions", body, content_type="application/ld+json")
    id = reply.headers["location"].rpartition("/")[2]
    assert (await city.subscription(id))["watchedAttributes"] == ["https://example.org/brightness"]
    for number in (1, 5):
        lamp = {
            "id": f"urn:ngsi-ld:Lamp:{number}",
            "type": "Lamp",
            "@context": context,
            "brightness": value(number),
        }
        await city.ask("POST", "/entities", lamp, content_type="application/ld+json")
    (told,) = await end(city)
    assert told.entities[0]["https://example.org/brightness"]["value"] == 5


async def test_what_a_replacement_leaves_out_is_deleted(city: City) -> None:
    await city.create(power=value(1), colour=value("red"), scope="/north")
    deleted = await city.subscribe(notificationTrigger=["attributeDeleted"])
    changed = await city.subscribe(watchedAttributes=["power"])
    body = {"id": LAMP, "type": "Lamp", "power": value(2), "scope": "/south"}
    assert (await city.ask("PUT", f"/entities/{LAMP}", body)).status == 204
    told = {one.body["subscriptionId"]: one.entities[0] for one in await end(city)}
    assert (told[deleted]["colour"]["value"], told[changed]["power"]["value"]) == (NULL, 2)
    assert told[changed]["scope"] == "/south"
