"""What a subscription may say, and how it is answered."""

from datetime import UTC, datetime
from typing import Any

import pytest

from quanyu.core.errors import Invalid
from quanyu.twin.subscriptions.parse import parse_subscription
from tests.unit.twin.subscriptions.conftest import City


def endpoint(**members: Any) -> dict[str, Any]:
    return {"endpoint": {"uri": "http://example.org/notify", **members}}


async def test_a_subscription_is_answered_as_it_was_made_with_its_status(city: City) -> None:
    id = await city.subscribe(watchedAttributes=["power"], q="power>3", description="bright lamps")
    found = await city.subscription(id)
    assert (found["id"], found["type"], found["status"]) == (id, "Subscription", "active")
    assert (found["entities"], found["watchedAttributes"], found["q"]) == (
        [{"type": "Lamp"}],
        ["power"],
        "power>3",
    )
    assert found["notificationTrigger"] == ["attributeCreated", "attributeUpdated"]
    assert "timesSent" not in found["notification"]
    assert "createdAt" not in found
    with_moments = (await city.ask("GET", f"/subscriptions/{id}?options=sysAttrs")).json
    assert with_moments["createdAt"] == with_moments["modifiedAt"]


@pytest.mark.parametrize(
    ("members", "where"),
    [
        ({"entities": []}, "/entities"),
        ({"entities": [{"id": "urn:x:y"}]}, "/entities/0/type"),
        ({"entities": [{"type": "Lamp", "id": "no uri"}]}, "/entities/0/id"),
        ({"entities": [{"type": "Lamp", "idPattern": "["}]}, "/entities"),
        ({"entities": [{"type": "Lamp", "colour": "red"}]}, "/entities/0/colour"),
        ({"type": "Subscriber"}, "/type"),
        ({"id": "no uri"}, "/id"),
        ({"watchedAttributes": ["a b"]}, "/watchedAttributes"),
        ({"watchedAttributes": []}, "/watchedAttributes"),
        ({"q": "a=="}, "/q"),
        ({"q": 5}, "/q"),
        ({"scopeQ": "/a//b;"}, "/scopeQ"),
        ({"geoQ": {"georel": "near", "geometry": "Point", "coordinates": [1, 2]}}, "/geoQ"),
        ({"geoQ": {"georel": "within"}}, "/geoQ/geometry"),
        ({"isActive": "yes"}, "/isActive"),
        ({"timeInterval": 0}, "/timeInterval"),
        ({"timeInterval": 5, "throttling": 5}, "/throttling"),
        ({"timeInterval": 5, "watchedAttributes": ["a"]}, "/watchedAttributes"),
        ({"throttling": -1}, "/throttling"),
        ({"notificationTrigger": ["entityMoved"]}, "/notificationTrigger"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "/expiresAt"),
        ({"expiresAt": "tomorrow"}, "/expiresAt"),
        ({"datasetId": ["no uri"]}, "/datasetId"),
        ({"csf": "a=="}, "/csf"),
        ({"entities": [{"type": "*"}], "localOnly": False}, "/localOnly"),
        ({"notification": {**endpoint(), "pick": ["by{name}"]}}, "/notification/pick"),
        ({"jsonldContext": "no uri"}, "/jsonldContext"),
        ({"temporalQ": {"timerel": "after", "timeAt": "2020-01-01T00:00:00Z"}}, "/temporalQ"),
        ({"colour": "red"}, "/colour"),
        ({"notification": {}}, "/notification/endpoint"),
        ({"notification": endpoint(uri="ftp://example.org/x")}, "/notification/endpoint/uri"),
        ({"notification": endpoint(uri="mqtt://example.org")}, "/notification/endpoint/uri"),
        ({"notification": endpoint(accept="text/html")}, "/notification/endpoint/accept"),
        ({"notification": endpoint(timeout=0)}, "/notification/endpoint/timeout"),
        ({"notification": endpoint(receiverInfo=[{"key": "Host", "value": "x"}])}, "/notification/endpoint/receiverInfo"),
        ({"notification": endpoint(receiverInfo=[{"key": "A", "value": "x\r\ny"}])}, "/notification/endpoint/receiverInfo"),
        ({"notification": endpoint(notifierInfo=[{"key": "MQTT-QoS", "value": 3}])}, "/notification/endpoint/notifierInfo"),
        ({"notification": {**endpoint(), "format": "xml"}}, "/notification/format"),
        ({"notification": {**endpoint(), "format": "keyValues", "showChanges": True}}, "/notification/showChanges"),
        ({"notification": {**endpoint(), "pick": ["a"], "omit": ["a"]}}, "/notification/omit"),
        ({"notification": {**endpoint(), "attributes": ["id"]}}, "/notification/attributes"),
        ({"notification": {**endpoint(), "pick": ["a"], "attributes": ["a"]}}, "/notification/pick"),
        ({"notification": {**endpoint(), "joinLevel": 2}}, "/notification/joinLevel"),
    ],
)  # fmt: skip
async def test_a_fault_is_told_with_its_place(city: City, members: dict[str, Any], where: str) -> None:
    body = {"type": "Subscription", "entities": [{"type": "Lamp"}], "notification": endpoint(), **members}
    reply = await city.ask("POST", "/subscriptions", body)
    assert (reply.status, reply.json["title"]) == (400, "BadRequestData"), reply.json
    assert where in [fault["where"] for fault in reply.json["faults"]]


async def test_all_faults_are_told_together(city: City) -> None:
    body = {"type": "Subscription", "throttling": 0, "isActive": 1, "notification": {"format": "xml"}}
    reply = await city.ask("POST", "/subscriptions", body)
    places = {fault["where"] for fault in reply.json["faults"]}
    assert places >= {"/throttling", "/isActive", "/notification/format", "/notification/endpoint"}


async def test_an_update_replaces_members_and_null_removes_them(city: City) -> None:
    id = await city.subscribe(description="bright", q="power>3")
    reply = await city.ask(
        "PATCH", f"/subscriptions/{id}", {"description": None, "q": "power>5", "isActive": False}
    )
    assert reply.status == 204
    found = await city.subscription(id)
    assert ("description" in found, found["q"], found["isActive"], found["status"]) == (
        False,
        "power>5",
        False,
        "paused",
    )


@pytest.mark.parametrize(
    "fragment",
    [{"notification": None}, {"notification": {"format": "concise"}}, {"entities": None}, {"q": "a=="}, {}],
)
async def test_an_update_that_would_break_the_subscription_is_refused(
    city: City, fragment: dict[str, Any]
) -> None:
    id = await city.subscribe()
    before = await city.subscription(id)
    assert (await city.ask("PATCH", f"/subscriptions/{id}", fragment)).status == 400
    assert await city.subscription(id) == before


@pytest.mark.parametrize(
    ("active", "year", "status"),
    [(True, 2030, "active"), (False, 2030, "paused"), (True, 2032, "expired"), (False, 2032, "expired")],
)
def test_an_end_goes_before_a_pause(active: bool, year: int, status: str) -> None:
    body = {
        "type": "Subscription", "entities": [{"type": "Lamp"}], "notification": endpoint(),
        "isActive": active, "expiresAt": "2031-01-01T08:00:00+08:00",
    }  # fmt: skip
    subscription = parse_subscription(body, id="urn:ngsi-ld:Subscription:1")
    assert subscription.status(datetime(year, 1, 1, tzinfo=UTC)) == status


async def test_an_end_is_moved_to_the_future_only(city: City) -> None:
    id = await city.subscribe(expiresAt="2100-01-01T00:00:00Z")
    assert (
        await city.ask("PATCH", f"/subscriptions/{id}", {"expiresAt": "2020-01-01T00:00:00Z"})
    ).status == 400
    assert (
        await city.ask("PATCH", f"/subscriptions/{id}", {"expiresAt": "2101-01-01T00:00:00Z"})
    ).status == 204
    assert (await city.subscription(id))["expiresAt"] == "2101-01-01T00:00:00Z"


async def test_an_id_is_taken_once(city: City) -> None:
    id = await city.subscribe(id="urn:ngsi-ld:Subscription:one")
    body = {"id": id, "type": "Subscription", "entities": [{"type": "Lamp"}], "notification": endpoint()}
    reply = await city.ask("POST", "/subscriptions", body)
    assert (reply.status, reply.json["title"]) == (409, "AlreadyExists")


@pytest.mark.parametrize(("id", "status"), [("urn:ngsi-ld:Subscription:none", 404), ("none", 400)])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_an_unknown_id_is_not_found_and_no_id_is_refused(
    city: City, method: str, id: str, status: int
) -> None:
    body = {"q": "a"} if method == "PATCH" else None
    assert (await city.ask(method, f"/subscriptions/{id}", body)).status == status


async def test_the_list_is_paged_in_the_order_of_making_and_counted(city: City) -> None:
    ids = [await city.subscribe() for _ in range(3)]
    reply = await city.ask("GET", "/subscriptions?limit=1&offset=1&count=true")
    assert [one["id"] for one in reply.json] == ids[1:2]
    assert reply.headers["ngsild-results-count"] == "3"
    assert 'limit=1&offset=0&count=true>;rel="prev"' in reply.headers["link"]
    assert 'limit=1&offset=2&count=true>;rel="next"' in reply.headers["link"]


async def test_a_removed_subscription_is_gone(city: City) -> None:
    id = await city.subscribe()
    assert (await city.ask("DELETE", f"/subscriptions/{id}")).status == 204
    assert (await city.ask("GET", f"/subscriptions/{id}")).status == 404
    assert (await city.ask("GET", "/subscriptions")).json == []


@pytest.mark.parametrize(("expanded", "raw"), [("kind", "raw"), (["kind", "sort"], ["raw"])])
async def test_every_member_of_the_standard_is_taken_and_answered(
    city: City, expanded: str | list[str], raw: str | list[str]
) -> None:
    """5.2.12; names as a query has them (5.2.23): one text, or a list."""
    said = {
        "localOnly": True,
        "splitEntities": False,
        "expandValues": expanded,
        "jsonKeys": raw,
        "ngsildConformance": "1.5",
        "lang": "en",
    }
    found = await city.subscription(await city.subscribe(**said))
    assert {name: found[name] for name in said} == said


@pytest.mark.parametrize(
    ("members", "where"),
    [
        ({"localOnly": "yes"}, "/localOnly"),
        ({"splitEntities": 1}, "/splitEntities"),
        ({"ngsildConformance": "one"}, "/ngsildConformance"),
    ],
)
def test_a_member_of_distribution_has_its_type(members: dict[str, Any], where: str) -> None:
    """5.2.12."""
    source = {"type": "Subscription", "entities": [{"type": "Lamp"}], "notification": endpoint(), **members}
    with pytest.raises(Invalid) as told:
        parse_subscription(source, id="urn:x:y")
    assert [fault.where for fault in told.value.faults] == [where]


def test_only_what_is_local_may_be_watched_without_saying_what() -> None:
    """5.2.12: entities or watchedAttributes, unless localOnly."""
    source = {"type": "Subscription", "notification": endpoint()}
    assert parse_subscription({**source, "localOnly": True}, id="urn:x:y").local
    assert parse_subscription(
        {**source, "entities": [{"type": "*"}], "timeInterval": 5}, id="urn:x:y"
    ).interval
    with pytest.raises(Invalid):
        parse_subscription(source, id="urn:x:y")


def test_any_trigger_stands_beside_an_interval() -> None:
    """5.2.12: only watchedAttributes and throttling exclude it."""
    source = {"type": "Subscription", "entities": [{"type": "Lamp"}], "notification": endpoint()}
    made = parse_subscription(
        {**source, "timeInterval": 5, "notificationTrigger": ["entityCreated"]}, id="urn:x:y"
    )
    assert [str(one) for one in made.triggers] == ["entityCreated"]
