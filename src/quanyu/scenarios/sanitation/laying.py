"""Whole tracks laid upon planned sections: the likeliest sections through all fixes, and how far along them a vehicle was.

A hidden Markov model after Newson and Krumm, over sections that need not hang together: at each fix a vehicle is beside one
of the sections that are near, or off the plan. Afterwards the places on a section are smoothed with the speeds that the
vehicle told, since what errs by metres is a fix, not a speed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from quanyu.packs import Plane
from quanyu.scenarios.sanitation.model import Section

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

OFF = -1
"""Beside no section."""

_SWITCH = 3.0
_AGAINST = 0.1
_DETOUR = 5.0
"""Metres by which a way on the ground differs from that between two fixes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The planned sections as lines in metres."""

    plane: Plane
    lines: NDArray[np.object_]
    length: Floats
    tree: shapely.STRtree

    @classmethod
    def of(cls, sections: Sequence[Section]) -> "Ground":
        lon = np.array([point[0] for section in sections for point in section.line])
        lat = np.array([point[1] for section in sections for point in section.line])
        plane = Plane.around(lon, lat)
        sizes = np.repeat(np.arange(len(sections)), [len(section.line) for section in sections])
        lines = shapely.linestrings(np.column_stack(plane.metres(lon, lat)), indices=sizes)
        return cls(plane=plane, lines=lines, length=shapely.length(lines), tree=shapely.STRtree(lines))

    def along(self, section: Integers, points: Floats) -> Floats:
        """Metres from the begin; below zero and above the length where a point lies beyond an end, as if it went on straight."""
        lines, spots = self.lines[section], shapely.points(points)
        place = shapely.line_locate_point(lines, spots)
        for end, inside, sign in ((0, 1, -1.0), (-1, -2, 1.0)):
            beyond = np.flatnonzero(place <= 0 if end == 0 else place >= self.length[section])
            tip = shapely.get_coordinates(shapely.get_point(lines[beyond], end))
            way = tip - shapely.get_coordinates(shapely.get_point(lines[beyond], inside))
            over = np.sum((points[beyond] - tip) * way, axis=1) / np.maximum(np.hypot(*way.T), 1e-9)
            place[beyond] += sign * np.maximum(over, 0.0)
        return np.asarray(place, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A drive along one section: `along` it, of the fixes from number `first` on. Those that are not `beside` it, before it came onto the
    section and after it left, stand where they would if the section had gone straight on. `low`, `high`: metres between which the
    drive was on the section, of each step."""

    section: int
    first: int
    along: Floats
    beside: slice
    low: Floats
    high: Floats

    @property
    def is_all(self) -> bool:
        """Whether the whole drive was beside this section: it came from nowhere else and went nowhere else."""
        return bool(self.beside == slice(0, len(self.along)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Laid:
    """Of each fix: its section, how far along it, and where it is."""

    section: Integers
    along: Floats
    points: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choices:
    """Where each fix may have been: rows `start[i]` to `start[i + 1]` for fix i, the first of them off the plan."""

    section: Integers
    along: Floats
    cost: Floats
    start: Integers


def lay(ground: Ground, points: Floats, joined: NDArray[np.bool_], beside: float) -> Iterator[Run]:
    """`points`: metres, a row a fix in the order of time; `joined`: whether a fix and its next one are one drive."""
    choices = _choices(ground, points, beside)
    if (choices.section == OFF).all():
        return
    chosen = _likeliest(ground, choices, points, joined)
    laid = _Laid(section=choices.section[chosen], along=choices.along[chosen], points=points)
    edges = np.flatnonzero((laid.section[1:] != laid.section[:-1]) | ~joined) + 1
    parts = [np.arange(low, high) for low, high in pairwise([0, *edges.tolist(), len(points)])]
    for part in parts:
        if laid.section[part[0]] != OFF:
            before = part[:1] - 1 if part[0] and joined[part[0] - 1] else part[:0]
            after = part[-1:] + 1 if part[-1] < len(joined) and joined[part[-1]] else part[:0]
            yield _run(ground, laid, part, before, after)


def _run(ground: Ground, laid: _Laid, part: Integers, before: Integers, after: Integers) -> Run:
    """`before`, `after`: the fix elsewhere, or none."""
    came, came_within = _elsewhere(ground, laid, part[:1], before)
    left, left_within = _elsewhere(ground, laid, part[-1:], after)
    all_of_it = np.array([[0.0, ground.length[laid.section[part[0]]]]]).repeat(len(part) - 1, axis=0)
    low, high = np.concatenate([came_within, all_of_it, left_within]).T
    return Run(
        section=int(laid.section[part[0]]), first=int(part[0]) - len(before),
        along=np.concatenate([came, laid.along[part], left]),
        beside=slice(len(before), len(before) + len(part)), low=low, high=high,
    )  # fmt: skip


def smooth(along: Floats, told: Floats, error: float, stride: int) -> Floats:
    """Places that fit both the fixes, which err by `error` metres, and the metres `told` by speed between them.

    A step that fits its speed in neither direction (a turn, a halt) says nothing; `stride` steps tell the direction.
    """
    if len(along) < 3:
        return along
    step = np.arange(len(told))
    low, high = np.maximum(step - stride, 0), np.minimum(step + 1 + stride, len(told))
    gone = np.concatenate([[0.0], np.cumsum(told)])
    chord = (along[high] - along[low]) * told / np.maximum(gone[high] - gone[low], 1e-9)
    fits = np.abs(np.abs(chord) - told) <= 0.5 * told + error
    fits &= np.abs(np.abs(np.diff(along)) - told) <= 0.25 * told + 3 * error
    weight = np.where(fits, 1 / (0.5 + 0.05 * told) ** 2, 0.0)
    return _solved(along / error**2, weight, np.sign(chord) * told, 1 / error**2)


def _solved(right: Floats, weight: Floats, step: Floats, own: float) -> Floats:
    """Least squares of places and steps: three diagonals, solved from the begin and back (Thomas)."""
    middle = own + np.concatenate([weight, [0.0]]) + np.concatenate([[0.0], weight])
    pull = weight * step
    value = (right + np.concatenate([[0.0], pull]) - np.concatenate([pull, [0.0]])).tolist()
    diagonal, beside = middle.tolist(), weight.tolist()
    for place in range(1, len(value)):
        share = beside[place - 1] / diagonal[place - 1]
        diagonal[place] -= share * beside[place - 1]
        value[place] += share * value[place - 1]
    value[-1] /= diagonal[-1]
    for place in range(len(value) - 2, -1, -1):
        value[place] = (value[place] + beside[place] * value[place + 1]) / diagonal[place]
    return np.array(value)


def _choices(ground: Ground, points: Floats, beside: float) -> _Choices:
    spots = shapely.points(points)
    fix, section = ground.tree.query(spots, predicate="dwithin", distance=beside)
    away = shapely.distance(ground.lines[section], spots[fix])
    fixes = np.concatenate([np.arange(len(points)), fix])
    order = np.argsort(fixes, kind="stable")
    everywhere = np.full(len(points), float(OFF))
    return _Choices(
        section=np.concatenate([np.full(len(points), OFF), section])[order],
        along=np.concatenate([everywhere, ground.along(section, points[fix])])[order],
        cost=np.concatenate([np.full(len(points), 4.5), 0.5 * (3 * away / beside) ** 2])[order],
        start=np.concatenate([[0], np.cumsum(np.bincount(fixes, minlength=len(points)))]),
    )


def _likeliest(ground: Ground, choices: _Choices, points: Floats, joined: NDArray[np.bool_]) -> Integers:
    """Viterbi with costs: for each fix the row of what was chosen."""
    size = np.diff(choices.start)
    pairs = np.where(joined, size[:-1] * size[1:], 0)
    step = np.repeat(np.arange(len(joined)), pairs)
    within = np.arange(len(step)) - np.repeat(np.cumsum(pairs) - pairs, pairs)
    was, now = (
        choices.start[step] + within // size[step + 1],
        choices.start[step + 1] + within % size[step + 1],
    )
    driven = np.hypot(*np.diff(points, axis=0).T)
    change = _change(ground, choices, was, now, driven[step]).tolist()
    total, back = choices.cost.tolist(), [-1] * len(choices.cost)
    best: dict[int, float] = {}
    for one, (origin, target) in enumerate(zip(was.tolist(), now.tolist(), strict=True)):
        cost = total[origin] + change[one]
        if target not in best or cost < best[target]:
            if target in best:
                total[target] -= best[target]
            best[target] = cost
            total[target] += cost
            back[target] = origin
    return _walked_back(choices.start, np.array(total), back)


def _walked_back(start: Integers, total: Floats, back: Sequence[int]) -> Integers:
    chosen = np.empty(len(start) - 1, dtype=np.int64)
    row = -1
    for fix in range(len(chosen) - 1, -1, -1):
        if row < 0:
            row = int(start[fix] + np.argmin(total[start[fix] : start[fix + 1]]))
        chosen[fix] = row
        row = back[row]
    return chosen


def _change(ground: Ground, choices: _Choices, was: Integers, now: Integers, driven: Floats) -> Floats:
    """What it costs to be here after having been there: the way along the sections against the way that was driven."""
    origin, target = choices.section[was], choices.section[now]
    same = (origin == target) & (origin != OFF)
    moved = choices.along[now] - choices.along[was]
    cost = np.where(origin == target, 0.0, _SWITCH)
    cost[same] = np.abs(np.abs(moved[same]) - driven[same]) / _DETOUR + np.where(moved[same] < 0, _AGAINST, 0)
    other = np.flatnonzero((origin != target) & (origin != OFF) & (target != OFF))
    leave, enter, apart = _joints(ground, origin[other], target[other])
    way = np.abs(choices.along[was[other]] - leave) + apart + np.abs(choices.along[now[other]] - enter)
    cost[other] += np.abs(way - driven[other]) / _DETOUR
    return np.asarray(cost, dtype=np.float64)


def _joints(ground: Ground, origin: Integers, target: Integers) -> tuple[Floats, Floats, Floats]:
    """Where one section comes nearest to the other, how far along each, and the metres between."""
    pairs, which = np.unique(np.column_stack([origin, target]), axis=0, return_inverse=True)
    one, two = ground.lines[pairs[:, 0]], ground.lines[pairs[:, 1]]
    link = shapely.shortest_line(one, two)
    leave = shapely.line_locate_point(one, shapely.get_point(link, 0))
    enter = shapely.line_locate_point(two, shapely.get_point(link, -1))
    place = which.reshape(-1)
    return leave[place], enter[place], shapely.length(link)[place]


def _elsewhere(ground: Ground, laid: _Laid, here: Integers, there: Integers) -> tuple[Floats, Floats]:
    """Where the fix elsewhere would be along the section of the one `here`, and a row: between which metres the drive between both
    was on it. Nothing of nothing."""
    if not len(there):
        return np.empty(0), np.empty((0, 2))
    own, other = laid.section[here], laid.section[there]
    length = float(ground.length[own[0]])
    inner = float(np.clip(laid.along[here[0]], 0, length))
    if other[0] == OFF:
        joint = float(np.clip(ground.along(own, laid.points[there])[0], 0, length))
        tip = shapely.get_coordinates(shapely.line_interpolate_point(ground.lines[own[0]], joint))
        rest = np.hypot(*(laid.points[there] - tip).T)
    else:
        leave, enter, apart = _joints(ground, own, other)
        joint, rest = float(leave[0]), apart + np.abs(laid.along[there] - enter)
    if joint < inner or (joint == inner and 2 * joint < length):
        return joint - rest, np.array([[joint, length]])
    return joint + rest, np.array([[0.0, joint]])
