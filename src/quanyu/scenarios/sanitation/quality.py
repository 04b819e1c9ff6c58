"""干净, 整洁, 有序, 安全: four figures of a street and a month, from 0 to 100, each with the counts that it comes from.

clean    100 × swept ÷ planned metres, less 2 for each dust, litter or exposed waste that was found
tidy     100, less 5 for each overflow, stray bicycles or broken bin that was found, times the share of toilets that were open; of a
         street of which neither an inspection nor a toilet was told, nobody knows
orderly  100 × shifts without late, missed, incomplete or repeated ÷ shifts
safe     100, less 10 for each jumping track, long standing or leaving of the fence, per vehicle that worked there
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from quanyu.scenarios.sanitation.model import FindingKind

DIRT = frozenset({"dust", "litter", "exposed_waste"})
MESS = frozenset({"overflow", "bicycles", "damaged_bin"})
DISORDER = {FindingKind.LATE, FindingKind.MISSED, FindingKind.INCOMPLETE, FindingKind.REPEATED}
UNSAFE = {FindingKind.TELEPORTING, FindingKind.IDLE, FindingKind.OUTSIDE}


def figure_of(kind: FindingKind) -> str:
    """Which of the four a finding lowers."""
    return "orderly" if kind in DISORDER else "safe"


def figure_of_inspection(kind: str) -> str:
    """Which of the four what an inspection found lowers; a toilet is a matter of tidiness."""
    return "clean" if kind in DIRT else "tidy"


_DIRT, _MESS, _UNSAFE = 2.0, 5.0, 10.0


@dataclass(slots=True, kw_only=True)
class Counts:
    """Of one street and month."""

    planned: float = 0.0
    swept: float = 0.0
    dirt: int = 0
    mess: int = 0
    toilets: int = 0
    toilets_open: int = 0
    shifts: int = 0
    disorder: int = 0
    unsafe: int = 0
    vehicles: set[str] = field(default_factory=set)

    @property
    def is_inspected(self) -> bool:
        return bool(self.dirt or self.mess or self.toilets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """None: nothing to judge it by."""

    street: str
    clean: float | None
    tidy: float | None
    orderly: float | None
    safe: float | None
    counts: Counts


def counted(
    coverage: Iterable[tuple[str, float, float]],
    findings: Iterable[tuple[str, str, str]],
    inspections: Iterable[tuple[str, str]],
    toilets: Iterable[tuple[str, bool]],
    shifts: Mapping[str, int],
    vehicles: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> dict[str, Counts]:
    """Street with planned and swept metres; street, kind and vehicle of findings; street and kind of inspections; street of
    toilets and whether they were open; shifts by street, and the vehicles that have them. What has no street counts for none."""
    streets: dict[str, Counts] = {}

    def of(street: str) -> Counts:
        return streets.setdefault(street, Counts())

    for street, planned, swept in coverage:
        of(street).planned += planned
        of(street).swept += swept
    for street, kind, vehicle in findings:
        of(street).disorder += FindingKind(kind) in DISORDER
        of(street).unsafe += FindingKind(kind) in UNSAFE
        of(street).vehicles.add(vehicle)
    for street, kind in inspections:
        of(street).dirt += kind in DIRT
        of(street).mess += kind in MESS
    for street, is_open in toilets:
        of(street).toilets += 1
        of(street).toilets_open += is_open
    for street, count in shifts.items():
        of(street).shifts += count
    for street, crew in vehicles.items():
        of(street).vehicles.update(crew)
    streets.pop("", None)
    return streets


def judged(streets: Mapping[str, Counts]) -> Sequence[Quality]:
    """By the name of the street."""
    return [
        Quality(
            street=street,
            clean=_bounded(100 * one.swept / one.planned - _DIRT * one.dirt) if one.planned else None,
            tidy=_tidy(one) if one.is_inspected else None,
            orderly=_bounded(100 * (one.shifts - one.disorder) / one.shifts) if one.shifts else None,
            safe=_bounded(100 - _UNSAFE * one.unsafe / len(one.vehicles)) if one.vehicles else None,
            counts=one,
        )
        for street, one in sorted(streets.items())
    ]  # fmt: skip


def _tidy(one: Counts) -> float:
    return _bounded(100 - _MESS * one.mess) * (one.toilets_open / one.toilets if one.toilets else 1.0)


def _bounded(value: float) -> float:
    return max(0.0, min(100.0, value))
