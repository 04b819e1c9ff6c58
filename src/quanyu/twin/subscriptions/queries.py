"""The query of a subscription as the tree that everybody evaluates (quanyu.twin.ngsild.query)."""

from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import unquote

from quanyu.core.errors import Fault, Invalid
from quanyu.twin.ngsild.context import iri_of
from quanyu.twin.ngsild.query import (
    GeoQuery,
    Query,
    Selector,
    parse_geo_query,
    parse_pattern,
    parse_q,
    parse_scope_query,
    parse_types,
)
from quanyu.twin.ngsild.query.tree import Term
from quanyu.twin.subscriptions import model


def query_of(subscription: model.Subscription, names: Mapping[str, str]) -> Query:
    """`names` as `names_of` found them. Raises Invalid with every part that cannot be read, and where it is."""
    faults: list[Fault] = []
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "/entities": lambda: {"selectors": tuple(map(_selector, subscription.entities))},
        "/q": lambda: {"q": _q(subscription, names)} if subscription.q else {},
        "/scopeQ": lambda: {"scope": parse_scope_query(subscription.scope_q)} if subscription.scope_q else {},
        "/geoQ": lambda: {"geo": _geo(subscription)} if subscription.geo_q else {},
    }
    found: dict[str, Any] = {}
    for where, part in parts.items():
        try:
            found |= part()
        except Invalid as error:
            faults += [Fault(one.key, where, one.values) for one in error.faults]
    if faults:
        raise Invalid("twin.subscription.invalid", faults=tuple(faults), count=len(faults))
    return Query(**found)


def names_of(
    q: str, stored: Callable[[str], str], expand: Collection[str] = (), *, where: str = "/q"
) -> dict[str, str]:
    """The stored names of the terms in a q (4.9), which clients send as they would in a URL, too. Raises Invalid.

    `expand`: terms whose values are names as well (expandValues).
    """
    found: dict[str, str] = {}

    def noted(term: str) -> str:
        found[term] = stored(term)
        return found[term]

    try:
        if q:
            parse_q(unquote(q), noted, expand, lambda term: iri_of(noted(term)))
    except Invalid as error:
        faults = tuple(Fault(one.key, where, one.values) for one in error.faults)
        raise Invalid("twin.subscription.invalid", faults=faults, count=len(faults)) from None
    return found


def _q(subscription: model.Subscription, names: Mapping[str, str]) -> Term:
    """A term that q does not name stays as it is."""

    def stored(term: str) -> str:
        return names.get(term, term)

    return parse_q(unquote(subscription.q), stored, subscription.expand, lambda term: iri_of(stored(term)))


def _selector(one: model.Selector) -> Selector:
    return Selector(
        ids=one.ids,
        pattern=parse_pattern(one.pattern) if one.pattern and not one.ids else None,
        types=parse_types(one.type, _same),
    )


def _geo(subscription: model.Subscription) -> GeoQuery:
    given = subscription.geo_q or {}
    return parse_geo_query(
        georel=given["georel"],
        geometry=given["geometry"],
        coordinates=given["coordinates"],
        property=given.get("geoproperty", "location"),
    )


def _same(name: str) -> str:
    return name
