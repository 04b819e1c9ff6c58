"""The query of a subscription as the tree that everybody evaluates (quanyu.twin.ngsild.query)."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from quanyu.core.errors import Fault, Invalid
from quanyu.twin.ngsild.query import (
    GeoQuery,
    Query,
    Selector,
    parse_geo_query,
    parse_pattern,
    parse_q,
    parse_scope_query,
    parse_types,
    print_q,
)
from quanyu.twin.subscriptions import model

_Stored = Callable[[str], str]


def query_of(subscription: model.Subscription, q: str) -> Query:
    """`q` in stored names. Raises Invalid with every part that cannot be read, and where it is."""
    faults: list[Fault] = []
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "/entities": lambda: {"selectors": tuple(map(_selector, subscription.entities))},
        "/q": lambda: {"q": parse_q(q, _same)} if q else {},
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


def stored_q(q: str, stored: _Stored) -> str:
    """A q (4.9) in stored names; clients send it as they would in a URL, too. Raises Invalid."""
    if not q:
        return ""
    try:
        return print_q(parse_q(unquote(q), stored))
    except Invalid as error:
        faults = tuple(Fault(one.key, "/q", one.values) for one in error.faults)
        raise Invalid("twin.subscription.invalid", faults=faults, count=len(faults)) from None


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
