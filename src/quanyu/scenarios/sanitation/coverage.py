"""作业覆盖率: how much of a planned section was swept (definitions 2.8).

coverage = length of the union of the track's stretches on the section ÷ length of the section. A stretch counts where the
device was on and the vehicle drove between the slowest and the fastest speed of sweeping, along the section: a vehicle that
crosses a street has not swept it. Where the speed passes a limit between two fixes, the stretch ends at that place.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from quanyu.scenarios.sanitation.laying import Floats, Ground, Run, lay, smooth
from quanyu.scenarios.sanitation.model import Fix, Limits, Section

_ALONG = 0.6
_ERRORS = (0.3, 5.0)
"""Least and most metres that fixes are taken to err by."""

_TOUCHED = 15.0
"""Metres along a section below which a vehicle that came from elsewhere and went on has turned at its end only."""

_METRES = 20.0
"""A way that is long beside the error of a fix."""

_AT_END = 3.0
"""Metres from the end of a section within which a sweeper, which is longer than that, has come to its end."""


@dataclass(frozen=True, slots=True)
class Pass:
    """A stretch of a section that a vehicle swept, in metres from its begin; from when to when."""

    vehicle: str
    begin: float
    end: float
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Coverage:
    """Metres of one section. `passes` in the order of time."""

    section: str
    length: float
    covered: float
    passes: tuple[Pass, ...]

    @property
    def share(self) -> float:
        return min(1.0, self.covered / self.length) if self.length else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Track:
    """Of one vehicle: places in metres, seconds, km/h; of each step its metres and the part of it that was work."""

    vehicle: str
    points: Floats
    at: Floats
    speed: Floats
    joined: NDArray[np.bool_]
    told: Floats
    since: Floats
    until: Floats
    stride: int
    error: float


def cover(sections: Sequence[Section], fixes: Iterable[Fix], limits: Limits) -> dict[str, Coverage]:
    """By section; every planned one, also those nobody came to."""
    if not sections:
        return {}
    ground = Ground.of(sections)
    passes: list[list[Pass]] = [[] for _ in sections]
    for vehicle, fixes_of in _by_vehicle(fixes).items():
        track = _track(ground, vehicle, fixes_of, limits)
        for run in lay(ground, track.points, track.joined, limits.beside):
            passes[run.section] += _swept(run, track, float(ground.length[run.section]))
    return {
        section.id: Coverage(
            section.id,
            float(ground.length[place]),
            united([(one.begin, one.end) for one in passes[place]]),
            tuple(sorted(passes[place], key=lambda one: one.since)),
        )
        for place, section in enumerate(sections)
    }


def united(intervals: Iterable[tuple[float, float]]) -> float:
    """The length of their union."""
    total, reached = 0.0, -np.inf
    for begin, end in sorted(intervals):
        if end > reached:
            total += end - max(begin, reached)
            reached = end
    return float(total)


def by_grade(sections: Sequence[Section], covered: Mapping[str, Coverage]) -> dict[int, float]:
    """Covered share of all sections of each grade, by length."""
    shares: dict[int, float] = {}
    for grade in sorted({section.grade for section in sections}):
        own = [covered[section.id] for section in sections if section.grade == grade]
        shares[grade] = sum(one.covered for one in own) / sum(one.length for one in own)
    return shares


def _by_vehicle(fixes: Iterable[Fix]) -> dict[str, list[Fix]]:
    tracks: dict[str, list[Fix]] = {}
    for fix in sorted(fixes, key=lambda one: one.at):
        tracks.setdefault(fix.vehicle, []).append(fix)
    return tracks


def _track(ground: Ground, vehicle: str, fixes: Sequence[Fix], limits: Limits) -> _Track:
    x, y = ground.plane.metres(np.array([one.lon for one in fixes]), np.array([one.lat for one in fixes]))
    points, at = np.column_stack([x, y]), np.array([one.at.timestamp() for one in fixes])
    speed, on = np.array([one.speed for one in fixes]), np.array([one.on for one in fixes])
    lasted, driven = np.diff(at), np.hypot(np.diff(x), np.diff(y))
    joined = on[:-1] & on[1:] & (lasted > 0) & (lasted <= limits.gap)
    joined &= driven <= np.maximum(lasted, 1.0) * limits.impossible / 3.6
    told = (speed[:-1] + speed[1:]) / 7.2 * lasted
    stride, error = _error(points, told, joined)
    since, until = working(speed[:-1], speed[1:], limits)
    slow = driven <= lasted * limits.fastest / 3.6 * 1.5 + 3 * error
    return _Track(
        vehicle=vehicle, points=points, at=at, speed=speed, joined=joined, told=told,
        since=since, until=np.where(joined & slow, until, since), stride=stride, error=error,
    )  # fmt: skip


def _error(points: Floats, told: Floats, joined: NDArray[np.bool_]) -> tuple[int, float]:
    """How many steps make some metres, and by how many metres fixes err: by what ways of that many steps differ from the speeds.

    An error of 0 where the speeds are wrong.
    """
    moving = told[joined & (told > 0)]
    if not len(moving):
        return 1, 0.0
    stride = int(np.clip(np.ceil(_METRES / np.median(moving)), 1, 30))
    gone, linked = (np.concatenate([[0.0], np.cumsum(one)]) for one in (told, joined))
    metres = gone[stride:] - gone[:-stride]
    ways = (linked[stride:] - linked[:-stride] == stride) & (metres > 0)
    driven = np.hypot(*(points[stride:] - points[:-stride]).T)[ways]
    if not ways.any() or not 0.8 <= np.median(driven / metres[ways]) <= 1.25:
        return stride, 0.0
    return stride, float(np.clip(1.05 * np.median(np.abs(driven - metres[ways])), *_ERRORS))


def working(before: Floats, after: Floats, limits: Limits) -> tuple[Floats, Floats]:
    """From which to which share of a step's time the speed lay within the limits, when it changed evenly."""
    change = after - before
    steady = change == 0
    slope = np.where(steady, 1.0, change)
    enters, leaves = (limits.slowest - before) / slope, (limits.fastest - before) / slope
    begin, end = np.minimum(enters, leaves), np.maximum(enters, leaves)
    within = (limits.slowest <= before) & (before <= limits.fastest)
    since = np.clip(np.where(steady, 0.0, begin), 0.0, 1.0)
    until = np.clip(np.where(steady, within.astype(float), end), 0.0, 1.0)
    return since, np.maximum(until, since)


def _swept(run: Run, track: _Track, length: float) -> Iterator[Pass]:
    """Its steps, and those with which it came onto the section and left it."""
    inner = slice(run.first, run.last)
    told, stride = track.told[inner], min(track.stride, max(1, run.last - run.first))
    along = smooth(run.along, told, track.error, stride) if track.error else run.along
    if np.abs(along[stride:] - along[:-stride]).sum() < _ALONG * _gone(track, run, stride):
        return
    places = [run.before, *along.tolist(), run.after]
    if np.ptp(np.clip(places, 0, length)) < min(_TOUCHED, length / 2):
        return
    for number, (begin, end) in enumerate(pairwise(places), start=run.first - 1):
        if np.isnan(begin) or np.isnan(end) or track.until[number] <= track.since[number]:
            continue
        yield from _step(track, number, begin, end, length)


def _gone(track: _Track, run: Run, stride: int) -> float:
    """The metres of all ways of `stride` steps within a run."""
    points = track.points[run.first : run.last + 1]
    return float(np.hypot(*(points[stride:] - points[:-stride]).T).sum())


def _step(track: _Track, number: int, begin: float, end: float, length: float) -> Iterator[Pass]:
    speeds = float(track.speed[number]), float(track.speed[number + 1])
    since, until = float(track.since[number]), float(track.until[number])
    low, high = sorted(begin + (end - begin) * _driven_by(speeds, share) for share in (since, until))
    low, high = 0.0 if low < _AT_END else low, length if high > length - _AT_END else high
    if high > low and high > 0 and low < length:
        start, lasted = track.at[number], track.at[number + 1] - track.at[number]
        yield Pass(track.vehicle, low, high, _moment(start + lasted * since), _moment(start + lasted * until))


def _driven_by(speeds: tuple[float, float], share: float) -> float:
    """The share of a step's way that is driven after a share of its time."""
    first, last = speeds
    if first + last <= 0:
        return share
    return (2 * first * share + (last - first) * share**2) / (first + last)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)
