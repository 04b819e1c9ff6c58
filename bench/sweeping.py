"""Rounds of sweepers through the streets of Jinan, with what they really swept: the truth that coverage is held against.

A vehicle drives edge after edge of the network, sweeps some of them at 8 km/h, hurries over others and parts of others at 30,
and speeds up and slows down by half a metre a second each second. What is swept is marked in steps of a quarter of a metre,
wherever its true speed lies within the limits, without fixes, without the sections' geometry as the algorithm sees it.
"""

import csv
import gzip
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from quanyu.packs import Plane
from quanyu.scenarios.sanitation.model import Fix, Limits, Section

Floats = NDArray[np.float64]

_STEP, _FASTER, _SWEEPING, _DRIVING = 0.25, 0.5, 8.0, 30.0
_LEAST = 80.0


@dataclass(frozen=True, slots=True)
class Edge:
    begin: str
    end: str
    line: Floats
    length: float

    @property
    def ends(self) -> tuple[frozenset[str], int]:
        """The same for both directions of a street."""
        return frozenset((self.begin, self.end)), round(self.length)


class Town:
    """The network in metres; its streets from 80 m on are the plan, each in one direction."""

    def __init__(self, folder: Path) -> None:
        with gzip.open(folder / "road-jinan-osm" / "edges.csv.gz", "rt", encoding="utf-8") as file:
            rows = [
                (row["u"], row["v"], shapely.get_coordinates(shapely.from_wkt(row["wkt"])))
                for row in csv.DictReader(file)
            ]
        self.plane = Plane.around(*np.concatenate([line for _, _, line in rows]).T)
        drawn = [(u, v, np.column_stack(self.plane.metres(*line.T))) for u, v, line in rows]
        self.edges = [
            Edge(u, v, line, float(np.hypot(*np.diff(line, axis=0).T).sum())) for u, v, line in drawn
        ]
        self.leading: dict[str, list[Edge]] = {}
        self.planned: dict[tuple[frozenset[str], int], tuple[Edge, Section]] = {}
        for number, (edge, (_, _, line)) in enumerate(zip(self.edges, rows, strict=True)):
            self.leading.setdefault(edge.begin, []).append(edge)
            if edge.length >= _LEAST and edge.ends not in self.planned:
                places = tuple((float(lon), float(lat)) for lon, lat in line)
                self.planned[edge.ends] = edge, Section(id=str(number), street="", grade=1, line=places)

    def round(self, chance: random.Random, edges: int) -> list[Edge]:
        path = [chance.choice(self.edges)]
        while len(path) < edges:
            onward = [one for one in self.leading.get(path[-1].end, ()) if one.end != path[-1].begin]
            if not onward:
                break
            path.append(chance.choice(onward))
        return path


class Sweepers:
    """`every`: seconds between fixes; `noise` and `drift`: metres that they err by, anew each time and slowly."""

    def __init__(self, town: Town, *, every: float, noise: float = 3.0, drift: float = 1.5) -> None:
        self.town, self.every, self.noise, self.drift = town, every, noise, drift
        self.chance, self.dice = random.Random(1), np.random.default_rng(1)
        self.swept = {
            section.id: np.zeros(int(edge.length / _STEP), bool) for edge, section in town.planned.values()
        }

    def drive(self, vehicle: str, begin: datetime, edges: int = 40) -> Iterator[Fix]:
        path = self.town.round(self.chance, edges)
        starts = np.concatenate([[0.0], np.cumsum([edge.length for edge in path])])
        place = np.arange(0, starts[-1], _STEP)
        speed = self._speeds(path, starts, place)
        for edge, start in zip(path, starts, strict=False):
            self._mark(edge, place - start, speed)
        seconds = np.concatenate([[0.0], np.cumsum(_STEP / speed[:-1])])
        at = np.arange(0, seconds[-1], self.every)
        where = np.interp(at, seconds, place)
        line = shapely.linestrings(np.concatenate([edge.line for edge in path]))
        seen = shapely.get_coordinates(shapely.line_interpolate_point(line, where)) + self._errors(len(at))
        lon, lat = self.town.plane.degrees(*seen.T)
        told = np.maximum(0, np.interp(where, place, speed) * 3.6 + self.dice.normal(0, 0.3, len(at))).round(
            1
        )
        for second, *rest in zip(at.tolist(), lon.tolist(), lat.tolist(), told.tolist(), strict=True):
            yield Fix(vehicle, begin + timedelta(seconds=second), *rest)

    def _speeds(self, path: Sequence[Edge], starts: Floats, place: Floats) -> Floats:
        """Metres a second at each place, no quicker changed than a sweeper can."""
        wanted = np.full(len(place), _DRIVING / 3.6)
        for edge, start in zip(path, starts, strict=False):
            kind, low, high = self.chance.random(), 0.0, edge.length
            if kind >= 0.8:
                low, high = sorted((self.chance.random() * edge.length, self.chance.random() * edge.length))
            if kind < 0.65 or kind >= 0.8:
                wanted[(place >= start + low) & (place < start + high)] = _SWEEPING / 3.6
        for order in (range(1, len(wanted)), range(len(wanted) - 2, -1, -1)):
            before = -1 if order.step > 0 else 1
            for one in order:
                wanted[one] = min(wanted[one], np.sqrt(wanted[one + before] ** 2 + 2 * _FASTER * _STEP))
        return wanted

    def _mark(self, edge: Edge, along: Floats, speed: Floats) -> None:
        planned, section = self.town.planned.get(edge.ends, (None, None))
        if planned is None or section is None:
            return
        limits, kmh = Limits(), speed * 3.6
        works = (limits.slowest <= kmh) & (kmh <= limits.fastest) & (along >= 0) & (along < edge.length)
        swept = along[works] if edge.begin == planned.begin else edge.length - along[works]
        marks = self.swept[section.id]
        cells = np.floor(swept / _STEP).astype(int)
        marks[cells[(cells >= 0) & (cells < len(marks))]] = True

    def _errors(self, count: int) -> Floats:
        errors, slow = self.dice.normal(0, self.noise, (count, 2)), np.zeros(2)
        keeps = 0.9 ** (self.every / 10)
        for one in range(count):
            slow = keeps * slow + self.dice.normal(0, self.drift * np.sqrt(1 - keeps**2), 2)
            errors[one] += slow
        return errors
