"""Routes of parking and congestion."""

from datetime import datetime, time
from decimal import Decimal
from typing import Annotated

import msgspec
from litestar import get, post, put
from litestar.params import JSONBody, PathParameter, QueryParameter

from quanyu.core.page_token import page_of, place_of
from quanyu.packs import Asker, TheClock, TheDatabase, settings_of, things
from quanyu.scenarios.parking import booking
from quanyu.scenarios.parking.census import Limits, Record, Source, by_street, fuse
from quanyu.scenarios.parking.charging_http import Behind
from quanyu.scenarios.parking.congestion import Link, corridor_index, level_of

NAME = "parking"
_PREFIX = f"/api/v1/packs/{NAME}"

Yard = Annotated[str, PathParameter(max_length=64)]


class StreetAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`gap`: spaces that were seen and are not in the register. `street` empty: all of the city."""

    street: str
    lots: int
    registered: int
    real: int
    gap: int
    by_class: dict[str, int]


class LotAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The evidence: `records`, the entity of each source, and `told`, how many spaces it says."""

    kind: str
    name: str
    street: str
    spaces: int
    records: dict[str, str]
    told: dict[str, int]


class Census(msgspec.Struct, frozen=True, kw_only=True):
    streets: list[StreetAnswer]
    lots: list[LotAnswer]


class LinkInput(msgspec.Struct, frozen=True, kw_only=True):
    metres: float
    kmh: float
    free_kmh: float


class IndexAnswer(msgspec.Struct, frozen=True, kw_only=True):
    index: float | None
    level: str | None


class YardInput(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    spaces: Annotated[int, msgspec.Meta(ge=1, le=100_000)]
    opens: time
    closes: time
    yuan_an_hour: Decimal


class BookingInput(msgspec.Struct, frozen=True, kw_only=True):
    plate: Annotated[str, msgspec.Meta(min_length=5, max_length=20)]
    begin: datetime
    end: datetime


class BookingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    yuan: Decimal


class YardAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`free`: spaces that nobody has booked for now."""

    yard: str
    name: str
    spaces: int
    free: int
    opens: time
    closes: time
    yuan_an_hour: Decimal


class Yards(msgspec.Struct, frozen=True, kw_only=True):
    items: list[YardAnswer]


class BookedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`running`: for now. Of the plate the beginning and the end."""

    yard: str
    name: str
    plate: str
    begin: datetime
    end: datetime
    booked: datetime
    running: bool
    yuan: Decimal


class Bookings(msgspec.Struct, frozen=True, kw_only=True):
    items: list[BookedAnswer]
    next: str | None


class GateAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`until`: when what is booked ends; none where the gate stays closed."""

    opens: bool
    until: datetime | None


class Income(msgspec.Struct, frozen=True, kw_only=True):
    yuan: Decimal


@get(f"{_PREFIX}/census", opt={"action": "entity.read"})
async def census(actor: Asker, database: TheDatabase) -> Census:
    """From the entities of type ParkingRecord, each of which says its source."""
    async with database.tenant(actor.tenant) as connection:
        settings = await settings_of(connection, actor.tenant, NAME)
        found = await things(connection, actor.tenant, "ParkingRecord")
    records = [
        Record(
            source=Source(one.values["sourceKind"]), id=one.id, name=str(one.values.get("name", "")),
            street=str(one.values.get("street", "")), spaces=int(one.values.get("totalSpotNumber", 0)),
            lon=one.geometry["coordinates"][0], lat=one.geometry["coordinates"][1],
        )
        for one in found
        if one.geometry and one.geometry["type"] == "Point" and one.values.get("sourceKind") in set(Source)
    ]  # fmt: skip
    lots = fuse(records, Limits(apart=settings["apart"], alike=settings["alike"]))
    return Census(
        streets=[
            StreetAnswer(
                street=name, lots=one.lots, registered=one.registered, real=one.real, gap=one.gap,
                by_class={kind.value: count for kind, count in one.by_class.items()},
            )
            for name, one in sorted(by_street(lots).items())
        ],
        lots=[
            LotAnswer(
                kind=lot.kind, name=lot.name, street=lot.street, spaces=lot.spaces,
                records={source.value: record.id for source, record in lot.records.items()},
                told={source.value: record.spaces for source, record in lot.records.items()},
            )
            for lot in lots
        ],
    )  # fmt: skip


@post(f"{_PREFIX}/congestion-index", opt={"action": "map.read", "open": True}, status_code=200)
async def congestion(data: JSONBody[list[LinkInput]]) -> IndexAnswer:
    index = corridor_index([Link(one.metres, one.kmh, one.free_kmh) for one in data])
    return IndexAnswer(index=index, level=level_of(index) if index is not None else None)


@get(f"{_PREFIX}/yards", opt={"action": "entity.read", "open": True})
async def list_yards(actor: Asker, database: TheDatabase, clock: TheClock) -> Yards:
    async with database.tenant(actor.tenant) as connection:
        found = await booking.yards(connection, actor.tenant, clock())
    return Yards(
        items=[
            YardAnswer(
                yard=row["yard"], name=row["name"], spaces=row["spaces"], free=free,
                opens=row["opens"], closes=row["closes"], yuan_an_hour=row["yuan_an_hour"],
            )
            for row, free in found
        ]
    )  # fmt: skip


@get(f"{_PREFIX}/yards/{{yard:str}}/gate", opt={"action": "source.push"})
async def ask_gate(
    actor: Asker, database: TheDatabase, clock: TheClock, yard: Yard,
    plate: Annotated[str, QueryParameter(min_length=5, max_length=20)],
) -> GateAnswer:  # fmt: skip
    """Asked by the yard's barrier: whether this plate has booked for now."""
    async with database.tenant(actor.tenant) as connection:
        until = await booking.admitted_until(connection, actor.tenant, yard, plate, clock())
    return GateAnswer(opens=until is not None, until=until)


@put(f"{_PREFIX}/yards/{{yard:str}}", opt={"action": "entity.write"}, status_code=204)
async def put_yard(actor: Asker, database: TheDatabase, yard: Yard, data: JSONBody[YardInput]) -> None:
    async with database.tenant(actor.tenant) as connection:
        await booking.put_yard(
            connection, actor.tenant, yard=yard, name=data.name, spaces=data.spaces,
            opens=data.opens, closes=data.closes, yuan=data.yuan_an_hour,
        )  # fmt: skip


@post(f"{_PREFIX}/yards/{{yard:str}}/bookings", opt={"action": "booking.make", "open": True})
async def book(
    actor: Asker, database: TheDatabase, clock: TheClock, yard: Yard, data: JSONBody[BookingInput]
) -> BookingAnswer:
    """409 where no space is free all the time, 400 where the yard is closed."""
    async with database.tenant(actor.tenant) as connection:
        number, yuan = await booking.book(
            connection, actor.tenant, yard=yard, plate=data.plate, begin=data.begin, end=data.end,
            now=clock(), by=actor.id,
        )  # fmt: skip
    return BookingAnswer(id=number, yuan=yuan)


@get(f"{_PREFIX}/bookings", opt={"action": "entity.read"})
async def list_bookings(
    actor: Asker, database: TheDatabase, clock: TheClock, limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 1000,
    after: Behind = "",
) -> Bookings:  # fmt: skip
    """What free spaces of the yards and their owners' income come from."""
    place = place_of(after, tuple[datetime, bool, int, str], refusal="packs.thing.token") if after else None
    now = clock()
    async with database.tenant(actor.tenant) as connection:
        found = await booking.bookings(connection, actor.tenant, now, after=place, limit=limit + 1)
    since = place[0] if place else now
    page = page_of(found, limit, lambda row: (since, row["over"], row["far"], row["id"]))
    return Bookings(
        items=[
            BookedAnswer(
                yard=row["yard"], name=row["name"], plate=booking.masked(row["plate"]), begin=row["begun"], end=row["ended"],
                booked=row["booked"], running=row["running"], yuan=booking.price(row["yuan_an_hour"], row["begun"], row["ended"]),
            )
            for row in page.items
        ],
        next=page.next,
    )  # fmt: skip


@get(f"{_PREFIX}/yards/{{yard:str}}/income", opt={"action": "score.read"})
async def show_income(
    actor: Asker, database: TheDatabase, yard: Yard,
    begin: Annotated[datetime, QueryParameter(name="from")], end: Annotated[datetime, QueryParameter(name="until")],
) -> Income:  # fmt: skip
    async with database.tenant(actor.tenant) as connection:
        return Income(yuan=await booking.income(connection, actor.tenant, yard, begin, end))


routes = (census, congestion, list_yards, ask_gate, put_yard, book, list_bookings, show_income)
