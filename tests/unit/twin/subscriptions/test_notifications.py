"""A change becomes a notification at a real endpoint."""

from typing import Any

from tests.unit.twin.subscriptions.conftest import City


async def test_a_change_of_an_entity_is_told_with_the_whole_entity(city: City, lamp: dict[str, Any]) -> None:
    id = await city.create(**lamp)
    subscription = await city.subscribe()
    await city.change(power={"type": "Property", "value": 5})
    told = await city.receiver.next()
    assert told.body["type"] == "Notification"
    assert told.body["subscriptionId"] == subscription
    (entity,) = told.entities
    assert (entity["id"], entity["power"]["value"], entity["name"]["value"]) == (id, 5, "North")
    assert 'rel="http://www.w3.org/ns/json-ld#context"' in told.headers["Link"]
    assert await city.told(subscription, timesSent=1, status="ok")
