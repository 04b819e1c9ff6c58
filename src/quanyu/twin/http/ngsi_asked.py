"""What a request of consumption asks for (ETSI GS CIM 009, 5.7.1.3, 5.7.2.3, 5.2.23, 6.4.3.2): the same from URL and body."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from quanyu.core.errors import Invalid
from quanyu.twin.http.ngsi_exchange import Exchange, Malformed
from quanyu.twin.http.ngsi_media import GEO_JSON
from quanyu.twin.http.ngsi_pages import ListPage, page_of
from quanyu.twin.ngsild.context import Context, iri_of
from quanyu.twin.ngsild.document import Form, Representation, is_uri, parse_languages
from quanyu.twin.ngsild.query import (
    Ordering,
    Projection,
    Query,
    Selector,
    depth,
    parse_geo_query,
    parse_ordering,
    parse_pattern,
    parse_projection,
    parse_q,
    parse_scope_query,
    parse_types,
    targets,
)
from quanyu.twin.ngsild.query.tree import SYSTEM_NAMES, Term

MAX_LEVEL = 10

_FORMS = {
    "normalized": Form.NORMALIZED,
    "concise": Form.CONCISE,
    "simplified": Form.SIMPLIFIED,
    "keyValues": Form.SIMPLIFIED,
}
_SWITCHES = ("sysAttrs", "count")
_LISTS = ("attrs", "pick", "omit", "datasetId", "containedBy", "expandValues", "jsonKeys", "orderBy")
_TEXTS = ("q", "csf", "scopeQ", "lang", "join", "geometryProperty", "collation")
_ASIDE = frozenset({"type", "@context", "entities", "geoQ", "ordering", "joinLevel", "splitEntities",
                    "entityMap", "entityMapLifetime", "local"})  # fmt: skip
_NO_ATTRIBUTES = ("", "id", "type", "scope", "@context")
_NOTHING = Projection()


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """4.5.23: `inline` or `flat`, so many levels deep; `known` are ids that the asker has already."""

    inline: bool
    levels: int
    known: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How entities are shown, those that are linked too."""

    representation: Representation
    pick: Projection = _NOTHING
    omit: Projection = _NOTHING
    join: Join | None = None


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
    given = {name: exchange.take(name) for name in (*_LISTS, *_TEXTS, "id", "type", "idPattern", "georel", "geometry",
             "coordinates", "geoproperty", "joinLevel", "orderFrom", "orderGeometry", "local",
             "entityMap", "entityMapLifetime")}  # fmt: skip
    given = {name: text for name, text in given.items() if name in exchange.parameters}
    selector = _selector(given.get("id", ""), given.get("idPattern", ""), given.get("type", ""), context)
    selectors = () if selector == Selector() and given.get("type") != "*" else (selector,)
    return _asked(exchange, context, given, selectors)


def asked_in_body(exchange: Exchange, context: Context, body: Any) -> Asked:
    """POST /entityOperations/query: a Query (5.2.23). Raises Invalid."""
    if not isinstance(body, dict):
        raise Malformed("twin.asked.query")
    if body.get("type") != "Query":
        raise Invalid("twin.asked.query")
    if unknown := sorted(body.keys() - _ASIDE - set(_LISTS) - set(_TEXTS)):
        raise Invalid("twin.asked.member", name=", ".join(unknown)[:200])
    given = _flattened(body)
    given |= {name: exchange.take(name) for name in ("local",) if name in exchange.parameters}
    selectors = tuple(_selector_in(one, context) for one in _list_of(body, "entities"))
    return _asked(exchange, context, given, selectors)


def shown_in_url(exchange: Exchange, context: Context) -> Shown:
    """How GET /entities/{id} shows it. Raises Invalid."""
    given = {name: exchange.take(name) for name in (*_LISTS, "lang", "join", "joinLevel", "geometryProperty")
             if name in exchange.parameters}  # fmt: skip
    return _shown(exchange, context, given)


def names_of(text: str, context: Context) -> tuple[str, ...]:
    """The stored names of attributes in a list with commas. Raises Invalid for what cannot be one."""
    names = [name.strip() for name in text.split(",")] if text else []
    if wrong := [name for name in names if name in _NO_ATTRIBUTES]:
        raise Invalid("core.entity.name", name=wrong[0])
    return tuple(map(context.stored, names))


def _asked(
    exchange: Exchange, context: Context, given: dict[str, Any], selectors: tuple[Selector, ...]
) -> Asked:
    shown = _shown(exchange, context, given)
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
        csf=parse_q(given["csf"], context.stored) if given.get("csf") else None,
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
    if any(given.get(name) for name in ("georel", "geometry", "coordinates")):
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


def _shown(exchange: Exchange, context: Context, given: Mapping[str, Any]) -> Shown:
    form, system = _form(exchange)
    attributes = names_of(given.get("attrs", ""), context)
    pick, omit = (_projection(given.get(name), context, name) for name in ("pick", "omit"))
    if attributes and (pick.members or omit.members):
        raise Invalid("twin.asked.attrs")
    if both := set(_plain(pick)) & set(_plain(omit)):
        raise Invalid("twin.asked.both", name=", ".join(sorted(both))[:200])
    join = _join(given)
    if max(pick.depth, omit.depth) > (join.levels if join else 0):
        raise Invalid("twin.asked.depth", name="pick" if pick.depth else "omit")
    geometry = given.get("geometryProperty", "")
    if geometry and exchange.media != GEO_JSON:
        raise Invalid("twin.asked.geometry")
    representation = Representation(
        form=form, system=system, attributes=attributes, pick=pick.members, omit=_plain(omit),
        languages=parse_languages(given.get("lang", "")), datasets=_datasets(given.get("datasetId", "")),
        geometry=context.stored(geometry or "location") if exchange.media == GEO_JSON else "",
    )  # fmt: skip
    return Shown(representation=representation, pick=pick, omit=omit, join=join)


def _form(exchange: Exchange) -> tuple[Form, bool]:
    """6.3.7: `format` before `options`. Raises Malformed for what is neither."""
    options = exchange.take_list("options")
    named = exchange.take("format")
    for one in (*options, *([named] if "format" in exchange.parameters else [])):
        if one not in _FORMS and (one not in _SWITCHES or one == named):
            raise Malformed("twin.ngsi.option", name=one[:40])
    chosen = named or next((one for one in options if one in _FORMS), "normalized")
    return _FORMS[chosen], "sysAttrs" in options or exchange.take("sysAttrs") == "true"


def _projection(text: str | None, context: Context, what: str) -> Projection:
    return _NOTHING if text is None else parse_projection(text, context.stored, what)


def _plain(projection: Projection) -> tuple[str, ...]:
    """The members that are meant themselves; of the others only something in the linked entity."""
    return tuple(name for name in projection.members if name not in projection.linked)


def _join(given: Mapping[str, Any]) -> Join | None:
    kind, level = given.get("join", ""), given.get("joinLevel", "")
    known = _uris(given.get("containedBy", ""), "containedBy")
    if kind in ("", "@none"):
        if (level or known) and not kind:
            raise Invalid("twin.asked.join_level")
        return None
    if kind not in ("inline", "flat"):
        raise Invalid("twin.asked.join", join=str(kind)[:40])
    text = str(level or 1)
    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) > 0):
        raise Invalid("twin.ngsi.number", name="joinLevel", least=1, most=MAX_LEVEL)
    return Join(inline=kind == "inline", levels=min(int(text), MAX_LEVEL), known=frozenset(known))


def _ordering(context: Context, given: Mapping[str, Any]) -> Ordering | None:
    if not given.get("orderBy"):
        return None
    return parse_ordering(
        given["orderBy"], context.stored, origin=given.get("orderFrom", ""),
        geometry=given.get("orderGeometry", ""), collation=given.get("collation", ""),
    )  # fmt: skip


def _selector(ids: str, pattern: str, types: str, context: Context) -> Selector:
    return Selector(
        ids=_uris(ids, "id"),
        pattern=parse_pattern(pattern) if pattern else None,
        types=parse_types(types, context.stored) if types else (),
    )


def _selector_in(source: Any, context: Context) -> Selector:
    """5.2.33."""
    if not isinstance(source, dict) or source.keys() - {"id", "idPattern", "type"}:
        raise Invalid("twin.asked.selector")
    ids = ",".join(_list_of(source, "id", str))
    pattern, types = source.get("idPattern", ""), source.get("type")
    if not isinstance(pattern, str) or not isinstance(types, str) or not types:
        raise Invalid("twin.asked.selector")
    return _selector(ids, "" if ids else pattern, types, context)


def _uris(text: str, name: str) -> tuple[str, ...]:
    found = tuple(one.strip() for one in text.split(",")) if text else ()
    if wrong := [one for one in found if not is_uri(one)]:
        raise Invalid("twin.asked.uri", name=name, uri=wrong[0][:80])
    return found


def _datasets(text: str) -> tuple[str, ...]:
    found = tuple(one.strip() for one in text.split(",")) if text else ()
    _uris(",".join(one for one in found if one != "@none"), "datasetId")
    return found


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


def _flattened(body: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a Query as the parameters of a URL have them."""
    given: dict[str, Any] = {name: ",".join(_list_of(body, name, str)) for name in _LISTS if name in body}
    for name in _TEXTS:
        if name in body:
            given[name] = _text(body, name)
    given |= _part(body, "geoQ", ("geometry", "coordinates", "georel", "geoproperty"))
    order = _part(
        body, "ordering", ("orderBy", "orderFrom", "orderGeometry", "collation", "geometry", "coordinates")
    )
    if order:
        given["orderBy"] = ",".join(_list_of(order, "orderBy", str))
        given["orderFrom"] = order.get("orderFrom", order.get("coordinates", ""))
        given["orderGeometry"] = order.get("orderGeometry", order.get("geometry", ""))
        given["collation"] = order.get("collation", "")
    if "joinLevel" in body:
        given["joinLevel"] = str(body["joinLevel"])
    given |= {
        name: body[name]
        for name in ("local", "entityMap", "entityMapLifetime", "splitEntities")
        if name in body
    }
    return given


def _part(body: Mapping[str, Any], name: str, members: tuple[str, ...]) -> dict[str, Any]:
    part = body.get(name, {})
    if not isinstance(part, dict) or part.keys() - set(members):
        raise Invalid("twin.asked.member", name=name)
    for member, value in part.items():
        if member not in ("coordinates", "orderFrom", "orderBy") and not isinstance(value, str):
            raise Invalid("twin.asked.text", name=member)
    return part


def _text(body: Mapping[str, Any], name: str) -> str:
    if not isinstance(body[name], str):
        raise Invalid("twin.asked.text", name=name)
    return str(body[name])


def _list_of(body: Mapping[str, Any], name: str, kind: type = dict) -> list[Any]:
    """A single text stands for a list of one."""
    found = body.get(name, [])
    found = found.split(",") if isinstance(found, str) else found
    if (
        not isinstance(found, list)
        or (name in body and not found)
        or not all(isinstance(one, kind) for one in found)
    ):
        raise Invalid("twin.asked.list", name=name)
    return found
