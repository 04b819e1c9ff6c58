"""Routes of how well deliveries fit their door: the report, and each delivery that it comes from."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import QueryParameter

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.core.page_token import page_of, place_of
from quanyu.packs import LOOKS_BACK, Asker, Connection, Database, TheClock, TheDatabase, sees_all
from quanyu.scenarios.parking import conformance
from quanyu.scenarios.parking.charging_http import Behind

_PREFIX = "/api/v1/packs/parking"
_OWN = {"action": "entity.read", "own": True}

Word = Annotated[str | None, QueryParameter(max_length=200)]


class ConformanceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`lag` in seconds; `faults`: how often by reason, of the twenty commonest; `more`: how many other reasons there are;
    `fits`: 98 of 100 records good, within a quarter of an hour."""

    sender: str
    format: str
    deliveries: int
    accepted: int
    refused: int
    lag: float | None
    last: datetime
    faults: dict[str, int]
    more: int
    fits: bool


class Conformances(msgspec.Struct, frozen=True, kw_only=True):
    items: list[ConformanceAnswer]


class DeliveryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery, all of which was taken or none; `faults`: what was wrong in it, the twenty commonest; `more`: how many other
    reasons there are."""

    sender: str
    format: str
    received: datetime
    accepted: int
    refused: int
    lag: float | None
    faults: list[str]
    more: int


class Deliveries(msgspec.Struct, frozen=True, kw_only=True):
    """`items`: the newest of all `deliveries`."""

    items: list[DeliveryAnswer]
    deliveries: int
    next: str | None


@get(f"{_PREFIX}/conformance", opt=_OWN)
async def show_conformance(actor: Asker, database: TheDatabase, clock: TheClock) -> Conformances:
    """Of the last 31 days, by sender and door; an operator sees its own."""
    rows = await _delivered(actor, database, clock)
    return Conformances(
        items=[
            ConformanceAnswer(
                sender=one.sender, format=one.format, deliveries=one.deliveries, accepted=one.accepted, refused=one.refused,
                lag=one.lag, last=one.last, faults=dict(one.faults), more=one.more, fits=one.fits,
            )
            for one in conformance.judge(rows)
        ]
    )  # fmt: skip


@get(f"{_PREFIX}/deliveries", opt=_OWN)
async def list_deliveries(
    actor: Asker, database: TheDatabase, clock: TheClock, sender: Word = None, format: Word = None,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 1000, after: Behind = "",
) -> Deliveries:  # fmt: skip
    """What the report comes from, the newest first; an operator sees its own."""
    place = place_of(after, tuple[datetime, int], refusal="packs.thing.token") if after else None
    async with database.tenant(actor.tenant) as connection:
        seen = await _seen(connection, actor)
        if seen is not None and sender not in (None, seen):
            return Deliveries(items=[], deliveries=0, next=None)
        rows, total = await conformance.page_of_deliveries(
            connection, actor.tenant, clock() - LOOKS_BACK, sender=seen or sender, format=format, after=place,
            limit=limit + 1,
        )  # fmt: skip
    page = page_of(rows, limit, lambda row: (row["received"], row["id"]))
    items = [
        DeliveryAnswer(
            sender=row["sender"], format=row["format"], received=row["received"], accepted=row["accepted"],
            refused=row["refused"], lag=row["lag"], faults=[reason for reason, _ in conformance.commonest(row["faults"])],
            more=max(0, len(row["faults"]) - len(conformance.commonest(row["faults"]))),
        )
        for row in page.items
    ]  # fmt: skip
    return Deliveries(items=items, deliveries=total, next=page.next)


async def _delivered(actor: Actor, database: Database, clock: Clock) -> list[Any]:
    async with database.tenant(actor.tenant) as connection:
        return await conformance.deliveries(
            connection, actor.tenant, clock() - LOOKS_BACK, await _seen(connection, actor)
        )


async def _seen(connection: Connection, actor: Actor) -> str | None:
    """Whose deliveries the asker sees; None: everybody's."""
    return None if await sees_all(connection, actor, "parking") else actor.organisation


routes = (show_conformance, list_deliveries)
