"""What the targets of a query lead to in an entity, and in those that its relationships name (4.9).

What of an entity is veiled for whoever asks is not there (decision 0038).
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any as Anything

from quanyu.core.entity import VALUE_MEMBER, Kind
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.context import iri_of
from quanyu.twin.ngsild.query.tree import Link, Path, Target

Linked = Mapping[str, Stored]
"""Entities that relationships lead to, as far as they are at hand."""

_VALUE_MEMBERS: Mapping[str, str] = {str(kind): member for kind, member in VALUE_MEMBER.items()}


def link_ids(target: Target, entity: Stored, linked: Linked) -> Iterator[str]:
    """The ids that following `target` from an entity still needs and `linked` does not have."""
    if not isinstance(target, Link):
        return
    for id in _linked_by(target, entity):
        if id in linked:
            yield from link_ids(target.path, linked[id], linked)
        else:
            yield id


def values_at(path: Path, entity: Stored) -> list[Anything]:
    """What a path leads to in one entity; an array stays one value."""
    return [
        one
        for found in _elements(path, entity)
        for one in ([found.whole] if isinstance(found.whole, list) else found.values)
    ]


class Element:
    """One target element: its kind ('' for what is no attribute, such as observedAt), and its values, never a list."""

    __slots__ = ("kind", "values", "whole")

    def __init__(self, kind: str, whole: Anything) -> None:
        self.kind = kind
        self.whole = whole
        self.values = list(_flat(kind, whole))


def elements_at(target: Target, entity: Stored, linked: Linked) -> Iterator[Element]:
    if isinstance(target, Path):
        yield from _elements(target, entity)
        return
    for id in _linked_by(target, entity):
        other = linked.get(id)
        if other is not None and (not target.types or set(target.types) & set(other.types)):
            yield from elements_at(target.path, other, linked)


def _elements(path: Path, entity: Stored) -> Iterator[Element]:
    if len(path.names) == 1 and (moment := _entity_moment(entity, path.names[0])) is not None:
        yield Element("", moment)
        return
    if path.names[0] in entity.veiled:
        return
    here: list[Anything] = [entity.document]
    for name in path.names:
        here = [one for parent in here for one in _step(parent, name, entity)]
    for element in here:
        if not path.members:
            yield _element(element)
        elif isinstance(element, dict):
            yield from _inside(element, path.members)


def _step(parent: Anything, name: str, entity: Stored) -> list[Anything]:
    if not isinstance(parent, dict):
        return []
    if name not in parent:
        if name in ("createdAt", "modifiedAt") and "type" in parent:
            return [_moment_text(entity.attributes_created)]
        return []
    found = parent[name]
    return list(found) if isinstance(found, list) else [found]


def _element(element: Anything) -> Element:
    if isinstance(element, dict) and (member := _VALUE_MEMBERS.get(element.get("type", ""))):
        return Element(element["type"], element.get(member))
    return Element("", element)


def _inside(element: dict[str, Anything], members: tuple[str, ...]) -> Iterator[Element]:
    """What a trailing path leads to: a language of a LanguageProperty, or a member of a compound value."""
    kind = element.get("type", "")
    value = element.get(_VALUE_MEMBERS.get(kind, "value"))
    if kind == Kind.LANGUAGE and isinstance(value, dict):
        wanted = ".".join(members)
        if wanted == "*":
            yield Element(kind, value)
        elif wanted in value:
            yield Element("", value[wanted])
        return
    for name in members:
        if not isinstance(value, dict) or name not in value:
            return
        value = value[name]
    yield Element("", value)


def _flat(kind: str, whole: Anything) -> Iterator[Anything]:
    """What equality looks at: an array's elements, the texts of all languages, the objects, the IRI of a vocab."""
    if kind == Kind.LANGUAGE and isinstance(whole, dict):
        for one in whole.values():
            yield from one if isinstance(one, list) else [one]
        return
    for one in whole if isinstance(whole, list) else [whole]:
        if kind == Kind.VOCAB and isinstance(one, str):
            yield iri_of(one)
        elif isinstance(one, dict) and "object" in one and kind == Kind.LIST_RELATIONSHIP:
            yield one["object"]
        elif isinstance(one, dict) and "@value" in one:
            yield one["@value"]
        else:
            yield one


def _linked_by(link: Link, entity: Stored) -> Iterator[str]:
    """The ids that the instances of a relationship name."""
    if link.name in entity.veiled:
        return
    for one in instances_of(entity.document.get(link.name)):
        if one.get("type") in (Kind.RELATIONSHIP, Kind.LIST_RELATIONSHIP):
            found = _element(one)
            yield from (id for id in found.values if isinstance(id, str))


def instances_of(attribute: Anything) -> list[dict[str, Anything]]:
    found = attribute if isinstance(attribute, list) else [attribute]
    return [one for one in found if isinstance(one, dict)]


def _entity_moment(entity: Stored, name: str) -> str | None:
    if name not in ("createdAt", "modifiedAt"):
        return None
    moment = entity.created if name == "createdAt" else entity.modified
    return _moment_text(moment)


def _moment_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
