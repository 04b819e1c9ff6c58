"""Routes of chargers: states and orders in the codes of T/CEC 102, and what they and swap stations take from their feeders."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody, QueryParameter

from quanyu.core.page_token import page_of, place_of
from quanyu.packs import Asker, TheDatabase, things
from quanyu.scenarios.parking import _stations_sql, swapping
from quanyu.scenarios.parking.charging import (
    Connector,
    Lock,
    Order,
    OrderStatus,
    Park,
    Status,
    by_station,
)
from quanyu.scenarios.parking.codes import Reader
from quanyu.scenarios.parking.operators import seen_by, speaks_for
from quanyu.scenarios.parking.power import by_feeder

_PREFIX = "/api/v1/packs/parking"
_OPEN, _OWN = {"action": "entity.read", "open": True}, {"action": "entity.read", "own": True}
_PUSH = {"action": "source.push", "own": True}

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Operator = Annotated[str, msgspec.Meta(max_length=80)]
Sequence = Annotated[str, msgspec.Meta(min_length=27, max_length=27)]
Most = Annotated[int, QueryParameter(name="limit", ge=1, le=1000)]
Behind = Annotated[str, QueryParameter(name="after", max_length=500)]


class ConnectorInput(msgspec.Struct, frozen=True, kw_only=True):
    """Codes of T/CEC 102. `operator`: the organisation whose it is, the asker's own unless said."""

    connector: Text
    station: Text
    status: int
    at: datetime
    operator: Operator = ""
    feeder: str = ""
    kw: Annotated[float, msgspec.Meta(ge=0, le=5000)] = 0.0
    park: int = 0
    lock: int = 0


class OrderInput(msgspec.Struct, frozen=True, kw_only=True):
    """`sequence`: nine characters of the operator and eighteen."""

    sequence: Sequence
    connector: Text
    status: int
    kwh: Annotated[float, msgspec.Meta(ge=0, le=100_000)]
    at: datetime
    operator: Operator = ""


class StationAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How many connectors are in each state: 0 离网, 1 空闲, 2 占用, 3 充电中, 4 预约锁定, 255 故障."""

    station: str
    operator: str
    states: dict[str, int]


class Charging(msgspec.Struct, frozen=True, kw_only=True):
    stations: list[StationAnswer]


class FeederAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """kW: rated power of what charges, and of all. `vehicles` charge at `connectors`, `batteries` in `slots` of swap stations."""

    feeder: str
    connectors: int
    vehicles: int
    slots: int
    batteries: int
    taken: float
    possible: float


class Feeders(msgspec.Struct, frozen=True, kw_only=True):
    items: list[FeederAnswer]


class ConnectorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`status` as in T/CEC 102; kW rated. `thing` is the station in the twin, `name` what people call it."""

    connector: str
    operator: str
    station: str
    name: str
    thing: str | None
    feeder: str
    status: int
    park: int
    lock: int
    kw: float
    at: datetime


class Connectors(msgspec.Struct, frozen=True, kw_only=True):
    items: list[ConnectorAnswer]


class OrderAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`status`: 1 启动中, 2 充电中, 3 停止中, 4 已结束, 5 未知."""

    sequence: str
    operator: str
    connector: str
    order: int
    kwh: float
    at: datetime


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    items: list[OrderAnswer]
    next: str | None


@post(f"{_PREFIX}/connectors", opt=_PUSH, status_code=204)
async def take_connectors(actor: Asker, database: TheDatabase, data: JSONBody[list[ConnectorInput]]) -> None:
    """All of them or none; an older state than the known one changes nothing."""
    reader = Reader()
    async with database.tenant(actor.tenant) as connection:
        whose = {one.operator: await speaks_for(connection, actor, one.operator) for one in data}
        connectors = [
            _connector(reader, one, whose[one.operator], f"/{place}") for place, one in enumerate(data)
        ]
        reader.done()
        await _stations_sql.put_connectors(connection, actor.tenant, connectors)


@post(f"{_PREFIX}/charging-orders", opt=_PUSH, status_code=204)
async def take_order(actor: Asker, database: TheDatabase, data: JSONBody[OrderInput]) -> None:
    reader = Reader()
    reader.moments([data.at], "/at")
    status = reader.code(OrderStatus, data.status, "/status")
    reader.done()
    async with database.tenant(actor.tenant) as connection:
        order = Order(
            sequence=data.sequence, operator=await speaks_for(connection, actor, data.operator), connector=data.connector,
            status=status, kwh=data.kwh, at=data.at,
        )  # fmt: skip
        await _stations_sql.put_order(connection, actor.tenant, order)


@get(f"{_PREFIX}/charging", opt=_OPEN)
async def show_charging(actor: Asker, database: TheDatabase) -> Charging:
    """What everybody may know: how many connectors of each station are free."""
    async with database.tenant(actor.tenant) as connection:
        connectors = await _stations_sql.connectors_of(connection, actor.tenant, None)
    return Charging(
        stations=[
            StationAnswer(
                station=station, operator=operator, states={str(status.value): count for status, count in states.items()}
            )
            for (operator, station), states in by_station(connectors).items()
        ]
    )  # fmt: skip


@get(f"{_PREFIX}/connectors", opt=_OWN)
async def list_connectors(actor: Asker, database: TheDatabase) -> Connectors:
    """An operator sees its own."""
    async with database.tenant(actor.tenant) as connection:
        connectors = await _stations_sql.connectors_of(
            connection, actor.tenant, await seen_by(connection, actor)
        )
        known = await things(connection, actor.tenant, "ChargingStation")
    stations = {str(one.values.get("chargingStationCode")): one for one in known}
    return Connectors(
        items=[
            ConnectorAnswer(
                connector=one.id, operator=one.operator, station=one.station, feeder=one.feeder, status=one.status.value,
                park=one.park.value, lock=one.lock.value, kw=one.kw, at=one.at, thing=at.id if (at := stations.get(one.station)) else None,
                name=str(at.values.get("name") or one.station) if at else one.station,
            )
            for one in connectors
        ]
    )  # fmt: skip


@get(f"{_PREFIX}/charging-orders", opt=_OWN)
async def list_orders(actor: Asker, database: TheDatabase, limit: Most = 200, after: Behind = "") -> Orders:
    """The newest first; an operator sees its own."""
    async with database.tenant(actor.tenant) as connection:
        seen = await seen_by(connection, actor)
        found = await _stations_sql.orders_of(
            connection, actor.tenant, seen, after=place_behind(after), limit=limit + 1
        )
    page = page_of(found, limit, lambda one: (one.at, one.operator, one.sequence))
    return Orders(
        items=[
            OrderAnswer(
                sequence=one.sequence, operator=one.operator, connector=one.connector, order=one.status.value, kwh=one.kwh, at=one.at
            )
            for one in page.items
        ],
        next=page.next,
    )  # fmt: skip


def place_behind(after: str) -> _stations_sql.Place | None:
    return place_of(after, tuple[datetime, str, str], refusal="packs.thing.token") if after else None


@get(f"{_PREFIX}/feeders", opt=_OWN)
async def list_feeders(actor: Asker, database: TheDatabase) -> Feeders:
    """What hangs on each feeder, connectors and slots of swap stations together; an operator sees what its own takes."""
    async with database.tenant(actor.tenant) as connection:
        seen = await seen_by(connection, actor)
        connectors = await _stations_sql.connectors_of(connection, actor.tenant, seen)
        stations = await swapping.seen(connection, actor.tenant, seen)
    loads = by_feeder([*(one.draw for one in connectors), *(one.draw for one in stations.read)])
    return Feeders(
        items=[
            FeederAnswer(
                feeder=name, connectors=one.connectors, vehicles=one.vehicles, slots=one.slots, batteries=one.batteries,
                taken=one.taken, possible=one.possible,
            )
            for name, one in loads.items()
        ]
    )  # fmt: skip


def _connector(reader: Reader, one: ConnectorInput, operator: str, where: str) -> Connector:
    reader.moments([one.at], f"{where}/at")
    return Connector(
        id=one.connector, operator=operator, station=one.station, feeder=one.feeder, kw=one.kw, at=one.at,
        status=reader.code(Status, one.status, f"{where}/status"), park=reader.code(Park, one.park, f"{where}/park"),
        lock=reader.code(Lock, one.lock, f"{where}/lock"),
    )  # fmt: skip


routes = (take_connectors, take_order, show_charging, list_connectors, list_orders, list_feeders)
