"""Which columns say where: a pair of columns, one column with both figures, WKT or GeoJSON."""

from collections.abc import Sequence
from itertools import pairwise

from quanyu.core.profile import NUMERIC_TYPES, ColumnProfile, ValueType
from quanyu.govern.mapping.model import Part
from quanyu.govern.mapping.names import is_nameless, name_likeness

_NAMES = {
    Part.LONGITUDE: (
        "longitude",
        "lon",
        "lng",
        "long",
        "经度",
        "东经",
        "x",
        "coord_x",
        "坐标x",
        "gps_lon",
        "wgs84_lon",
    ),
    Part.LATITUDE: ("latitude", "lat", "纬度", "北纬", "y", "coord_y", "坐标y", "gps_lat", "wgs84_lat"),
}
_MEANT = {
    "longitude": Part.LONGITUDE, "latitude": Part.LATITUDE, "easting": Part.LONGITUDE, "northing": Part.LATITUDE,
}  # fmt: skip
"""What the values say, whatever the names."""
_METRES = ("easting", "northing")
_OTHER = {Part.LONGITUDE: Part.LATITUDE, Part.LATITUDE: Part.LONGITUDE}
_RANGE = {Part.LONGITUDE: 180.0, Part.LATITUDE: 90.0}
_WHOLE = {"geojson": Part.GEOJSON, "wkt": Part.WKT, "coordinate_pair": Part.LAT_LON}


def placed_columns(columns: Sequence[ColumnProfile]) -> dict[str, tuple[Part, float]]:
    """Column -> its part and how sure that is. A whole geometry beats a pair; the pair beats text that holds both."""
    whole = {column.name: part for column in columns if (part := _whole_part(column))}
    lines = {name: part for name, part in whole.items() if part in (Part.GEOJSON, Part.WKT)}
    pair = _pair(columns)
    if lines:
        name, part = next(iter(lines.items()))
        return {name: (part, 0.95)}
    if pair or (pair := _nameless_pair(columns)):
        return pair
    return {name: (part, 0.8) for name, part in list(whole.items())[:1]}


def _whole_part(column: ColumnProfile) -> Part | None:
    if column.semantic == "coordinate_pair":
        return _pair_order(column)
    if column.semantic in _WHOLE:
        return _WHOLE[column.semantic]
    if column.type is not ValueType.GEOMETRY:
        return None
    return Part.GEOJSON if any(text.lstrip().startswith("{") for text in column.examples) else Part.WKT


def _pair_order(column: ColumnProfile) -> Part:
    """(lat, lon) is the custom; a first figure above 90 can only be a longitude."""
    firsts = (text.strip(" ([").split(",")[0] for text in column.examples)
    return Part.LON_LAT if any(_figure(first) > 90 for first in firsts) else Part.LAT_LON


def _figure(text: str) -> float:
    try:
        return abs(float(text))
    except ValueError:
        return 0.0


def _pair(columns: Sequence[ColumnProfile]) -> dict[str, tuple[Part, float]]:
    best = {
        part: max(((_sureness(column, part), column.name) for column in columns), default=(0.0, ""))
        for part in _NAMES
    }
    (lon_sure, lon), (lat_sure, lat) = best[Part.LONGITUDE], best[Part.LATITUDE]
    if min(lon_sure, lat_sure) < 0.4 or lon == lat:
        return {}
    return {lon: (Part.LONGITUDE, lon_sure), lat: (Part.LATITUDE, lat_sure)}


def _nameless_pair(columns: Sequence[ColumnProfile]) -> dict[str, tuple[Part, float]]:
    """Two neighbours without names, with figures of a map: only a mean above 90 tells which one is the longitude."""
    for first, second in pairwise(columns):
        if not (_looks_like_degrees(first) and _looks_like_degrees(second)):
            continue
        if abs(first.mean or 0) > 90 >= abs(second.mean or 0):
            return {first.name: (Part.LONGITUDE, 0.4), second.name: (Part.LATITUDE, 0.4)}
        if abs(first.mean or 0) <= 90:
            sure = 0.4 if abs(second.mean or 0) > 90 else 0.3
            return {first.name: (Part.LATITUDE, sure), second.name: (Part.LONGITUDE, sure)}
    return {}


def _looks_like_degrees(column: ColumnProfile) -> bool:
    if (
        column.type is not ValueType.NUMBER
        or not is_nameless(column.label)
        or not 1 < abs(column.mean or 0) <= 180
    ):
        return False
    fractions = [len(text.partition(".")[2]) for text in column.examples]
    return bool(fractions) and max(fractions) >= 4


def _sureness(column: ColumnProfile, part: Part) -> float:
    meant = _MEANT.get(column.semantic or "")
    if column.semantic in _METRES:
        return 0.9 if meant is part else 0.0
    if column.type not in NUMERIC_TYPES and column.semantic != part.value:
        return 0.0
    if meant is not None and meant is not part:
        return 0.0
    if column.mean is not None and abs(column.mean) > _RANGE[part]:
        return 0.0
    if is_nameless(column.label):
        return 0.5 if column.semantic == part.value else 0.0
    named = max(name_likeness(column.label, known) for known in _NAMES[part])
    valued = 0.3 if column.semantic == part.value else 0.0
    if valued and max(name_likeness(column.label, known) for known in _NAMES[_OTHER[part]]) > named:
        return 0.6
    return (
        min(0.98, (0.7 * named if named >= 0.6 else 0.3 * named) + valued) if named >= 0.4 or valued else 0.0
    )
