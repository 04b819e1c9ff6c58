"""What of the past a request asks for and how it is shown (ETSI GS CIM 009, 4.5.8 to 4.5.10, 4.11, 5.7.3.3, 6.3.12)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from quanyu.core.errors import Invalid
from quanyu.twin.history.aggregate import Aggregation, Method
from quanyu.twin.history.duration import Duration
from quanyu.twin.history.interval import parse_interval
from quanyu.twin.history.log import MOST_COUNTED, MOST_ROWS
from quanyu.twin.history.select import Choice
from quanyu.twin.history.show import Form, Show
from quanyu.twin.http.ngsi_exchange import Exchange, Malformed
from quanyu.twin.http.ngsi_parameters import truth_of
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.document import Representation, parse_languages, shower
from quanyu.twin.ngsild.query import parse_projection

Take = Callable[[str], str]
"""The text of a parameter, '' where it is not given."""

_CORE = ("id", "type", "scope")
_FORMS = {form.value: form for form in Form}
_OPTIONS = frozenset({*_FORMS, "sysAttrs", "count"})
_MOST = 1_000_000
_TERMS = (
    "attrs", "pick", "omit", "options", "format", "lang", "datasetId", "timerel", "timeAt", "endTimeAt",
    "timeproperty", "lastN", "aggrMethods", "aggrPeriodDuration", "sysAttrs", "local",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`attributes` are those that `attrs` names: of them an entity must have at least one."""

    choice: Choice
    show: Show
    attributes: frozenset[str]


def parse_asked(take: Take, context: Context) -> Asked:
    """Everything but which entities. Raises Invalid, Malformed."""
    attrs, pick, omit = (names_in(take(name), context, name) for name in ("attrs", "pick", "omit"))
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


def taking(exchange: Exchange, more: Sequence[str] = ()) -> Take:
    """Marks all that a temporal request may say as understood."""
    for name in (*_TERMS, *more):
        exchange.take(name)
    return exchange.take


def most_rows(asked: Asked) -> int:
    """Of the log of an entity, that are read for an answer."""
    return MOST_COUNTED if asked.show.form is Form.AGGREGATED else MOST_ROWS


def names_in(text: str, context: Context, what: str) -> tuple[str, ...]:
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
    system = truth_of(take("sysAttrs"), "sysAttrs") or "sysAttrs" in options
    return (forms[0] if forms else Form.NORMALIZED), system


def _aggregation(take: Take) -> Aggregation:
    names = [one for one in take("aggrMethods").split(",") if one]
    if not names:
        raise Invalid("twin.temporal.methods", methods=", ".join(Method))
    if wrong := [one for one in names if one not in list(Method)]:
        raise Invalid("twin.temporal.method", name=wrong[0][:40], methods=", ".join(Method))
    period = take("aggrPeriodDuration")
    return Aggregation(tuple(dict.fromkeys(map(Method, names))), Duration.parse(period or "PT0S"))


def _whole(text: str, name: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 0 < int(text) <= _MOST):
        raise Invalid("twin.ngsi.number", name=name, least=1, most=_MOST)
    return int(text)
