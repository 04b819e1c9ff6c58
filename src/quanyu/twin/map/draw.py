"""What stands in a tile: hexagons that count, points, lines and areas. Pure; nothing here reads the database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, pairwise
from operator import itemgetter
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from quanyu.twin.map.grid import Places, Tile
from quanyu.twin.map.hexagons import HALF_HEIGHT, HALF_WIDTH, counted
from quanyu.twin.map.mvt import (
    EXTENT,
    GeometryKind,
    Ring,
    TileLayer,
    hexagon_commands,
    line_commands,
    point_commands,
    polygon_commands,
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
    """Counts of the entities per hexagon with `n`; of the places in the ranges that `hexagons` names."""
    made = TileLayer("bins")
    x, y, numbers = counted(tile, places)
    for column, row, n in zip(x.tolist(), y.tolist(), numbers.tolist(), strict=True):
        made.add(GeometryKind.POLYGON, hexagon_commands(column, row, HALF_WIDTH, HALF_HEIGHT), {"n": n})
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
    """Lines and areas, simplified to half a pixel and cut at the tile's edge; points among them as points.

    The name of an area stands in one place (`areaNames`), which lies in one tile.
    """
    placed = _placed(tile, drawings)
    parts, owners = _single_parts(_on_tile(placed))
    kinds = shapely.get_dimensions(parts)
    properties = [_properties(one.id, one.name) for one in drawings]
    made = TileLayer("areas"), TileLayer("lines"), TileLayer("points")
    for owner, rings in _grouped(owners[kinds == 2], _rings(parts[kinds == 2])):
        made[0].add(GeometryKind.POLYGON, polygon_commands(chain.from_iterable(rings)), properties[owner])
    for owner, lines in _grouped(owners[kinds == 1], _paths(parts[kinds == 1])):
        made[1].add(GeometryKind.LINE, line_commands(lines), properties[owner])
    for owner, places in _grouped(owners[kinds == 0], _paths(parts[kinds == 0])):
        made[2].add(GeometryKind.POINT, point_commands(list(chain.from_iterable(places))), properties[owner])
    return *made, _area_names(placed, properties)


def _area_names(placed: NDArray[Any], properties: Sequence[dict[str, str]]) -> TileLayer:
    made = TileLayer("areaNames")
    areas = np.flatnonzero((shapely.get_dimensions(placed) == 2) & ~shapely.is_empty(placed))
    at = np.rint(shapely.get_coordinates(shapely.point_on_surface(placed[areas]))).astype(int).tolist()
    for owner, (x, y) in zip(areas.tolist(), at, strict=True):
        if 0 <= x < EXTENT and 0 <= y < EXTENT and "name" in properties[owner]:
            made.add(GeometryKind.POINT, point_commands([(x, y)]), properties[owner])
    return made


def _single_parts(found: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """All parts of all shapes, and the number of the shape of each; twice, as a collection may hold multi-geometries."""
    outer, owners = shapely.get_parts(found, return_index=True)
    parts, within = shapely.get_parts(outer, return_index=True)
    return parts, owners[within]


def _grouped(owners: NDArray[Any], drawn: Sequence[Any]) -> Iterable[tuple[int, list[Any]]]:
    for owner, several in groupby(zip(owners.tolist(), drawn, strict=True), key=itemgetter(0)):
        yield owner, [one for _, one in several]


def _placed(tile: Tile, drawings: Sequence[Drawing]) -> NDArray[Any]:
    """On the tile's own grid, whole."""
    read = shapely.from_geojson([one.geometry for one in drawings], on_invalid="ignore")
    placed: NDArray[Any] = shapely.transform(read, lambda positions: tile.project(positions, EXTENT))
    return placed


def _on_tile(placed: NDArray[Any]) -> NDArray[Any]:
    simple = shapely.simplify(placed, _TOLERANCE)
    areas = shapely.get_dimensions(simple) == 2
    simple[areas] = shapely.make_valid(simple[areas])
    cut = shapely.clip_by_rect(simple, -MARGIN, -MARGIN, EXTENT + MARGIN, EXTENT + MARGIN)
    turned: NDArray[Any] = shapely.orient_polygons(cut)
    return turned


def _rings(polygons: NDArray[Any]) -> list[list[Ring]]:
    """The rings of each polygon without their closing position; a polygon too small to be seen has none."""
    rings, owners = shapely.get_rings(polygons, return_index=True)
    made: list[list[Ring]] = [[] for _ in polygons]
    for owner, ring in zip(owners.tolist(), _paths(rings), strict=True):
        if len(ring) > 3:
            made[owner].append(ring[:-1])
        elif not made[owner]:
            made[owner].append(())  # the outer one: without it the holes are nothing
    return [found if found and found[0] else [] for found in made]


def _paths(lines: NDArray[Any]) -> list[list[tuple[int, int]]]:
    """The positions of each line on the grid, none repeating the one before."""
    positions, owners = shapely.get_coordinates(lines, return_index=True)
    at = np.rint(positions).astype(int)
    kept = np.ones(len(at), dtype=bool)
    kept[1:] = (at[1:] != at[:-1]).any(axis=1) | (owners[1:] != owners[:-1])
    ends = np.searchsorted(owners[kept], np.arange(len(lines)), side="right").tolist()
    flat = list(map(tuple, at[kept].tolist()))
    return [flat[start:end] for start, end in pairwise([0, *ends])]


def _properties(id: str, name: str | None) -> dict[str, str]:
    return {"id": id, "name": name} if name else {"id": id}
