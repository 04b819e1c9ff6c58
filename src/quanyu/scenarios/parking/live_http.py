"""Routes of what is live: three doors for occupancy, free spaces with forecasts."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import JSONBody

from quanyu.core.errors import Invalid
from quanyu.packs import Asker, TheClock, TheDatabase
from quanyu.scenarios.parking import conformance, service
from quanyu.scenarios.parking.live import Lot, Outlook, Quality
from quanyu.scenarios.parking.readings import Format, Told, of_csv, of_entities, of_messages

_PREFIX = "/api/v1/packs/parking"
_OPEN, _PUSH = {"action": "entity.read", "open": True}, {"action": "source.push", "own": True}
_MOST = 200_000


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """`passed_over`: messages that tell nothing of occupancy."""

    readings: int
    moves: int
    passed_over: int


class OutlookAnswer(msgspec.Struct, frozen=True, kw_only=True):
    minutes: int
    free: int
    low: int
    high: int
    learned: bool


class LotAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`age` in seconds; `confidence` from 0 to 1; `thing` is the car park in the twin, none where only its readings are known."""

    lot: str
    thing: str | None
    name: str
    free: int
    spaces: int
    at: datetime
    age: int
    confidence: float
    outlooks: list[OutlookAnswer]


class QualityAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Mean absolute errors in shares of the spaces, of the last week against what was told before it."""

    minutes: int
    forecast: float
    last_week: float
    count: int


class FreeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    items: list[LotAnswer]
    errors: list[QualityAnswer]


@post(f"{_PREFIX}/readings/t133", opt=_PUSH, status_code=200)
async def take_messages(
    actor: Asker, database: TheDatabase, clock: TheClock, data: JSONBody[list[dict[str, Any]]]
) -> Taken:
    """Messages of DB4401/T 133: all of them or none."""
    return await _take(actor, database, clock, Format.T133, lambda: of_messages(data[:_MOST]))


@post(f"{_PREFIX}/readings/ngsi-ld", opt=_PUSH, status_code=200)
async def take_entities(
    actor: Asker, database: TheDatabase, clock: TheClock, data: JSONBody[list[dict[str, Any]]]
) -> Taken:
    """Entities of type OffStreetParking. What the twin holds of them is read as well, without this door."""
    return await _take(actor, database, clock, Format.NGSI_LD, lambda: of_entities(data[:_MOST]))


@post(f"{_PREFIX}/readings/csv", opt=_PUSH, status_code=200)
async def take_csv(
    request: Request[Any, Any, Any], actor: Asker, database: TheDatabase, clock: TheClock
) -> Taken:
    """A header with lot, time, free and perhaps spaces, in UTF-8."""
    body = await request.body()
    return await _take(actor, database, clock, Format.CSV, lambda: of_csv(_text(body)))


@get(f"{_PREFIX}/free", opt=_OPEN)
async def show_free(actor: Asker, database: TheDatabase, clock: TheClock) -> FreeAnswer:
    """Now, with age and confidence, and in 15, 30 and 60 minutes; with the errors that the forecast made lately."""
    async with database.tenant(actor.tenant) as connection:
        found = await service.situation(connection, actor.tenant, clock())
    return FreeAnswer(
        items=[_lot(one, found.names.get(one.id)) for one in found.lots],
        errors=[_quality(one) for one in found.qualities],
    )


async def _take(
    actor: Asker, database: TheDatabase, clock: TheClock, form: Format, read: Callable[[], Told]
) -> Taken:
    """What was refused is noted as well, so that the report of the door knows it."""
    now, sender = clock(), actor.organisation or actor.id
    try:
        told = read()
    except Invalid as error:
        async with database.tenant(actor.tenant) as connection:
            await conformance.keep(connection, actor.tenant, conformance.of_refused(sender, form, error), now)
        raise
    async with database.tenant(actor.tenant) as connection:
        await service.take(connection, actor.tenant, told, form, now)
        await conformance.keep(connection, actor.tenant, conformance.of_told(sender, form, told, now), now)
    return Taken(readings=len(told.readings), moves=len(told.moves), passed_over=told.passed_over)


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("packs.thing.unreadable", reason=str(error)) from error


def _lot(one: Lot, name: str | None) -> LotAnswer:
    return LotAnswer(
        lot=one.id, thing=one.id if name else None, name=name or service.name_of(one.id), free=one.free, spaces=one.spaces, at=one.at, age=round(one.age.total_seconds()),
        confidence=one.confidence, outlooks=[_outlook(outlook) for outlook in one.outlooks],
    )  # fmt: skip


def _outlook(one: Outlook) -> OutlookAnswer:
    return OutlookAnswer(
        minutes=one.minutes,
        free=round(one.free),
        low=round(one.low),
        high=round(one.high),
        learned=one.learned,
    )


def _quality(one: Quality) -> QualityAnswer:
    return QualityAnswer(
        minutes=one.minutes,
        forecast=round(one.forecast, 4),
        last_week=round(one.last_week, 4),
        count=one.count,
    )


routes = (take_messages, take_entities, take_csv, show_free)
