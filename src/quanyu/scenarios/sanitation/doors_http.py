"""Routes of how well the firms' deliveries fit their doors: the report over all firms, what was wrong, and each delivery."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import QueryParameter

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.packs import LOOKS_BACK, Asker, Database, TheClock, TheDatabase, sees_all
from quanyu.scenarios.sanitation import _firm_sql
from quanyu.scenarios.sanitation.firm import Conformance, Kind, conformance

_PREFIX = "/api/v1/packs/sanitation"
_OWN = {"action": "entity.read", "own": True}


class DoorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of records of a firm. `lag`: seconds from the moment to its arrival; `fits`: 98 of 100 records good, within a quarter of
    an hour."""

    firm: str
    kind: str
    deliveries: int
    accepted: int
    refused: int
    lag: float | None
    last: datetime | None
    fits: bool


class FaultAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`reason`: what was wrong with the field, in so many records."""

    firm: str
    kind: str
    field: str
    reason: str
    records: int


class Doors(msgspec.Struct, frozen=True, kw_only=True):
    items: list[DoorAnswer]
    faults: list[FaultAnswer]


class DeliveryAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`lag`: seconds, in the mean of its records."""

    firm: str
    kind: str
    received: datetime
    accepted: int
    refused: int
    lag: float | None


class Deliveries(msgspec.Struct, frozen=True, kw_only=True):
    """`items`: the newest of all `deliveries`."""

    items: list[DeliveryAnswer]
    deliveries: int


@get(f"{_PREFIX}/conformance", opt=_OWN)
async def list_conformance(actor: Asker, database: TheDatabase, clock: TheClock) -> Doors:
    """Of the last 31 days, by firm and kind of records; a firm sees its own."""
    rows = sorted(await _delivered(actor, database, clock), key=_door)
    doors = [(*door, list(own)) for door, own in groupby(rows, key=_door)]
    judged = [(firm, kind, own, conformance(Kind(kind), own)) for firm, kind, own in doors]
    return Doors(
        items=[
            DoorAnswer(
                firm=firm, kind=kind, deliveries=len(own), accepted=one.accepted, refused=one.received - one.accepted,
                lag=one.lag, last=one.last, fits=one.fits,
            )
            for firm, kind, own, one in judged
        ],
        faults=[fault for firm, _, _, one in judged for fault in _faults(firm, one)],
    )  # fmt: skip


@get(f"{_PREFIX}/deliveries", opt=_OWN)
async def list_deliveries(
    actor: Asker, database: TheDatabase, clock: TheClock,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 1000,
) -> Deliveries:  # fmt: skip
    """What the report comes from, the newest first; a firm sees its own."""
    rows = await _delivered(actor, database, clock)
    items = [
        DeliveryAnswer(
            firm=row["firm"], kind=row["kind"], received=row["received"], accepted=row["accepted"], refused=row["refused"],
            lag=row["lag"],
        )
        for row in rows[:limit]
    ]  # fmt: skip
    return Deliveries(items=items, deliveries=len(rows))


async def _delivered(actor: Actor, database: Database, clock: Clock) -> Sequence[Mapping[str, Any]]:
    now = clock()
    async with database.tenant(actor.tenant) as connection:
        firms = None if await sees_all(connection, actor, "sanitation") else actor.organisations
        return await _firm_sql.deliveries_of(
            connection, actor.tenant, firms, now - LOOKS_BACK, now + timedelta(seconds=1)
        )


def _door(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["firm"], row["kind"]


def _faults(firm: str, one: Conformance) -> Iterator[FaultAnswer]:
    for fault, count in one.faults:
        field, _, reason = fault.partition(": ")
        yield FaultAnswer(firm=firm, kind=one.kind, field=field, reason=reason, records=count)


routes = (list_conformance, list_deliveries)
