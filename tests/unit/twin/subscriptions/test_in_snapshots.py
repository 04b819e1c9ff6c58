"""Subscriptions that come with NGSILD-Snapshot (ETSI GS CIM 009 V1.9.1, 5.5.15): they hear of that snapshot alone."""

from typing import Any

from quanyu.twin.subscriptions import _sql
from tests.unit.twin.subscriptions.conftest import City

ID = "urn:ngsi-ld:Snapshot:night"
LAMPS = {"type": "Query", "entities": [{"type": "Lamp"}]}
TARGET = "/entities/urn:ngsi-ld:Lamp:1"


def power(value: int) -> dict[str, Any]:
    return {"power": {"type": "Property", "value": value}}


async def subscribed(city: City) -> str:
    await city.create(**power(1))
    made = await city.ask("POST", "/snapshots", {"id": ID, "type": "Snapshot", "snapshotQueries": [LAMPS]})
    assert made.status == 201, made.json
    body = {
        "type": "Subscription",
        "entities": [{"type": "Lamp"}],
        "notification": {"endpoint": {"uri": city.receiver.url}},
    }
    reply = await city.ask("POST", "/subscriptions", body, ngsild_snapshot=ID)
    assert reply.status == 201, reply.json
    return reply.headers["location"].removeprefix("/ngsi-ld/v1")


async def test_they_are_told_of_the_snapshot_and_not_of_the_city(city: City) -> None:
    """6.3.22: the notification names the snapshot."""
    await subscribed(city)
    await city.change(**power(2))
    assert (await city.ask("PATCH", f"{TARGET}/attrs", power(3), ngsild_snapshot=ID)).status == 204
    told = await city.receiver.next()
    assert (told.entities[0]["power"]["value"], told.headers["NGSILD-Snapshot"]) == (3, ID)
    assert "NGSILD-Tenant" not in told.headers


async def test_subscribers_of_the_city_hear_nothing_of_a_snapshot(city: City) -> None:
    target = await subscribed(city)
    assert (await city.ask("DELETE", target, ngsild_snapshot=ID)).status == 204
    await city.subscribe()
    assert (await city.ask("PATCH", f"{TARGET}/attrs", power(3), ngsild_snapshot=ID)).status == 204
    await city.change(**power(4))
    told = await city.receiver.next()
    assert (told.entities[0]["power"]["value"], "NGSILD-Snapshot" in told.headers) == (4, False)


async def test_they_are_found_in_their_snapshot_alone(city: City) -> None:
    target = await subscribed(city)
    assert (await city.ask("GET", target)).status == 404
    assert (await city.ask("GET", "/subscriptions")).json == []
    assert [one["id"] for one in (await city.ask("GET", "/subscriptions", ngsild_snapshot=ID)).json] == [
        target.rpartition("/")[2]
    ]
    changed = await city.ask("PATCH", target, {"isActive": False}, ngsild_snapshot=ID)
    shown = (await city.ask("GET", target, ngsild_snapshot=ID)).json
    assert (changed.status, shown["status"]) == (204, "paused")


async def test_they_go_with_their_snapshot(city: City) -> None:
    await subscribed(city)
    assert (await city.ask("DELETE", f"/snapshots/{ID}")).status == 204
    async with city.database.system() as connection:
        assert not [one for one in await _sql.tenants(connection) if one.startswith(f"{city.tenant}~")]


async def test_registrations_are_not_of_a_snapshot(city: City) -> None:
    """5.5.15: nobody else is asked there."""
    await subscribed(city)
    answer = await city.ask("GET", "/csourceRegistrations?type=Lamp", ngsild_snapshot=ID)
    assert answer.status == 400
