"""Where cases are asked for, in a box or within an area that the twin has drawn, and with whom they lie."""

import asyncpg

from quanyu.core.entity import location_of
from quanyu.core.errors import Invalid
from quanyu.core.geometry import Box, Geometry, Position
from quanyu.store import Connection
from quanyu.twin.query import retrieve

Rings = tuple[tuple[Position, ...], ...]
"""The outer boundaries of an area; holes are cities of their own so seldom that they are not looked at."""

IN = """({box}::box is null or box(point(lon, lat), point(lon, lat)) && {box})
  and ({rings}::text[] is null or point(lon, lat) <@ any(array(select ring::polygon from unnest({rings}::text[]) ring)))"""

LYING_WITH = "({bodies}::text[] is null or organisation = any({bodies}) or bodies && {bodies})"
"""Null is every body."""

Parameters = tuple[asyncpg.Box | None, list[str] | None]


def parameters(box: Box | None, rings: Rings | None) -> Parameters:
    """As `IN` asks for them: boundaries as PostgreSQL writes polygons, read once a statement."""
    around = box and asyncpg.Box((box.x2, box.y2), (box.x1, box.y1))
    return around, None if rings is None else [",".join(f"({x},{y})" for x, y in ring) for ring in rings]


async def area(connection: Connection, tenant: str, id: str) -> tuple[Box, Rings]:
    """Of an entity. Raises NotFound, Invalid where it is no area."""
    geometry = location_of((await retrieve(connection, tenant, id)).document)
    rings = _outer(geometry) if geometry else ()
    if geometry is None or not rings:
        raise Invalid("act.case.area", area=id[:200])
    return geometry.box(), rings


def _outer(geometry: Geometry) -> Rings:
    match geometry.type:
        case "Polygon":
            polygons = [geometry.coordinates]
        case "MultiPolygon":
            polygons = geometry.coordinates
        case _:
            return ()
    return tuple(tuple((x, y) for x, y, *_ in polygon[0]) for polygon in polygons)
