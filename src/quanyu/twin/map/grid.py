"""The squares of Web Mercator: tiles, and places (column and row at zoom 24 with their bits interleaved).

A tile is a range of places, and a cell of a tile's grid is a range within it: counting the entities of each cell is
counting equal numbers in a sorted array.
"""

from dataclasses import dataclass
from math import atan, degrees, exp, pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quanyu.core.geometry import Box

PLACE_ZOOM = 24
MAX_ZOOM = 22
_LATITUDE = 85.0511287798

Places = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tile:
    """`y` counts from the north, as in all tile addresses."""

    z: int
    x: int
    y: int

    def is_on_the_map(self) -> bool:
        return 0 <= self.z <= MAX_ZOOM and 0 <= self.x < 1 << self.z and 0 <= self.y < 1 << self.z

    def places(self) -> tuple[int, int]:
        """The first place of the tile, and the first one behind it."""
        shift = 2 * (PLACE_ZOOM - self.z)
        first = interleave(self.x, self.y)
        return first << shift, (first + 1) << shift

    def box(self, margin: float = 0.0) -> Box:
        """In degrees, widened by `margin` tiles on every side."""
        size = 1 << self.z
        west, east = (self.x - margin) / size * 360 - 180, (self.x + 1 + margin) / size * 360 - 180
        south, north = _latitude((self.y + 1 + margin) / size), _latitude((self.y - margin) / size)
        return Box(max(-180.0, west), max(-90.0, south), min(180.0, east), min(90.0, north))

    def project(self, positions: NDArray[Any], extent: int) -> Floats:
        """Positions in degrees (n x 2) on the tile's own grid."""
        made = mercator(positions)
        made *= float(extent << self.z)
        made -= (self.x * extent, self.y * extent)
        return made


def interleave(x: int, y: int) -> int:
    return sum(((x >> bit) & 1) << 2 * bit | ((y >> bit) & 1) << 2 * bit + 1 for bit in range(PLACE_ZOOM))


def separate(places: Places) -> tuple[Places, Places]:
    """Columns and rows of interleaved numbers."""
    return _every_second_bit(places), _every_second_bit(places >> 1)


def mercator(positions: NDArray[Any]) -> Floats:
    """Degrees to the unit square, x to the east and y to the south."""
    made: Floats = np.empty((len(positions), 2))
    made[:, 0] = (positions[:, 0] + 180) / 360
    slope = np.sin(np.radians(np.clip(positions[:, 1], -_LATITUDE, _LATITUDE)))
    made[:, 1] = 0.5 - np.log((1 + slope) / (1 - slope)) / (4 * pi)
    return made


def _latitude(y: float) -> float:
    return degrees(2 * atan(exp((1 - 2 * y) * pi)) - pi / 2)


def _every_second_bit(values: Places) -> Places:
    made = values & 0x5555555555555555
    for shift, mask in (
        (1, 0x3333333333333333),
        (2, 0x0F0F0F0F0F0F0F0F),
        (4, 0x00FF00FF00FF00FF),
        (8, 0x0000FFFF0000FFFF),
        (16, 0x00000000FFFFFFFF),
    ):
        made = (made | (made >> shift)) & mask
    return made
