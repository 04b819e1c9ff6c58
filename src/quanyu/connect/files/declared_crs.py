"""The coordinate system that a JSON document declares."""

from pyproj import CRS
from pyproj.exceptions import CRSError

from quanyu.connect.files.json_stream import JsonValue
from quanyu.core.coordinates import crs_named

_WEB_MERCATOR = frozenset({102100, 102113, 900913})
_FIRST_OF_ESRI = 37_000
"""Above the numbers of EPSG."""


def named_crs(value: JsonValue) -> str | None:
    """ "EPSG:4490" from the crs member of old GeoJSON, e.g. urn:ogc:def:crs:EPSG::4490."""
    match value:
        case {"properties": {"name": str() as name}}:
            if name.endswith("CRS84"):
                return "EPSG:4326"
            code = name.rpartition(":")[2]
            known = f"EPSG:{code}" if "EPSG" in name.upper() and code.isdigit() else crs_named(name)
            return None if known is None else str(known)
    return None


def esri_crs(reference: JsonValue) -> str | None:
    """ "EPSG:4490" from a spatialReference, which has a number (the latest counts) or WKT."""
    if not isinstance(reference, dict):
        return None
    number = reference.get("latestWkid") or reference.get("wkid")
    if isinstance(number, int):
        number = 3857 if number in _WEB_MERCATOR else number
        return f"{'ESRI' if number >= _FIRST_OF_ESRI else 'EPSG'}:{number}"
    try:
        code = CRS.from_wkt(str(reference.get("wkt"))).to_epsg(min_confidence=25)
    except CRSError:
        return None
    return f"EPSG:{code}" if code else None
