"""How an entity is shown: normalized, concise or simplified (ETSI GS CIM 009, 4.5.4, 4.5.17), or as a GeoJSON feature."""

from collections.abc import Collection
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from quanyu.core.entity import VALUE_MEMBER, Kind, instances
from quanyu.twin.model import Stored


class Form(StrEnum):
    NORMALIZED = "normalized"
    CONCISE = "concise"
    SIMPLIFIED = "simplified"


def shown(
    entity: Stored, form: Form = Form.NORMALIZED, *, pick: Collection[str] = (), system: bool = False
) -> dict[str, Any]:
    """`pick` limits the attributes; `system` adds when the entity was created and modified."""
    made: dict[str, Any] = {
        "id": entity.id,
        "type": entity.types[0] if len(entity.types) == 1 else list(entity.types),
    }
    if entity.scope:
        made["scope"] = entity.scope[0] if len(entity.scope) == 1 else list(entity.scope)
    if system:
        made |= {"createdAt": utc_text(entity.created), "modifiedAt": utc_text(entity.modified)}
    for name, value in entity.document.items():
        if not pick or name in pick:
            made[name] = _attribute(value, form)
    return made


def feature(entity: Stored) -> dict[str, Any]:
    """GeoJSON: simplified properties, `location` as the geometry."""
    properties = shown(entity, Form.SIMPLIFIED)
    geometry = properties.pop("location", None)
    return {"type": "Feature", "id": properties.pop("id"), "geometry": geometry, "properties": properties}


def utc_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def simple_value(instance: dict[str, Any]) -> Any:
    """What the simplified form shows of one instance."""
    kind = Kind(instance["type"])
    value = instance.get(VALUE_MEMBER[kind])
    match kind:
        case Kind.LANGUAGE | Kind.VOCAB | Kind.JSON:
            return {VALUE_MEMBER[kind]: value}
        case _:
            return value


def _attribute(value: Any, form: Form) -> Any:
    match form:
        case Form.NORMALIZED:
            return value
        case Form.CONCISE:
            made = [_concise(one) for one in instances(value)]
            return made if isinstance(value, list) else made[0]
        case Form.SIMPLIFIED:
            if isinstance(value, list):
                return {"dataset": {one.get("datasetId", "@none"): simple_value(one) for one in value}}
            return simple_value(value)


def _concise(instance: dict[str, Any]) -> Any:
    kind = Kind(instance["type"])
    rest = {
        name: value if name in _PLAIN or name == VALUE_MEMBER[kind] else _attribute(value, Form.CONCISE)
        for name, value in instance.items()
        if name != "type"
    }
    if rest.keys() == {"value"} and kind in (Kind.PROPERTY, Kind.GEO):
        return rest["value"]
    return rest


_PLAIN = frozenset({"datasetId", "observedAt", "unitCode", "objectType", "expiresAt", "ngsildConf"})
