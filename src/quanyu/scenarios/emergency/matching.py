"""The nearest who can: which ambulance goes, and where the patient is brought (definitions 2.9).

candidates = facilities with every capability that the problem needs, on duty, with capacity left
cost       = ambulance to the scene + scene to the facility on the road network + hand-over + load penalty
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf, isfinite
from operator import add

from quanyu.packs import RoadGraph, metres_between, travel_times


class Problem(StrEnum):
    CARDIAC_ARREST = "cardiac_arrest"
    CHEST_PAIN = "chest_pain"
    STROKE = "stroke"
    TRAUMA = "trauma"
    PREGNANCY = "pregnancy"
    CHILD = "child"
    OTHER = "other"


NEEDS: Mapping[Problem, str | None] = {
    Problem.CARDIAC_ARREST: "chest_pain_centre",
    Problem.CHEST_PAIN: "chest_pain_centre",
    Problem.STROKE: "stroke_centre",
    Problem.TRAUMA: "trauma_centre",
    Problem.PREGNANCY: "maternal_centre",
    Problem.CHILD: "child_centre",
    Problem.OTHER: None,
}
"""五大中心: what each problem needs of a facility."""


class Skipped(StrEnum):
    """Why a facility that is nearer was not chosen."""

    NOT_CAPABLE = "not_capable"
    NOT_ON_DUTY = "not_on_duty"
    NO_CAPACITY = "no_capacity"
    SLOWER_IN_ALL = "slower_in_all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambulance:
    id: str
    lon: float
    lat: float
    free: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """`load`: 0 empty, 1 full. `hand_over`: seconds from the door to the doctor. `on_duty`: capabilities that work now."""

    id: str
    name: str
    lon: float
    lat: float
    capabilities: frozenset[str] = field(default_factory=frozenset)
    on_duty: frozenset[str] = field(default_factory=frozenset)
    open: bool = True
    capacity: int = 1
    load: float = 0.0
    hand_over: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A facility nearer to the scene than the chosen one, and why it was passed over."""

    facility: str
    name: str
    seconds: float
    reason: Skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Seconds. `cost` is all of them with the penalty for load. `on_roads`: not by straight lines."""

    ambulance: str
    facility: str
    to_scene: float
    to_facility: float
    hand_over: float
    cost: float
    passed: tuple[Passed, ...]
    on_roads: bool = True


@dataclass(frozen=True, slots=True)
class Scene:
    lon: float
    lat: float
    problem: Problem


_DETOUR, _METRES_A_SECOND = 1.3, 40 / 3.6
"""Roads over the straight line, and how quickly they are driven, where the network is not known yet."""

_PENALTY = 600.0
"""Seconds that a full facility costs more than an empty one."""

_NEAR = 900.0
"""Seconds on the road within which is searched first: who can is mostly there, and the whole network costs ten times as much."""


def decide(
    graph: RoadGraph | None, scene: Scene, ambulances: Sequence[Ambulance], facilities: Sequence[Facility]
) -> Decision | None:
    """None where nobody can come, or no facility can take the patient. At most two searches each way on the network, however many
    there are; straight lines where there is no network yet."""
    free = [one for one in ambulances if one.free]
    if not free or not facilities:
        return None
    there = [
        one.hand_over + one.load * _PENALTY if hinders(one, scene.problem) is None else inf
        for one in facilities
    ]
    if graph is None:
        coming, going = (_straight(scene, ones) for ones in (free, facilities))
    else:
        coming, going = _coming(graph, scene, free), _going(graph, scene, facilities, there)
    quickest = min(range(len(free)), key=lambda place: (coming[place], free[place].id))
    costs = list(map(add, going, there))
    best = min(range(len(facilities)), key=lambda place: (costs[place], facilities[place].id))
    if not isfinite(costs[best]) or not isfinite(coming[quickest]):
        return None
    chosen = facilities[best]
    return Decision(
        ambulance=free[quickest].id, facility=chosen.id, to_scene=float(coming[quickest]),
        to_facility=float(going[best]), hand_over=chosen.hand_over, cost=float(coming[quickest] + costs[best]),
        passed=_passed(scene.problem, facilities, going, best), on_roads=graph is not None,
    )  # fmt: skip


def _coming(graph: RoadGraph, scene: Scene, free: Sequence[Ambulance]) -> list[float]:
    """Seconds to the scene; inf for those that are farther than others within `_NEAR`."""
    crews, here = _nodes(graph, free), _nodes(graph, [scene])
    near: list[float] = travel_times(graph, crews, here, limit=_NEAR)[:, 0].tolist()
    if isfinite(min(near)):
        return near
    whole: list[float] = travel_times(graph, crews, here)[:, 0].tolist()
    return whole


def _going(
    graph: RoadGraph, scene: Scene, facilities: Sequence[Facility], there: Sequence[float]
) -> list[float]:
    """Seconds to each facility. Inf for those beyond `_NEAR` where even one that lies there, and keeps nobody waiting for longer than
    the best of them, cannot be the cheapest. `there`: what a patient costs from the door on."""
    here, doors = _nodes(graph, [scene]), _nodes(graph, facilities)
    near: list[float] = travel_times(graph, here, doors, limit=_NEAR)[0].tolist()
    if min(map(add, near, there)) < _NEAR + min(there):
        return near
    whole: list[float] = travel_times(graph, here, doors)[0].tolist()
    return whole


def _nodes(graph: RoadGraph, ones: Sequence[Ambulance | Facility | Scene]) -> list[int]:
    return graph.nearest_nodes([(one.lon, one.lat) for one in ones])


def _straight(scene: Scene, ones: Sequence[Ambulance | Facility]) -> list[float]:
    return [
        metres_between(scene.lon, scene.lat, one.lon, one.lat) * _DETOUR / _METRES_A_SECOND for one in ones
    ]


def hinders(facility: Facility, problem: Problem) -> Skipped | None:
    """Why a facility cannot take such a patient now; None where it can."""
    need = NEEDS[problem]
    if need is not None and need not in facility.capabilities:
        return Skipped.NOT_CAPABLE
    if not facility.open or (need is not None and need not in facility.on_duty):
        return Skipped.NOT_ON_DUTY
    return Skipped.NO_CAPACITY if facility.capacity <= 0 else None


def _passed(
    problem: Problem, facilities: Sequence[Facility], going: Sequence[float], best: int
) -> tuple[Passed, ...]:
    """Everything that lies nearer than the chosen one, the nearest first."""
    nearer = sorted(
        (going[place], one.id, one)
        for place, one in enumerate(facilities)
        if going[place] < going[best] and place != best
    )
    return tuple(
        Passed(
            facility=one.id, name=one.name, seconds=seconds,
            reason=hinders(one, problem) or Skipped.SLOWER_IN_ALL,
        )
        for seconds, _, one in nearer
    )  # fmt: skip
