"""GeoJSON geometries (RFC 7946), parsed once at the border: longitude and latitude in WGS-84, nothing else.

Checked is what a line of code can decide without a geometry engine: type, nesting, finite numbers in range, enough
positions, closed rings. Whether a polygon crosses itself is left to those who draw or intersect it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from quanyu.core.errors import Fault, Invalid

MAX_FAULTS = 20

# How deep the positions of each type are nested, and how many positions its innermost list needs.
_SHAPES = {
    "Point": (0, 1),
    "MultiPoint": (1, 1),
    "LineString": (1, 2),
    "MultiLineString": (2, 2),
    "Polygon": (2, 4),
    "MultiPolygon": (3, 4),
}
GEOMETRY_TYPES = frozenset(_SHAPES)

Position = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """West, south, east, north in degrees; `west <= east` (a box across the date line is two boxes)."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def is_point(self) -> bool:
        return self.x1 == self.x2 and self.y1 == self.y2


@dataclass(frozen=True, slots=True)
class Geometry:
    """A checked geometry. `coordinates` is as GeoJSON has it; altitudes are kept, never used."""

    type: str
    coordinates: Any

    def geojson(self) -> dict[str, Any]:
        return {"type": self.type, "coordinates": self.coordinates}

    def positions(self) -> Iterator[Position]:
        yield from _positions(self.coordinates, _SHAPES[self.type][0])

    def box(self) -> Box:
        if self.type == "Point":
            x, y = self.coordinates[:2]
            return Box(x, y, x, y)
        xs, ys = zip(*self.positions(), strict=True)
        return Box(min(xs), min(ys), max(xs), max(ys))


def parse_geometry(value: object, where: str = "") -> Geometry:
    """`where` is the JSON pointer of the value. Raises Invalid with up to MAX_FAULTS faults."""
    faults = list(_geometry_faults(value, where))
    if faults:
        raise Invalid("core.geometry.invalid", faults=tuple(faults[:MAX_FAULTS]))
    assert isinstance(value, dict)
    return Geometry(value["type"], value["coordinates"])


def parse_box(text: str) -> Box:
    """`west,south,east,north`, as every map API writes it. Raises Invalid."""
    try:
        x1, y1, x2, y2 = (float(part) for part in text.split(","))
    except ValueError:
        raise Invalid("core.geometry.box", text=text[:80]) from None
    if not (-180 <= x1 <= x2 <= 180 and -90 <= y1 <= y2 <= 90):
        raise Invalid("core.geometry.box", text=text[:80])
    return Box(x1, y1, x2, y2)


def _geometry_faults(value: object, where: str) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield Fault("core.geometry.object", where)
        return
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in _SHAPES:
        yield Fault("core.geometry.type", f"{where}/type", {"type": str(kind)[:40]})
        return
    depth, least = _SHAPES[kind]
    yield from _nested_faults(value.get("coordinates"), f"{where}/coordinates", depth, least, kind)


def _nested_faults(value: object, where: str, depth: int, least: int, kind: str) -> Iterator[Fault]:
    if depth == 0:
        yield from _position_faults(value, where)
        return
    if not isinstance(value, list) or not value:
        yield Fault("core.geometry.nesting", where, {"type": kind})
        return
    before = 0
    for index, part in enumerate(value):
        for fault in _nested_faults(part, f"{where}/{index}", depth - 1, least, kind):
            yield fault
            before += 1
        if before > MAX_FAULTS:
            return
    if depth == 1 and not before:
        yield from _list_faults(value, where, least)


def _list_faults(positions: list[Any], where: str, least: int) -> Iterator[Fault]:
    if len(positions) < least:
        yield Fault("core.geometry.few", where, {"least": least, "found": len(positions)})
    elif least == 4 and positions[0][:2] != positions[-1][:2]:
        yield Fault("core.geometry.open", where)


def _position_faults(value: object, where: str) -> Iterator[Fault]:
    if not isinstance(value, list) or not 2 <= len(value) <= 3 or not all(_is_number(part) for part in value):
        yield Fault("core.geometry.position", where)
    elif not (-180 <= value[0] <= 180 and -90 <= value[1] <= 90):
        yield Fault("core.geometry.range", where, {"x": value[0], "y": value[1]})


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e300 < value < 1e300


def _positions(value: Any, depth: int) -> Iterator[Position]:
    if depth == 0:
        yield value[0], value[1]
    else:
        for part in value:
            yield from _positions(part, depth - 1)
