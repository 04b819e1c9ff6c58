"""Routes of chargers: states and orders in the codes of T/CEC 102, and what they take from their feeders."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.params import JSONBody

from quanyu.core.errors import Fault, Invalid
from quanyu.packs import Asker, TheDatabase
from quanyu.scenarios.parking import _sql
from quanyu.scenarios.parking.charging import (
    Connector,
    Lock,
    OrderStatus,
    Park,
    Status,
    by_feeder,
    by_station,
)

_PREFIX = "/api/v1/packs/parking"
_READ, _PUSH = {"action": "entity.read"}, {"action": "source.push", "own": True}

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class ConnectorInput(msgspec.Struct, frozen=True, kw_only=True):
    """Codes of T/CEC 102."""

    connector: Text
    station: Text
    status: int
    at: datetime
    feeder: str = ""
    kw: Annotated[float, msgspec.Meta(ge=0, le=5000)] = 0.0
    park: int = 0
    lock: int = 0


class OrderInput(msgspec.Struct, frozen=True, kw_only=True):
    """`sequence`: nine characters of the operator and eighteen."""

    sequence: Annotated[str, msgspec.Meta(min_length=27, max_length=27)]
    connector: Text
    status: int
    kwh: Annotated[float, msgspec.Meta(ge=0, le=100_000)]
    at: datetime


class StationAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How many connectors are in each state: 0 离网, 1 空闲, 2 占用, 3 充电中, 4 预约锁定, 255 故障."""

    station: str
    states: dict[str, int]


class FeederAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """kW: rated power of what charges, and of all."""

    feeder: str
    connectors: int
    charging: int
    taken: float
    possible: float


class ConnectorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`status` as in T/CEC 102; kW rated."""

    connector: str
    station: str
    feeder: str
    status: int
    park: int
    lock: int
    kw: float
    at: datetime


class Charging(msgspec.Struct, frozen=True, kw_only=True):
    stations: list[StationAnswer]
    feeders: list[FeederAnswer]
    connectors: list[ConnectorAnswer]


@post(f"{_PREFIX}/connectors", opt=_PUSH, status_code=204)
async def take_connectors(actor: Asker, database: TheDatabase, data: JSONBody[list[ConnectorInput]]) -> None:
    """All of them or none; an older state than the known one changes nothing."""
    connectors = [_connector(one, place) for place, one in enumerate(data)]
    async with database.tenant(actor.tenant) as connection:
        await _sql.put_connectors(connection, actor.tenant, connectors)


@post(f"{_PREFIX}/charging-orders", opt=_PUSH, status_code=204)
async def take_order(actor: Asker, database: TheDatabase, data: JSONBody[OrderInput]) -> None:
    _code(OrderStatus, data.status, "/status")
    _zoned(data.at)
    async with database.tenant(actor.tenant) as connection:
        await _sql.put_order(
            connection, actor.tenant, sequence=data.sequence, connector=data.connector, status=data.status,
            kwh=data.kwh, at=data.at,
        )  # fmt: skip


@get(f"{_PREFIX}/charging", opt={**_READ, "open": True})
async def show_charging(actor: Asker, database: TheDatabase) -> Charging:
    async with database.tenant(actor.tenant) as connection:
        connectors = await _sql.connectors_of(connection, actor.tenant)
    return Charging(
        stations=[
            StationAnswer(station=name, states={str(status.value): count for status, count in states.items()})
            for name, states in by_station(connectors).items()
        ],
        feeders=[
            FeederAnswer(
                feeder=name, connectors=one.connectors, charging=one.charging, taken=one.taken, possible=one.possible
            )
            for name, one in by_feeder(connectors).items()
        ],
        connectors=[
            ConnectorAnswer(
                connector=one.id, station=one.station, feeder=one.feeder, status=one.status.value, park=one.park.value,
                lock=one.lock.value, kw=one.kw, at=one.at,
            )
            for one in sorted(connectors, key=lambda one: (one.station, one.id))
        ],
    )  # fmt: skip


def _connector(one: ConnectorInput, place: int) -> Connector:
    _zoned(one.at)
    return Connector(
        id=one.connector, station=one.station, feeder=one.feeder, kw=one.kw, at=one.at,
        status=_code(Status, one.status, f"/{place}/status"), park=_code(Park, one.park, f"/{place}/park"),
        lock=_code(Lock, one.lock, f"/{place}/lock"),
    )  # fmt: skip


def _code(codes: Any, said: int, where: str) -> Any:
    """Raises Invalid with the codes that there are."""
    try:
        return codes(said)
    except ValueError:
        known = ", ".join(str(one.value) for one in codes)
        values: dict[str, object] = {"value": said, "list": codes.__name__, "known": known}
        raise Invalid(
            "packs.thing.code", faults=(Fault("packs.thing.code", where, values),), **values
        ) from None


def _zoned(at: datetime) -> None:
    if at.tzinfo is None:
        raise Invalid("packs.thing.moment")


routes = (take_connectors, take_order, show_charging)
