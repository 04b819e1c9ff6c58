"""Chargers and their orders in the codes of T/CEC 102."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from quanyu.scenarios.parking.power import Draw


class Status(IntEnum):
    """Of a connector: 离网, 空闲, 占用(未充电), 占用(充电中), 占用(预约锁定), 故障."""

    OFFLINE = 0
    FREE = 1
    OCCUPIED = 2
    CHARGING = 3
    RESERVED = 4
    FAULTY = 255


class Park(IntEnum):
    UNKNOWN = 0
    FREE = 10
    OCCUPIED = 50


class Lock(IntEnum):
    UNKNOWN = 0
    OPEN = 10
    LOCKED = 50


class OrderStatus(IntEnum):
    """启动中, 充电中, 停止中, 已结束, 未知."""

    STARTING = 1
    CHARGING = 2
    STOPPING = 3
    ENDED = 4
    UNKNOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """`operator`: the organisation whose it is; identifiers are its own."""

    id: str
    operator: str
    station: str
    feeder: str
    kw: float
    status: Status
    park: Park
    lock: Lock
    at: datetime

    @property
    def draw(self) -> Draw:
        return Draw(
            feeder=self.feeder, kw=self.kw, connectors=1, charging=int(self.status is Status.CHARGING)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """`sequence` is StartChargeSeq: nine characters of the operator and eighteen."""

    sequence: str
    operator: str
    connector: str
    status: OrderStatus
    kwh: float
    at: datetime


def by_station(connectors: Iterable[Connector]) -> dict[tuple[str, str], dict[Status, int]]:
    """By operator and station, how many connectors are in each state; every state is told."""
    found: dict[tuple[str, str], dict[Status, int]] = {}
    for one in connectors:
        counts = found.setdefault((one.operator, one.station), dict.fromkeys(Status, 0))
        counts[one.status] += 1
    return dict(sorted(found.items()))
