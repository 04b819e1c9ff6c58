"""Routes of how well deliveries fit their door: the report, and each delivery that it comes from."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import QueryParameter

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.packs import LOOKS_BACK, Asker, Database, TheClock, TheDatabase, sees_all
from quanyu.scenarios.parking import conformance

_PREFIX = "/api/v1/packs/parking"
_OWN = {"action": "entity.read", "own": True}


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
    actor: Asker, database: TheDatabase, clock: TheClock,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 1000,
) -> Deliveries:  # fmt: skip
    """What the report comes from, the newest first; an operator sees its own."""
    rows = await _delivered(actor, database, clock)
    items = [
        DeliveryAnswer(
            sender=row["sender"], format=row["format"], received=row["received"], accepted=row["accepted"],
            refused=row["refused"], lag=row["lag"], faults=[reason for reason, _ in conformance.commonest(row["faults"])],
            more=max(0, len(row["faults"]) - len(conformance.commonest(row["faults"]))),
        )
        for row in rows[: -limit - 1 : -1]
    ]  # fmt: skip
    return Deliveries(items=items, deliveries=len(rows))


async def _delivered(actor: Actor, database: Database, clock: Clock) -> list[Any]:
    async with database.tenant(actor.tenant) as connection:
        sender = None if await sees_all(connection, actor, "parking") else actor.organisation
        return await conformance.deliveries(connection, actor.tenant, clock() - LOOKS_BACK, sender)


routes = (show_conformance, list_deliveries)
