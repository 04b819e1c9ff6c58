"""Registrations in stored names and in the names of a @context (ETSI GS CIM 009, 5.2.9, 5.5.7)."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from quanyu.twin.registrations.model import Names

READ_ONLY = (
    "status",
    "timesSent",
    "timesFailed",
    "lastSuccess",
    "lastFailure",
    "createdAt",
    "modifiedAt",
    "deletedAt",
)
_DESCRIBED = (
    "id",
    "type",
    "registrationName",
    "description",
    "information",
    "scope",
    "datasetId",
    "expiresAt",
)
_PLACED = ("location", "observationSpace", "operationSpace", "observationInterval", "managementInterval")
_REACHED = ("endpoint", "tenant", "contextSourceInfo", "contextSourceAlias", "hostAlias")
_OPERATED = ("mode", "operations", "refreshRate", "management")
STANDARD = frozenset((*_DESCRIBED, *_PLACED, *_REACHED, *_OPERATED))
"""Members of 5.2.9; every other one is a property of the source, which filters may ask for."""


def new_id() -> str:
    """For a registration that came without one (5.9.2.4)."""
    return f"urn:ngsi-ld:ContextSourceRegistration:{uuid.uuid4()}"


def stored_form(source: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The members with their names and types expanded (5.5.7); what has a wrong shape stays for `parse`."""
    made: dict[str, Any] = {}
    for member, value in source.items():
        if member == "@context":
            continue
        if member == "information" and isinstance(value, list):
            made[member] = [_information_names(one, names.stored) for one in value]
        else:
            made[member if _is_standard(member) else names.stored(member)] = value
    return made


def shown(document: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The other way: as one who uses this @context reads it."""
    return {
        (name if _is_standard(name) else names.term(name)): (
            [_information_names(one, names.term) for one in value] if name == "information" else value
        )
        for name, value in document.items()
    }


def _is_standard(member: str) -> bool:
    return member in STANDARD or member in READ_ONLY


def _information_names(info: Any, named: Callable[[str], str]) -> Any:
    if not isinstance(info, dict):
        return info
    made = dict(info)
    for member in ("propertyNames", "relationshipNames"):
        if isinstance(info.get(member), list):
            made[member] = [named(one) if isinstance(one, str) else one for one in info[member]]
    if isinstance(info.get("entities"), list):
        made["entities"] = [_entity_names(one, named) for one in info["entities"]]
    return made


def _entity_names(entity: Any, named: Callable[[str], str]) -> Any:
    if not isinstance(entity, dict) or "type" not in entity:
        return entity
    type = entity["type"]
    if isinstance(type, list):
        return {**entity, "type": [named(one) if isinstance(one, str) else one for one in type]}
    return {**entity, "type": named(type) if isinstance(type, str) else type}
