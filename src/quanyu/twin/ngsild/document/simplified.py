"""Bare values of the simplified form (4.5.4), given back their kind. Pure."""

from collections.abc import Mapping
from typing import Any

from quanyu.core.entity import NULL, VALUE_MEMBER, Kind, instances
from quanyu.core.errors import Fault, Invalid
from quanyu.twin.ngsild.document.members import DEFAULT_INSTANCE
from quanyu.twin.ngsild.document.scalars import is_uri
from quanyu.twin.ngsild.document.values import READ, is_geometry, lists_null

_NAMED = {member: str(kind) for kind, member in VALUE_MEMBER.items() if member not in ("value", "object")}
"""The kinds whose simplified value is an object with the member that carries it."""


def placed(name: str, there: Any, value: Any, names: Mapping[str, str]) -> Any:
    """Parts of instances with this value, of the kind that is `there`: one, or one for each dataset that the value names.

    Raises Invalid where it does not fit.
    """
    if not _names_datasets(value):
        return _part(name, there, value, names)
    parts = {key: _part(name, there, one, names) for key, one in value["dataset"].items()}
    return [one if key == DEFAULT_INSTANCE else one | {"datasetId": key} for key, one in parts.items()]


def _names_datasets(value: Any) -> bool:
    """Whether it is how several instances of an attribute are shown in this form."""
    if not isinstance(value, dict) or value.keys() != {"dataset"} or not isinstance(value["dataset"], dict):
        return False
    return bool(value["dataset"]) and all(key == DEFAULT_INSTANCE or is_uri(key) for key in value["dataset"])


def _part(name: str, there: Any, value: Any, names: Mapping[str, str]) -> dict[str, Any]:
    if value == NULL:
        return {"value": value}
    kind = instances(there)[0]["type"] if there is not None else _kind_of(value)
    member = VALUE_MEMBER[kind]
    if kind == Kind.LANGUAGE and isinstance(value, str | list):
        return {"value": value}
    if member in _NAMED and isinstance(value, dict) and value.keys() == {member}:
        value = value[member]
    faults: list[Fault] = []
    content = READ[kind](value, f"/{name}", faults, names)
    if kind != Kind.JSON and not faults and lists_null(content):
        faults.append(Fault("core.entity.null_value", f"/{name}"))
    if faults:
        raise Invalid("core.entity.invalid", faults=tuple(faults), count=len(faults))
    return {"type": kind, member: content}


def _kind_of(value: Any) -> str:
    if isinstance(value, dict) and len(value) == 1 and (named := _NAMED.get(next(iter(value)))):
        return named
    return Kind.GEO.value if is_geometry(value) else Kind.PROPERTY.value
