"""Whether an entity fits a query (4.9, 4.10, 4.17, 4.19, 5.7.2.4): the one answer for HTTP, subscriptions and rules.

What of an entity is veiled for whoever asks is not there (decision 0038).
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any as Anything

from quanyu.core.entity import VALUE_MEMBER, Kind
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.context import iri_of
from quanyu.twin.ngsild.query import literals
from quanyu.twin.ngsild.query.geo import geo_fits
from quanyu.twin.ngsild.query.scope import in_scope
from quanyu.twin.ngsild.query.tree import (
    All,
    Any,
    Between,
    Compare,
    Exists,
    GeoQuery,
    Like,
    Link,
    Located,
    Not,
    OneOf,
    Operand,
    Operator,
    Path,
    Query,
    Selector,
    Target,
    Term,
    Value,
)
from quanyu.twin.ngsild.query.types import of_types

Linked = Mapping[str, Stored]
"""Entities that relationships lead to, as far as they are at hand."""

_VALUE_MEMBERS: Mapping[str, str] = {str(kind): member for kind, member in VALUE_MEMBER.items()}
_NOTHING: Linked = {}


def matches(query: Query, entity: Stored, linked: Linked = _NOTHING) -> bool:
    """With a query that follows relationships, `linked` holds what `link_ids` names."""
    if query.selectors and not any(selects(one, entity) for one in query.selectors):
        return False
    if query.attributes and not any(name in entity.document for name in query.attributes):
        return False
    if query.scope is not None and not in_scope(entity.scope, query.scope):
        return False
    if query.q is not None and not holds(query.q, entity, linked):
        return False
    return query.geo is None or _is_there(query.geo, entity)


def selects(selector: Selector, entity: Stored) -> bool:
    if selector.ids and entity.id not in selector.ids:
        return False
    if selector.pattern is not None and not selector.pattern.found_in(entity.id):
        return False
    return of_types(entity.types, selector.types)


def holds(term: Term, entity: Stored, linked: Linked = _NOTHING) -> bool:
    match term:
        case All(terms):
            return all(holds(one, entity, linked) for one in terms)
        case Any(terms):
            return any(holds(one, entity, linked) for one in terms)
        case Not(one):
            return not holds(one, entity, linked)
        case Located(geo):
            return _is_there(geo, entity)
        case Exists(target):
            return any(True for _ in _found(target, entity, linked))
        case Compare(target, operator, operand):
            return any(_compares(one, operator, operand) for one in _found(target, entity, linked))
        case Like(target, pattern, positive):
            texts = [_texts(one) for one in _found(target, entity, linked)]
            return any(some and any(map(pattern.found_in, some)) is positive for some in texts)


def _is_there(geo: GeoQuery, entity: Stored) -> bool:
    return geo.property not in entity.veiled and any(
        geo_fits(one.get("value"), geo)
        for one in _instances(entity.document.get(geo.property))
        if one.get("type") == Kind.GEO
    )


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


class _Target:
    """One target element: its kind ('' for what is no attribute, such as observedAt), and its values, never a list."""

    __slots__ = ("kind", "values", "whole")

    def __init__(self, kind: str, whole: Anything) -> None:
        self.kind = kind
        self.whole = whole
        self.values = list(_flat(kind, whole))


def _found(target: Target, entity: Stored, linked: Linked) -> Iterator[_Target]:
    if isinstance(target, Path):
        yield from _elements(target, entity)
        return
    for id in _linked_by(target, entity):
        other = linked.get(id)
        if other is not None and (not target.types or set(target.types) & set(other.types)):
            yield from _found(target.path, other, linked)


def _elements(path: Path, entity: Stored) -> Iterator[_Target]:
    if len(path.names) == 1 and (moment := _entity_moment(entity, path.names[0])) is not None:
        yield _Target("", moment)
        return
    if path.names[0] in entity.veiled:
        return
    here: list[Anything] = [entity.document]
    for name in path.names:
        here = [one for parent in here for one in _step(parent, name, entity)]
    for element in here:
        if not path.members:
            yield _target(element)
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


def _target(element: Anything) -> _Target:
    if isinstance(element, dict) and (member := _VALUE_MEMBERS.get(element.get("type", ""))):
        return _Target(element["type"], element.get(member))
    return _Target("", element)


def _inside(element: dict[str, Anything], members: tuple[str, ...]) -> Iterator[_Target]:
    """What a trailing path leads to: a language of a LanguageProperty, or a member of a compound value."""
    kind = element.get("type", "")
    value = element.get(_VALUE_MEMBERS.get(kind, "value"))
    if kind == Kind.LANGUAGE and isinstance(value, dict):
        wanted = ".".join(members)
        if wanted == "*":
            yield _Target(kind, value)
        elif wanted in value:
            yield _Target("", value[wanted])
        return
    for name in members:
        if not isinstance(value, dict) or name not in value:
            return
        value = value[name]
    yield _Target("", value)


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


def _compares(found: _Target, operator: Operator, operand: Operand) -> bool:
    match operator:
        case Operator.EQUAL:
            return _equals(found, operand)
        case Operator.UNEQUAL:
            return not _equals(found, operand)
    if found.kind in (Kind.RELATIONSHIP, Kind.LIST_RELATIONSHIP) or isinstance(operand, Between | OneOf):
        return False
    values = [] if isinstance(found.whole, list) else found.values
    orders = [sign for one in values if (sign := literals.order(one, operand)) is not None]
    match operator:
        case Operator.GREATER:
            return any(sign > 0 for sign in orders)
        case Operator.GREATER_EQUAL:
            return any(sign >= 0 for sign in orders)
        case Operator.LESS:
            return any(sign < 0 for sign in orders)
        case Operator.LESS_EQUAL:
            return any(sign <= 0 for sign in orders)


def _equals(found: _Target, operand: Operand) -> bool:
    match operand:
        case OneOf(values):
            return any(literals.equal(one, value) for one in found.values for value in values)
        case Between(low, high):
            return any(_between(one, low, high) for one in found.values)
    return any(literals.equal(one, operand) for one in found.values)


def _between(found: Anything, low: Value, high: Value) -> bool:
    above, below = literals.order(found, low), literals.order(found, high)
    return above is not None and below is not None and above >= 0 and below <= 0


def _texts(found: _Target) -> list[str]:
    """4.9: a pattern looks at strings only."""
    if found.kind in (Kind.RELATIONSHIP, Kind.LIST_RELATIONSHIP) or isinstance(found.whole, list):
        return []
    return [one for one in found.values if isinstance(one, str)]


def _linked_by(link: Link, entity: Stored) -> Iterator[str]:
    """The ids that the instances of a relationship name."""
    if link.name in entity.veiled:
        return
    for one in _instances(entity.document.get(link.name)):
        if one.get("type") in (Kind.RELATIONSHIP, Kind.LIST_RELATIONSHIP):
            found = _target(one)
            yield from (id for id in found.values if isinstance(id, str))


def _instances(attribute: Anything) -> list[dict[str, Anything]]:
    found = attribute if isinstance(attribute, list) else [attribute]
    return [one for one in found if isinstance(one, dict)]


def _entity_moment(entity: Stored, name: str) -> str | None:
    if name not in ("createdAt", "modifiedAt"):
        return None
    moment = entity.created if name == "createdAt" else entity.modified
    return _moment_text(moment)


def _moment_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
