"""What a request of consumption asks for (ETSI GS CIM 009, 5.7.1.3, 5.7.2.3, 5.2.23, 6.4.3.2): the same from URL and body."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from quanyu.core.errors import Invalid
from quanyu.twin.http.ngsi_exchange import Exchange
from quanyu.twin.http.ngsi_pages import ListPage, page_of
from quanyu.twin.http.ngsi_query_body import LISTS, TEXTS, given_in, list_of
from quanyu.twin.http.ngsi_shown import Shown, names_of, shown_by, uris_of
from quanyu.twin.ngsild.context import Context, iri_of
from quanyu.twin.ngsild.query import (
    Ordering,
    Query,
    Selector,
    depth,
    parse_geo_query,
    parse_ordering,
    parse_pattern,
    parse_q,
    parse_scope_query,
    parse_types,
    targets,
)
from quanyu.twin.ngsild.query.tree import SYSTEM_NAMES, Term


@dataclass(frozen=True, slots=True)
class MapWish:
    """Whether the map of the answer is asked for (5.14), and how long it should live."""

    wanted: bool = False
    lifetime: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`given`: every parameter as text, for its next pages. `local`: nothing but what is stored here. `split`: whether
    entities are to be expected in pieces at several places, None where the client does not say.
    """

    context: Context
    query: Query
    shown: Shown
    page: ListPage
    ordering: Ordering | None = None
    local: bool = False
    split: bool | None = None
    csf: Term | None = None
    wish: MapWish = MapWish()
    given: Mapping[str, str] = field(default_factory=dict)


def asked_in_url(exchange: Exchange, context: Context) -> Asked:
    """GET /entities. Raises Invalid, also where the query is too wide."""
    given = {name: exchange.take(name) for name in (*LISTS, *TEXTS, "id", "type", "idPattern", "georel", "geometry",
             "coordinates", "geoproperty", "joinLevel", "orderFrom", "orderGeometry", "local",
             "entityMap", "entityMapLifetime")}  # fmt: skip
    given = {name: text for name, text in given.items() if name in exchange.parameters}
    selector = _selector(given.get("id", ""), given.get("idPattern", ""), given.get("type", ""), context)
    selectors = () if selector == Selector() and given.get("type") != "*" else (selector,)
    return _asked(exchange, context, given, selectors)


def asked_in_body(exchange: Exchange, context: Context, body: Any) -> Asked:
    """POST /entityOperations/query: a Query (5.2.23). Raises Invalid."""
    given = given_in(body)
    given |= {name: exchange.take(name) for name in ("local",) if name in exchange.parameters}
    selectors = tuple(_selector_in(one, context) for one in list_of(body, "entities"))
    return _asked(exchange, context, given, selectors)


def _asked(
    exchange: Exchange, context: Context, given: dict[str, Any], selectors: tuple[Selector, ...]
) -> Asked:
    shown = shown_by(exchange, context, given)
    query = _query(context, given, selectors)
    local = _local(given, selectors)
    page = page_of(exchange)
    split = given.get("splitEntities", exchange.take("splitEntities"))
    if split not in ("", "true", "false", True, False):  # here entities are whole, whatever it says
        raise Invalid("twin.asked.truth", name="splitEntities")
    exchange.refuse_others()
    ordering = _ordering(context, given)
    if ordering and given.get("local") in ("false", False):
        raise Invalid("twin.order.local")
    _check_width(query, local=local)
    levels = shown.join.levels if shown.join else 0
    if query.q is not None and max(map(depth, targets(query.q)), default=0) > levels:
        raise Invalid("twin.asked.depth", name="q")
    return Asked(
        context=context, query=query, shown=shown, page=page, ordering=ordering, local=local, split=_split(exchange, given),
        wish=wish_in(given),
        csf=parse_q(given["csf"], context.stored, what="csf") if given.get("csf") else None,
    )  # fmt: skip


def wish_in(given: Mapping[str, Any]) -> MapWish:
    """Raises Invalid."""
    wanted, lifetime = given.get("entityMap", ""), given.get("entityMapLifetime", "")
    if wanted not in ("", "true", "false", True, False) or not isinstance(lifetime, str):
        raise Invalid("twin.asked.truth", name="entityMap")
    return MapWish(wanted in ("true", True), lifetime)


def _split(exchange: Exchange, given: Mapping[str, Any]) -> bool | None:
    said = exchange.parameters.get("splitEntities") or given.get("splitEntities", "")
    return None if said == "" else said in ("true", True)


def _local(given: Mapping[str, Any], selectors: tuple[Selector, ...]) -> bool:
    """`type=*` asks nobody else, whatever `local` says; it may not say otherwise."""
    text = given.get("local", "")
    if text not in ("", "true", "false", True, False):
        raise Invalid("twin.asked.truth", name="local")
    every = Selector() in selectors
    if every and text in ("false", False):
        raise Invalid("twin.asked.every")
    return every or text in ("true", True)


def _query(context: Context, given: Mapping[str, Any], selectors: tuple[Selector, ...]) -> Query:
    q, scope = given.get("q", ""), given.get("scopeQ", "")
    geo = None
    if _asks_for_a_place(given):
        geo = parse_geo_query(
            georel=given.get("georel", ""),
            geometry=given.get("geometry", ""),
            coordinates=given.get("coordinates", ""),
            property=context.stored(given.get("geoproperty") or "location"),
        )
    expand = [name.strip() for name in given.get("expandValues", "").split(",") if name.strip()]
    return Query(
        selectors=selectors,
        attributes=names_of(given.get("attrs", ""), context),
        q=parse_q(q, context.stored, expand, lambda term: iri_of(context.stored(term))) if q else None,
        geo=geo,
        scope=parse_scope_query(scope) if scope else None,
    )


def _asks_for_a_place(given: Mapping[str, Any]) -> bool:
    """Whether there is a geo-query: geometry and coordinates alone say where an order by distance begins (4.23)."""
    begins = "dist-" in given.get("orderBy", "")
    return any(given.get(name) for name in (("georel",) if begins else ("georel", "geometry", "coordinates")))


def _ordering(context: Context, given: Mapping[str, Any]) -> Ordering | None:
    """Distances are from orderFrom, else from where the geo-query looks."""
    if not given.get("orderBy"):
        return None
    origin, geometry = (
        ("orderFrom", "orderGeometry") if given.get("orderFrom") else ("coordinates", "geometry")
    )
    return parse_ordering(
        given["orderBy"], context.stored, origin=given.get(origin, ""),
        geometry=given.get(geometry, ""), collation=given.get("collation", ""),
    )  # fmt: skip


def _selector(ids: str, pattern: str, types: str, context: Context) -> Selector:
    return Selector(
        ids=uris_of(ids, "id"),
        pattern=parse_pattern(pattern) if pattern else None,
        types=parse_types(types, context.stored) if types else (),
    )


def _selector_in(source: Any, context: Context) -> Selector:
    """5.2.33."""
    if not isinstance(source, dict) or source.keys() - {"id", "idPattern", "type"}:
        raise Invalid("twin.asked.selector")
    ids = ",".join(list_of(source, "id", str))
    pattern, types = source.get("idPattern", ""), source.get("type")
    if not isinstance(pattern, str) or not isinstance(types, str) or not types:
        raise Invalid("twin.asked.selector")
    return _selector(ids, "" if ids else pattern, types, context)


def _check_width(query: Query, *, local: bool) -> None:
    """5.7.2.4: types, attributes, a query or a geo-query, unless only this broker is asked."""
    named = {name for one in targets(query.q) for name in _first_names(one)} if query.q else set()
    if not (
        local
        or (query.selectors and all(one.types for one in query.selectors))
        or set(query.attributes) - SYSTEM_NAMES
        or named - SYSTEM_NAMES
        or query.geo
    ):
        raise Invalid("twin.ngsi.too_broad")


def _first_names(target: Any) -> set[str]:
    return {target.names[0]} if hasattr(target, "names") else {target.name}
