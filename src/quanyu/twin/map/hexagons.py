"""Counts in hexagons: a grid of the map's own plane, 48 columns and 56 rows to a tile, every second row half a column on.

56 is even and 48 x 4/3 / 56 within one per cent of a regular hexagon's ratio, so the grid repeats with every tile and knows no
seam: a hexagon on an edge is counted alike in both tiles. Pure; decision 0044 says why it is not H3.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quanyu.twin.map.grid import PLACE_ZOOM, Places, Tile, interleave, separate
from quanyu.twin.map.mvt import EXTENT

COLUMNS, ROWS = 48, 56
_WIDTH, _STEP = EXTENT / COLUMNS, EXTENT / ROWS
HALF_WIDTH, HALF_HEIGHT = round(_WIDTH / 2), round(_STEP * 2 / 3)
_FINE_BITS = 8  # entities are told apart to a 256th of a tile, two pixels
_EDGE_BITS = 5  # from neighbours comes a strip of a 32nd: more than a hexagon reaches

Counts = NDArray[np.int64]


def ranges(tile: Tile) -> tuple[Places, Places]:
    """Where the places begin and end that count in the tile: its own, and those of a strip around it."""
    bits = min(_EDGE_BITS, PLACE_ZOOM - tile.z)
    columns, rows = _ring(1 << bits)
    columns, rows = columns + (tile.x << bits), rows + (tile.y << bits)
    limit = 1 << (tile.z + bits)
    known = (columns >= 0) & (columns < limit) & (rows >= 0) & (rows < limit)
    shift = 2 * (PLACE_ZOOM - tile.z - bits)
    strip: Any = interleave(columns[known], rows[known])  # type: ignore[arg-type]
    own = tile.places()
    return np.append(strip << shift, own[0]), np.append((strip + 1) << shift, own[1])


def counted(tile: Tile, places: Places) -> tuple[Counts, Counts, Counts]:
    """Middles on the tile's grid and how many lie in each; of `places` in any order."""
    bits = min(_FINE_BITS, PLACE_ZOOM - tile.z)
    cells, numbers = np.unique(places >> 2 * (PLACE_ZOOM - tile.z - bits), return_counts=True)
    columns, rows = separate(cells)
    column, row = _nearest(
        (columns - (tile.x << bits) + 0.5) * (COLUMNS / (1 << bits)),
        (rows - (tile.y << bits) + 0.5) * (ROWS / (1 << bits)),
    )
    key = (row + ROWS) * (4 * COLUMNS) + column + COLUMNS
    sums = np.bincount(key, weights=numbers).astype(np.int64)
    found = np.flatnonzero(sums)
    row, column = found // (4 * COLUMNS) - ROWS, found % (4 * COLUMNS) - COLUMNS
    x = np.rint((column + (row & 1) / 2) * _WIDTH).astype(np.int64)
    y = np.rint(row * _STEP).astype(np.int64)
    seen = (abs(x - EXTENT // 2) < EXTENT // 2 + HALF_WIDTH) & (
        abs(y - EXTENT // 2) < EXTENT // 2 + HALF_HEIGHT
    )
    return x[seen], y[seen], sums[found[seen]]


def _nearest(u: NDArray[Any], v: NDArray[Any]) -> tuple[Counts, Counts]:
    """Column and row of the hexagon whose middle is nearest: it lies in the row above or below."""
    rows = np.floor(v)[None, :] + np.array([[0.0], [1.0]])
    offset = (rows % 2) / 2
    columns = np.rint(u - offset)
    away = ((u - offset - columns) * _WIDTH) ** 2 + ((v - rows) * _STEP) ** 2
    which = (away[1] < away[0]).astype(int), np.arange(len(u))
    return columns[which].astype(np.int64), rows[which].astype(np.int64)


@cache
def _ring(size: int) -> tuple[Counts, Counts]:
    """Columns and rows of the squares around a square of `size`."""
    at = np.arange(-1, size + 1)
    columns, rows = (one.ravel() for one in np.meshgrid(at, at))
    edge = (columns < 0) | (columns == size) | (rows < 0) | (rows == size)
    return columns[edge], rows[edge]
