"""A Query as it is sent (ETSI GS CIM 009, 5.2.23): its members as the parameters of a URL have them."""

from collections.abc import Mapping
from typing import Any

from quanyu.core.errors import Invalid
from quanyu.twin.http.ngsi_exchange import Malformed

LISTS = ("attrs", "pick", "omit", "datasetId", "containedBy", "expandValues", "jsonKeys", "orderBy")
TEXTS = ("q", "csf", "scopeQ", "lang", "join", "geometryProperty", "collation")
"""Parameters that a URL and a Query call by the same name."""

_ASIDE = frozenset({"type", "@context", "entities", "geoQ", "ordering", "joinLevel", "splitEntities",
                    "entityMap", "entityMapLifetime", "local"})  # fmt: skip


def given_in(body: Any) -> dict[str, Any]:
    """Everything but its entities. Raises Malformed, Invalid."""
    if not isinstance(body, dict):
        raise Malformed("twin.asked.query")
    if body.get("type") != "Query":
        raise Invalid("twin.asked.query")
    if unknown := sorted(body.keys() - _ASIDE - set(LISTS) - set(TEXTS)):
        raise Invalid("twin.asked.member", name=", ".join(unknown)[:200])
    return _flattened(body)


def _flattened(body: Mapping[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = {name: ",".join(list_of(body, name, str)) for name in LISTS if name in body}
    for name in TEXTS:
        if name in body:
            given[name] = _text(body, name)
    if body.get("geoQ") == {}:
        raise Invalid("twin.geo.incomplete")
    given |= _part(body, "geoQ", ("geometry", "coordinates", "georel", "geoproperty"))
    order = _part(
        body, "ordering", ("orderBy", "orderFrom", "orderGeometry", "collation", "geometry", "coordinates")
    )
    if order:
        given["orderBy"] = ",".join(list_of(order, "orderBy", str))
        given["orderFrom"] = order.get("orderFrom", order.get("coordinates", ""))
        given["orderGeometry"] = order.get("orderGeometry", order.get("geometry", ""))
        given["collation"] = order.get("collation", "")
    if "joinLevel" in body:
        given["joinLevel"] = str(body["joinLevel"])
    given |= {
        name: body[name]
        for name in ("local", "entityMap", "entityMapLifetime", "splitEntities")
        if name in body
    }
    return given


def _part(body: Mapping[str, Any], name: str, members: tuple[str, ...]) -> dict[str, Any]:
    part = body.get(name, {})
    if not isinstance(part, dict) or part.keys() - set(members):
        raise Invalid("twin.asked.member", name=name)
    for member, value in part.items():
        if member not in ("coordinates", "orderFrom", "orderBy") and not isinstance(value, str):
            raise Invalid("twin.asked.text", name=member)
    return part


def _text(body: Mapping[str, Any], name: str) -> str:
    if not isinstance(body[name], str):
        raise Invalid("twin.asked.text", name=name)
    return str(body[name])


def list_of(body: Mapping[str, Any], name: str, kind: type = dict) -> list[Any]:
    """A single text stands for a list of one."""
    found = body.get(name, [])
    found = found.split(",") if isinstance(found, str) else found
    if (
        not isinstance(found, list)
        or (name in body and not found)
        or not all(isinstance(one, kind) for one in found)
    ):
        raise Invalid("twin.asked.list", name=name)
    return found
