"""Geo-queries (4.10): parsed, and tested with GEOS; distances are metres on the ground."""

import re
from functools import lru_cache
from math import cos, radians
from typing import Any as Anything

import msgspec
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from quanyu.core.errors import Invalid
from quanyu.core.geometry import Box, Geometry, parse_geometry
from quanyu.twin.distance import METRES_A_DEGREE, metres, metres_apart
from quanyu.twin.ngsild.query.tree import GeoQuery, Relation

_NEAR = re.compile(r"near;(maxDistance|minDistance)==((?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)")
_TESTS = {
    Relation.WITHIN: shapely.within,
    Relation.CONTAINS: shapely.contains,
    Relation.OVERLAPS: shapely.overlaps,
    Relation.INTERSECTS: shapely.intersects,
    Relation.EQUALS: shapely.equals,
    Relation.DISJOINT: shapely.disjoint,
}


def parse_geo_query(
    *, georel: str, geometry: str, coordinates: Anything, property: str = "location"
) -> GeoQuery:
    """`coordinates` decoded or as JSON text; `property` a stored-name. Raises Invalid."""
    if not (georel and geometry and coordinates not in ("", None)):
        raise Invalid("twin.geo.incomplete")
    reference = parse_reference(geometry, coordinates)
    if georel.startswith("near"):
        found = _NEAR.fullmatch(georel)
        metres = float(found[2]) if found else 0.0
        if not found or not 0 < metres < float("inf"):
            raise Invalid("twin.ngsi.georel", georel=georel[:80])
        bounds = {"at_most" if found[1] == "maxDistance" else "at_least": metres}
        return GeoQuery(relation=Relation.NEAR, geometry=reference, property=property, **bounds)
    if georel not in tuple(Relation):
        raise Invalid("twin.ngsi.georel", georel=georel[:80])
    return GeoQuery(relation=Relation(georel), geometry=reference, property=property)


def parse_reference(geometry: str, coordinates: Anything) -> Geometry:
    """A GeoJSON geometry given as type and coordinates. Raises Invalid."""
    if isinstance(coordinates, str):
        try:
            coordinates = msgspec.json.decode(coordinates)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise Invalid("twin.ngsi.coordinates") from None
    return parse_geometry({"type": geometry, "coordinates": coordinates}, "coordinates")


def geo_fits(value: Anything, query: GeoQuery) -> bool:
    """`value` is a GeoJSON geometry, or anything else, which does not fit."""
    if query.relation is not Relation.NEAR:
        mine = _shape_of(value)
        return mine is not None and bool(_TESTS[query.relation](mine, _reference(_key(query.geometry))))
    distance = distance_to(value, query.geometry)
    if distance is None:
        return False
    if query.at_least is not None:
        return distance > query.at_least
    return query.at_most is not None and distance <= query.at_most


def distance_to(value: Anything, reference: Geometry) -> float | None:
    """Metres between a GeoJSON value and a geometry; None where the value is no geometry. Two points need no GEOS."""
    match value:
        case {"type": "Point", "coordinates": [int() | float() as x, int() | float() as y]} if (
            reference.type == "Point"
        ):
            return metres(x, y, reference.coordinates[0], reference.coordinates[1])
    mine = _shape_of(value)
    return None if mine is None else metres_apart(mine, _reference(_key(reference)))


def search_box(query: GeoQuery) -> Box | None:
    """Whatever fits has a bounding box that meets this one; None where that says nothing."""
    box = query.geometry.box()
    if query.relation is Relation.DISJOINT or query.at_least is not None:
        return None
    if query.at_most is None:
        return box
    return _widened(box, query.at_most)


def _widened(box: Box, metres: float) -> Box:
    """A little more than asked for; the whole round where it comes near a pole or the date line."""
    tall = metres / METRES_A_DEGREE * 1.01 + 1e-6
    south, north = box.y1 - tall, box.y2 + tall
    steepest = max(abs(south), abs(north))
    if steepest > 85:
        return Box(-180, max(-90.0, south), 180, min(90.0, north))
    wide = tall / cos(radians(steepest))
    if box.x1 - wide < -180 or box.x2 + wide > 180:
        return Box(-180, south, 180, north)
    return Box(box.x1 - wide, south, box.x2 + wide, north)


def _shape_of(value: Anything) -> BaseGeometry | None:
    """Valid also where the drawn polygon crosses itself, so that GEOS answers instead of raising."""
    if not isinstance(value, dict):
        return None
    try:
        made = shape(value)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, shapely.errors.ShapelyError):
        return None
    return made if made.is_valid else shapely.make_valid(made)


def _key(geometry: Geometry) -> str:
    return msgspec.json.encode(geometry.geojson()).decode()


@lru_cache(maxsize=256)
def _reference(geojson: str) -> BaseGeometry:
    made = _shape_of(msgspec.json.decode(geojson))
    assert made is not None
    shapely.prepare(made)
    return made
