"""Subscriptions under a contract, over HTTP: who is told what, what that costs, and when it stops."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from quanyu.app.sight import DatasetSight
from quanyu.app.subscribers import Subscribers
from quanyu.connect.outgoing import Outgoing
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.delivery.counting import Counting
from quanyu.exchange.delivery.engine import Engines
from quanyu.exchange.entities.notifying import Notifying
from quanyu.exchange.entities.service import Entities
from quanyu.exchange.policy import Condition, Mask, MaskKind, Operator
from quanyu.query import DuckEngine
from quanyu.twin.model import EntityWrite, Op
from quanyu.twin.subscriptions import Notifier
from tests.patience import eventually
from tests.unit.exchange.city import START, City
from tests.unit.exchange.test_entities import R007, ngsi, usage
from tests.unit.twin.subscriptions.receiver import Receiver, receiving


@pytest_asyncio.fixture(loop_scope="session")
async def receiver(city: City) -> AsyncIterator[Receiver]:
    """An endpoint, and the city's notifier at work."""
    node = city.node
    entities = Entities(Counting(node.database, node.folder, node.clock), Engines(DuckEngine(node.folder)))
    told = Subscribers(DatasetSight(), Notifying(entities))
    notifier = Notifier(
        node.database, tenant=city.tenant, outgoing=Outgoing(("127.0.0.0/8",)), sees=told.sees, passage=told.passage,
        clock=node.clock,
    )  # fmt: skip
    async with receiving() as endpoint:
        running = asyncio.create_task(notifier.run())
        yield endpoint
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def subscribe(city: City, id: str, receiver: Receiver, *, expect: int = 201, **members: Any) -> str:
    body = {
        "type": "Subscription", "entities": [{"type": "ServiceRequest"}],
        "notification": {"endpoint": {"uri": receiver.url}, "format": "simplified"}, **members,
    }  # fmt: skip
    made = await city.clients["county"].post(
        f"/api/v1/sharing/entities/{id}/ngsi-ld/v1/subscriptions", json=body
    )
    assert made.status_code == expect, made.text
    return made.headers["location"].rpartition("/")[2] if expect == 201 else made.text


async def change(city: City, id: str = R007, **values: Any) -> None:
    document = {name: {"type": "Property", "value": value} for name, value in values.items()}
    write = EntityWrite(id=id, op=Op.MERGE, document=document, dataset="residents")
    await city.node.twin.writer.submit(city.tenant, [write])


async def failures(city: City, id: str, subscription: str) -> int:
    shown = await ngsi(city, id, f"subscriptions/{subscription}")
    return int(shown["notification"].get("timesFailed", 0))


async def test_notifications_are_narrowed_masked_and_counted(city: City, receiver: Receiver) -> None:
    id = await city.contract(
        columns=("编号", "街道", "收入"), masks={"收入": Mask(kind=MaskKind.GENERALISE, step=500)},
        where=(Condition(column="街道", op=Operator.EQ, value="二街"),),
    )  # fmt: skip
    subscription = await subscribe(city, id, receiver)
    await change(city, 年龄段=99)  # not given
    await change(city, R007[:-1] + "6", 收入=5555)  # another street
    await change(city, 收入=2345)
    told = await receiver.next()
    assert told.entities == [
        {"id": R007, "type": "ServiceRequest", "requestCode": "R007", "streetName": "二街", "收入": 2000}
    ]
    assert not receiver.taken()

    async def counted() -> bool:
        return (await usage(city, id))[:2] == (1, 1)

    await eventually(counted)
    (call,) = (await city.asks("county", "GET", f"/contracts/{id}/calls"))["items"]
    assert call["query"] == f"notification of {subscription}"
    await change(city, 收入=1070)
    await city.ends(id)


async def test_a_subscription_filters_by_what_is_given_as_it_is(city: City, receiver: Receiver) -> None:
    id = await city.contract(columns=("街道", "年龄段"), masks={"年龄段": Mask(kind=MaskKind.HASH)})
    for members in (
        {"q": "收入>1500"}, {"q": "年龄段==30"}, {"watchedAttributes": ["收入"]}, {"entities": [{"type": "ServiceRequest", "id": R007}]}
    ):  # fmt: skip
        assert "faults" in await subscribe(city, id, receiver, expect=400, **members), members
    kept = await subscribe(city, id, receiver, q='streetName=="三街"')
    shown = await ngsi(city, id, f"subscriptions/{kept}")
    assert shown["watchedAttributes"] == ["streetName", "年龄段"]
    wider = {"json": {"q": "收入>1500"}, "headers": {"content-type": "application/json"}}
    await ngsi(city, id, f"subscriptions/{kept}", method="PATCH", expect=400, **wider)
    hidden = await city.clients["authority"].get(f"/ngsi-ld/v1/subscriptions/{kept}")
    assert hidden.status_code == 404, "it would be seen, and changed, without the contract"
    await ngsi(city, id, f"subscriptions/{kept}", method="DELETE", expect=204)
    assert await ngsi(city, id, "subscriptions") == []
    await city.ends(id)


@pytest.mark.parametrize("end", ["used up", "suspended", "over"])
async def test_nothing_is_told_when_the_contract_gives_nothing_any_more(
    city: City, receiver: Receiver, end: str
) -> None:
    id = await city.contract(calls=1, ends=START + timedelta(hours=1))
    subscription = await subscribe(city, id, receiver)
    if end == "used up":
        await change(city, 收入=3001)
        assert (await receiver.next()).entities[0]["收入"] == 3001
    elif end == "suspended":
        await city.asks(
            "civil", "POST", f"/contracts/{id}/state", json={"to": "suspended", "reason": "looked at"}
        )
    else:
        city.now = START + timedelta(hours=1)
    await change(city, 收入=3002)

    async def paused() -> bool:
        return bool((await ngsi(city, id, f"subscriptions/{subscription}"))["status"] == "paused")

    await eventually(paused)
    assert not receiver.taken()
    assert (await usage(city, id))[2] == 1
    async with city.node.database.tenant(city.tenant) as connection:
        denied = await connection.fetchval(
            "select count(*) from evidence_pending where action = 'share.use' and outcome = 'denied' and detail->>'subscription' = $1",
            subscription,
        )
    assert denied == 1
    await change(city, 收入=1070)
    await city.ends(id)


async def test_what_waited_when_the_contract_changed_never_leaves(city: City, receiver: Receiver) -> None:
    id = await city.contract()
    receiver.answers = [503]
    subscription = await subscribe(city, id, receiver)
    await change(city, 收入=3003)

    def tried(times: int) -> Callable[[], Awaitable[bool]]:
        async def holds() -> bool:
            return await failures(city, id, subscription) == times

        return holds

    await eventually(tried(1))
    city.now += timedelta(seconds=5)
    async with city.node.database.tenant(city.tenant) as connection:
        desk = Contracts(connection, city.actors["civil"], city.now)
        await desk.suspend(id, "looked at")
        await desk.resume(id, "in order")
    await eventually(tried(2))
    assert not receiver.all
    dead = (await city.clients["authority"].get("/api/v1/notifications/dead")).json()["items"]
    assert "has changed since" in next(one["fault"] for one in dead if one["subscription"] == subscription)
    await change(city, 收入=1070)
    await city.ends(id)
