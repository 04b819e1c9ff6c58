"""Entities from outside (ETSI GS CIM 009, clause 4.5, 5.5.4), parsed once at the border, every fault told at once.

Understood are the normalized and the concise form, and the simplified one where an operation takes it. What comes out
is the stored form: attribute name -> instance, or list of instances that differ in datasetId; every name a stored name.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec

from quanyu.core.entity import NULL, Entity
from quanyu.core.errors import Fault, Invalid
from quanyu.twin.ngsild.context import CORE, Context
from quanyu.twin.ngsild.document.attributes import Reader
from quanyu.twin.ngsild.document.model import Fragment
from quanyu.twin.ngsild.document.scalars import is_scope, is_uri

MAX_FAULTS = 50

_SYSTEM = frozenset({"createdAt", "modifiedAt", "deletedAt"})
_MEMBERS = frozenset({"id", "type", "@id", "@type", "@context", "scope", "expiresAt"}) | _SYSTEM


def parse_entity(source: object, context: Context = CORE, *, temporal: bool = False) -> Entity:
    """A whole entity, normalized or concise, without NGSI-LD Null. `temporal`: instances may share a datasetId.

    Raises Invalid with every fault found, up to MAX_FAULTS.
    """
    reader = Reader(context, temporal=temporal)
    members = _object(source)
    id = _identifier(members, reader.faults)
    types = _types(members, context, reader.faults)
    scope = _scope(members["scope"], reader.faults) if "scope" in members else ()
    expires = _expires(members, reader)
    document = reader.document(members, _MEMBERS)
    _raise_if(reader.faults)
    return Entity(id=id, types=types, document=document, scope=scope, expires=expires)


def parse_fragment(
    source: object,
    context: Context = CORE,
    *,
    nulls: bool = True,
    partial: bool = False,
    temporal: bool = False,
) -> Fragment:
    """The part of an entity that an update brings; `id` and `type` may be absent.

    `nulls`: NGSI-LD Null may stand for what is to be removed. `partial` (5.6.17): an instance may lack its value, and
    lacks `type` where the source does not name it; `merge` completes it from what is there.
    """
    reader = Reader(context, nulls=nulls, partial=partial, temporal=temporal, merging=partial)
    members = _object(source)
    types = _types(members, context, reader.faults) if "type" in members or "@type" in members else ()
    id = _identifier(members, reader.faults) if "id" in members or "@id" in members else ""
    scope = _scope(members["scope"], reader.faults, nulls=nulls) if "scope" in members else None
    unlimited = nulls and members.get("expiresAt") == NULL
    expires = None if unlimited else _expires(members, reader)
    document = reader.document(members, _MEMBERS)
    _raise_if(reader.faults)
    return Fragment(id=id, types=types, document=document, scope=scope, expires=expires, unlimited=unlimited)


def parse_attribute(
    name: str, source: object, context: Context = CORE, *, partial: bool = True, temporal: bool = False
) -> Fragment:
    """The body of an operation on the one attribute `name` (a term of the context): 5.6.4 partial, 5.6.19 whole.

    A body of the form `{name: {…}}` is understood as well, as 5.6.4 allows an attribute fragment in a whole document.
    """
    reader = Reader(context, nulls=partial, partial=partial, temporal=temporal)
    stored = context.stored(name)
    if stored in _MEMBERS:
        raise Invalid("core.entity.name", name=name)
    if isinstance(source, dict):
        source = {key: value for key, value in source.items() if key != "@context"}
        if source.keys() == {name} and isinstance(source[name], dict | list):
            source = source[name]
    document = {stored: reader.part(source, f"/{name}")}
    _raise_if(reader.faults)
    return Fragment(document=document)


def parse_values(source: object, context: Context = CORE) -> Fragment:
    """The simplified form (4.5.4) of a merge: `document` holds bare values by stored name, which `merge_values` places."""
    reader = Reader(context)
    members = _object(source)
    head = parse_fragment({name: value for name, value in members.items() if name in _MEMBERS}, context)
    document = {
        context.stored(name): reader.plain_value(value, f"/{name}")
        for name, value in members.items()
        if name not in _MEMBERS
    }
    _raise_if(reader.faults)
    return msgspec.structs.replace(head, document=document)


def _object(source: object) -> dict[str, Any]:
    if not isinstance(source, dict):
        raise Invalid("core.entity.object")
    return source


def _raise_if(faults: list[Fault]) -> None:
    if faults:
        raise Invalid("core.entity.invalid", faults=tuple(faults[:MAX_FAULTS]), count=len(faults))


def _identifier(members: dict[str, Any], faults: list[Fault]) -> str:
    value = members.get("id", members.get("@id"))
    if isinstance(value, str) and len(value) <= 1024 and is_uri(value):
        return value
    faults.append(Fault("core.entity.id", "/id", {"value": str(value)[:80]}))
    return ""


def _types(members: dict[str, Any], context: Context, faults: list[Fault]) -> tuple[str, ...]:
    value = members.get("type", members.get("@type"))
    names: list[Any] = value if isinstance(value, list) else [value]
    with suppress(Invalid):
        if names and all(isinstance(one, str) and one != NULL for one in names):
            return tuple(dict.fromkeys(context.stored_names[one] for one in names))
    faults.append(Fault("core.entity.type", "/type", {"value": str(value)[:80]}))
    return ()


def _scope(value: object, faults: list[Fault], *, nulls: bool = False) -> tuple[str, ...]:
    """4.18: one or several paths; the leading slash is added where it lacks."""
    if nulls and value == NULL:
        return ()
    scopes: list[Any] = value if isinstance(value, list) else [value]
    if scopes and all(isinstance(one, str) and is_scope(one) and one != NULL for one in scopes):
        return tuple(dict.fromkeys("/" + one.strip("/") for one in scopes))
    faults.append(Fault("core.entity.scope", "/scope", {"value": str(value)[:80]}))
    return ()


def _expires(members: dict[str, Any], reader: Reader) -> datetime | None:
    if "expiresAt" not in members:
        return None
    text = reader.moment(members["expiresAt"], "/expiresAt")
    return None if reader.faults else datetime.fromisoformat(text)
