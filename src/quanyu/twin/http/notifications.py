"""How notifications fare, for those who run the node: what waits, dead letters, sending them once more."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.core.page_token import MOST
from quanyu.store import Database
from quanyu.twin.derived import store
from quanyu.twin.subscriptions import letters


class AtSource(msgspec.Struct, kw_only=True, frozen=True):
    """A subscription that a context source keeps for ours. `held`: whether it does yet; `ending`: it is to do so no more.

    `tries`: how often in vain; `fault`: why; `due`: when something is done about it next.
    """

    registration: str
    endpoint: str
    held: bool
    ending: bool
    tries: int
    fault: str | None
    due: datetime | None


class DeliveryShown(msgspec.Struct, kw_only=True, frozen=True):
    """Of one subscription. `waiting` are still tried, `dead` given up; `fault` is that of the last attempt."""

    subscription: str
    endpoint: str
    sent: int
    failed: int
    waiting: int
    dead: int
    oldest: datetime | None
    last_success: datetime | None
    last_failure: datetime | None
    fault: str | None
    sources: tuple[AtSource, ...] = ()


class DeliveryPage(msgspec.Struct, kw_only=True, frozen=True):
    """`total` is of all that were asked for, not of this part."""

    items: tuple[DeliveryShown, ...]
    next: str | None
    total: int


class DeadLetterShown(msgspec.Struct, kw_only=True, frozen=True):
    """A notification that was given up. `entities` are the ids that it tells of."""

    id: int
    subscription: str
    endpoint: str | None
    entities: tuple[str, ...]
    made: datetime
    given_up: datetime
    tries: int
    fault: str


class DeadLetterPage(msgspec.Struct, kw_only=True, frozen=True):
    items: tuple[DeadLetterShown, ...]
    next: int | None


class Replayed(msgspec.Struct, kw_only=True, frozen=True):
    replayed: int


_Limit = Annotated[int, QueryParameter(ge=1, le=1000)]


@get("/api/v1/notifications", opt={"action": "subscription.read"})
async def list_deliveries(
    actor: NamedDependency[Actor],
    database: NamedDependency[Database],
    limit: _Limit = 100,
    after: FromQuery[str | None] = None,
    q: Annotated[str, QueryParameter(max_length=200)] = "",
    worst: FromQuery[bool] = False,
) -> DeliveryPage:
    """One row a subscription; `worst`: where something was given up first. `q` is part of its id, its address or a fault."""
    async with database.tenant(actor.tenant) as connection:
        page = await letters.deliveries(
            connection, actor.tenant, text=q, worst=worst, after=after, limit=limit
        )
        total = await letters.count(connection, actor.tenant, q)
        there = await store.shown(connection, actor.tenant, [one.subscription for one in page.items])
    items = tuple(_delivery(one, there.get(one.subscription, ())) for one in page.items)
    return DeliveryPage(items=items, next=page.next, total=total)


@get("/api/v1/notifications/dead", opt={"action": "subscription.read"})
async def list_dead_letters(
    actor: NamedDependency[Actor],
    database: NamedDependency[Database],
    subscription: FromQuery[str | None] = None,
    limit: _Limit = 100,
    after: Annotated[int, QueryParameter(ge=0, le=MOST)] = 0,
) -> DeadLetterPage:
    """The oldest first."""
    async with database.tenant(actor.tenant) as connection:
        found = await letters.dead_letters(
            connection, actor.tenant, subscription=subscription, after=after, limit=limit
        )
    items = tuple(_dead_letter(one) for one in found)
    return DeadLetterPage(items=items, next=items[-1].id if len(items) == limit else None)


@post("/api/v1/notifications/dead/replay", opt={"action": "subscription.manage"})
async def replay_dead_letters(
    actor: NamedDependency[Actor],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
    subscription: FromQuery[str | None] = None,
) -> Replayed:
    """All, or those of one subscription, to the endpoints that are named now."""
    async with database.tenant(actor.tenant) as connection:
        count = await letters.replay(connection, actor.tenant, subscription=subscription, now=clock())
    return Replayed(replayed=count)


@post("/api/v1/notifications/dead/{letter:int}/replay", opt={"action": "subscription.manage"})
async def replay_dead_letter(
    letter: FromPath[int],
    actor: NamedDependency[Actor],
    database: NamedDependency[Database],
    clock: NamedDependency[Clock],
) -> Replayed:
    async with database.tenant(actor.tenant) as connection:
        count = await letters.replay(connection, actor.tenant, id=letter, now=clock())
    return Replayed(replayed=count)


@delete("/api/v1/notifications/dead/{letter:int}", opt={"action": "subscription.manage"})
async def discard_dead_letter(
    letter: FromPath[int],
    actor: NamedDependency[Actor],
    database: NamedDependency[Database],
) -> None:
    async with database.tenant(actor.tenant) as connection:
        await letters.discard(connection, actor.tenant, letter)


def _delivery(one: letters.Delivery, there: Sequence[store.Standing]) -> DeliveryShown:
    return DeliveryShown(
        subscription=one.subscription, endpoint=_without_password(one.endpoint), sent=one.sent, failed=one.failed,
        waiting=one.waiting, dead=one.dead, oldest=one.oldest, last_success=one.last_success,
        last_failure=one.last_failure, fault=one.fault,
        sources=tuple(AtSource(**asdict(standing)) for standing in there),
    )  # fmt: skip


def _dead_letter(one: letters.DeadLetter) -> DeadLetterShown:
    return DeadLetterShown(
        id=one.id, subscription=one.subscription, endpoint=one.endpoint and _without_password(one.endpoint),
        entities=one.entities, made=one.made, given_up=one.given_up, tries=one.tries, fault=one.fault,
    )  # fmt: skip


def _without_password(uri: str) -> str:
    parts = urlsplit(uri)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
