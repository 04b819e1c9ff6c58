"""Query parameters: those of the standard (ETSI GS CIM 009, 6.3 to 6.33), read from the query string."""

from urllib.parse import parse_qsl

from quanyu.core.errors import Invalid
from quanyu.twin.http.ngsi_problems import Malformed

OF_THE_STANDARD = frozenset((
    "aggrMethods", "aggrPeriodDuration", "attrs", "collapse", "collation", "containedBy", "coordinates", "count", "csf",
    "datasetId", "deleteAll", "details", "drop", "endTimeAt", "entityMap", "entityMapLifetime", "expandValues", "format",
    "geometry", "geometryProperty", "geoproperty", "georel", "id", "idPattern", "join", "joinLevel", "jsonKeys", "keep", "kind",
    "lang", "lastN", "limit", "local", "observedAt", "offset", "omit", "options", "orderBy", "orderFrom", "orderGeometry", "ordering", "pick", "q",
    "reload", "scopeQ", "splitEntities", "sysAttrs", "timeAt", "timeproperty", "timerel", "type",
))  # fmt: skip


_KNOWN = OF_THE_STANDARD | {"after"}  # where a page begins, in the links that answers give


def parameters_of(query: bytes) -> dict[str, str]:
    """Raises Invalid for what is no query string, Malformed for a parameter that no operation knows (6.3.20)."""
    if not query:
        return {}
    try:
        found = dict(parse_qsl(query.decode("ascii"), keep_blank_values=True))
    except (UnicodeDecodeError, ValueError):
        raise Invalid("twin.ngsi.query_string") from None
    if unknown := sorted(found.keys() - _KNOWN):
        raise Malformed("twin.ngsi.not_here", name=", ".join(unknown)[:200])
    return found


def truth_of(text: str, name: str) -> bool:
    """Of a Boolean parameter; one that is not given is false. Raises Invalid."""
    if text not in ("", "true", "false"):
        raise Invalid("twin.asked.truth", name=name)
    return text == "true"
