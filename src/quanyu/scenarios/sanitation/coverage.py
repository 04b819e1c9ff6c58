"""作业覆盖率: how much of a planned section was swept (definitions 2.8).

coverage = length of the union of the track's stretches on the section ÷ length of the section. A stretch counts where the
device was on and the vehicle drove between the slowest and the fastest speed of sweeping, along the section: a vehicle that
crosses a street has not swept it. Between two fixes it drove as places and speeds at both let expect; where its speed passed a
limit, the stretch ends.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from quanyu.packs import stretches
from quanyu.scenarios.sanitation.laying import Floats, Ground, Run, lay, smooth
from quanyu.scenarios.sanitation.model import Fix, Limits, Section

_ALONG = 0.6
_ERRORS = (0.3, 5.0)
"""Least and most metres that fixes are taken to err by."""

_TOUCHED = 15.0
"""Metres along a section below which a vehicle that came from elsewhere, or went on, has turned at its end only."""

_METRES = 20.0
"""A way that is long beside the error of a fix."""

_SURE = 4.2
"""Three standard deviations of a way between two fixes, by the error of one: by so much it must differ from the speeds to tell of others in
between; by twice that where it leads around a corner, to a fix that stands alone."""

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
    """Of one vehicle: places in metres, seconds, m/s. `joined`: which steps are one drive, `slow`: which of them may be work;
    `gone`: metres until each fix, as speeds tell; `stride`: so many steps make some metres; `error`: metres by which fixes err, 0 where
    speeds cannot be believed."""

    vehicle: str
    points: Floats
    at: Floats
    speed: Floats
    joined: NDArray[np.bool_]
    slow: NDArray[np.bool_]
    gone: Floats
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
            passes[run.section] += _swept(run, track, limits, float(ground.length[run.section]))
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
    speed, on = np.array([one.speed / 3.6 for one in fixes]), np.array([one.on for one in fixes])
    lasted, driven = np.diff(at), np.hypot(np.diff(x), np.diff(y))
    joined = on[:-1] & on[1:] & (lasted > 0) & (lasted <= limits.gap)
    joined &= driven <= np.maximum(lasted, 1.0) * limits.impossible / 3.6
    told = (speed[:-1] + speed[1:]) / 2 * lasted
    stride, error = _error(points, told, joined)
    return _Track(
        vehicle=vehicle, points=points, at=at, speed=speed, joined=joined,
        slow=joined & (driven <= lasted * limits.fastest / 3.6 * 1.5 + 3 * error),
        gone=np.concatenate([[0.0], np.cumsum(told)]), stride=stride, error=error,
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


def _swept(run: Run, track: _Track, limits: Limits, length: float) -> Iterator[Pass]:
    """Its steps, and those with which it came onto the section and left it."""
    place = _places(run, track)
    beside, stride = place[run.beside], min(track.stride, max(1, len(place[run.beside]) - 1))
    if np.abs(beside[stride:] - beside[:-stride]).sum() < _ALONG * _driven(run, track, stride):
        return
    ends = np.concatenate([np.clip(side, run.low, run.high) for side in (place[:-1], place[1:])])
    if not len(ends) or (not run.is_all and np.ptp(ends) < min(_TOUCHED, length / 2)):
        return
    allowed = limits.slowest / 3.6, limits.fastest / 3.6
    for number in np.flatnonzero(track.slow[run.first : run.first + len(place) - 1]).tolist():
        since, until = track.at[run.first + number : run.first + number + 2].tolist()
        places = float(place[number]), float(place[number + 1])
        speeds = track.speed[run.first + number : run.first + number + 2].tolist()
        is_inner = run.beside.start <= number < run.beside.stop - 1
        sure = track.error * (_SURE if is_inner else 2 * _SURE)
        for begun, ended, *way in stretches(until - since, places, speeds, allowed, sure=sure):
            begin, end = max(min(way), float(run.low[number])), min(max(way), float(run.high[number]))
            begin, end = 0.0 if begin < _AT_END else begin, length if end > length - _AT_END else end
            if end > begin:
                yield Pass(track.vehicle, begin, end, _moment(since + begun), _moment(since + ended))


def _places(run: Run, track: _Track) -> Floats:
    """Along the section, smoothed where speeds can be believed."""
    place, inner = run.along.copy(), slice(run.first + run.beside.start, run.first + run.beside.stop)
    told = np.diff(track.gone[inner])
    if track.error:
        place[run.beside] = smooth(place[run.beside], told, track.error, min(track.stride, max(1, len(told))))
    return place


def _driven(run: Run, track: _Track, stride: int) -> float:
    """The metres of all ways of `stride` steps beside the section."""
    points = track.points[run.first + run.beside.start : run.first + run.beside.stop]
    return float(np.hypot(*(points[stride:] - points[:-stride]).T).sum())


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)
