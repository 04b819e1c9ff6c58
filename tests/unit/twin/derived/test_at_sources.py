"""What sources are asked to keep for a subscription (ETSI GS CIM 009, 4.3.6, 5.8.1, 5.8.2, 5.8.5)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from quanyu.twin.derived import Envoy
from quanyu.twin.registrations import Sources
from tests.patience import PATIENCE_SECONDS, eventually
from tests.unit.twin.derived.broker import LOOPBACK, Broker
from tests.unit.twin.derived.conftest import Ahead
from tests.unit.twin.registrations.source import Source

HERE = "http://127.0.0.1:9/notify"


def asked(source: Source) -> list[tuple[str, str]]:
    return [(one.method, one.target.removeprefix("/ngsi-ld/v1")) for one in source.asked]


def only(source: Source) -> dict[str, Any]:
    (one,) = source.asked
    assert isinstance(one.body, dict)
    return one.body


async def test_a_source_is_subscribed_at_with_an_address_of_ours(city: Broker, source: Source) -> None:
    """5.8.1: federationOps, which a registration has where it names no operations, hold createSubscription (4.20)."""
    await city.register(source.url)
    await city.subscribe(HERE)
    body = only(source)
    assert (body["type"], body["entities"]) == ("Subscription", [{"type": "Lamp"}])
    endpoint = body["notification"]["endpoint"]
    assert endpoint["uri"].startswith(f"{city.url}/api/v1/twin/received/{city.tenant}/")
    assert endpoint["accept"] == "application/json"
    assert "quanyu-" in source.asked[0].headers["via"]


@pytest.mark.parametrize(
    "members",
    [
        {"operations": ["retrieveOps"]},
        {"operations": ["updateOps"]},
        {"mode": "auxiliary"},
        {"entity": {"type": "Bench"}},
        {"entity": {"type": "Lamp", "idPattern": "^urn:x:"}},
        {"scope": "/elsewhere"},
        {"observationInterval": {"startAt": "2020-01-01T00:00:00Z"}},
        {"datasetId": ["urn:other"]},
        {"owner": "firm"},
        {"location": {"type": "Point", "coordinates": [50, 50]}},
    ],
)
async def test_a_source_that_has_nothing_to_do_with_it_is_not_asked(
    city: Broker, source: Source, members: dict[str, Any]
) -> None:
    """5.12, 4.20; registrations with an interval are about histories (5.11.1)."""
    await city.register(source.url, **{"owner": "city", **members})
    geo = {"georel": "near;maxDistance==10", "geometry": "Point", "coordinates": [0, 0]}
    lamp = {"type": "Lamp", "id": "urn:ngsi-ld:Lamp:1"}
    await city.subscribe(
        HERE, entities=[lamp], scopeQ="/here", datasetId=["urn:d"], csf='owner=="city"', geoQ=geo
    )
    assert source.asked == []


@pytest.mark.parametrize("how", [{"localOnly": True}, {}])
async def test_a_local_subscription_stays_here(city: Broker, source: Source, how: dict[str, Any]) -> None:
    """5.2.12, 5.5.13: the member, or the parameter of the request."""
    await city.register(source.url)
    body = {
        "type": "Subscription",
        "entities": [{"type": "Lamp"}],
        "notification": {"endpoint": {"uri": HERE}},
    }
    id = await city.make("/subscriptions" if how else "/subscriptions?local=true", body | how)
    assert source.asked == []
    assert (await city.ask("GET", f"/subscriptions/{id}")).json["localOnly"] is True


async def test_only_what_is_registered_is_asked_for(city: Broker, source: Source) -> None:
    """4.3.6.1: no other types, entities, attributes than the registration names."""
    await city.register(
        source.url, mode="exclusive", entity={"id": "urn:l:1", "type": "Lamp"}, attributes=["power", "name"],
        management={"localOnly": True},
    )  # fmt: skip
    await city.subscribe(
        HERE, entities=[{"type": "Bench,Lamp"}], watchedAttributes=["power", "colour"],
        notification={"attributes": ["name", "colour"]},
    )  # fmt: skip
    body = only(source)
    assert body["entities"] == [{"type": "Lamp", "id": "urn:l:1"}]
    assert body["watchedAttributes"] == ["power"]
    assert body["notification"]["attributes"] == ["name"]
    assert body["localOnly"] is True


async def test_filters_travel_where_no_entity_lies_in_pieces(city: Broker, source: Source) -> None:
    """4.3.6.7: otherwise an entity is put together first. The form is given here: sources need no other than normalized."""
    await city.register(source.url)
    filters = {"q": "power>1", "scopeQ": "/a", "throttling": 5}
    form = {"format": "simplified", "attributes": ["name"], "showChanges": False}
    await city.subscribe(HERE, **filters, notification=form)
    await city.subscribe(HERE, **filters, splitEntities=False, notificationTrigger=["entityDeleted"])
    first, second = (one.body for one in source.asked)
    assert first.keys().isdisjoint(filters)
    assert "format" not in first["notification"]
    assert {name: second[name] for name in filters} == filters
    assert (second["splitEntities"], second["notificationTrigger"]) == (False, ["entityDeleted"])


async def test_an_update_goes_to_the_source(city: Broker, source: Source) -> None:
    """5.8.2: what has changed, under the id that the source gave; what is taken away is NGSI-LD Null (5.5.8)."""
    await city.register(source.url)
    id = await city.subscribe(HERE, watchedAttributes=["power"])
    fragment = {"isActive": False, "watchedAttributes": None}
    assert (await city.ask("PATCH", f"/subscriptions/{id}", fragment)).status == 204
    made, changed = source.asked
    assert changed.target.endswith(made.body["id"])
    assert changed.body == {
        "type": "Subscription", "isActive": False, "watchedAttributes": "urn:ngsi-ld:null"
    }  # fmt: skip


async def test_what_does_not_concern_the_source_is_not_told_to_it(city: Broker, source: Source) -> None:
    await city.register(source.url)
    id = await city.subscribe(HERE)
    await city.ask("PATCH", f"/subscriptions/{id}", {"description": "lamps"})
    assert asked(source) == [("POST", "/subscriptions")]


async def test_a_deletion_goes_to_the_source(city: Broker, source: Source) -> None:
    """5.8.5."""
    await city.register(source.url)
    id = await city.subscribe(HERE)
    await city.ask("DELETE", f"/subscriptions/{id}")
    made, ended = source.asked
    assert (ended.method, ended.target) == ("DELETE", f"/ngsi-ld/v1/subscriptions/{made.body['id']}")


async def test_registrations_that_come_change_and_go_change_the_set(city: Broker, source: Source) -> None:
    """5.8.1.4, 5.11.7: newlyMatching, updated, noLongerMatching."""
    await city.subscribe(HERE)
    id = await city.register(source.url)
    named = {"information": [{"entities": [{"type": "Lamp"}], "propertyNames": ["power"]}]}
    await city.ask("PATCH", f"/csourceRegistrations/{id}", named)
    await city.ask("DELETE", f"/csourceRegistrations/{id}")
    assert [one.method for one in source.asked] == ["POST", "PATCH", "DELETE"]
    assert source.asked[1].body["watchedAttributes"] == ["power"]


async def test_a_source_that_moves_is_subscribed_at_anew(city: Broker, source: Source) -> None:
    id = await city.register(source.url)
    await city.subscribe(HERE)
    await city.ask("PATCH", f"/csourceRegistrations/{id}", {"tenant": "other"})
    tenants = {(one.method, one.headers.get("ngsild-tenant")) for one in source.asked[1:]}
    assert tenants == {("DELETE", None), ("POST", "other")}


async def test_a_registration_whose_time_is_over_ends_it(city: Broker, source: Source, clock: Ahead) -> None:
    """5.2.9, expiresAt."""
    await city.register(source.url, expiresAt="2099-01-01T00:00:00Z")
    await city.subscribe(HERE)
    clock.by += clock().replace(year=2100) - clock()
    await city.envoy.work(city.tenant)
    assert [one.method for one in source.asked] == ["POST", "DELETE"]


async def test_who_has_passed_the_request_on_is_not_asked(city: Broker, source: Source) -> None:
    """4.3.6.4: neither a source that the subscription has come through, nor anybody where it has come through us."""
    await city.register(source.url, contextSourceAlias="there")
    alias = (await city.ask("GET", "/info/sourceIdentity")).json["contextSourceAlias"]
    body = {
        "type": "Subscription",
        "entities": [{"type": "Lamp"}],
        "notification": {"endpoint": {"uri": HERE}},
    }
    for via in ("1.1 there", f"1.1 {alias}"):
        await city.make("/subscriptions", body, via=via)
    assert source.asked == []
    await city.make("/subscriptions", body, via="1.1 elsewhere")
    assert source.asked[0].headers["via"] == f"1.1 elsewhere, 1.1 {alias}"


async def test_a_failing_source_is_told_of_and_tried_again(
    city: Broker, source: Source, clock: Ahead
) -> None:
    """6.3.17; the subscription itself stands."""
    source.answer("POST", "/subscriptions", 503)
    registration = await city.register(source.url)
    body = {
        "type": "Subscription",
        "entities": [{"type": "Lamp"}],
        "notification": {"endpoint": {"uri": HERE}},
    }
    reply = await city.ask("POST", "/subscriptions", body)
    assert (reply.status, registration in reply.headers["ngsild-warning"]) == (201, True)
    source.answer("POST", "/subscriptions", 201)
    assert len(await city.envoy.work(city.tenant)) == 0
    assert len(source.asked) == 1
    clock.by += timedelta(seconds=2)
    await city.envoy.work(city.tenant)
    assert asked(source) == [("POST", "/subscriptions")] * 2
    assert source.asked[0].body == source.asked[1].body


async def test_what_was_made_without_our_hearing_of_it_is_found_again(city: Broker, source: Source) -> None:
    """The id is ours, so that a second try meets what the first has made."""
    source.answer("POST", "/subscriptions", 409)
    await city.register(source.url)
    await city.subscribe(HERE)
    made, again = source.asked
    assert (again.method, again.target) == ("PATCH", f"/ngsi-ld/v1/subscriptions/{made.body['id']}")


async def test_a_source_that_has_forgotten_is_subscribed_at_again(
    city: Broker, source: Source, clock: Ahead
) -> None:
    """5.8.3: it is asked now and then whether it still knows."""
    await city.register(source.url)
    await city.subscribe(HERE)
    clock.by += timedelta(hours=2)
    await city.envoy.look()
    assert [one.method for one in source.asked] == ["POST", "GET", "POST"]


def after_a_restart(city: Broker, clock: Ahead, address: str = "") -> Envoy:
    return Envoy(
        city.envoy.database, Sources(city.envoy.database, LOOPBACK, clock), city.envoy.contexts,
        address or city.url, city.envoy.sees_whole, clock,
    )  # fmt: skip


async def cut_off_while_asking(city: Broker, source: Source) -> str:
    """The id of a subscription that the source has heard of, and has not answered when our node ends."""
    source.silent, city.envoy.wait = True, 0.01
    id = await city.subscribe(HERE)

    async def heard() -> bool:
        return bool(source.asked)

    await eventually(heard)
    await city.envoy.close()
    source.silent, city.envoy.wait = False, PATIENCE_SECONDS
    return id


async def test_a_restart_loses_nothing(city: Broker, source: Source, clock: Ahead) -> None:
    """What a request has changed is worked out from the database, by whoever comes next."""
    await city.register(source.url)
    await cut_off_while_asking(city, source)
    clock.by += timedelta(minutes=2)
    await asyncio.wait_for(after_a_restart(city, clock).work(city.tenant), 20)
    assert asked(source) == [("POST", "/subscriptions")] * 2
    assert source.asked[0].body["id"] == source.asked[1].body["id"]


@pytest.mark.parametrize("changed", [False, True])
async def test_what_a_source_may_have_made_is_ended_there(
    city: Broker, source: Source, clock: Ahead, changed: bool
) -> None:
    """Ours was gone before we heard whether it has: without an end there it would tell nobody for ever."""
    await city.register(source.url)
    id = await cut_off_while_asking(city, source)
    if changed:
        await city.ask("PATCH", f"/subscriptions/{id}", {"watchedAttributes": ["power"]})
    await city.ask("DELETE", f"/subscriptions/{id}")
    clock.by += timedelta(minutes=2)
    await asyncio.wait_for(after_a_restart(city, clock).work(city.tenant), 20)
    assert [one.method for one in source.asked] == ["POST", "DELETE"]


@pytest.mark.parametrize(
    ("operations", "methods"),
    [
        (["federationOps"], ["PATCH"]),
        (["createSubscription", "deleteSubscription"], ["DELETE", "POST"]),
    ],
)
async def test_a_node_that_moves_says_so_to_its_sources(
    city: Broker, source: Source, clock: Ahead, operations: list[str], methods: list[str]
) -> None:
    await city.register(source.url, operations=operations)
    await city.subscribe(HERE)
    there = after_a_restart(city, clock, "https://new.example")
    await there.look()
    assert sorted(one.method for one in source.asked[1:]) == methods
    (told,) = [one.body for one in source.asked[1:] if one.body]
    assert told["notification"]["endpoint"]["uri"].startswith("https://new.example/api/v1/twin/received/")
    await there.look()
    assert len(source.asked) == 1 + len(methods)
