"""Tiles of a source in GCJ-02 put where they belong: every pixel of a tile is taken from the place that it has in the source."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import pi

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from quanyu.core.coordinates import Crs, from_wgs84
from quanyu.twin.map.grid import Floats, Tile, mercator

SIDE = 256
"""Pixels of a tile that is put together."""


@dataclass(frozen=True, slots=True)
class Shifted:
    """Where the middles of a tile's pixels, row by row from the north-west, lie in the source: in tiles of `zoom`."""

    zoom: int
    x: Floats
    y: Floats

    @property
    def sources(self) -> frozenset[Tile]:
        """The tiles that lie under it: up to four, some more where the offset begins at the border of its rectangle."""
        pairs = np.unique(np.floor(np.stack([self.x, self.y], axis=1)).astype(int), axis=0)
        return frozenset(Tile(self.zoom, x, y) for x, y in pairs.tolist())

    def draw(self, pictures: Mapping[Tile, Image.Image]) -> Image.Image:
        """From the pictures of all `sources`, whatever their size. The nearest pixel, so that letters stay sharp."""
        made = np.zeros((SIDE * SIDE, 4), np.uint8)
        for tile, picture in pictures.items():
            here = (np.floor(self.x) == tile.x) & (np.floor(self.y) == tile.y)
            columns = _pixels(self.x[here] - tile.x, picture.width)
            rows = _pixels(self.y[here] - tile.y, picture.height)
            made[here] = np.asarray(picture.convert("RGBA"))[rows, columns]
        return Image.fromarray(made.reshape(SIDE, SIDE, 4))


def shifted(tile: Tile) -> Shifted:
    """WGS-84 (or CGCS2000) tile, source in GCJ-02."""
    middles = (np.arange(SIDE) + 0.5) / SIDE
    x, y = (part.ravel() for part in np.meshgrid(tile.x + middles, tile.y + middles))
    whole = 1 << tile.z
    lon = x / whole * 360 - 180
    lat = np.degrees(np.arctan(np.sinh(pi * (1 - 2 * y / whole))))
    there = mercator(np.stack(from_wgs84(lon, lat, Crs.GCJ02), axis=1)) * whole
    last = np.nextafter(whole, 0)
    return Shifted(tile.z, np.clip(there[:, 0], 0, last), np.clip(there[:, 1], 0, last))


def _pixels(parts: Floats, size: int) -> NDArray[np.int64]:
    found: NDArray[np.int64] = np.minimum((parts * size).astype(np.int64), size - 1)
    return found
