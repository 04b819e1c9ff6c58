"""Who subscribes to registrations hears what comes, changes and goes (5.11.7)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest_asyncio

from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import Actor
from quanyu.core.clock import utc_now
from quanyu.store import Database
from quanyu.twin.http import Door, NgsiApp
from quanyu.twin.http.sight import WholeTenant
from quanyu.twin.ngsild.context import Contexts
from quanyu.twin.registrations import Herald, Sources
from quanyu.twin.writer import Writer
from tests.unit.twin.ngsi_client import Client, actor
from tests.unit.twin.registrations.source import Source, listening

SOURCE = {"type": "ContextSourceRegistration", "endpoint": "http://a.example"}


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Source]:
    async with listening() as made:
        made.answers["POST", "/notify"] = (200, None)
        yield made


@pytest_asyncio.fixture
async def ngsi(database: Database, tenant: str) -> AsyncIterator[Client]:
    async def authorize(scope: object, action: str) -> Actor:
        return actor(tenant)

    outgoing = Outgoing(("127.0.0.0/8",))
    herald = Herald(database, Contexts(), tenant, outgoing, pauses=(0.02,))
    sources = Sources(database, outgoing, herald=herald)
    yield Client(
        NgsiApp(
            Door(database=database, writer=Writer(database), sight=WholeTenant(), sources=sources), authorize
        )
    )
    await herald.close()


async def send(ngsi: Client, method: str, target: str, body: Any) -> str:
    reply = await ngsi.ask(method, target, body, content_type="application/json")
    assert reply.status < 300, reply.content
    return reply.headers.get("location", "").removeprefix("/ngsi-ld/v1")


async def subscribe(ngsi: Client, receiver: Source, **members: Any) -> str:
    body = {
        "type": "Subscription",
        "entities": [{"type": "Vehicle"}],
        "notification": {"endpoint": {"uri": f"{receiver.url}/notify"}},
        **members,
    }
    return await send(ngsi, "POST", "/csourceSubscriptions", body)


async def told(
    ngsi: Client, receiver: Source, subscription: str, *, times: int
) -> list[tuple[str, list[str]]]:
    """Once `times` have arrived, and what else is under way: why, and about which registrations."""
    await heard(receiver, times)
    assert (await ngsi.ask("GET", subscription)).status == 200
    return [(one.body["triggerReason"], [kept["id"] for kept in one.body["data"]]) for one in receiver.asked]


def about(type: str) -> dict[str, Any]:
    return {**SOURCE, "information": [{"entities": [{"type": type}]}]}


async def test_a_registration_is_told_of_from_its_coming_to_its_going(ngsi: Client, receiver: Source) -> None:
    subscription = await subscribe(ngsi, receiver)
    path = await send(ngsi, "POST", "/csourceRegistrations", about("Vehicle"))
    id = path.rpartition("/")[2]
    await send(ngsi, "PATCH", path, {"endpoint": "http://b.example"})
    await send(ngsi, "DELETE", path, None)
    reasons = await told(ngsi, receiver, subscription, times=3)
    assert reasons == [("newlyMatching", [id]), ("updated", [id]), ("noLongerMatching", [id])]


async def test_what_is_there_already_is_told_at_once(ngsi: Client, receiver: Source) -> None:
    path = await send(ngsi, "POST", "/csourceRegistrations", about("Vehicle"))
    subscription = await subscribe(ngsi, receiver)
    reasons = await told(ngsi, receiver, subscription, times=1)
    assert reasons == [("newlyMatching", [path.rpartition("/")[2]])]


async def test_of_other_types_and_while_paused_nothing_is_told(ngsi: Client, receiver: Source) -> None:
    subscription = await subscribe(ngsi, receiver)
    await send(ngsi, "POST", "/csourceRegistrations", about("Bus"))
    await send(ngsi, "PATCH", subscription, {"isActive": False})
    await send(ngsi, "POST", "/csourceRegistrations", about("Vehicle"))
    assert await told(ngsi, receiver, subscription, times=0) == []


async def test_a_refusal_is_counted(ngsi: Client, receiver: Source) -> None:
    receiver.answers.clear()
    subscription = await subscribe(ngsi, receiver)
    await send(ngsi, "POST", "/csourceRegistrations", about("Vehicle"))
    shown = await counted(ngsi, subscription)
    assert (shown["timesSent"], shown["timesFailed"], shown["status"]) == (1, 1, "failed")


async def counted(ngsi: Client, subscription: str) -> dict[str, Any]:
    """What its notification shows once the first has come to its end."""
    for _ in range(2000):
        shown: dict[str, Any] = (await ngsi.ask("GET", subscription)).json["notification"]
        if "lastSuccess" in shown or "lastFailure" in shown:
            return shown
        await asyncio.sleep(0.005)
    raise AssertionError(shown)


async def heard(receiver: Source, times: int) -> None:
    for _ in range(2000):
        if len(receiver.asked) >= times:
            return
        await asyncio.sleep(0.005)
    raise AssertionError(receiver.asked)


async def test_what_cannot_be_delivered_is_tried_again(ngsi: Client, receiver: Source) -> None:
    subscription = await subscribe(ngsi, receiver)
    receiver.answers["POST", "/notify"] = (503, None)
    await send(ngsi, "POST", "/csourceRegistrations", about("Vehicle"))
    assert len(await told(ngsi, receiver, subscription, times=2)) == 2
    assert receiver.asked[0].body == receiver.asked[1].body
    body = await counted(ngsi, subscription)
    assert (body["timesSent"], body["timesFailed"]) == (1, 1)


async def test_what_is_refused_is_not_tried_again(ngsi: Client, receiver: Source) -> None:
    subscription = await subscribe(ngsi, receiver)
    receiver.answers["POST", "/notify"] = (400, None)
    await send(ngsi, "POST", "/csourceRegistrations", about("Vehicle"))
    assert len(await told(ngsi, receiver, subscription, times=1)) == 1


async def test_a_filter_looks_at_properties_of_the_source(ngsi: Client, receiver: Source) -> None:
    subscription = await subscribe(ngsi, receiver, csf='owner=="city"')
    for owner in ("city", "firm"):
        await send(ngsi, "POST", "/csourceRegistrations", {**about("Vehicle"), "owner": owner})
    (only,) = await told(ngsi, receiver, subscription, times=1)
    assert only[0] == "newlyMatching"
    assert receiver.asked[0].body["data"][0]["owner"] == "city"


async def test_who_orders_a_snapshot_is_told_when_it_is_ready(ngsi: Client, receiver: Source) -> None:
    id = "urn:ngsi-ld:Snapshot:told"
    body = {
        "id": id, "type": "Snapshot", "snapshotQueries": [{"type": "Query", "entities": [{"type": "Car"}]}],
        "endpoint": f"{receiver.url}/notify", "receiverInfo": [{"key": "x-case", "value": "7"}],
    }  # fmt: skip
    await send(ngsi, "POST", "/snapshots", body)
    await heard(receiver, 1)
    said = receiver.asked[0].body
    assert (said["type"], said["snapshotId"], said["snapshotStatus"]) == ("SnapshotNotification", id, "empty")
    wrong = {**body, "id": f"{id}:2", "endpoint": "ftp://a.example"}
    assert (await ngsi.ask("POST", "/snapshots", wrong, content_type="application/json")).status == 400


async def test_what_could_not_be_told_survives_a_restart(
    ngsi: Client, receiver: Source, database: Database, tenant: str
) -> None:
    """5.11.7: written down with the registration itself, told by whoever comes next."""
    receiver.answers["POST", "/notify"] = (503, None)
    await subscribe(ngsi, receiver)
    await send(ngsi, "POST", "/csourceRegistrations", about("Vehicle"))
    await heard(receiver, 2)
    receiver.answers["POST", "/notify"] = (200, None)
    later = Herald(
        database, Contexts(), tenant, Outgoing(("127.0.0.0/8",)),
        clock=lambda: utc_now() + timedelta(minutes=10),
    )  # fmt: skip
    await later.look()
    await heard(receiver, 3)
    await later.close()
    assert receiver.asked[2].body == receiver.asked[0].body


async def test_of_a_changed_subscription_all_that_matches_is_told(ngsi: Client, receiver: Source) -> None:
    """5.11.3.4, and what matches no longer."""
    for type in ("Vehicle", "Bus", "Tram"):
        await send(ngsi, "POST", "/csourceRegistrations", {**about(type), "id": f"urn:{type}"})
    subscription = await subscribe(ngsi, receiver, entities=[{"type": "Vehicle,Bus"}])
    await heard(receiver, 1)
    await send(ngsi, "PATCH", subscription, {"entities": [{"type": "Bus,Tram"}]})
    reasons = await told(ngsi, receiver, subscription, times=3)
    assert reasons[1:] == [("newlyMatching", ["urn:Bus", "urn:Tram"]), ("noLongerMatching", ["urn:Vehicle"])]


async def test_which_attributes_are_watched_matters_where_some_are_told(
    ngsi: Client, receiver: Source
) -> None:
    """5.12: where all are told, a source may have something whatever it has; else those watched and those told together."""
    speed = {"entities": [{"type": "Vehicle"}], "propertyNames": ["speed"]}
    await send(ngsi, "POST", "/csourceRegistrations", {**SOURCE, "information": [speed]})
    endpoint = {"uri": f"{receiver.url}/notify"}
    for attributes, times in (([], 1), (["brand"], 1), (["speed"], 2)):
        notification = {"endpoint": endpoint} | ({"attributes": attributes} if attributes else {})
        id = await subscribe(ngsi, receiver, watchedAttributes=["brand"], notification=notification)
        assert len(await told(ngsi, receiver, id, times=times)) == times
