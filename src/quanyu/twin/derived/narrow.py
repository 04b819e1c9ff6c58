"""What of a subscription a context source is asked to tell (ETSI GS CIM 009, 4.3.6.1, 4.3.6.7, 5.8.1, 5.12). Pure.

Filters stay here, because an entity may lie in pieces at several places; with `splitEntities` false they travel along.
What is told comes normalized and whole, and gets its form here: sources need not know any other (4.3.6.1).
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from quanyu.twin.ngsild.query import Query, Selector, Term, parse_q, targets
from quanyu.twin.ngsild.query.evaluate import holds
from quanyu.twin.ngsild.query.geo import geo_fits
from quanyu.twin.ngsild.query.types import named_types, print_types
from quanyu.twin.registrations.model import Kept as KeptRegistration
from quanyu.twin.registrations.model import Registration
from quanyu.twin.registrations.operations import Action
from quanyu.twin.registrations.plan import Scope, Subject, Wanted, holders
from quanyu.twin.registrations.questions import fits_filters, narrowed
from quanyu.twin.registrations.search import properties_of
from quanyu.twin.subscriptions.model import DEFAULT_TRIGGERS, Join, Kept, Subscription
from quanyu.twin.subscriptions.queries import query_of

_MEMBERS = frozenset({"id", "type", "scope", "createdAt", "modifiedAt", "expiresAt"})
_FILTERS = ("q", "geoQ", "scopeQ", "expandValues", "jsonKeys", "throttling")
_ALONG = ("timeInterval", "expiresAt")


@dataclass(frozen=True)
class Own:
    """One of our subscriptions, read once to be held against many registrations. `csf`: which sources it is for."""

    kept: Kept
    query: Query
    csf: Term | None = None

    @property
    def subscription(self) -> Subscription:
        return self.kept.subscription

    @property
    def selectors(self) -> tuple[Selector, ...]:
        return self.query.selectors or (Selector(),)

    @cached_property
    def ids(self) -> frozenset[str]:
        """Every entity that it is about has one of these; none where any will do."""
        ids = [one.ids for one in self.selectors]
        return frozenset(id for one in ids for id in one) if all(ids) else frozenset()

    @cached_property
    def types(self) -> frozenset[str]:
        named = [named_types(one.types) for one in self.selectors]
        return frozenset(type for one in named for type in one) if all(named) else frozenset()

    @property
    def split(self) -> bool:
        """5.2.12: whether an entity may lie in pieces; where nobody says, it may."""
        return self.subscription.body.get("splitEntities") is not False

    @cached_property
    def needed(self) -> frozenset[str] | None:
        """The attributes that are told, or that its filters look at; None for all."""
        content = self.subscription.content
        named = {name.partition("{")[0] for name in (*content.attributes, *content.pick)} - _MEMBERS
        if not named or content.join is not Join.NONE:
            return None
        for target in targets(self.query.q) if self.query.q else ():
            named.add(target.names[0] if hasattr(target, "names") else target.name)
        return frozenset(named | ({self.query.geo.property} if self.query.geo else set()))


def read(kept: Kept) -> Own:
    """Raises Invalid where its query is none any more."""
    names, csf = kept.names, kept.subscription.csf
    return Own(
        kept,
        query_of(kept.subscription, names),
        parse_q(unquote(csf), lambda term: names.get(term, term)) if csf else None,
    )


def wanted_of(
    own: Own, source: KeptRegistration, *, now: datetime, via: frozenset[str]
) -> dict[str, Any] | None:
    """The members of the subscription that the source is to keep; None where it has nothing to do with it."""
    registration = source.registration
    if own.subscription.local or own.subscription.status(now) == "expired":
        return None
    watched = _share(own, registration, frozenset(own.subscription.watched) or None, now=now, via=via)
    if watched is None or not _fits(own, source):
        return None
    entities = [_entity(one) for selector in own.selectors for one in narrowed(selector, registration)]
    made = _told(own, registration, watched, now=now, via=via) | _members(own, registration)
    if own.query.selectors or any(info.entities for info in registration.information):
        made["entities"] = [one for place, one in enumerate(entities) if one not in entities[:place]]
    if watched.names is not None and own.subscription.interval is None:
        made["watchedAttributes"] = sorted(watched.names - watched.without)
    return made if made.keys() & {"entities", "watchedAttributes"} else None


def filters_travel(own: Own, registration: Registration) -> bool:
    """To a source that speaks in its own terms they would have to be written anew; they stay here then, too."""
    return not own.split and registration.context is None


def _share(
    own: Own,
    registration: Registration,
    attributes: frozenset[str] | None,
    *,
    now: datetime,
    via: frozenset[str],
) -> Scope | None:
    """Which of these attributes it has of such entities, None where it has no such entities or is not to be asked."""
    wanted = Wanted(actions=(Action.CREATE_SUBSCRIPTION,), now=now, via=via)
    found: Scope | None = None
    for selector in own.selectors:
        if not any(narrowed(selector, registration)):
            continue
        subject = Subject(
            ids=frozenset(selector.ids), types=frozenset(named_types(selector.types)), attributes=attributes
        )
        for part in holders(subject, wanted, (registration,)):
            found = part.scope if found is None else found.joined(part.scope)
    return found


def _fits(own: Own, source: KeptRegistration) -> bool:
    """5.11.2.4, 5.12. Where the source does not say where it is, it may be anywhere."""
    registration, geo = source.registration, own.query.geo
    place = registration.document.get(geo.property) if geo else None
    datasets = frozenset(own.subscription.content.dataset_ids)
    return (
        fits_filters(own.query, registration)
        and (geo is None or place is None or geo_fits(place, geo))
        and (not datasets or not registration.datasets or bool(datasets & registration.datasets))
        and (own.csf is None or holds(own.csf, properties_of(source)))
    )


def _told(
    own: Own, registration: Registration, watched: Scope, *, now: datetime, via: frozenset[str]
) -> dict[str, Any]:
    """The notification: of the attributes that are needed those that it has, else those that are watched."""
    scope = _share(own, registration, own.needed, now=now, via=via) or watched
    notification: dict[str, Any] = {"sysAttrs": True}
    if scope.names is not None:
        notification["attributes"] = sorted(scope.names - scope.without)
    if own.subscription.content.show_changes:
        notification["showChanges"] = True
    return {"notification": notification}


def _members(own: Own, registration: Registration) -> dict[str, Any]:
    subscription = own.subscription
    along = (*_ALONG, *(_FILTERS if filters_travel(own, registration) else ()))
    made = {name: subscription.body[name] for name in along if name in subscription.body}
    if subscription.triggers != DEFAULT_TRIGGERS:
        made["notificationTrigger"] = [str(one) for one in subscription.triggers]
    if not subscription.active:
        made["isActive"] = False
    if datasets := _datasets(subscription, registration):
        made["datasetId"] = sorted(datasets)
    return made | _reach(subscription, registration)


def _datasets(subscription: Subscription, registration: Registration) -> frozenset[str]:
    asked = frozenset(subscription.content.dataset_ids)
    return (
        asked & registration.datasets if asked and registration.datasets else asked or registration.datasets
    )


def _reach(subscription: Subscription, registration: Registration) -> dict[str, Any]:
    """5.5.13: a source that is to be asked for nothing but its own looks no further."""
    if registration.management.local_only:
        return {"localOnly": True}
    split = subscription.body.get("splitEntities")
    return {} if split is None else {"splitEntities": split}


def _entity(selector: Selector) -> dict[str, Any]:
    """5.2.33."""
    made: dict[str, Any] = {"type": print_types(selector.types)}
    if selector.ids:
        made["id"] = list(selector.ids) if len(selector.ids) > 1 else selector.ids[0]
    elif selector.pattern:
        made["idPattern"] = selector.pattern.text
    return made
