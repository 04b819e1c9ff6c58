"""What stations take from a feeder, whatever they charge: vehicles at connectors, batteries in the slots of a swap station."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Places of one rated power (`kw`, each) that hang on one feeder: connectors or slots, and how many of them charge."""

    feeder: str
    kw: float
    connectors: int = 0
    slots: int = 0
    charging: int = 0


@dataclass(slots=True)
class Load:
    """kW that the places of a feeder take now, at most, and of all together. `vehicles` charge at connectors, `batteries` in slots."""

    connectors: int = 0
    vehicles: int = 0
    slots: int = 0
    batteries: int = 0
    taken: float = 0.0
    possible: float = 0.0

    def add(self, draw: Draw) -> None:
        self.connectors += draw.connectors
        self.slots += draw.slots
        if draw.slots:
            self.batteries += draw.charging
        else:
            self.vehicles += draw.charging
        self.taken += draw.kw * draw.charging
        self.possible += draw.kw * (draw.connectors + draw.slots)


def by_feeder(draws: Iterable[Draw]) -> dict[str, Load]:
    """A place that charges takes its rated power at most; what it takes exactly only its meter knows."""
    found: dict[str, Load] = {}
    for one in draws:
        found.setdefault(one.feeder, Load()).add(one)
    return dict(sorted(found.items()))
