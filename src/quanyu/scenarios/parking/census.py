"""停车普查: what the register says, what operators report, what was found in the field and by residents, laid upon each other.

Two records of different sources are one lot where they lie within `apart` metres and their names are alike, or within
`same` metres whatever they are called. The nearest pairs are joined first, and a lot has at most one record of a source.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from quanyu.core.text import bigrams
from quanyu.packs import Plane, near_pairs


class Source(StrEnum):
    REGISTER = "register"
    OPERATOR = "operator"
    FIELD = "field"
    CITIZEN = "citizen"


SEEN = (Source.FIELD, Source.OPERATOR, Source.CITIZEN)
"""Those that prove that a lot is there, the best first."""


class Class(StrEnum):
    CONFIRMED = "confirmed"
    ONLY_REGISTER = "only_register"
    ONLY_FIELD = "only_field"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    source: Source
    id: str
    name: str
    street: str
    lon: float
    lat: float
    spaces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`apart`, `same`: metres. `alike`: shared bigrams of two names. `differs`: share by which two counts may differ."""

    apart: float = 80.0
    same: float = 15.0
    alike: float = 0.34
    differs: float = 0.1


@dataclass(frozen=True, slots=True)
class Lot:
    """`records` by their source: the evidence. `spaces` as best seen; of the register where nobody has seen it."""

    kind: Class
    street: str
    spaces: int
    records: Mapping[Source, Record]

    @property
    def name(self) -> str:
        """As the first source says that knows one."""
        return next(
            (
                self.records[source].name
                for source in Source
                if source in self.records and self.records[source].name
            ),
            "",
        )


@dataclass(slots=True)
class Street:
    """`registered`: spaces on paper; `real`: spaces that somebody has seen; `gap`: seen and not in the register."""

    lots: int = 0
    registered: int = 0
    real: int = 0
    gap: int = 0
    by_class: dict[Class, int] = field(default_factory=lambda: dict.fromkeys(Class, 0))


def fuse(records: Sequence[Record], limits: Limits) -> tuple[Lot, ...]:
    groups: dict[int, dict[Source, int]] = {place: {one.source: place} for place, one in enumerate(records)}
    leader = list(range(len(records)))
    for _, one, other in sorted(_pairs(records, limits)):
        first, second = leader[one], leader[other]
        if first != second and not groups[first].keys() & groups[second].keys():
            groups[first] |= groups.pop(second)
            for place in groups[first].values():
                leader[place] = first
    return tuple(
        _lot({source: records[place] for source, place in group.items()}, limits)
        for _, group in sorted(groups.items())
    )


def by_street(lots: Iterable[Lot]) -> dict[str, Street]:
    """By name; the sum of all streets under the empty name."""
    streets: dict[str, Street] = {"": Street()}
    for lot in lots:
        registered = lot.records[Source.REGISTER].spaces if Source.REGISTER in lot.records else 0
        seen = lot.kind is not Class.ONLY_REGISTER
        for name in ("", lot.street):
            one = streets.setdefault(name, Street())
            one.lots += 1
            one.registered += registered
            one.real += lot.spaces if seen else 0
            one.gap += lot.spaces if lot.kind is Class.ONLY_FIELD else 0
            one.by_class[lot.kind] += 1
    return streets


def likeness(one: str, other: str) -> float:
    """Shared bigrams over all of both names (Jaccard)."""
    mine, theirs = set(bigrams(one)), set(bigrams(other))
    return len(mine & theirs) / len(mine | theirs) if mine and theirs else 0.0


def _pairs(records: Sequence[Record], limits: Limits) -> Iterable[tuple[float, int, int]]:
    if len(records) < 2:
        return
    lon, lat = (np.array([getattr(one, axis) for one in records]) for axis in ("lon", "lat"))
    points = np.column_stack(Plane.around(lon, lat).metres(lon, lat))
    for one, other in near_pairs(points, limits.apart):
        first, second = records[one], records[other]
        metres = float(np.hypot(*(points[one] - points[other])))
        if first.source is not second.source and (
            metres <= limits.same or likeness(first.name, second.name) >= limits.alike
        ):
            yield metres, one, other


def _lot(records: dict[Source, Record], limits: Limits) -> Lot:
    seen = [records[source] for source in SEEN if source in records]
    registered = records.get(Source.REGISTER)
    best = seen[0] if seen else records[Source.REGISTER]
    street = registered.street if registered and registered.street else best.street
    if registered is None:
        kind = Class.ONLY_FIELD
    elif not seen:
        kind = Class.ONLY_REGISTER
    elif abs(best.spaces - registered.spaces) > limits.differs * max(best.spaces, registered.spaces):
        kind = Class.CONFLICT
    else:
        kind = Class.CONFIRMED
    return Lot(kind, street, best.spaces, records)
