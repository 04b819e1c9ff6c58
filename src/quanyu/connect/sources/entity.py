"""NGSI-LD entities as plain records, from the normalized, concise and simplified forms and from GeoJSON features.

ETSI GS CIM 009 V1.8: 4.5.2 to 4.5.24 (attribute kinds), annex C (forms), 4.5.16 (GeoJSON).
"""

from typing import Any

_VALUES = ("value", "object", "languageMap", "vocab", "json", "valueList", "objectList")
_GEOMETRIES = frozenset(
    {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
)


def is_entity(record: Any) -> bool:
    if not isinstance(record, dict) or not isinstance(name := _id(record), str) or not name:
        return False
    kinds = _kinds(record)
    return bool(kinds) and all(isinstance(kind, str) and kind for kind in kinds)


def simplified(entity: dict[str, Any]) -> dict[str, Any]:
    """Plain values by name; the newest observedAt of the attributes becomes `observedAt`, a point two numbers."""
    if entity.get("type") == "Feature":
        entity = _of_feature(entity)
    plain: dict[str, Any] = {"id": _id(entity), "type": ",".join(_kinds(entity))}
    moments = []
    for name, attribute in entity.items():
        if name in {"id", "@id", "type", "@type", "@context"}:
            continue
        chosen = _default_instance(attribute)
        plain |= _columns(name, _value(chosen))
        if isinstance(chosen, dict) and isinstance(moment := chosen.get("observedAt"), str):
            moments.append(moment)
    return plain | ({"observedAt": max(moments)} if moments else {})


def _id(record: dict[str, Any]) -> Any:
    return record.get("id", record.get("@id"))


def _type(record: dict[str, Any]) -> Any:
    if record.get("type") == "Feature":
        properties = record.get("properties")
        return properties.get("type") if isinstance(properties, dict) else None
    return record.get("type", record.get("@type"))


def _kinds(record: dict[str, Any]) -> list[Any]:
    """An entity may have several types (4.5.1)."""
    kind = _type(record)
    return kind if isinstance(kind, list) else [kind]


def _of_feature(feature: dict[str, Any]) -> dict[str, Any]:
    """4.5.16: the properties are the entity, the geometry is the one of the attribute that was asked for."""
    entity: dict[str, Any] = {"id": _id(feature)} | feature["properties"]
    if feature.get("geometry") is not None:
        entity.setdefault("location", feature["geometry"])
    return entity


def _default_instance(attribute: Any) -> Any:
    """Of several instances (4.5.5) the one without datasetId, else the first."""
    if isinstance(attribute, list) and attribute and all(map(_is_attribute, attribute)):
        return next((one for one in attribute if "datasetId" not in one), attribute[0])
    return attribute


def _is_attribute(value: Any) -> bool:
    return isinstance(value, dict) and any(name in value for name in _VALUES)


def _value(attribute: Any) -> Any:
    """The concise form leaves the kind out, the simplified form everything but the value."""
    if not isinstance(attribute, dict) or attribute.get("type") in _GEOMETRIES:
        return attribute
    return next((attribute[name] for name in _VALUES if name in attribute), attribute)


def _columns(name: str, value: Any) -> dict[str, Any]:
    if name == "location" and isinstance(value, dict) and value.get("type") == "Point":
        match value.get("coordinates"):
            case [int() | float() as longitude, int() | float() as latitude, *_]:
                return {"longitude": longitude, "latitude": latitude}
    return {name: value}
