"""Coordinate systems met in China, and the way between them, for one point or whole arrays through the same code.

Angles are degrees, always (longitude, latitude). CGCS2000 and WGS-84 differ by centimetres and are taken as one. GCJ-02 is the
offset that Chinese map services add to WGS-84 inside the country; BD-09 is Baidu's offset on top of it. Outside of the
country's rectangle GCJ-02 equals WGS-84.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Degrees: TypeAlias = NDArray[np.float64]
Point: TypeAlias = tuple[float, float]
Points: TypeAlias = tuple[Degrees, Degrees]


class Crs(StrEnum):
    WGS84 = "EPSG:4326"
    CGCS2000 = "EPSG:4490"
    GCJ02 = "GCJ-02"
    BD09 = "BD-09"


CHINA = (72.004, 0.8293, 137.8347, 55.8271)
"""The rectangle west, south, east, north inside which GCJ-02 is offset."""

_AXIS, _ECCENTRICITY = 6378245.0, 0.00669342162296594323  # Krasovsky 1940
_BAIDU_TURN = np.pi * 3000.0 / 180.0
_ROUNDS = 6  # each one shrinks the error of the inverse by a factor above 100


def to_wgs84(lon: ArrayLike, lat: ArrayLike, crs: Crs) -> Points:
    """Arrays in, arrays out."""
    x, y = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    if crs is Crs.BD09:
        x, y = _gcj02_of_bd09(x, y)
    return _inverse(_gcj02_of_wgs84, x, y) if crs in (Crs.GCJ02, Crs.BD09) else (x, y)


def from_wgs84(lon: ArrayLike, lat: ArrayLike, crs: Crs) -> Points:
    x, y = np.asarray(lon, np.float64), np.asarray(lat, np.float64)
    if crs in (Crs.GCJ02, Crs.BD09):
        x, y = _gcj02_of_wgs84(x, y)
    return _bd09_of_gcj02(x, y) if crs is Crs.BD09 else (x, y)


def gcj02_from_wgs84(lon: float, lat: float) -> Point:
    return _point(from_wgs84(lon, lat, Crs.GCJ02))


def wgs84_from_gcj02(lon: float, lat: float) -> Point:
    return _point(to_wgs84(lon, lat, Crs.GCJ02))


def bd09_from_gcj02(lon: float, lat: float) -> Point:
    return _point(_bd09_of_gcj02(np.asarray(lon, np.float64), np.asarray(lat, np.float64)))


def gcj02_from_bd09(lon: float, lat: float) -> Point:
    return _point(_gcj02_of_bd09(np.asarray(lon, np.float64), np.asarray(lat, np.float64)))


def bd09_from_wgs84(lon: float, lat: float) -> Point:
    return _point(from_wgs84(lon, lat, Crs.BD09))


def wgs84_from_bd09(lon: float, lat: float) -> Point:
    return _point(to_wgs84(lon, lat, Crs.BD09))


_NAMES = (
    (Crs.GCJ02, ("gcj02", "gcj", "火星", "高德", "amap", "国测局", "腾讯")),
    (Crs.BD09, ("bd09", "baidu", "百度")),
    (Crs.CGCS2000, ("cgcs2000", "chinageodeticcoordinatesystem2000", "4490", "2000国家大地")),
    (Crs.WGS84, ("wgs84", "wgs1984", "worldgeodeticsystem1984", "4326", "crs84", "gps")),
)


def crs_named(declared: str) -> Crs | None:
    """The system that a declaration or the text of a .prj file names; None for unknown and for projected ones."""
    text = "".join(character for character in declared.lower() if character not in " _-:")
    if "projcs" in text or "projcrs" in text:
        return None
    return next((crs for crs, names in _NAMES if any(name in text for name in names)), None)


def nearest_crs(
    lon: ArrayLike, lat: ArrayLike, *, known_lon: ArrayLike, known_lat: ArrayLike
) -> tuple[Crs, float]:
    """The system in which the points fall nearest to where the same things are known to be in WGS-84.

    With the median distance in metres: far above some tens of metres, none of the systems explains the points.
    """
    known_x, known_y = np.asarray(known_lon, np.float64), np.asarray(known_lat, np.float64)

    def offset(crs: Crs) -> float:
        x, y = to_wgs84(lon, lat, crs)
        east = (x - known_x) * np.cos(np.radians(known_y))
        return float(np.nanmedian(np.hypot(east, y - known_y))) * 111_320.0

    return min(((crs, offset(crs)) for crs in (Crs.WGS84, Crs.GCJ02, Crs.BD09)), key=lambda found: found[1])


def _gcj02_of_wgs84(lon: Degrees, lat: Degrees) -> Points:
    west, south, east, north = CHINA
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    x, y = lon - 105.0, lat - 35.0
    radians = np.radians(lat)
    magic = 1 - _ECCENTRICITY * np.sin(radians) ** 2
    d_lat = np.degrees(_offset_north(x, y) * magic * np.sqrt(magic) / (_AXIS * (1 - _ECCENTRICITY)))
    d_lon = np.degrees(_offset_east(x, y) * np.sqrt(magic) / (_AXIS * np.cos(radians)))
    return np.where(inside, lon + d_lon, lon), np.where(inside, lat + d_lat, lat)


def _offset_north(x: Degrees, y: Degrees) -> Degrees:
    metres = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    metres = metres + _waves(((20, 6 * x), (20, 2 * x), (20, y), (40, y / 3), (160, y / 12), (320, y / 30)))
    return np.asarray(metres, np.float64)


def _offset_east(x: Degrees, y: Degrees) -> Degrees:
    metres = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    metres = metres + _waves(((20, 6 * x), (20, 2 * x), (20, x), (40, x / 3), (150, x / 12), (300, x / 30)))
    return np.asarray(metres, np.float64)


def _waves(terms: tuple[tuple[float, Degrees], ...]) -> Degrees:
    total: Degrees = sum((height * np.sin(turn * np.pi) for height, turn in terms), np.zeros(()))
    return total * 2.0 / 3.0


def _bd09_of_gcj02(lon: Degrees, lat: Degrees) -> Points:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BAIDU_TURN)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BAIDU_TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _gcj02_of_bd09(lon: Degrees, lat: Degrees) -> Points:
    return _inverse(_bd09_of_gcj02, lon, lat)


def _inverse(forward: Callable[[Degrees, Degrees], Points], lon: Degrees, lat: Degrees) -> Points:
    """The point that `forward` takes to (lon, lat), by iteration: the closed formulas in use are metres off."""
    x, y = lon, lat
    for _ in range(_ROUNDS):
        got_x, got_y = forward(x, y)
        x, y = x + (lon - got_x), y + (lat - got_y)
    return x, y


def _point(arrays: Points) -> Point:
    return float(arrays[0]), float(arrays[1])
