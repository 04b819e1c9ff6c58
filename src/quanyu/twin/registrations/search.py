"""Which registrations a question is about (5.10.2, 5.12): that of a client, and that of a subscription to them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from quanyu.core.errors import Invalid
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.query.evaluate import holds
from quanyu.twin.ngsild.query.geo import geo_fits
from quanyu.twin.ngsild.query.scope import in_scope
from quanyu.twin.ngsild.query.tree import Query, Selector, Term
from quanyu.twin.ngsild.query.types import named_types
from quanyu.twin.registrations.forms import STANDARD
from quanyu.twin.registrations.model import EntityInfo, Information, Interval, Kept, Registration

_NEVER = datetime.max.replace(tzinfo=UTC)


class TimeRelation(StrEnum):
    BEFORE = "before"
    AFTER = "after"
    BETWEEN = "between"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeQuery:
    """4.11; the moments of `property` observedAt lie in the observation interval, others in the management interval."""

    relation: TimeRelation
    at: datetime
    end: datetime | None = None
    property: str = "observedAt"

    def fits(self, registration: Registration) -> bool:
        interval = registration.observation if self.property == "observedAt" else registration.managed
        return interval is not None and self._overlaps(interval)

    def _overlaps(self, interval: Interval) -> bool:
        last = interval.end or _NEVER
        match self.relation:
            case TimeRelation.BEFORE:
                return interval.start < self.at
            case TimeRelation.AFTER:
                return last > self.at
            case TimeRelation.BETWEEN:
                return interval.start < (self.end or _NEVER) and last > self.at


@dataclass(frozen=True)
class Search:
    """`query.q` is of entities' attributes in 5.12 and names what a source should have; `filters` are held against the
    properties of the source itself. `datasets`: of these a source that names some has at least one (5.12).
    """

    query: Query = field(default_factory=Query)
    filters: tuple[Term, ...] = ()
    time: TimeQuery | None = None
    datasets: frozenset[str] = frozenset()

    @cached_property
    def types(self) -> frozenset[str]:
        """Of all selectors; none where one of them names no type."""
        named = [named_types(one.types) for one in self.query.selectors]
        return frozenset(type for one in named for type in one) if all(named) else frozenset()

    @cached_property
    def ids(self) -> frozenset[str]:
        ids = [one.ids for one in self.query.selectors]
        return frozenset(id for one in ids for id in one) if all(ids) else frozenset()

    def finds(self, kept: Kept, now: datetime) -> bool:
        """Whether the source may have what is asked for."""
        registration = kept.registration
        if registration.expired(now) or not self._in_time(registration):
            return False
        if self.datasets and registration.datasets and not self.datasets & registration.datasets:
            return False
        if self.query.scope is not None and not in_scope(registration.scopes, self.query.scope):
            return False
        if not self._in_place(registration):
            return False
        if self.filters and not all(holds(one, properties_of(kept)) for one in self.filters):
            return False
        return any(self.meets(info) for info in registration.information)

    def meets(self, info: Information) -> bool:
        """5.12: one of the entities, and one of the attributes."""
        if self.query.attributes and not info.share(self.query.attributes):
            return False
        if not self.query.selectors or not info.entities:
            return True
        return any(_may_be(selector, entity) for selector in self.query.selectors for entity in info.entities)

    def filtered(self, document: dict[str, Any], registration: Registration) -> dict[str, Any]:
        """The document with nothing but the information that was asked for (5.11.7)."""
        pairs = zip(document["information"], registration.information, strict=True)
        return {**document, "information": [shown for shown, info in pairs if self.meets(info)]}

    def _in_time(self, registration: Registration) -> bool:
        """5.10.2.4: without a temporal query, sources of the present only."""
        return self.time.fits(registration) if self.time is not None else not registration.temporal

    def _in_place(self, registration: Registration) -> bool:
        geo = self.query.geo
        return geo is None or geo_fits(registration.document.get(geo.property), geo)


def _may_be(selector: Selector, entity: EntityInfo) -> bool:
    """Two patterns may always mean the same entity."""
    types = named_types(selector.types)
    if selector.ids:
        return any(entity.covers(id, types) for id in selector.ids)
    if not entity.covers(None, types):
        return False
    return selector.pattern is None or entity.id is None or selector.pattern.found_in(entity.id)


def properties_of(kept: Kept) -> Stored:
    """The properties of a source as an entity, so that filters (4.9) evaluate them as they do attributes."""
    document = {
        name: value if _is_attribute(value) else {"type": "Property", "value": value}
        for name, value in kept.registration.document.items()
        if name not in STANDARD or name in ("endpoint", "registrationName", "description", "mode", "tenant")
    }
    return Stored(
        id=kept.registration.id,
        types=("ContextSourceRegistration",),
        dataset="",
        scope=kept.registration.scopes,
        document=document,
        version=1,
        created=kept.created,
        modified=kept.modified,
    )


def _is_attribute(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("type"), str) and len(value) > 1


def found(search: Search, candidates: Iterable[Kept], now: datetime) -> list[Kept]:
    return [kept for kept in candidates if search.finds(kept, now)]


def time_query(*, relation: str, at: str, end: str, property: str) -> TimeQuery:
    """Raises Invalid."""
    if property not in ("observedAt", "createdAt", "modifiedAt", "deletedAt"):
        raise Invalid("twin.ngsi.timeproperty")
    if relation not in list(TimeRelation):
        raise Invalid("twin.ngsi.timerel", timerel=relation[:40])
    made = TimeQuery(
        relation=TimeRelation(relation),
        at=_moment(at, "timeAt"),
        end=_moment(end, "endTimeAt") if relation == TimeRelation.BETWEEN else None,
        property=property,
    )
    if made.end is not None and made.end < made.at:
        raise Invalid("twin.query.moment", name="endTimeAt")
    return made


def _moment(text: str, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+")) if len(text) < 60 else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid("twin.query.moment", name=name)
    return moment
