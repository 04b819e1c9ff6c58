"""What sources tell of subscriptions that they keep for ours reaches the subscriber (ETSI GS CIM 009, 5.8.6)."""

import asyncio
from typing import Any

from httpx import AsyncClient, Response

from tests.unit.twin.derived.broker import Broker
from tests.unit.twin.registrations.source import Source
from tests.unit.twin.subscriptions.receiver import Receiver

LAMP = "urn:ngsi-ld:Lamp:1"
NULL = "urn:ngsi-ld:null"


def lamp(**attributes: Any) -> dict[str, Any]:
    return {"id": LAMP, "type": "Lamp"} | {
        name: value if isinstance(value, dict | str) else {"type": "Property", "value": value}
        for name, value in attributes.items()
    }


async def told(source: Source, *entities: dict[str, Any], **members: Any) -> Response:
    """The source notifies at the address that it was given."""
    body = source.asked[0].body
    notification = {
        "id": "urn:ngsi-ld:Notification:1", "type": "Notification", "subscriptionId": body["id"],
        "notifiedAt": "2026-01-01T00:00:00Z", "data": list(entities), **members,
    }  # fmt: skip
    async with AsyncClient() as client:
        return await client.post(body["notification"]["endpoint"]["uri"], json=notification)


async def test_a_notification_is_passed_on_under_our_id(
    city: Broker, source: Source, subscriber: Receiver
) -> None:
    """With the subscription's own form, names and headers."""
    await city.register(source.url)
    info = [{"key": "x-case", "value": "7"}]
    endpoint = {"uri": subscriber.url, "receiverInfo": info}
    form = {"endpoint": endpoint, "format": "simplified", "pick": ["id", "power"]}
    id = await city.subscribe(subscriber.url, notification=form)
    assert (await told(source, lamp(power=5, name="x"))).status_code == 200
    received = await subscriber.next()
    assert received.headers["x-case"] == "7"
    assert received.body["subscriptionId"] == id
    assert received.entities == [{"id": LAMP, "power": 5}]


async def test_only_the_source_that_was_asked_is_believed(
    city: Broker, source: Source, subscriber: Receiver
) -> None:
    """Under its address and its id; entities that it is not registered for are dropped (4.3.6.1)."""
    source.answer("POST", "/subscriptions", 201)
    await city.register(source.url)
    await city.subscribe(subscriber.url)
    assert (await told(source, lamp(power=1), subscriptionId="urn:other")).status_code == 404
    assert (await told(source, type="Something")).status_code == 400
    bench = {"id": "urn:b:1", "type": "Bench"}
    assert (await told(source, bench, {"id": 5}, lamp(power=2))).status_code == 200
    assert [one["id"] for one in (await subscriber.next()).entities] == [LAMP]
    uri = source.asked[0].body["notification"]["endpoint"]["uri"]
    async with AsyncClient() as client:
        assert (await client.post(uri[:-1], json={"type": "Notification", "data": []})).status_code == 404
    assert subscriber.taken() == []


async def test_a_paused_subscription_tells_nothing_and_a_deleted_one_is_unknown(
    city: Broker, source: Source, subscriber: Receiver
) -> None:
    """5.8.6: only while its status is active; 5.8.5."""
    await city.register(source.url)
    id = await city.subscribe(subscriber.url)
    await city.ask("PATCH", f"/subscriptions/{id}", {"isActive": False})
    assert (await told(source, lamp(power=1))).status_code == 200
    await city.ask("PATCH", f"/subscriptions/{id}", {"isActive": True})
    assert (await told(source, lamp(power=2))).status_code == 200
    assert (await subscriber.next()).entities[0]["power"]["value"] == 2
    await city.ask("DELETE", f"/subscriptions/{id}")
    assert (await told(source, lamp(power=3))).status_code == 404


async def test_an_entity_in_pieces_is_put_together_before_filters_are_asked(
    city: Broker, source: Source, subscriber: Receiver
) -> None:
    """5.8.6: with what is here and what every other source has, except the one that tells."""
    await city.make("/entities?local=true", lamp(power=9))
    await city.register(source.url, operations=["createSubscription", "retrieveOps"])
    await city.subscribe(subscriber.url, q="power>5;name")
    await told(source, lamp(name="North"))
    entity = (await subscriber.next()).entities[0]
    assert (entity["power"]["value"], entity["name"]["value"]) == (9, "North")
    assert [one.method for one in source.asked] == ["POST"]
    await city.ask("PATCH", f"/entities/{LAMP}/attrs?local=true", {"power": {"type": "Property", "value": 1}})
    await told(source, lamp(name="South"))
    await city.ask("PATCH", f"/entities/{LAMP}/attrs?local=true", {"power": {"type": "Property", "value": 8}})
    await told(source, lamp(name="West"))
    assert (await subscriber.next()).entities[0]["name"]["value"] == "West"


async def test_where_no_entity_lies_in_pieces_nobody_else_is_asked(
    city: Broker, source: Source, subscriber: Receiver
) -> None:
    """4.3.6.7: the source has filtered already, by what it need not tell."""
    await city.make("/entities?local=true", lamp(colour="red"))
    await city.register(source.url)
    await city.subscribe(
        subscriber.url, q="power>5", splitEntities=False, notification={"attributes": ["name"]}
    )
    await told(source, lamp(name="North"))
    assert (await subscriber.next()).entities[0].keys() == {"id", "type", "name"}


async def test_what_left_and_what_was_before_is_passed_on(
    city: Broker, source: Source, subscriber: Receiver
) -> None:
    """5.8.6, 5.2.14: NGSI-LD Null, previousValue, deletedAt."""
    await city.register(source.url)
    triggers = ["entityDeleted", "attributeUpdated", "attributeDeleted"]
    await city.subscribe(subscriber.url, notificationTrigger=triggers, notification={"showChanges": True})
    assert source.asked[0].body["notification"]["showChanges"] is True
    power = {"type": "Property", "value": 2, "previousValue": 1}
    gone = {"type": "LanguageProperty", "languageMap": {"@none": NULL}}
    await told(source, lamp(power=power, name=NULL, title=gone))
    entity = (await subscriber.next()).entities[0]
    assert entity["power"] == power
    assert entity["name"]["value"] == NULL
    assert entity["title"] == gone
    await told(source, {**lamp(), "deletedAt": "2026-01-01T00:00:00Z"})
    assert (await subscriber.next()).entities == [{**lamp(), "deletedAt": "2026-01-01T00:00:00Z"}]


async def test_throttling_holds_for_all_sources_together(
    city: Broker, source: Source, subscriber: Receiver
) -> None:
    """5.2.12."""
    await city.register(source.url)
    id = await city.subscribe(subscriber.url, throttling=3600)
    await told(source, lamp(power=1))
    await subscriber.next()
    async with asyncio.timeout(20):
        while await waiting(city) != [(id, 0)]:  # noqa: ASYNC110 (the subscriber hears it before that is noted)
            await asyncio.sleep(0.01)
    await told(source, lamp(power=2))
    assert await waiting(city) == [(id, 1)]
    assert subscriber.taken() == []


async def waiting(city: Broker) -> list[tuple[str, int]]:
    """How many notifications of each subscription are not sent yet."""
    async with AsyncClient() as client:
        listed = (await client.get(f"{city.url}/api/v1/notifications")).json()["items"]
    return [(one["subscription"], one["waiting"]) for one in listed]


async def test_two_brokers_tell_each_other(city: Broker, district: Broker, subscriber: Receiver) -> None:
    """4.3.4: whoever subscribes at the one hears what happens at the other."""
    await city.register(district.url)
    id = await city.subscribe(subscriber.url, notificationTrigger=["entityCreated", "entityDeleted"])
    (there,) = (await district.ask("GET", "/subscriptions")).json
    assert there["notification"]["endpoint"]["uri"].startswith(city.url)
    await district.make("/entities", lamp(power=5))
    received = await subscriber.next()
    assert (received.body["subscriptionId"], received.entities) == (id, [lamp(power=5)])
    await district.ask("DELETE", f"/entities/{LAMP}")
    assert "deletedAt" in (await subscriber.next()).entities[0]
    await city.ask("DELETE", f"/subscriptions/{id}")
    assert (await district.ask("GET", "/subscriptions")).json == []


async def test_two_brokers_that_know_each_other_make_no_loop(
    city: Broker, district: Broker, subscriber: Receiver
) -> None:
    """4.3.6.4."""
    alias = {}
    for one in (city, district):
        alias[one.url] = (await one.ask("GET", "/info/sourceIdentity")).json["contextSourceAlias"]
    await city.register(district.url, contextSourceAlias=alias[district.url])
    await district.register(city.url, contextSourceAlias=alias[city.url])
    await city.subscribe(subscriber.url)
    assert len((await city.ask("GET", "/subscriptions")).json) == 1
    await district.make("/entities?local=true", lamp(power=5))
    assert (await subscriber.next()).entities == [lamp(power=5)]
    assert subscriber.taken() == []


async def test_how_sources_fare_is_shown(city: Broker, source: Source) -> None:
    source.answer("POST", "/subscriptions", 503)
    registration = await city.register(source.url)
    id = await city.subscribe("http://127.0.0.1:9/x")
    async with AsyncClient() as client:
        (row,) = (await client.get(f"{city.url}/api/v1/notifications")).json()["items"]
    (there,) = row["sources"]
    assert (row["subscription"], there["registration"], there["held"], there["tries"]) == (
        id, registration, False, 1,
    )  # fmt: skip
    assert "503" in there["fault"]
