"""Chargers and their orders in the codes of T/CEC 102, and what they take from their feeder."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


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
    id: str
    station: str
    feeder: str
    kw: float
    status: Status
    park: Park
    lock: Lock
    at: datetime


@dataclass(slots=True)
class Load:
    """kW that the chargers of a feeder take now, at most, and of all together."""

    connectors: int = 0
    charging: int = 0
    taken: float = 0.0
    possible: float = 0.0


def by_station(connectors: Iterable[Connector]) -> dict[str, dict[Status, int]]:
    """How many connectors are in each state; every state is told."""
    found: dict[str, dict[Status, int]] = {}
    for one in connectors:
        counts = found.setdefault(one.station, dict.fromkeys(Status, 0))
        counts[one.status] += 1
    return dict(sorted(found.items()))


def by_feeder(connectors: Iterable[Connector]) -> dict[str, Load]:
    """A charging connector takes its rated power at most; what it takes exactly only its meter knows."""
    found: dict[str, Load] = {}
    for one in connectors:
        load = found.setdefault(one.feeder, Load())
        load.connectors += 1
        load.possible += one.kw
        if one.status is Status.CHARGING:
            load.charging += 1
            load.taken += one.kw
    return dict(sorted(found.items()))
