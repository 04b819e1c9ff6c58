"""Distances on the ground between a point and a geometry, in metres."""

from math import asin, cos, radians, sin, sqrt

import shapely
from shapely.geometry.base import BaseGeometry

from quanyu.core.geometry import Box, Geometry

RADIUS = 6_371_008.8  # mean radius of the Earth (IUGG)
METRES_A_DEGREE = RADIUS * radians(1)


def metres(x1: float, y1: float, x2: float, y2: float) -> float:
    """Great circle (haversine)."""
    south, north = radians(y1), radians(y2)
    part = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * sin(radians(x2 - x1) / 2) ** 2
    return 2 * RADIUS * asin(min(1.0, sqrt(part)))


def metres_between(x: float, y: float, geometry: Geometry) -> float:
    """To the nearest part of the geometry, 0 inside it. Lines and areas are measured on a plane touching the point,
    which is exact to a few metres in a city.
    """
    if geometry.type == "Point":
        return metres(x, y, geometry.coordinates[0], geometry.coordinates[1])
    narrowing = cos(radians(y))
    shape = shapely.transform(
        shapely.geometry.shape(geometry.geojson()),
        lambda at: (at[:, :2] - (x, y)) * (narrowing * METRES_A_DEGREE, METRES_A_DEGREE),
    )
    return float(shapely.distance(shape, shapely.Point(0, 0)))


def metres_apart(one: BaseGeometry, other: BaseGeometry) -> float:
    """Between the nearest parts of two geometries; exact between points, else found on a plane narrowed as the second
    one's latitude asks.
    """
    if one.geom_type == other.geom_type == "Point":
        return metres(one.x, one.y, other.x, other.y)
    narrowing = max(0.01, cos(radians(other.centroid.y)))
    flat = [shapely.transform(shape, lambda at: at[:, :2] * (narrowing, 1.0)) for shape in (one, other)]
    (x1, y1), (x2, y2) = shapely.get_coordinates(shapely.shortest_line(*flat))
    return metres(x1 / narrowing, y1, x2 / narrowing, y2)


def box_around(x: float, y: float, distance: float) -> Box:
    """A box that holds every point within `distance` metres."""
    tall = distance / METRES_A_DEGREE * 1.001
    wide = tall / max(0.01, cos(radians(min(89.0, abs(y) + tall))))
    return Box(max(-180.0, x - wide), max(-90.0, y - tall), min(180.0, x + wide), min(90.0, y + tall))
