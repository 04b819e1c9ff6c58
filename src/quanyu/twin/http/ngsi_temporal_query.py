"""Of which entities the past is asked for: the same from URL parameters and from a posted Query (5.2.21, 5.2.23, 6.18, 6.20)."""

from dataclasses import dataclass
from typing import Any

from quanyu.core.errors import Invalid
from quanyu.twin.history.evolution import Wanted
from quanyu.twin.http.ngsi_asked import MapWish, wish_in
from quanyu.twin.http.ngsi_exchange import Exchange
from quanyu.twin.http.ngsi_parameters import truth_of
from quanyu.twin.http.ngsi_temporal_asked import Asked, Take, most_rows, names_in, parse_asked, taking
from quanyu.twin.http.ngsi_temporal_body import posted
from quanyu.twin.ngsild.context import Context, iri_of
from quanyu.twin.ngsild.document import is_uri
from quanyu.twin.ngsild.query import (
    Query,
    Selector,
    Term,
    depth,
    parse_geo_query,
    parse_ordering,
    parse_pattern,
    parse_q,
    parse_scope_query,
    parse_types,
    targets,
)
from quanyu.twin.ngsild.query.tree import SYSTEM_NAMES
from quanyu.twin.ngsild.query.types import ANY_TYPE

MAX_LIMIT = 1000
_LIMIT = "20"
MAP_TERMS = ("entityMap", "entityMapLifetime")
_ENTITY_TERMS = (
    "type", "id", "idPattern", "q", "georel", "geometry", "coordinates", "geoproperty", "scopeQ", "csf", "expandValues",
    "jsonKeys", "splitEntities", "collation", *MAP_TERMS,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A query of temporal evolutions: what of them, of which entities, and whether their list is to be kept (5.14).

    `local`: no source is asked. `csf` says which are. `split`: whether entities lie in pieces at several places.
    """

    asked: Asked
    wanted: Wanted
    wish: MapWish
    local: bool = False
    csf: Term | None = None
    split: bool | None = None


async def question_in_url(exchange: Exchange) -> Question:
    """6.18.3.2. Raises Invalid, Malformed."""
    context = await exchange.context()
    take = taking(exchange, _ENTITY_TERMS)
    return _question(exchange, take, context, parse_selectors(take, context))


async def question_in_body(exchange: Exchange) -> Question:
    """A Query (5.2.23); what it does not say may stand in the URL. Raises Invalid, Malformed."""
    body = await exchange.json()
    return question_of(exchange, body, await exchange.context(body))


def question_of(exchange: Exchange, body: Any, context: Context) -> Question:
    """Raises Invalid, Malformed."""
    texts, entities = posted(body)
    selectors = tuple(one for said in entities for one in parse_selectors(_said(said), context))
    given = taking(exchange, _ENTITY_TERMS)
    return _question(exchange, lambda name: texts.get(name) or given(name), context, selectors)


def _question(exchange: Exchange, take: Take, context: Context, selectors: tuple[Selector, ...]) -> Question:
    asked = parse_asked(take, context)
    if not asked.choice.interval.relation:
        raise Invalid("twin.temporal.no_relation")
    local = is_local(take, selectors)
    wanted = Wanted(
        query=parse_query(take, context, selectors, local=local),
        choice=asked.choice,
        limit=_number(take("limit") or _LIMIT, "limit", MAX_LIMIT),
        offset=_number(take("offset") or "0", "offset", 10_000_000),
        counted=truth_of(take("count"), "count") or "count" in take("options").split(","),
        descending=_descending(take, context),
        most=most_rows(asked),
    )
    if not (wanted.limit or wanted.counted):
        raise Invalid("twin.ngsi.number", name="limit", least=1, most=MAX_LIMIT)
    csf = parse_q(take("csf"), context.stored, what="csf") if take("csf") else None
    split = take("splitEntities")
    if split not in ("", "true", "false"):
        raise Invalid("twin.asked.truth", name="splitEntities")
    exchange.refuse_others()
    return Question(
        asked=asked, wanted=wanted, wish=temporal_wish(take), local=local, csf=csf,
        split=split == "true" if split else None,
    )  # fmt: skip


def temporal_wish(take: Take) -> MapWish:
    return wish_in({name: take(name) for name in MAP_TERMS})


def _said(texts: dict[str, str]) -> Take:
    return lambda name: texts.get(name, "")


def _number(text: str, name: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 12 and int(text) <= most):
        raise Invalid("twin.ngsi.number", name=name, least=0, most=most)
    return int(text)


def parse_query(take: Take, context: Context, selectors: tuple[Selector, ...], *, local: bool) -> Query:
    """Which entities. Raises Invalid, also for a question that nearly everything answers (5.7.4.4)."""
    query = Query(
        selectors=selectors,
        attributes=tuple(names_in(take("attrs"), context, "attrs")),
        q=_q(take, context),
        geo=_geo(take, context),
        scope=parse_scope_query(take("scopeQ")) if take("scopeQ") else None,
    )
    typed = bool(selectors) and all(one.types for one in selectors)
    named = {*query.attributes, *_first_names(query.q)} - SYSTEM_NAMES
    if not (typed or named or query.geo or local):
        raise Invalid("twin.ngsi.too_broad")
    return query


def is_local(take: Take, selectors: tuple[Selector, ...]) -> bool:
    """Every type (`*`) asks nobody else, whatever `local` says; it may not say otherwise (6.18.3.2)."""
    text = take("local")
    if text not in ("", "true", "false"):
        raise Invalid("twin.asked.truth", name="local")
    every = take("type") == ANY_TYPE or Selector() in selectors
    if every and text == "false":
        raise Invalid("twin.asked.every")
    return every or text == "true"


def _first_names(q: Term | None) -> set[str]:
    return {one.names[0] for one in targets(q) if hasattr(one, "names")} if q else set()


def _q(take: Take, context: Context) -> Term | None:
    """Raises Invalid also for one that follows relationships (5.7.4.4)."""
    expand = [name.strip() for name in take("expandValues").split(",") if name.strip()]
    if not take("q"):
        return None
    found = parse_q(take("q"), context.stored, expand, lambda term: iri_of(context.stored(term)))
    if any(map(depth, targets(found))):
        raise Invalid("twin.temporal.linked", name="q")
    return found


def parse_selectors(take: Take, context: Context) -> tuple[Selector, ...]:
    ids = tuple(filter(None, take("id").split(",")))
    if wrong := [one for one in ids if not is_uri(one)]:
        raise Invalid("core.entity.id", value=wrong[0][:80])
    pattern = parse_pattern(take("idPattern")) if take("idPattern") else None
    types = parse_types(take("type"), context.stored) if take("type") else ()
    return (Selector(ids=ids, pattern=pattern, types=types),) if ids or pattern or types else ()


def _descending(take: Take, context: Context) -> bool:
    """5.7.4.4: the answer can be ordered by id alone, and only where this broker alone is asked."""
    order = take("orderBy")
    if order and take("local") == "false":
        raise Invalid("twin.order.local")
    parse_ordering("id", context.stored, collation=take("collation"))
    match order.split(";"):
        case [""] | ["id"] | ["id", "asc"]:
            return False
        case ["id", "desc"]:
            return True
    raise Invalid("twin.temporal.order")


def _geo(take: Take, context: Context) -> Any:
    if not (take("georel") or take("geometry") or take("coordinates")):
        return None
    return parse_geo_query(
        georel=take("georel"), geometry=take("geometry"), coordinates=take("coordinates"),
        property=context.stored(take("geoproperty") or "location"),
    )  # fmt: skip
