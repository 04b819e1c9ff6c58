"""Registrations as they are sent become `Registration` or an `Invalid` with everything that is wrong (5.2.9, 5.9.2)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from quanyu.core.errors import Invalid
from quanyu.core.geometry import parse_geometry
from quanyu.twin.ngsild.query.pattern import Pattern, parse_pattern
from quanyu.twin.registrations.forms import READ_ONLY
from quanyu.twin.registrations.members import (
    Faults,
    datasets_of,
    duration_of,
    endpoint_of,
    interval_of,
    management_of,
    moment_of,
    pseudonym_of,
    scopes_of,
    source_info_of,
    texts_of,
    uri_of,
)
from quanyu.twin.registrations.model import EntityInfo, Information, Mode, Registration
from quanyu.twin.registrations.operations import AUXILIARY, DEFAULT_GROUP, NAMES, expanded

TYPE = "ContextSourceRegistration"
MAX_INFORMATION = 1000
_TEXTS = ("registrationName", "description", "tenant", "hostAlias")
_GEOMETRIES = ("location", "observationSpace", "operationSpace")


def parse(document: Mapping[str, Any], *, now: datetime | None = None, kept: bool = False) -> Registration:
    """Of a document in stored names. With `now`, one that is over already is wrong (5.9.2.4). Raises Invalid.

    One that was `kept` was right when it came; what would be wrong today counts as not said.
    """
    faults = Faults()
    members = {name: value for name, value in document.items() if name not in READ_ONLY}
    if document.get("type") != TYPE:
        faults.add("type", "/type")
    _plain_members(members, faults)
    expires = moment_of(members.get("expiresAt"), "/expiresAt", faults)
    if now is not None and expires is not None and expires <= now:
        faults.add("over", "/expiresAt")
    if expires is not None:
        members["expiresAt"] = str(members["expiresAt"]).strip()
    mode = _one_of(members.get("mode", Mode.INCLUSIVE), Mode, "/mode", faults)
    operations = _operations(members, faults)
    info = source_info_of(members.get("contextSourceInfo"), faults)
    duration_of(members.get("refreshRate"), "/refreshRate", faults)
    made = Registration(
        id=uri_of(document.get("id"), "/id", faults),
        document=members,
        information=_informations(members.get("information"), faults),
        endpoint=endpoint_of(members.get("endpoint"), faults),
        mode=Mode(mode),
        operations=expanded(operations),
        tenant=members.get("tenant"),
        alias=pseudonym_of(members.get("contextSourceAlias"), "/contextSourceAlias", faults)
        or members.get("hostAlias"),
        headers=info.headers,
        context=info.context,
        accept=info.accept,
        content_type=info.content_type,
        conforms_to=info.conforms_to,
        management=management_of(members.get("management"), faults),
        scopes=scopes_of(members.get("scope"), "/scope", faults),
        datasets=datasets_of(members.get("datasetId"), "/datasetId", faults),
        expires=expires,
        observation=interval_of(members.get("observationInterval"), "/observationInterval", faults),
        managed=interval_of(members.get("managementInterval"), "/managementInterval", faults),
    )
    _check_types(made, faults)
    _check_mode(made, faults)
    if not kept:
        faults.raise_if_any()
    return made


def _check_types(made: Registration, faults: Faults) -> None:
    """5.2.8: nothing is registered by its id or a pattern alone, but what is exclusive: 4.3.6.3 asks for its id."""
    for place, info in enumerate(made.information):
        for number, one in enumerate(info.entities):
            if not one.types and not (made.mode is Mode.EXCLUSIVE and one.id):
                faults.add("entity", f"/information/{place}/entities/{number}")


def _check_mode(made: Registration, faults: Faults) -> None:
    """4.3.6.3: exclusive is always about attributes of single entities. 4.3.6.2: auxiliary only reads."""
    if made.mode is Mode.EXCLUSIVE:
        for place, info in enumerate(made.information):
            if not info.entities or any(one.id is None for one in info.entities):
                faults.add("exclusive_entity", f"/information/{place}/entities")
            if info.attributes is None:
                faults.add("exclusive_attributes", f"/information/{place}")
    if made.mode is Mode.AUXILIARY and "operations" in made.document and made.operations - AUXILIARY:
        faults.add("auxiliary", "/operations")


def _plain_members(document: Mapping[str, Any], faults: Faults) -> None:
    for name, value in document.items():
        if value is None:
            faults.add("null", f"/{name}")
        elif name in _TEXTS and not (isinstance(value, str) and value):
            faults.add("text", f"/{name}")
        elif name in _GEOMETRIES:
            try:
                parse_geometry(value, f"/{name}")
            except Invalid as error:
                faults.found += error.faults


def _one_of(value: Any, words: type[Mode], where: str, faults: Faults) -> Mode:
    try:
        return words(value)
    except ValueError:
        faults.add("mode", where)
        return Mode.INCLUSIVE


def _operations(document: Mapping[str, Any], faults: Faults) -> tuple[str, ...]:
    if "operations" not in document:
        return ("retrieveOps",) if document.get("mode") == Mode.AUXILIARY else (DEFAULT_GROUP,)
    value = document["operations"]
    if not isinstance(value, list) or not value:
        faults.add("list", "/operations")
        return ()
    for place, one in enumerate(value):
        if one not in NAMES:
            faults.add("operation", f"/operations/{place}", name=str(one)[:80])
    return tuple(one for one in value if isinstance(one, str) and one in NAMES)


def _informations(value: Any, faults: Faults) -> tuple[Information, ...]:
    if not isinstance(value, list) or not value or len(value) > MAX_INFORMATION:
        faults.add("information", "/information")
        return ()
    return tuple(_information(one, f"/information/{place}", faults) for place, one in enumerate(value))


def _information(value: Any, where: str, faults: Faults) -> Information:
    if not isinstance(value, dict) or not value.keys() & {"entities", "propertyNames", "relationshipNames"}:
        faults.add("information_element", where)
        return Information()
    attributes: list[str] | None = None
    for member in ("propertyNames", "relationshipNames"):
        if member in value:
            attributes = [*(attributes or []), *_names(value[member], f"{where}/{member}", faults)]
    entities: tuple[EntityInfo, ...] = ()
    if "entities" in value:
        found = value["entities"]
        if not isinstance(found, list) or not found:
            faults.add("list", f"{where}/entities")
            found = []
        entities = tuple(_entity(one, f"{where}/entities/{n}", faults) for n, one in enumerate(found))
    return Information(entities, None if attributes is None else frozenset(attributes))


def _names(value: Any, where: str, faults: Faults) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
        faults.add("names", where)
        return []
    return value


def _entity(value: Any, where: str, faults: Faults) -> EntityInfo:
    if not isinstance(value, dict):
        return EntityInfo()
    types = texts_of(value.get("type"), f"{where}/type", faults)
    if "type" in value and not types:
        faults.add("names", f"{where}/type")
    id = uri_of(value["id"], f"{where}/id", faults) if "id" in value else None
    return EntityInfo(frozenset(types), id, _pattern(value, where, faults) if id is None else None)


def _pattern(value: Mapping[str, Any], where: str, faults: Faults) -> Pattern | None:
    if "idPattern" not in value:
        return None
    text = value["idPattern"]
    try:
        return parse_pattern(text if isinstance(text, str) else "")
    except Invalid as error:
        faults.found += [replace(fault, where=f"{where}/idPattern") for fault in error.faults]
    return None
