"""What stands in a tile: squares that count, points, lines and areas. Pure; nothing here reads the database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from quanyu.twin.map.grid import CELL_BITS, PLACE_ZOOM, Places, Tile, interleave, separate
from quanyu.twin.map.mvt import (
    EXTENT,
    GeometryKind,
    Ring,
    TileLayer,
    line_commands,
    point_commands,
    polygon_commands,
    square_commands,
)

MARGIN = 64  # what lines and areas may reach over the edge, so that no seam is seen
_TOLERANCE = EXTENT / 512 / 2  # half a pixel of a tile of 512


@dataclass(frozen=True, slots=True)
class Drawing:
    """One entity to draw: `geometry` is GeoJSON text."""

    id: str
    name: str | None
    geometry: str


def bins(tile: Tile, places: Places) -> TileLayer:
    """Counts of the entities per cell, as squares with `n`; `places` are sorted and within the tile."""
    bits = min(CELL_BITS, PLACE_ZOOM - tile.z)
    cells, counts = np.unique(places >> 2 * (PLACE_ZOOM - tile.z - bits), return_counts=True)
    columns, rows = separate(cells - (interleave(tile.x, tile.y) << 2 * bits))
    size = EXTENT >> bits
    made = TileLayer("bins")
    for column, row, n in zip(columns.tolist(), rows.tolist(), counts.tolist(), strict=True):
        made.add(GeometryKind.POLYGON, square_commands(column * size, row * size, size), {"n": n})
    return made


def points(tile: Tile, rows: Sequence[Any]) -> TileLayer:
    """`rows` have id, name, x and y."""
    made = TileLayer("points")
    if rows:
        at = (
            np.rint(tile.project(np.array([(row["x"], row["y"]) for row in rows]), EXTENT))
            .astype(int)
            .tolist()
        )
        for row, (x, y) in zip(rows, at, strict=True):
            made.add(GeometryKind.POINT, point_commands([(x, y)]), _properties(row["id"], row["name"]))
    return made


def shapes(tile: Tile, drawings: Sequence[Drawing]) -> tuple[TileLayer, ...]:
    """Lines and areas, simplified to half a pixel and cut at the tile's edge; points among them as points."""
    layers = TileLayer("areas"), TileLayer("lines"), TileLayer("points")
    for drawing, shape in zip(drawings, _on_tile(tile, drawings), strict=True):
        properties = _properties(drawing.id, drawing.name)
        parts = shapely.get_parts(shapely.get_parts(shape))  # twice: a collection may hold multi-geometries
        kinds = shapely.get_dimensions(parts)
        layers[0].add(GeometryKind.POLYGON, polygon_commands(_rings(parts[kinds == 2])), properties)
        layers[1].add(GeometryKind.LINE, line_commands(map(_whole, parts[kinds == 1])), properties)
        if (kinds == 0).any():
            layers[2].add(GeometryKind.POINT, point_commands(_several(parts[kinds == 0])), properties)
    return layers


def _on_tile(tile: Tile, drawings: Sequence[Drawing]) -> NDArray[Any]:
    read = shapely.from_geojson([one.geometry for one in drawings], on_invalid="ignore")
    placed = shapely.transform(read, lambda positions: tile.project(positions, EXTENT))
    simple = shapely.simplify(placed, _TOLERANCE)
    areas = shapely.get_dimensions(simple) == 2
    simple[areas] = shapely.make_valid(simple[areas])
    cut = shapely.clip_by_rect(simple, -MARGIN, -MARGIN, EXTENT + MARGIN, EXTENT + MARGIN)
    turned: NDArray[Any] = shapely.orient_polygons(cut)
    return turned


def _rings(polygons: Iterable[Any]) -> Iterable[Ring]:
    for polygon in polygons:
        outer = _whole(polygon.exterior)[:-1]
        if len(outer) > 2:
            yield outer
            yield from (_whole(hole)[:-1] for hole in polygon.interiors)


def _whole(line: Any) -> list[tuple[int, int]]:
    """On the grid, without positions that repeat the one before."""
    at = np.rint(shapely.get_coordinates(line)).astype(int)
    kept = np.ones(len(at), dtype=bool)
    kept[1:] = (at[1:] != at[:-1]).any(axis=1)
    return [(x, y) for x, y in at[kept].tolist()]


def _several(found: Any) -> list[tuple[int, int]]:
    return [(x, y) for x, y in np.rint(shapely.get_coordinates(found)).astype(int).tolist()]


def _properties(id: str, name: str | None) -> dict[str, str]:
    return {"id": id, "name": name} if name else {"id": id}
