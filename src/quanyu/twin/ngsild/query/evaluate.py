"""Whether an entity fits a query (4.9, 4.10, 4.17, 4.19, 5.7.2.4): the one answer for HTTP, subscriptions and rules."""

from typing import Any as Anything

from quanyu.core.entity import Kind
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.query import literals
from quanyu.twin.ngsild.query.elements import Element, Linked, elements_at, instances_of
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
    Located,
    Not,
    OneOf,
    Operand,
    Operator,
    Query,
    Selector,
    Term,
    Value,
)
from quanyu.twin.ngsild.query.types import of_types

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
            return any(True for _ in elements_at(target, entity, linked))
        case Compare(target, operator, operand):
            return any(_compares(one, operator, operand) for one in elements_at(target, entity, linked))
        case Like(target, pattern, positive):
            texts = [_texts(one) for one in elements_at(target, entity, linked)]
            return any(some and any(map(pattern.found_in, some)) is positive for some in texts)


def _is_there(geo: GeoQuery, entity: Stored) -> bool:
    return geo.property not in entity.veiled and any(
        geo_fits(one.get("value"), geo)
        for one in instances_of(entity.document.get(geo.property))
        if one.get("type") == Kind.GEO
    )


def _compares(found: Element, operator: Operator, operand: Operand) -> bool:
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


def _equals(found: Element, operand: Operand) -> bool:
    match operand:
        case OneOf(values):
            return any(literals.equal(one, value) for one in found.values for value in values)
        case Between(low, high):
            return any(_between(one, low, high) for one in found.values)
    return any(literals.equal(one, operand) for one in found.values)


def _between(found: Anything, low: Value, high: Value) -> bool:
    above, below = literals.order(found, low), literals.order(found, high)
    return above is not None and below is not None and above >= 0 and below <= 0


def _texts(found: Element) -> list[str]:
    """4.9: a pattern looks at strings only."""
    if found.kind in (Kind.RELATIONSHIP, Kind.LIST_RELATIONSHIP) or isinstance(found.whole, list):
        return []
    return [one for one in found.values if isinstance(one, str)]
