"""The coordinate systems that features are asked for and given in (OGC API Features, part 2); stored are degrees of WGS-84.

CGCS2000 (EPSG:4490) and WGS-84 differ by centimetres and are taken as one, as everywhere in Quanyu. The EPSG systems of
angles have latitude first, CRS84 has longitude first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import pi
from typing import Any

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape

from quanyu.core.errors import Invalid
from quanyu.core.geometry import Box

_RADIUS = 6_378_137.0
_EDGE = 85.0511287798


@dataclass(frozen=True, slots=True)
class Crs:
    uri: str
    turned: bool = False
    mercator: bool = False

    @property
    def is_plain(self) -> bool:
        return not (self.turned or self.mercator)


CRS84 = Crs("http://www.opengis.net/def/crs/OGC/1.3/CRS84")
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
ALL = (
    CRS84,
    Crs(f"{_EPSG}4326", turned=True),
    Crs(f"{_EPSG}4490", turned=True),
    Crs(f"{_EPSG}3857", mercator=True),
)
_BY_NAME = {one.uri: one for one in ALL}
_BY_NAME |= {f"EPSG:{one.uri.rpartition('/')[2]}": one for one in ALL[1:]} | {"OGC:CRS84": CRS84}


def crs_named(text: str, parameter: str) -> Crs:
    """By its URI, or as `EPSG:4326`; '' is CRS84. Raises Invalid."""
    found = _BY_NAME.get(text.strip("[]")) if text else CRS84
    if found is None:
        raise Invalid("twin.ogc.crs", name=parameter, crs=text[:80])
    return found


def geometry_in(geometry: Mapping[str, Any] | None, crs: Crs) -> Any:
    """A stored GeoJSON geometry in another system."""
    if geometry is None or crs.is_plain:
        return geometry
    made = shapely.transform(shape(geometry), lambda at: _to(at, crs), include_z=False)
    return msgspec.json.decode(shapely.to_geojson(made))


def boxes_from(numbers: tuple[float, ...], crs: Crs) -> tuple[Box, ...]:
    """Of four or six numbers; two boxes where it crosses the date line. Raises Invalid."""
    if len(numbers) == 6:
        numbers = (*numbers[:2], *numbers[3:5])
    corners = _from(np.array([numbers[:2], numbers[2:]], np.float64), crs)
    (x1, y1), (x2, y2) = ((float(x), float(y)) for x, y in corners)
    if not (y1 <= y2 and y1 >= -90 and y2 <= 90 and -180 <= x1 <= 180 and -180 <= x2 <= 180):
        raise Invalid("twin.ogc.bbox")
    if x1 <= x2:
        return (Box(x1, y1, x2, y2),)
    return Box(x1, y1, 180, y2), Box(-180, y1, x2, y2)


def _to(at: NDArray[np.float64], crs: Crs) -> NDArray[np.float64]:
    if crs.turned:
        return at[:, ::-1]
    x = at[:, 0] * (_RADIUS * pi / 180)
    y = np.log(np.tan(pi / 4 + np.radians(np.clip(at[:, 1], -_EDGE, _EDGE)) / 2)) * _RADIUS
    return np.column_stack((x, y))


def _from(at: NDArray[np.float64], crs: Crs) -> NDArray[np.float64]:
    if crs.turned:
        return at[:, ::-1]
    if not crs.mercator:
        return at
    x = np.clip(at[:, 0] / (_RADIUS * pi / 180), -180, 180)
    y = np.degrees(2 * np.arctan(np.exp(np.clip(at[:, 1] / _RADIUS, -20, 20))) - pi / 2)
    return np.column_stack((x, y))


def geometry_from(geometry: Any, crs: Crs) -> dict[str, Any]:
    """The GeoJSON of a shape given in another system."""
    made = (
        geometry if crs.is_plain else shapely.transform(geometry, lambda at: _from(at, crs), include_z=False)
    )
    found: dict[str, Any] = msgspec.json.decode(shapely.to_geojson(made))
    return found
