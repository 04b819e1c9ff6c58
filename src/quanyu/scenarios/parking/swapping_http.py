"""Routes of swap stations: what they hold, whose queue is how long, and the swaps of a day."""

from datetime import date, datetime, time, timedelta
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from quanyu.core.actor import Actor
from quanyu.core.clock import CITY_ZONE
from quanyu.core.page_token import page_of
from quanyu.packs import Asker, Database, TheClock, TheDatabase
from quanyu.scenarios.parking import _stations_sql, swapping
from quanyu.scenarios.parking.charging_http import Behind, Most, Operator, Sequence, Text, place_behind
from quanyu.scenarios.parking.codes import Reader
from quanyu.scenarios.parking.operators import seen_by, speaks_for
from quanyu.scenarios.parking.swapping import Seen, Station, Swap

_PREFIX = "/api/v1/packs/parking"
_OWN, _PUSH = {"action": "entity.read", "own": True}, {"action": "source.push", "own": True}

TheDay = Annotated[date, PathParameter()]


class SwapInput(msgspec.Struct, frozen=True, kw_only=True):
    """`sequence`: nine characters of the operator and eighteen. The vehicle came at `arrived`; `given` is the battery that it got,
    `taken` the one that it left. `operator`: the organisation whose station it is, the asker's own unless said."""

    sequence: Sequence
    station: Text
    arrived: datetime
    begun: datetime
    ended: datetime | None = None
    given: Text
    taken: Text
    kwh: Annotated[float, msgspec.Meta(ge=0, le=1000)]
    operator: Operator = ""


class StationAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`full` + `charging` + `faulty` = `slots`. `standing`: 0 离网, 1 营业, 2 暂停营业, 255 故障. `taken`: kW, rated. `age` in seconds."""

    thing: str
    station: str
    name: str
    operator: str
    feeder: str
    standing: int
    supply: str
    full: int
    charging: int
    faulty: int
    slots: int
    queue: int | None
    swaps: int | None
    taken: float
    at: datetime | None
    age: int | None


class WrongAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A station that cannot be counted, and why."""

    thing: str
    name: str
    reason: str


class Stations(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over `items`; `available`: the share of the slots that hold a full battery; `able`: stations that are open and have one.
    `wrong` ones are in no sum."""

    items: list[StationAnswer]
    wrong: list[WrongAnswer]
    stations: int
    able: int
    full: int
    charging: int
    faulty: int
    slots: int
    queue: int
    available: float | None
    at: datetime | None


class WorkAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds: mean and longest wait, and how long a swap took in the mean."""

    station: str
    name: str
    operator: str
    thing: str | None
    swaps: int
    wait: float
    longest: float
    lasted: float | None
    kwh: float


class Works(msgspec.Struct, frozen=True, kw_only=True):
    """Of the whole day: how many, and the mean wait in seconds; none where nothing was swapped."""

    items: list[WorkAnswer]
    swaps: int
    wait: float | None
    kwh: float


class SwapAnswer(msgspec.Struct, frozen=True, kw_only=True):
    sequence: str
    operator: str
    station: str
    name: str
    arrived: datetime
    begun: datetime
    ended: datetime | None
    wait: int
    given: str
    taken: str
    kwh: float


class Swaps(msgspec.Struct, frozen=True, kw_only=True):
    items: list[SwapAnswer]
    next: str | None


@post(f"{_PREFIX}/swap-orders", opt=_PUSH, status_code=204)
async def take_swaps(actor: Asker, database: TheDatabase, data: JSONBody[list[SwapInput]]) -> None:
    """All of them or none; told again with its end it is the same swap."""
    reader = Reader()
    async with database.tenant(actor.tenant) as connection:
        whose = {one.operator: await speaks_for(connection, actor, one.operator) for one in data}
        swaps = [_swap(reader, one, whose[one.operator], f"/{place}") for place, one in enumerate(data)]
        reader.done()
        await _stations_sql.put_swaps(connection, actor.tenant, swaps)


@get(f"{_PREFIX}/swap-stations", opt=_OWN)
async def list_stations(actor: Asker, database: TheDatabase, clock: TheClock) -> Stations:
    """An operator sees its own."""
    found, now = await _seen(actor, database), clock()
    inventories = [one.inventory for one in found.read]
    slots, full = sum(one.slots for one in inventories), sum(one.full for one in inventories)
    moments = [one.at for one in found.read if one.at]
    return Stations(
        items=[_station(one, now) for one in found.read],
        wrong=[WrongAnswer(thing=thing, name=found.called(thing), reason=reason) for thing, reason in found.wrong],
        stations=len(found.read), able=sum(one.is_able for one in found.read), full=full, slots=slots,
        charging=sum(one.charging for one in inventories), faulty=sum(one.faulty for one in inventories),
        queue=sum(one.queue or 0 for one in found.read), available=full / slots if slots else None, at=max(moments, default=None),
    )  # fmt: skip


@get(f"{_PREFIX}/swaps/{{day:date}}", opt=_OWN)
async def show_day(actor: Asker, database: TheDatabase, day: TheDay) -> Works:
    """By station, of the swaps that began on that day; an operator sees its own."""
    async with database.tenant(actor.tenant) as connection:
        seen = await seen_by(connection, actor)
        work = await _stations_sql.work_of(connection, actor.tenant, seen, *_span(day))
        stations = await swapping.seen(connection, actor.tenant, seen)
    swaps = sum(one.swaps for one in work)
    return Works(
        items=[
            WorkAnswer(
                station=one.station, name=stations.name_of(one.station), operator=one.operator, thing=stations.thing_of(one.station),
                swaps=one.swaps, wait=round(one.wait, 1), longest=one.longest, lasted=one.lasted, kwh=round(one.kwh, 1),
            )
            for one in work
        ],
        swaps=swaps, wait=round(sum(one.wait * one.swaps for one in work) / swaps, 1) if swaps else None,
        kwh=round(sum(one.kwh for one in work), 1),
    )  # fmt: skip


@get(f"{_PREFIX}/swaps/{{day:date}}/orders", opt=_OWN)
async def list_swaps(
    actor: Asker, database: TheDatabase, day: TheDay,
    station: Annotated[str | None, QueryParameter(max_length=80)] = None, limit: Most = 1000, after: Behind = "",
) -> Swaps:  # fmt: skip
    """What the day's figures come from, the newest first; an operator sees its own."""
    async with database.tenant(actor.tenant) as connection:
        seen = await seen_by(connection, actor)
        found = await _stations_sql.swaps_of(
            connection, actor.tenant, seen, *_span(day), station=station, after=place_behind(after), limit=limit + 1
        )  # fmt: skip
        stations = await swapping.seen(connection, actor.tenant, seen)
    page = page_of(found, limit, lambda one: (one.begun, one.operator, one.sequence))
    return Swaps(items=[_told(one, stations.name_of(one.station)) for one in page.items], next=page.next)


async def _seen(actor: Actor, database: Database) -> Seen:
    async with database.tenant(actor.tenant) as connection:
        return await swapping.seen(connection, actor.tenant, await seen_by(connection, actor))


def _span(day: date) -> tuple[datetime, datetime]:
    """The city's day."""
    begin = datetime.combine(day, time(), CITY_ZONE)
    return begin, begin + timedelta(days=1)


def _swap(reader: Reader, one: SwapInput, operator: str, where: str) -> Swap:
    reader.moments([one.arrived, one.begun, one.ended], where)
    if one.given == one.taken:
        reader.wrong("packs.thing.same", where, id=one.given)
    return Swap(
        sequence=one.sequence, operator=operator, station=one.station, arrived=one.arrived, begun=one.begun, ended=one.ended,
        given=one.given, taken=one.taken, kwh=one.kwh,
    )  # fmt: skip


def _station(one: Station, now: datetime) -> StationAnswer:
    held = one.inventory
    return StationAnswer(
        thing=one.id, station=one.code, name=one.name, operator=one.operator, feeder=one.feeder, standing=one.standing.value,
        supply=one.supply.value, full=held.full, charging=held.charging, faulty=held.faulty, slots=held.slots, queue=one.queue,
        swaps=one.swaps, taken=one.kw * held.charging, at=one.at, age=round((now - one.at).total_seconds()) if one.at else None,
    )  # fmt: skip


def _told(one: Swap, name: str) -> SwapAnswer:
    return SwapAnswer(
        sequence=one.sequence, operator=one.operator, station=one.station, name=name, arrived=one.arrived, begun=one.begun, ended=one.ended,
        wait=round((one.begun - one.arrived).total_seconds()), given=one.given, taken=one.taken, kwh=one.kwh,
    )  # fmt: skip


routes = (take_swaps, list_stations, show_day, list_swaps)
