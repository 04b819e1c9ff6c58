"""The temporal query (ETSI GS CIM 009, 4.11): by which time, in which interval, and how many of the newest."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from quanyu.core.errors import Invalid


class TimeProperty(StrEnum):
    OBSERVED = "observedAt"
    CREATED = "createdAt"
    MODIFIED = "modifiedAt"
    DELETED = "deletedAt"


class Relation(StrEnum):
    BEFORE = "before"
    AFTER = "after"
    BETWEEN = "between"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """From `after` until before `before`: the beginning is inside, the end outside (4.11). Without a `property` an
    instance counts by when it was observed, or else received: the whole evolution is asked for.
    """

    property: TimeProperty | None = None
    relation: Relation | None = None
    after: datetime | None = None
    before: datetime | None = None
    last: int | None = None

    def has(self, moment: datetime) -> bool:
        return (self.after is None or moment >= self.after) and (self.before is None or moment < self.before)


EVER = Interval()


def parse_interval(
    relation: str, at: str, until: str, *, property: str = "", last: int | None = None
) -> Interval:
    """From the parameters timerel, timeAt, endTimeAt, timeproperty and lastN. Raises Invalid."""
    if property and property not in list(TimeProperty):
        raise Invalid("twin.ngsi.timeproperty")
    by = TimeProperty(property) if property else TimeProperty.OBSERVED if relation else None
    if not relation:
        if at or until:
            raise Invalid("twin.ngsi.timerel", timerel="")
        return Interval(property=by, last=last)
    if relation not in list(Relation):
        raise Invalid("twin.ngsi.timerel", timerel=relation[:40])
    kind, moment = Relation(relation), parse_moment(at, "timeAt")
    end = parse_moment(until, "endTimeAt") if kind is Relation.BETWEEN else None
    return Interval(
        property=by,
        relation=kind,
        after=None if kind is Relation.BEFORE else moment,
        before=moment if kind is Relation.BEFORE else end,
        last=last,
    )


def parse_moment(text: str, name: str) -> datetime:
    """4.6.3; a plus sign that the query string has turned into a space is understood."""
    try:
        moment = datetime.fromisoformat(text.strip().replace(" ", "+"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 1 < moment.year < 9999:
        raise Invalid("twin.query.moment", name=name)
    return moment
