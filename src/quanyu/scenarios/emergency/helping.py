"""Who can be there before the ambulance: the nearest trained volunteer, with the defibrillator that costs least on the way."""

from collections.abc import Sequence
from dataclasses import dataclass

from quanyu.packs import metres_between
from quanyu.scenarios.emergency.matching import Problem, Scene

LIFE_THREATENING = frozenset({Problem.CARDIAC_ARREST, Problem.CHEST_PAIN, Problem.TRAUMA})
_RUNNING = 2.5
"""Metres a second."""

_DETOUR = 1.3
"""Walked over straight, in cities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Helper:
    id: str
    name: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """Seconds until the volunteer is there; `aed` and `with_aed` None where none is near."""

    volunteer: str
    name: str
    metres: float
    seconds: float
    aed: str | None
    with_aed: float | None


def nearest_help(
    scene: Scene, volunteers: Sequence[Helper], aeds: Sequence[Helper], *, reach: float, most: int = 3
) -> tuple[Help, ...]:
    """The quickest first, within `reach` metres; none for problems that do not threaten life."""
    if scene.problem not in LIFE_THREATENING:
        return ()
    near = [one for one in volunteers if _apart(one, scene) <= reach]
    found = [_help(scene, one, [aed for aed in aeds if _apart(aed, scene) <= reach]) for one in near]
    return tuple(sorted(found, key=lambda one: (one.seconds, one.volunteer))[:most])


def _help(scene: Scene, volunteer: Helper, aeds: Sequence[Helper]) -> Help:
    metres = _apart(volunteer, scene)
    detours = [
        (metres_between(volunteer.lon, volunteer.lat, aed.lon, aed.lat) + _apart(aed, scene), aed.id) for aed in aeds
    ]  # fmt: skip
    around, aed = min(detours, default=(None, None))
    return Help(
        volunteer=volunteer.id, name=volunteer.name, metres=metres, seconds=metres * _DETOUR / _RUNNING, aed=aed,
        with_aed=around * _DETOUR / _RUNNING if around is not None else None,
    )  # fmt: skip


def _apart(one: Helper, scene: Scene) -> float:
    return metres_between(one.lon, one.lat, scene.lon, scene.lat)
