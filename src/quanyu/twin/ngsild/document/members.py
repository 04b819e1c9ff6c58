"""The members of attribute instances that are no sub-attributes (4.5.2 to 4.5.24), and what they say of the instance."""

from collections.abc import Mapping
from typing import Any

from quanyu.core.entity import NULL, VALUE_MEMBER, Kind, instances
from quanyu.twin.ngsild.document.values import is_geometry

DEFAULT_INSTANCE = "@none"
"""4.5.5.1: the datasetId of the default instance, which is never written."""

MOMENTS = frozenset({"observedAt", "expiresAt"})
TEXTS = frozenset({"datasetId", "unitCode", "entityIdSealed", "entityTypeSealed"})
NAMES = frozenset({"objectType", "valueType"})
PLAIN = MOMENTS | TEXTS | NAMES | {"type"}

PLACES = frozenset({"location", "observationSpace", "operationSpace"})
"""5.2.4: attributes of an entity that are GeoProperties and nothing else."""

KINDS = frozenset(map(str, VALUE_MEMBER))
CARRIERS: Mapping[str, str] = {member: str(kind) for kind, member in VALUE_MEMBER.items() if kind != Kind.GEO}
"""Members that carry the value, and the kind that each stands for; `value` may also be that of a GeoProperty."""

UNITLESS = frozenset({Kind.LANGUAGE, Kind.VOCAB, Kind.JSON, Kind.RELATIONSHIP, Kind.LIST_RELATIONSHIP})
"""Kinds that never have a unitCode."""

STAMPS = frozenset({"createdAt", "modifiedAt"})
OF_BROKER = (
    STAMPS
    | {"deletedAt", "instanceId", "entity", "entityList"}
    | {f"previous{one[0].upper()}{one[1:]}" for one in CARRIERS}
)
"""What the broker itself writes into answers and notifications; on the way in it says nothing."""


NO_NAMES = (PLAIN - {"type"}) | CARRIERS.keys() | {"instanceId", "entity", "entityList"}
"""4.5.1: what the core @context has for members is never the name of an attribute of an entity."""


def kind_of(part: Mapping[str, Any]) -> str:
    """The kind that follows from the member with the value; empty where there is none."""
    carrier = next((member for member in part if member in CARRIERS), None)
    if carrier is None:
        return ""
    return Kind.GEO.value if carrier == "value" and is_geometry(part["value"]) else CARRIERS[carrier]


NULLS: tuple[Any, ...] = (NULL, {"@none": NULL}, [NULL], [{"object": NULL}])
"""What stands in the place of a value that is gone."""

NULLS_OF: Mapping[str, tuple[Any, ...]] = {
    Kind.LANGUAGE: ({"@none": NULL},),
    Kind.LIST: ([NULL],),
    Kind.LIST_RELATIONSHIP: ([NULL], [{"object": NULL}]),
}
"""4.5.0: how kinds whose value is no URI write the NGSI-LD Null."""


def null_of(kind: str) -> Any:
    """4.5.18: in a language map the Null stands under @none; 4.5.21, 4.5.22: a list holds nothing else."""
    plain, in_map, in_list, in_links = NULLS
    match kind:
        case Kind.LANGUAGE:
            return in_map
        case Kind.LIST:
            return in_list
        case Kind.LIST_RELATIONSHIP:
            return in_links
    return plain


def is_null(instance: Mapping[str, Any]) -> bool:
    """4.5.0: whether the instance only says that it is to be removed."""
    kind = instance.get("type")
    members = (VALUE_MEMBER[kind], "value") if kind else CARRIERS
    return any(instance.get(member) == NULL for member in members)


def drop_null(members: dict[str, Any], name: str) -> None:
    """Instances of the sub-attribute `name` that are NGSI-LD Null are none."""
    kept = [one for one in instances(members.get(name, [])) if not is_null(one)]
    if kept:
        members[name] = kept[0] if len(kept) == 1 else kept
    else:
        members.pop(name, None)


def are_instances(values: list[Any]) -> bool:
    """Whether a list can only be the instances of a multi-attribute, not the value of one."""
    return all(map(_may_be_instance, values)) and any(
        "datasetId" in one or named_kind(one) in KINDS for one in values
    )


def is_part(value: dict[str, Any]) -> bool:
    """Whether an object without a value can only be part of an instance: it has members or sub-attributes of one, or takes
    nothing but members away.
    """
    return (
        not PLAIN.isdisjoint(value)
        or any(isinstance(one, dict) and named_kind(one) in KINDS for one in value.values())
        or (bool(value) and all(one == NULL for one in value.values()))
    )


def _may_be_instance(value: object) -> bool:
    return isinstance(value, dict) and not (CARRIERS.keys() | PLAIN).isdisjoint(value)


def named_kind(value: dict[str, Any]) -> str:
    kind = value.get("type")
    return kind if isinstance(kind, str) else ""
