"""Features as Esri's servers give them: `attributes` beside a geometry of x and y, points, paths or rings.

https://developers.arcgis.com/rest/services-reference/enterprise/geometry-objects/
"""

from typing import Any

from shapefile import organize_polygon_rings

from quanyu.connect.files.json_stream import JsonValue


def is_esri_feature(value: dict[str, JsonValue]) -> bool:
    return isinstance(value.get("attributes"), dict) and value.keys() <= {"attributes", "geometry"}


def geojson_of(geometry: JsonValue) -> JsonValue:
    """The geometry as GeoJSON; as it came where it is none that can be said so, such as curves."""
    if not isinstance(geometry, dict):
        return geometry
    match geometry:
        case {"x": None | "NaN"}:
            return None
        case {"x": x, "y": y}:
            height = geometry.get("z")
            return {"type": "Point", "coordinates": [x, y] if height in (None, "NaN") else [x, y, height]}
        case {"points": list() as points}:
            return _several("Point", [_position(geometry, point) for point in points])
        case {"paths": list() as paths}:
            return _several("LineString", _lines(geometry, paths))
        case {"rings": list() as rings}:
            return _several("Polygon", _polygons(_lines(geometry, rings)))
    return geometry


def _several(kind: str, parts: list[JsonValue]) -> JsonValue:
    """One of them is itself, but for a lone point of a collection of points; none is no geometry."""
    if not parts:
        return None
    if len(parts) == 1 and kind != "Point":
        return {"type": kind, "coordinates": parts[0]}
    return {"type": f"Multi{kind}", "coordinates": parts}


def _lines(geometry: dict[str, JsonValue], lines: list[JsonValue]) -> list[JsonValue]:
    return [
        [_position(geometry, position) for position in line] if isinstance(line, list) else line
        for line in lines
    ]


def _position(geometry: dict[str, JsonValue], position: JsonValue) -> JsonValue:
    """Without the measure, which stands last where there is one."""
    if not isinstance(position, list) or not geometry.get("hasM"):
        return position
    return position[: 3 if geometry.get("hasZ") else 2]


def _polygons(rings: list[Any]) -> list[JsonValue]:
    """Outer rings go with the clock and holes against it, as in a shapefile; what are no rings stays as it is."""
    try:
        organised = organize_polygon_rings([[tuple(position) for position in ring] for ring in rings])
    except (TypeError, ValueError, IndexError, ArithmeticError):
        return [rings]
    return list(organised)
