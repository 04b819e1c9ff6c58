"""Whether a question names only what a contract gives, and filters only by what it shows as it is; every fault at once."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from quanyu.core.errors import Fault, Invalid
from quanyu.exchange.entities.outline import Outline
from quanyu.twin.http.ngsi_asked import Asked
from quanyu.twin.ngsild.query import Ordering, Query, targets
from quanyu.twin.ngsild.query.tree import SYSTEM_NAMES, Link, Target, Term
from quanyu.twin.subscriptions.model import Join, Subscription


def check_asked(asked: Asked, outline: Outline) -> None:
    """Raises Invalid."""
    _refuse(
        *_query_faults(asked.query, outline),
        *_filter_faults("orderBy", _ordered_by(asked.ordering), outline.clear),
        *_absent({"csf": asked.csf, "join": asked.shown.join, "entityMap": asked.wish.wanted}),
    )


def check_subscription(subscription: Subscription, query: Query, outline: Outline) -> None:
    """Its changes of other attributes would be told by the mere coming of a notification. Raises Invalid."""
    content = subscription.content
    watched = () if subscription.interval is not None else subscription.watched or ("*",)
    _refuse(
        *_query_faults(query, outline),
        *_filter_faults("watchedAttributes", watched, outline.given),
        *_absent(
            {
                "csf": subscription.csf,
                "join": content.join is not Join.NONE,
                "localOnly=false": not subscription.local,
            }
        ),
    )


def _query_faults(query: Query, outline: Outline) -> Iterator[Fault]:
    yield from _filter_faults("attrs", query.attributes, outline.given | SYSTEM_NAMES)
    yield from _filter_faults("q", _named(query.q, outline), outline.clear | SYSTEM_NAMES)
    yield from _filter_faults("geoQ", [query.geo.property] if query.geo else (), outline.clear)
    yield from _absent({"scopeQ": query.scope})
    if not outline.id_is_clear and any(one.ids or one.pattern for one in query.selectors):
        yield Fault("exchange.entities.ids", "id")


def _filter_faults(where: str, named: Iterable[str], given: Collection[str]) -> Iterator[Fault]:
    for one in sorted(set(named) - set(given)):
        yield Fault("exchange.entities.filter", where, {"attribute": one[:80]})


def _named(term: Term | None, outline: Outline) -> Iterator[str]:
    for one in targets(term) if term else ():
        yield _attribute(one, outline)


def _ordered_by(ordering: Ordering | None) -> list[str]:
    named = [one.path.names[0] for one in ordering.terms] if ordering else []
    return [one for one in named if one not in ("id", "type", *SYSTEM_NAMES)]


def _attribute(target: Target, outline: Outline) -> str:
    """The attribute alone where no more of it is asked than what is shown; of another entity nothing is."""
    if isinstance(target, Link):
        return f"{target.name}{{}}"
    shown = {"unitCode", *(["observedAt"] if outline.observed_is_clear else [])}
    return target.names[0] if shown.issuperset(target.names[1:]) else ".".join(target.names)


def _absent(used: Mapping[str, object]) -> Iterator[Fault]:
    for name, value in used.items():
        if value:
            yield Fault("exchange.entities.absent", name, {"name": name})


def _refuse(*faults: Fault) -> None:
    if faults:
        raise Invalid("exchange.entities.not_given", faults=faults, count=len(faults))
