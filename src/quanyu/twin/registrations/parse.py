"""Registrations as they are sent become `Registration` or an `Invalid` with everything that is wrong (5.2.9, 5.9.2)."""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from quanyu.core.errors import Fault, Invalid
from quanyu.core.geometry import parse_geometry
from quanyu.twin.ngsild.query.pattern import Pattern, parse_pattern
from quanyu.twin.registrations.model import (
    EntityInfo,
    Information,
    Interval,
    Management,
    Mode,
    Names,
    Registration,
)
from quanyu.twin.registrations.operations import AUXILIARY, DEFAULT_GROUP, NAMES, expanded

TYPE = "ContextSourceRegistration"
MAX_INFORMATION = 1000
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

_TEXTS = (
    "registrationName",
    "description",
    "tenant",
    "refreshRate",
    "contextSourceAlias",
    "hostAlias",
    "datasetId",
)
_GEOMETRIES = ("location", "observationSpace", "operationSpace")
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_OWN_HEADERS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "via", "upgrade", "te"}
)
"""Set by the connection or by us; a registration that named them would break the request."""


class Faults:
    """Collects what is wrong, each with its JSON pointer."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, key: str, where: str, **values: object) -> None:
        self.found.append(Fault(f"twin.registration.{key}", where, {"where": where, **values}))

    def raise_if_any(self) -> None:
        if self.found:
            raise Invalid(
                "twin.registration.invalid", faults=tuple(self.found), first=self.found[0].text("en")
            )


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


def parse(document: Mapping[str, Any], *, now: datetime | None = None) -> Registration:
    """Of a document in stored names. With `now`, one that is over already is wrong (5.9.2.4). Raises Invalid."""
    faults = Faults()
    kept = {name: value for name, value in document.items() if name not in READ_ONLY}
    if document.get("type") != TYPE:
        faults.add("type", "/type")
    _plain_members(kept, faults)
    expires = _moment(kept.get("expiresAt"), "/expiresAt", faults)
    if now is not None and expires is not None and expires <= now:
        faults.add("over", "/expiresAt")
    if expires is not None:
        kept["expiresAt"] = str(kept["expiresAt"]).strip()
    mode = _one_of(kept.get("mode", Mode.INCLUSIVE), Mode, "/mode", faults)
    operations = _operations(kept, faults)
    headers, context = _source_info(kept.get("contextSourceInfo"), faults)
    made = Registration(
        id=_uri(document.get("id"), "/id", faults),
        document=kept,
        information=_informations(kept.get("information"), faults),
        endpoint=_endpoint(kept.get("endpoint"), faults),
        mode=Mode(mode),
        operations=expanded(operations),
        tenant=kept.get("tenant"),
        alias=kept.get("contextSourceAlias") or kept.get("hostAlias"),
        headers=headers,
        context=context,
        management=_management(kept.get("management"), faults),
        scopes=_texts(kept.get("scope"), "/scope", faults),
        datasets=frozenset(_texts(kept.get("datasetId"), "/datasetId", faults)),
        expires=expires,
        observation=_interval(kept.get("observationInterval"), "/observationInterval", faults),
        managed=_interval(kept.get("managementInterval"), "/managementInterval", faults),
    )
    _check_mode(made, faults)
    faults.raise_if_any()
    return made


def _check_mode(made: Registration, faults: Faults) -> None:
    """4.3.6.3: exclusive is always about attributes of single entities. 5.9.2.4: auxiliary only reads."""
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
        elif name in _TEXTS and name != "datasetId" and not (isinstance(value, str) and value):
            faults.add("text", f"/{name}")
        elif name in _GEOMETRIES:
            try:
                parse_geometry(value, f"/{name}")
            except Invalid as error:
                faults.found += error.faults


def _uri(value: Any, where: str, faults: Faults) -> str:
    if is_uri(value):
        return str(value)
    faults.add("uri", where)
    return ""


def new_id() -> str:
    """For a registration that came without one (5.9.2.4)."""
    return f"urn:ngsi-ld:ContextSourceRegistration:{uuid.uuid4()}"


def is_uri(value: Any) -> bool:
    """Absolute, as every identifier of NGSI-LD (4.5.1)."""
    if not isinstance(value, str) or not 3 <= len(value) <= 2048 or re.search(r"[\s<>\"{}|\\^`]", value):
        return False
    return re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:.", value) is not None


def _endpoint(value: Any, faults: Faults) -> str:
    try:
        parts = urlsplit(value) if isinstance(value, str) and is_uri(value) else None
        right = (
            parts is not None
            and parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.port != 0
        )
    except ValueError:
        right = False
    if not right:
        faults.add("endpoint", "/endpoint")
        return ""
    return str(value).rstrip("/")


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
    """5.2.8 wants a type; an id alone is taken, too, because brokers in use register so."""
    if not isinstance(value, dict) or not value.keys() & {"id", "idPattern", "type"}:
        faults.add("entity", where)
        return EntityInfo()
    types = _texts(value.get("type"), f"{where}/type", faults)
    if "type" in value and not types:
        faults.add("names", f"{where}/type")
    id = _uri(value["id"], f"{where}/id", faults) if "id" in value else None
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


def _texts(value: Any, where: str, faults: Faults) -> tuple[str, ...]:
    """One text or a list of them."""
    found = value if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(one, str) and one for one in found):
        faults.add("names", where)
        return ()
    return tuple(found)


def _source_info(value: Any, faults: Faults) -> tuple[tuple[tuple[str, str], ...], str | None]:
    """The headers to send, and the @context that the source wants (5.2.22, 4.3.6.5)."""
    if value is None:
        return (), None
    if not isinstance(value, list) or not value:
        faults.add("list", "/contextSourceInfo")
        return (), None
    headers: list[tuple[str, str]] = []
    context = None
    for place, one in enumerate(value):
        key, text = (one.get("key"), one.get("value")) if isinstance(one, dict) else (None, None)
        if key == "jsonldContext" and isinstance(text, str) and is_uri(text):
            context = text
        elif _is_header(key, text):
            headers.append((str(key), str(text)))
        else:
            faults.add("key_value", f"/contextSourceInfo/{place}")
    return tuple(headers), context


def _is_header(key: Any, text: Any) -> bool:
    return (
        isinstance(key, str)
        and _HEADER_NAME.fullmatch(key) is not None
        and key.lower() not in _OWN_HEADERS
        and isinstance(text, str)
        and text.isprintable()
        and text.isascii()
    )


def _management(value: Any, faults: Faults) -> Management:
    if value is None:
        return Management()
    if not isinstance(value, dict):
        faults.add("management", "/management")
        return Management()
    local_only = value.get("localOnly", False)
    if not isinstance(local_only, bool):
        faults.add("boolean", "/management/localOnly")
    milliseconds = partial(_milliseconds, value, faults=faults)
    return Management(
        local_only=local_only is True,
        cache=_duration(value.get("cacheDuration"), "/management/cacheDuration", faults),
        timeout=milliseconds("timeout"),
        cooldown=milliseconds("cooldown") or 0.0,
    )


def _milliseconds(value: Mapping[str, Any], name: str, *, faults: Faults) -> float | None:
    number = value.get(name)
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, int | float) or not 1 <= number <= 3_600_000:
        faults.add("milliseconds", f"/management/{name}")
        return None
    return number / 1000


def _duration(value: Any, where: str, faults: Faults) -> float:
    if value is None:
        return 0.0
    seconds = seconds_of(value)
    if seconds is None:
        faults.add("duration", where)
    return seconds or 0.0


def seconds_of(value: Any) -> float | None:
    """Of an ISO 8601 duration; None where it is none."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) and 2 < len(value) < 40 else None
    if found is None:
        return None
    return timedelta(
        **{name: float(part) for name, part in found.groupdict().items() if part}
    ).total_seconds()


def _interval(value: Any, where: str, faults: Faults) -> Interval | None:
    if value is None:
        return None
    start = _moment(value.get("startAt"), f"{where}/startAt", faults) if isinstance(value, dict) else None
    if start is None:
        faults.add("interval", where)
        return None
    end = _moment(value.get("endAt"), f"{where}/endAt", faults)
    if end is not None and end < start:
        faults.add("interval", where)
    return Interval(start, end)


def _moment(value: Any, where: str, faults: Faults) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value.strip()) if isinstance(value, str) and len(value) < 60 else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        faults.add("moment", where)
        return None
    return moment
