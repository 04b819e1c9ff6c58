"""作业覆盖率: how much of a planned section was swept (definitions 2.8).

coverage = length of the union of the track's projections on the section ÷ length of the section. A piece of a track
counts where the device was on and the vehicle drove between the slowest and the fastest speed of sweeping, within
`beside` metres of the section and along it: a vehicle that crosses a street has not swept it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import shapely
from numpy.typing import NDArray

from quanyu.packs import Plane
from quanyu.scenarios.sanitation.model import Fix, Limits, Section

Floats = NDArray[np.float64]

_ALONG = 0.8
_STANDING = 1.0
_AROUND = 2


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


def cover(sections: Sequence[Section], fixes: Iterable[Fix], limits: Limits) -> dict[str, Coverage]:
    """By section; every planned one, also those nobody came to."""
    if not sections:
        return {}
    plane, lines = _drawn(sections)
    tree = shapely.STRtree(lines)
    passes: list[list[Pass]] = [[] for _ in sections]
    for vehicle, track in _by_vehicle(fixes).items():
        _lay(vehicle, track, plane=plane, lines=lines, tree=tree, limits=limits, passes=passes)
    return {
        section.id: Coverage(
            section.id,
            float(shapely.length(lines[place])),
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


def _drawn(sections: Sequence[Section]) -> tuple[Plane, NDArray[np.object_]]:
    lon = np.array([point[0] for section in sections for point in section.line])
    lat = np.array([point[1] for section in sections for point in section.line])
    plane = Plane.around(lon, lat)
    x, y = plane.metres(lon, lat)
    sizes = np.repeat(np.arange(len(sections)), [len(section.line) for section in sections])
    return plane, shapely.linestrings(np.column_stack([x, y]), indices=sizes)


def _by_vehicle(fixes: Iterable[Fix]) -> dict[str, list[Fix]]:
    tracks: dict[str, list[Fix]] = {}
    for fix in sorted(fixes, key=lambda one: one.at):
        tracks.setdefault(fix.vehicle, []).append(fix)
    return tracks


def _lay(
    vehicle: str, track: Sequence[Fix], *, plane: Plane, lines: NDArray[np.object_], tree: shapely.STRtree,
    limits: Limits, passes: list[list[Pass]],
) -> None:  # fmt: skip
    """The pieces of one track, each added to the sections along which it leads; of parallel ones to the nearest."""
    x, y = plane.metres(np.array([one.lon for one in track]), np.array([one.lat for one in track]))
    at = np.array([one.at.timestamp() for one in track])
    works = np.array([one.on and limits.slowest <= one.speed <= limits.fastest for one in track])
    driven, lasted = np.hypot(np.diff(x), np.diff(y)), np.diff(at)
    fits = works[:-1] & works[1:] & (lasted > 0) & (lasted <= limits.gap) & (driven >= _STANDING)
    fits &= driven <= lasted * limits.fastest / 3.6 * 1.5
    first = np.flatnonzero(fits)
    if not len(first):
        return
    ends = np.stack(
        [np.column_stack([x[first], y[first]]), np.column_stack([x[first + 1], y[first + 1]])], axis=1
    )
    pieces = shapely.linestrings(ends)
    piece, section = tree.query(pieces, predicate="dwithin", distance=limits.beside)
    near, begin, end = _projected(lines[section], ends[piece], limits.beside)
    along = near & (np.abs(end - begin) >= _ALONG * driven[first[piece]])
    along |= near & _leads_along(lines[section], _chords(x, y, fits, first)[piece])
    along |= near & _at_an_end(lines[section], begin, end) & (np.abs(end - begin) > 0)
    kept = _nearest(piece, shapely.distance(lines[section], shapely.centroid(pieces[piece])), along)
    for place in kept:
        start = first[piece[place]]
        low, high = sorted((float(begin[place]), float(end[place])))
        passes[section[place]].append(Pass(vehicle, low, high, _moment(at[start]), _moment(at[start + 1])))


def _projected(
    lines: NDArray[np.object_], ends: Floats, beside: float
) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """Whether both ends lie beside the line, and how far along it they are."""
    begins, finishes = shapely.points(ends[:, 0]), shapely.points(ends[:, 1])
    reach = np.maximum(shapely.distance(lines, begins), shapely.distance(lines, finishes))
    return (
        reach <= 2 * beside,
        shapely.line_locate_point(lines, begins),
        shapely.line_locate_point(lines, finishes),
    )


def _chords(x: Floats, y: Floats, fits: NDArray[np.bool_], first: NDArray[np.int64]) -> Floats:
    """Around each piece a longer one, as far as the track goes without a break: fixes err, directions of few metres more."""
    number = np.arange(len(fits))
    breaks = np.where(fits, -1, number)
    begins = np.maximum.accumulate(breaks) + 1
    ends = np.minimum.accumulate(np.where(fits, len(fits), number)[::-1])[::-1]
    low, high = np.maximum(begins[first], first - _AROUND), np.minimum(ends[first], first + 1 + _AROUND)
    return np.stack([np.column_stack([x[low], y[low]]), np.column_stack([x[high], y[high]])], axis=1)


def _leads_along(lines: NDArray[np.object_], chords: Floats) -> NDArray[np.bool_]:
    begin = shapely.line_locate_point(lines, shapely.points(chords[:, 0]))
    end = shapely.line_locate_point(lines, shapely.points(chords[:, 1]))
    length = np.hypot(*(chords[:, 1] - chords[:, 0]).T)
    leads: NDArray[np.bool_] = np.abs(end - begin) >= _ALONG * length
    return leads


def _at_an_end(lines: NDArray[np.object_], begin: Floats, end: Floats) -> NDArray[np.bool_]:
    """A piece that drives onto a section, or off it, lies on it in part only."""
    low, high = np.minimum(begin, end), np.maximum(begin, end)
    at_end: NDArray[np.bool_] = (low <= 0) | (high >= shapely.length(lines))
    return at_end


def _nearest(piece: NDArray[np.int64], beside: Floats, along: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For each piece the sections as near as the nearest one, give or take two metres."""
    wanted = np.flatnonzero(along)
    least = np.full(int(piece.max(initial=-1)) + 1, np.inf)
    np.minimum.at(least, piece[wanted], beside[wanted])
    return wanted[beside[wanted] <= least[piece[wanted]] + 2.0]


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)
