"""Entities from outside (ETSI GS CIM 009 V1.8.1, clause 4.5), parsed once at the border, every fault told at once.

Both the normalized and the concise form are understood; what comes out is normalized.
"""

import re
from datetime import UTC, datetime
from typing import Any

from quanyu.core.entity import NULL, VALUE_MEMBER, Entity, Kind
from quanyu.core.errors import Fault, Invalid
from quanyu.core.geometry import GEOMETRY_TYPES, parse_geometry

MAX_FAULTS = 50
MAX_DEPTH = 32

# Members of an attribute that are no sub-attributes; those the broker itself keeps are dropped on the way in.
_PLAIN_MEMBERS = frozenset(
    {"type", "datasetId", "observedAt", "unitCode", "objectType", "expiresAt", "ngsildConf"}
)
_SYSTEM_MEMBERS = frozenset({"createdAt", "modifiedAt", "deletedAt", "instanceId"})
_ENTITY_MEMBERS = frozenset({"id", "type", "@context", "scope", "expiresAt"}) | _SYSTEM_MEMBERS
_CONCISE = {member: kind for kind, member in VALUE_MEMBER.items() if kind not in (Kind.PROPERTY, Kind.GEO)}
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`\x00-\x1f]+")
_NAME = re.compile(r"[^\s<>\"'=;()\\^`{}|\x00-\x1f]{1,255}")


def parse_entity(source: object) -> Entity:
    """From decoded JSON, normalized or concise. Raises Invalid with every fault found, up to MAX_FAULTS."""
    if not isinstance(source, dict):
        raise Invalid("core.entity.object")
    faults: list[Fault] = []
    identifier = _identifier(source.get("id"), faults)
    types = _types(source.get("type"), faults)
    scope = _scope(source.get("scope"), faults)
    document = _document(source, faults)
    _raise_if(faults)
    return Entity(id=identifier, types=types, document=document, scope=scope)


def parse_fragment(source: object) -> dict[str, Any]:
    """The attributes of an update, where id and type may be absent: a normalized document. Raises Invalid."""
    if not isinstance(source, dict):
        raise Invalid("core.entity.object")
    faults: list[Fault] = []
    document = _document(source, faults)
    _raise_if(faults)
    return document


def _raise_if(faults: list[Fault]) -> None:
    if faults:
        raise Invalid("core.entity.invalid", faults=tuple(faults[:MAX_FAULTS]), count=len(faults))


def _identifier(value: object, faults: list[Fault]) -> str:
    if isinstance(value, str) and len(value) <= 1024 and _URI.fullmatch(value):
        return value
    faults.append(Fault("core.entity.id", "/id", {"value": str(value)[:80]}))
    return ""


def _types(value: object, faults: list[Fault]) -> tuple[str, ...]:
    types = value if isinstance(value, list) else [value]
    if types and all(isinstance(one, str) and _NAME.fullmatch(one) for one in types):
        return tuple(dict.fromkeys(types))
    faults.append(Fault("core.entity.type", "/type", {"value": str(value)[:80]}))
    return ()


def _scope(value: object, faults: list[Fault]) -> tuple[str, ...]:
    if value is None:
        return ()
    scopes = value if isinstance(value, list) else [value]
    if all(isinstance(one, str) and one.startswith("/") for one in scopes):
        return tuple(scopes)
    faults.append(Fault("core.entity.scope", "/scope", {"value": str(value)[:80]}))
    return ()


def _document(source: dict[str, Any], faults: list[Fault]) -> dict[str, Any]:
    document = {}
    for name, value in source.items():
        if name not in _ENTITY_MEMBERS:
            document[name] = _attribute(name, value, f"/{name}", faults)
    return document


def _attribute(name: str, value: object, where: str, faults: list[Fault], depth: int = 0) -> Any:
    """One attribute, normalized: an instance, or a list of instances where the source has several."""
    if not _NAME.fullmatch(name):
        faults.append(Fault("core.entity.name", where, {"name": name[:80]}))
    elif depth > 8:
        faults.append(Fault("core.entity.depth", where))
    elif isinstance(value, list) and value and all(_is_instance(one) for one in value):
        return _several(value, where, faults, depth)
    else:
        return _instance(value, where, faults, depth)
    return {}


def _is_instance(value: object) -> bool:
    return isinstance(value, dict) and ("datasetId" in value or _type_of(value) in VALUE_MEMBER)


def _type_of(value: dict[str, Any]) -> str:
    """The member `type` where it is a text; anything else cannot name a kind."""
    kind = value.get("type", "")
    return kind if isinstance(kind, str) else "?"


def _several(values: list[Any], where: str, faults: list[Fault], depth: int) -> Any:
    made = [_instance(one, f"{where}/{index}", faults, depth) for index, one in enumerate(values)]
    names = [one.get("datasetId") for one in made]
    if len(set(map(str, names))) != len(names):
        faults.append(Fault("core.entity.dataset_twice", where))
    return made[0] if len(made) == 1 else made


def _instance(value: object, where: str, faults: list[Fault], depth: int) -> dict[str, Any]:
    source = _explicit(value)
    kind = source.get("type")
    if not isinstance(kind, str) or kind not in VALUE_MEMBER:
        faults.append(Fault("core.entity.kind", f"{where}/type", {"kind": str(kind)[:40]}))
        return {}
    carrier = VALUE_MEMBER[kind]
    if carrier not in source:
        faults.append(Fault("core.entity.no_value", where, {"kind": kind, "member": carrier}))
        return {}
    made: dict[str, Any] = {"type": kind}
    for member, content in source.items():
        if member == carrier:
            made[member] = _checked(kind, content, f"{where}/{member}", faults)
        elif member in _PLAIN_MEMBERS:
            made[member] = _plain(member, content, f"{where}/{member}", faults)
        elif member not in _SYSTEM_MEMBERS:
            made[member] = _attribute(member, content, f"{where}/{member}", faults, depth + 1)
    return made


def _explicit(value: object) -> dict[str, Any]:
    """The concise form (clause 4.5.17) made explicit; a normalized instance comes back as it is."""
    if not isinstance(value, dict):
        return {"type": Kind.PROPERTY.value, "value": value}
    kind = _type_of(value)
    if kind in VALUE_MEMBER:
        return value
    if kind in GEOMETRY_TYPES and "coordinates" in value:
        return {"type": Kind.GEO.value, "value": value}
    if kind and "value" not in value:
        return value
    if "value" in value:
        inner = value["value"]
        is_geometry = isinstance(inner, dict) and _type_of(inner) in GEOMETRY_TYPES and "coordinates" in inner
        return {**value, "type": (Kind.GEO if is_geometry else Kind.PROPERTY).value}
    for member, named in _CONCISE.items():
        if member in value:
            return {**value, "type": named}
    return {"type": Kind.PROPERTY.value, "value": value}


def _checked(kind: str, content: object, where: str, faults: list[Fault]) -> object:
    """The value of an instance, where the kind says what it may be."""
    if content == NULL:
        return content
    if content is None:
        faults.append(Fault("core.entity.null", where))
    elif kind == Kind.GEO:
        try:
            parse_geometry(content, where)
        except Invalid as error:
            faults.extend(error.faults)
    elif kind == Kind.RELATIONSHIP:
        targets = content if isinstance(content, list) else [content]
        if not targets or not all(isinstance(one, str) and _URI.fullmatch(one) for one in targets):
            faults.append(Fault("core.entity.target", where, {"value": str(content)[:80]}))
    elif kind == Kind.LANGUAGE and not isinstance(content, dict):
        faults.append(Fault("core.entity.language_map", where))
    else:
        _value_faults(content, where, faults)
    return content


def _value_faults(content: object, where: str, faults: list[Fault], depth: int = 0) -> None:
    """What the store cannot hold: NUL characters, bottomless nesting, numbers beyond a double."""
    if depth > MAX_DEPTH:
        faults.append(Fault("core.entity.depth", where))
    elif isinstance(content, str):
        if "\x00" in content:
            faults.append(Fault("core.entity.nul", where))
    elif isinstance(content, dict):
        for name, inner in content.items():
            _value_faults(name, where, faults, depth)
            _value_faults(inner, f"{where}/{name}", faults, depth + 1)
    elif isinstance(content, list):
        for index, inner in enumerate(content):
            _value_faults(inner, f"{where}/{index}", faults, depth + 1)
    elif isinstance(content, int | float) and not -1e308 < content < 1e308:
        faults.append(Fault("core.entity.number", where))


def _plain(member: str, content: object, where: str, faults: list[Fault]) -> object:
    if not isinstance(content, str) or "\x00" in content:
        faults.append(Fault("core.entity.member", where, {"member": member}))
    elif member in ("observedAt", "expiresAt"):
        return _moment(content, where, faults)
    return content


def _moment(text: str, where: str, faults: list[Fault]) -> str:
    """Clause 4.6.3: a date and time in UTC; other offsets are understood and turned into it."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 1 < moment.year < 9999:
        faults.append(Fault("core.entity.moment", where, {"value": text[:40]}))
        return text
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
