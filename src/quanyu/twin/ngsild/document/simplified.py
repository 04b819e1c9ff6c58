"""Bare values of the simplified form (4.5.4), given back their kind. Pure."""

from collections.abc import Mapping
from typing import Any

from quanyu.core.entity import NULL, VALUE_MEMBER, Kind, instances
from quanyu.core.errors import Fault, Invalid
from quanyu.twin.ngsild.document.values import READ, is_geometry, lists_null

_NAMED = {member: str(kind) for kind, member in VALUE_MEMBER.items() if member not in ("value", "object")}
"""The kinds whose simplified value is an object with the member that carries it."""


def placed(name: str, there: Any, value: Any, names: Mapping[str, str]) -> dict[str, Any]:
    """A part of an instance with this value, of the kind that is `there`. Raises Invalid where it does not fit."""
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
    if kind == Kind.PROPERTY and not faults and lists_null(content):
        faults.append(Fault("core.entity.null_value", f"/{name}"))
    if faults:
        raise Invalid("core.entity.invalid", faults=tuple(faults), count=len(faults))
    return {"type": kind, member: content}


def _kind_of(value: Any) -> str:
    if isinstance(value, dict) and len(value) == 1 and (named := _NAMED.get(next(iter(value)))):
        return named
    return Kind.GEO.value if is_geometry(value) else Kind.PROPERTY.value
