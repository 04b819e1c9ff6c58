"""What a temporal request asks for: the same from URL parameters and from a posted Query (5.2.21, 5.2.23, 6.18, 6.20)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from quanyu.core.errors import Invalid
from quanyu.twin.history.aggregate import Aggregation, Method
from quanyu.twin.history.duration import Duration
from quanyu.twin.history.interval import parse_interval
from quanyu.twin.history.select import Choice
from quanyu.twin.history.show import Form, Show
from quanyu.twin.http.ngsi_exchange import Malformed
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.document import Representation, is_uri, parse_languages, shower
from quanyu.twin.ngsild.query import (
    Query,
    Selector,
    parse_geo_query,
    parse_pattern,
    parse_projection,
    parse_q,
    parse_scope_query,
    parse_types,
)

Take = Callable[[str], str]
"""The text of a parameter, '' where it is not given."""

_CORE = ("id", "type", "scope")
_FORMS = {form.value: form for form in Form}
_OPTIONS = frozenset({*_FORMS, "sysAttrs", "count"})
_MOST = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`attributes` are those that `attrs` names: of them an entity must have at least one."""

    choice: Choice
    show: Show
    attributes: frozenset[str]


def parse_asked(take: Take, context: Context) -> Asked:
    """Everything but which entities. Raises Invalid, Malformed."""
    attrs, pick, omit = (_names(take(name), context, name) for name in ("attrs", "pick", "omit"))
    if attrs and (pick or omit):
        raise Invalid("twin.temporal.projection")
    if both := sorted({*pick} & {*omit}):
        raise Invalid("twin.temporal.pick_and_omit", name=both[0])
    form, system = _form(take)
    choice = Choice(
        interval=parse_interval(
            take("timerel"), take("timeAt"), take("endTimeAt"),
            property=take("timeproperty"), last=_whole(take("lastN"), "lastN"),
        ),
        attributes=frozenset(attrs or (name for name in pick if name not in ("id", "type"))),
        without=frozenset(omit),
        datasets=frozenset("" if one == "@none" else one for one in take("datasetId").split(",") if one),
    )  # fmt: skip
    languages = parse_languages(take("lang"))
    show = Show(
        form=form,
        instance=shower(context, Representation(languages=languages)),
        term=context.term,
        members=[name for name in _CORE if (not pick or name in pick) and name not in omit],
        attributes=not pick or bool(choice.attributes),
        system=system,
        aggregation=_aggregation(take) if form is Form.AGGREGATED else None,
    )
    return Asked(choice=choice, show=show, attributes=frozenset(attrs))


def parse_query(take: Take, context: Context, selectors: tuple[Selector, ...] | None = None) -> Query:
    """Which entities. Raises Invalid, also for a question that nearly everything answers (5.7.4.4)."""
    if selectors is None:
        selectors = parse_selectors(take, context)
    query = Query(
        selectors=selectors,
        attributes=tuple(_names(take("attrs"), context, "attrs")),
        q=parse_q(take("q"), context.stored) if take("q") else None,
        geo=_geo(take, context),
        scope=parse_scope_query(take("scopeQ")) if take("scopeQ") else None,
    )
    typed = bool(selectors) and all(one.types for one in selectors)
    if not (typed or query.attributes or query.q or query.geo or take("local") == "true"):
        raise Invalid("twin.ngsi.too_broad")
    return query


def parse_selectors(take: Take, context: Context) -> tuple[Selector, ...]:
    ids = tuple(filter(None, take("id").split(",")))
    if wrong := [one for one in ids if not is_uri(one)]:
        raise Invalid("core.entity.id", value=wrong[0][:80])
    pattern = parse_pattern(take("idPattern")) if take("idPattern") else None
    types = parse_types(take("type"), context.stored) if take("type") else ()
    return (Selector(ids=ids, pattern=pattern, types=types),) if ids or pattern or types else ()


def descending(order: str) -> bool:
    """5.7.4.4: the answer can be ordered by id alone."""
    match order.split(";"):
        case [""] | ["id"] | ["id", "asc"]:
            return False
        case ["id", "desc"]:
            return True
    raise Invalid("twin.temporal.order")


def posted(body: Any) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The parameters that a Query says in its members, and those of each of its entity selectors. Raises Invalid."""
    if not isinstance(body, dict) or body.get("type") != "Query":
        raise Invalid("twin.temporal.query")
    parts = [body]
    for name in ("temporalQ", "geoQ", "aggrParams"):
        if name in body:
            parts.append(_object(body[name], name))
    if "aggrParams" in body.get("temporalQ", ()):
        parts.append(_object(body["temporalQ"]["aggrParams"], "aggrParams"))
    texts: dict[str, str] = {}
    for part in parts:
        texts |= {name: _text(name, value) for name, value in part.items() if name not in _STRUCTURES}
    entities = body.get("entities", [])
    if not isinstance(entities, list) or not all(isinstance(one, dict) for one in entities):
        raise Invalid("twin.temporal.member", name="entities")
    return texts, [{name: _text(name, value) for name, value in one.items()} for one in entities]


_STRUCTURES = frozenset({"type", "entities", "temporalQ", "geoQ", "aggrParams", "@context"})


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Invalid("twin.temporal.member", name=name)
    return value


def _text(name: str, value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case list() if name == "coordinates":
            return str(value)
        case list() if all(isinstance(one, str) for one in value):
            return ",".join(value)
    raise Invalid("twin.temporal.member", name=name[:40])


def _names(text: str, context: Context, what: str) -> tuple[str, ...]:
    if not text:
        return ()
    projection = parse_projection(text, context.stored, what)
    if projection.linked:
        raise Invalid("twin.temporal.linked", name=what)
    return projection.members


def _form(take: Take) -> tuple[Form, bool]:
    """6.3.12: `format` has the last word; otherwise one of the options."""
    named, options = take("format"), [one for one in take("options").split(",") if one]
    if wrong := [one for one in options if one not in _OPTIONS] or [named] * (named not in ("", *_FORMS)):
        raise Malformed("twin.ngsi.option", name=wrong[0][:40])
    forms = [_FORMS[named]] if named else [_FORMS[one] for one in options if one in _FORMS]
    if len(set(forms)) > 1:
        raise Invalid("twin.temporal.forms")
    return (forms[0] if forms else Form.NORMALIZED), "sysAttrs" in options or take("sysAttrs") == "true"


def _aggregation(take: Take) -> Aggregation:
    names = [one for one in take("aggrMethods").split(",") if one]
    if not names:
        raise Invalid("twin.temporal.methods", methods=", ".join(Method))
    if wrong := [one for one in names if one not in list(Method)]:
        raise Invalid("twin.temporal.method", name=wrong[0][:40], methods=", ".join(Method))
    period = take("aggrPeriodDuration")
    return Aggregation(tuple(dict.fromkeys(map(Method, names))), Duration.parse(period or "PT0S"))


def _geo(take: Take, context: Context) -> Any:
    if not (take("georel") or take("geometry") or take("coordinates")):
        return None
    return parse_geo_query(
        georel=take("georel"), geometry=take("geometry"), coordinates=take("coordinates"),
        property=context.stored(take("geoproperty") or "location"),
    )  # fmt: skip


def _whole(text: str, name: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 0 < int(text) <= _MOST):
        raise Invalid("twin.ngsi.number", name=name, least=1, most=_MOST)
    return int(text)
