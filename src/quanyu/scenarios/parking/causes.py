"""Why a street is slow: the seconds that are lost near something that explains them, the greatest loss first.

A link's loss is what its drives took longer than free. Evidence explains the losses of links within its reach while it lasts:

works, incidents   what is reported there at that hour
cruising           a car park that was full, with links around it slower than their street
signals            a signal on the link, as at its end, where the link loses more than its street does; where its plans are known, only while one
                   runs, and on links that a phase of it serves
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely

from quanyu.packs import Plane, metres_between
from quanyu.scenarios.parking.signals import Phase, Timing, timings


class Cause(StrEnum):
    WORKS = "works"
    INCIDENT = "incident"
    CRUISING = "cruising"
    SIGNAL = "signal"


REACH = {Cause.WORKS: 150.0, Cause.INCIDENT: 300.0, Cause.CRUISING: 300.0, Cause.SIGNAL: 60.0}
"""Metres."""

_ONLY_WHERE_WORSE = {Cause.CRUISING, Cause.SIGNAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A link of the street, with its name among people, where its middle is, and its `line` where it is known. `lost` seconds of all drives; `ratio` of driven over free. `passes`: how often it
    was driven whole; `heading`: degrees from north in which it lies."""

    link: str
    lon: float
    lat: float
    lost: float
    ratio: float
    name: str = ""
    passes: float = 0.0
    heading: float | None = None
    line: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """`thing`: the entity that shows it, `name` what people call it. `phases` of a signal that run then; None: its plans are not known."""

    cause: Cause
    thing: str
    lon: float
    lat: float
    name: str = ""
    phases: tuple[Phase, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signalled:
    """A plan beside what was measured. `lost`: seconds that one drive of the link lost on average, to be compared with `timing.wait`."""

    thing: str
    name: str
    link: str
    timing: Timing
    lost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """`share` of the street's losses; `things`, the `losses` of links and of signals `plans` are the evidence; `names` are those of the
    things."""

    cause: Cause
    lost: float
    share: float
    things: tuple[str, ...]
    names: tuple[str, ...]
    losses: tuple[Loss, ...]
    plans: tuple[Signalled, ...] = ()

    @property
    def links(self) -> tuple[str, ...]:
        return tuple(one.link for one in self.losses)


def ranked(losses: Sequence[Loss], evidence: Iterable[Evidence]) -> tuple[Explained, ...]:
    """One loss may have several explanations, so that shares may sum to more than one."""
    total = sum(max(one.lost, 0.0) for one in losses)
    if total <= 0:
        return ()
    usual = sum(one.ratio for one in losses) / len(losses)
    links: dict[Cause, dict[str, Loss]] = {}
    things: dict[Cause, dict[str, str]] = {}
    plans: dict[Cause, list[Signalled]] = {}
    for told in evidence:
        for loss in losses:
            if loss.lost > 0 and _explains(told, loss, usual):
                links.setdefault(told.cause, {})[loss.link] = loss
                things.setdefault(told.cause, {})[told.thing] = told.name
                plans.setdefault(told.cause, []).extend(_beside(told, loss))
    found = [_explained(cause, own, total, things[cause], plans[cause]) for cause, own in links.items()]
    return tuple(sorted(found, key=lambda one: (-one.lost, one.cause)))


def _explained(
    cause: Cause, own: Mapping[str, Loss], total: float, things: Mapping[str, str], plans: Sequence[Signalled]
) -> Explained:
    """The greatest loss of a link first."""
    losses = sorted(own.values(), key=lambda one: (-one.lost, one.link))
    lost = sum(one.lost for one in losses)
    return Explained(
        cause=cause, lost=lost, share=lost / total, losses=tuple(losses), plans=tuple(plans),
        things=tuple(sorted(things)), names=tuple(things[one] for one in sorted(things)),
    )  # fmt: skip


def _explains(told: Evidence, loss: Loss, usual: float) -> bool:
    if told.cause in _ONLY_WHERE_WORSE and loss.ratio < usual:
        return False
    if told.phases is not None and not timings(told.phases, loss.heading):
        return False
    return _metres(told, loss) <= REACH[told.cause]


def _metres(told: Evidence, loss: Loss) -> float:
    """From the link, wherever on it: a signal stands at its end, works may lie anywhere."""
    if len(loss.line) < 2:
        return metres_between(told.lon, told.lat, loss.lon, loss.lat)
    plane = Plane(told.lon, told.lat)
    x, y = plane.metres(*np.array(loss.line).T)
    return float(shapely.LineString(np.column_stack([x, y])).distance(shapely.Point(0, 0)))


def _beside(told: Evidence, loss: Loss) -> list[Signalled]:
    lost = loss.lost / loss.passes if loss.passes else 0.0
    return [
        Signalled(thing=told.thing, name=told.name, link=loss.link, timing=timing, lost=lost)
        for timing in timings(told.phases or (), loss.heading)
    ]
