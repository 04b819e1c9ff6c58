"""换电站: stations that give a full battery for an empty one (definitions 2.7): inventory {full, charging, faulty}, queue, swaps.

A station is an entity BatterySwapStation of the twin, whichever way it came there; a swap is told by its operator.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from quanyu.packs import Connection, Thing, things
from quanyu.scenarios.parking.codes import moment_of
from quanyu.scenarios.parking.power import Draw

TYPE = "BatterySwapStation"
_COUNTS = ("slots", "fullBatteries", "chargingBatteries", "faultyBatteries")


class Standing(IntEnum):
    """Of a station, numbered as connectors are: 离网, 营业, 暂停营业, 故障."""

    OFFLINE = 0
    OPEN = 1
    CLOSED = 2
    FAULTY = 255


class Supply(StrEnum):
    """Whether who comes gets a battery."""

    READY = "ready"
    LOW = "low"  # a fifth of the slots, or less, hold a full one
    EMPTY = "empty"
    SHUT = "shut"


_LOW = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Batteries in slots. Raises ValueError where they are no counts, or do not add up to the slots."""

    full: int
    charging: int
    faulty: int
    slots: int

    def __post_init__(self) -> None:
        if min(self.full, self.charging, self.faulty) < 0:
            raise ValueError("a count is below zero")
        if self.full + self.charging + self.faulty != self.slots:
            raise ValueError(f"{self.full} + {self.charging} + {self.faulty} is not {self.slots}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """`operator`: who it says runs it, else who brought it. `kw`: rated power of one slot. `queue`, `swaps` (today): None where not told. `at`: when its inventory was observed."""

    id: str
    code: str
    name: str
    operator: str
    feeder: str
    standing: Standing
    inventory: Inventory
    kw: float
    queue: int | None
    swaps: int | None
    at: datetime | None

    @property
    def supply(self) -> Supply:
        if self.standing is not Standing.OPEN:
            return Supply.SHUT
        if self.inventory.full == 0:
            return Supply.EMPTY
        return Supply.LOW if self.inventory.full <= _LOW * self.inventory.slots else Supply.READY

    @property
    def is_able(self) -> bool:
        """Open, with a full battery."""
        return self.supply in (Supply.READY, Supply.LOW)

    @property
    def draw(self) -> Draw:
        """A station that is off line or faulty charges as long as it says so: its batteries hang on the feeder."""
        return Draw(
            feeder=self.feeder, kw=self.kw, slots=self.inventory.slots, charging=self.inventory.charging
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """One vehicle: when it came, when its swap began and ended, the battery that it was `given` and that it left (`taken`), and by how
    many kWh the one holds more."""

    sequence: str
    operator: str
    station: str
    arrived: datetime
    begun: datetime
    ended: datetime | None
    given: str
    taken: str
    kwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Of the swaps of a station: seconds that vehicles waited and that a swap lasted in the mean; `lasted` None: none has ended."""

    operator: str
    station: str
    swaps: int
    wait: float
    longest: float
    lasted: float | None
    kwh: float


@dataclass(frozen=True, slots=True)
class Seen:
    """Stations that can be read, and of the others the identifier and what is wrong. `known`: identifier and name of all, by code."""

    read: tuple[Station, ...]
    wrong: tuple[tuple[str, str], ...] = ()
    known: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def name_of(self, code: str) -> str:
        return self.known[code][1] if code in self.known else code

    def called(self, thing: str) -> str:
        return next((name for id_, name in self.known.values() if id_ == thing), thing)

    def thing_of(self, code: str) -> str | None:
        return self.known[code][0] if code in self.known else None


async def seen(connection: Connection, tenant: str, organisations: Collection[str] | None) -> Seen:
    """Those that one of the organisations runs, or has brought; None: all."""
    found = await things(connection, tenant, TYPE)
    if organisations is None:
        return stations_of(found)
    return stations_of(one for one in found if {one.owner, one.values.get("operator")} & set(organisations))


def stations_of(found: Iterable[Thing]) -> Seen:
    """What does not add up is told, and counted nowhere."""
    read, wrong, known = [], [], {}
    for one in found:
        known[_code(one)] = (one.id, _name(one))
        try:
            read.append(_station(one))
        except ValueError as error:
            wrong.append((one.id, str(error)))
    return Seen(tuple(read), tuple(wrong), known)


def _code(one: Thing) -> str:
    return str(one.values.get("swapStationCode", one.id.rpartition(":")[2]))


def _name(one: Thing) -> str:
    return str(one.values.get("name") or one.id.rpartition(":")[2])


def _station(one: Thing) -> Station:
    said = one.values
    slots, full, charging, faulty = (_count(said.get(name), name) for name in _COUNTS)
    moments = [one.observed[name] for name in _COUNTS if name in one.observed]
    return Station(
        id=one.id, code=_code(one), name=_name(one),
        operator=str(said.get("operator") or one.owner or ""), feeder=str(said.get("feeder", "")),
        standing=Standing(_count(said.get("status", Standing.OPEN.value), "status")),
        inventory=Inventory(full=full, charging=charging, faulty=faulty, slots=slots), kw=_power(said.get("slotPower", 0)),
        queue=_maybe(said.get("queueLength"), "queueLength"), swaps=_maybe(said.get("swapCount"), "swapCount"),
        at=min(moments, default=None) or moment_of(one, "observedAt"),
    )  # fmt: skip


def _count(said: Any, name: str) -> int:
    try:
        number = int(said)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} {str(said)[:40]}") from None
    if number != float(said):
        raise ValueError(f"{name} {said}")
    return number


def _maybe(said: Any, name: str) -> int | None:
    return None if said is None else _count(said, name)


def _power(said: Any) -> float:
    try:
        kw = float(said)
    except (TypeError, ValueError):
        raise ValueError(f"slotPower {str(said)[:40]}") from None
    if not 0 <= kw <= 5000:
        raise ValueError(f"slotPower {said}")
    return kw
