"""Entities as an earlier version of the standard has them (ETSI GS CIM 009 V1.9.1, 4.3.6.8). Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from quanyu.core.entity import VALUE_MEMBER, Kind
from quanyu.twin.ngsild.document.members import PLAIN, STAMPS

Version = tuple[int, int]

NEWEST: Version = (1, 9)

_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})")
_SINCE: Mapping[str, Version] = {
    Kind.LANGUAGE: (1, 4),
    Kind.JSON: (1, 8),
    Kind.VOCAB: (1, 8),
    Kind.LIST: (1, 8),
    Kind.LIST_RELATIONSHIP: (1, 8),
}
_MEMBERS_SINCE: Mapping[str, Version] = {
    "datasetId": (1, 3),
    "observedAt": (1, 3),
    "unitCode": (1, 3),
    "objectType": (1, 8),
    "valueType": (1, 9),
    "expiresAt": (1, 9),
}
SCOPES_SINCE: Version = (1, 4)
SEVERAL_SINCE: Version = (1, 3)
"""Several types of an entity, several instances of an attribute."""
EXPIRY_SINCE: Version = (1, 9)

_HEAD_SINCE: Mapping[str, Version] = {"scope": SCOPES_SINCE, "expiresAt": EXPIRY_SINCE}

Term = Callable[[str], str]


def parse_version(text: str) -> Version | None:
    """Of `major.minor`; None of anything else."""
    found = _VERSION.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


def version_text(version: Version) -> str:
    return f"{version[0]}.{version[1]}"


def conformant_document(document: Mapping[str, Any], version: Version, term: Term) -> dict[str, Any]:
    """Attributes by stored name, with nothing that came after `version`. `term` shows a stored name as a value."""
    return {name: _attribute(value, version, term) for name, value in document.items()}


def conformant_body(body: Any, version: Version) -> Any:
    """What is sent to a source of that version: entities, a part of one, or an instance, in the terms of a request."""
    if isinstance(body, list):
        return [conformant_body(one, version) for one in body]
    if not isinstance(body, dict) or body.get("type") == "Query":
        return body
    if _is_instance(body):
        return _instance(body, version, str)
    made: dict[str, Any] = {}
    for name, value in body.items():
        if version < _HEAD_SINCE.get(name, version):
            continue
        if name == "type" and isinstance(value, list) and version < SEVERAL_SINCE:
            made[name] = value[0]
        else:
            made[name] = _attribute(value, version, str) if _is_attribute(value) else value
    return made


def _attribute(value: Any, version: Version, term: Term) -> Any:
    if not isinstance(value, list):
        return _instance(value, version, term)
    if version >= SEVERAL_SINCE:
        return [_instance(one, version, term) for one in value]
    default = next((one for one in value if "datasetId" not in one), value[0])
    return _instance(default, version, term)


def _instance(instance: Mapping[str, Any], version: Version, term: Term) -> dict[str, Any]:
    kind = instance["type"]
    carrier = VALUE_MEMBER[kind]
    made: dict[str, Any] = {}
    for member, content in instance.items():
        if version < _MEMBERS_SINCE.get(member, version):
            continue
        if member == carrier and version < _SINCE.get(kind, version):
            made |= _earlier(kind, content, term)
        elif member == carrier or member in PLAIN or member in STAMPS or not _is_attribute(content):
            made.setdefault(member, content)
        else:
            made[member] = _attribute(content, version, term)
    return made


def _earlier(kind: str, content: Any, term: Term) -> dict[str, Any]:
    """The value as a Property, or a Relationship, holds it."""
    match kind:
        case Kind.LIST_RELATIONSHIP:
            objects = [one["object"] if isinstance(one, dict) else one for one in content]
            return {"type": Kind.RELATIONSHIP.value, "object": objects}
        case Kind.VOCAB:
            named = [term(one) for one in content] if isinstance(content, list) else term(content)
            return {"type": Kind.PROPERTY.value, "value": named}
    return {"type": Kind.PROPERTY.value, "value": content}


def _is_attribute(content: Any) -> bool:
    several = content if isinstance(content, list) else [content]
    return bool(several) and all(map(_is_instance, several))


def _is_instance(content: Any) -> bool:
    kind = content.get("type") if isinstance(content, dict) else None
    return isinstance(kind, str) and kind in VALUE_MEMBER
