"""A rule as it is published: what it looks at, when an event opens, when it is over, what follows. Read once, trusted inside."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from quanyu.core.clock import CITY_ZONE

Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9_.-]{0,79}$")]
Text = Annotated[str, msgspec.Meta(max_length=400)]
LongText = Annotated[str, msgspec.Meta(max_length=4000)]


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The JSON form of a part of a rule. Durations are ISO 8601 without months and years, the empty text is none."""


class Severity(StrEnum):
    """预警等级, from the lowest."""

    BLUE = "blue"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"


class Figure(StrEnum):
    """What is made of the values in a window."""

    AVG = "avg"
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    COUNT = "count"


class GeoSource(Source, frozen=True):
    """A geo-query (ETSI GS CIM 009, 4.10)."""

    georel: str
    geometry: str
    coordinates: Any
    property: Text = "location"


class WindowSource(Source, frozen=True):
    """`above` and `below` are themselves outside; `least`: with fewer values it does not hold."""

    attribute: Text
    over: Text
    value: Figure
    above: float | None = None
    below: float | None = None
    least: Annotated[int, msgspec.Meta(ge=0)] = 1


class RateSource(Source, frozen=True):
    """How fast a number changes: from what it was at the beginning of `over` until now, in units per `per`."""

    attribute: Text
    over: Text
    per: Text = "PT1H"
    above: float | None = None
    below: float | None = None


class SilentSource(Source, frozen=True):
    """Nothing was heard for so long: of these attributes, of any where none is named."""

    over: Text
    attributes: tuple[Text, ...] = ()


class ConditionSource(Source, frozen=True, omit_defaults=True):
    """Exactly one member says what is asked."""

    q: LongText | None = None
    geo: GeoSource | None = None
    enters: GeoSource | None = None
    leaves: GeoSource | None = None
    window: WindowSource | None = None
    rate: RateSource | None = None
    silent: SilentSource | None = None
    all: tuple["ConditionSource", ...] | None = None
    any: tuple["ConditionSource", ...] | None = None
    negated: "ConditionSource | None" = msgspec.field(default=None, name="not")


class SubjectSource(Source, frozen=True):
    """Which entities: `type` is a selection (4.17), `q` and `geo` narrow and are asked again with every change."""

    type: Text
    ids: tuple[Text, ...] = ()
    pattern: Text = ""
    q: LongText = ""
    geo: GeoSource | None = None


class RecoverySource(Source, frozen=True):
    """When an event is over (hysteresis): without `when` as soon as the rule's own condition no longer holds."""

    when: ConditionSource | None = None
    duration: Text = msgspec.field(default="", name="for")


class GroupSource(Source, frozen=True):
    """n of m: so many subjects, or such a share of them, together make one event."""

    at_least: Annotated[int, msgspec.Meta(ge=1)] = 1
    share: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    recovers_below: Annotated[int, msgspec.Meta(ge=1)] | None = None


class QuietSource(Source, frozen=True):
    """No event opens in these hours of every day, or in those that a working calendar counts (`outside`: does not count)."""

    hours: Text = ""
    zone: Text = CITY_ZONE.key
    calendar: Text = ""
    outside: bool = False


TEXTS = ("title", "text", "address", "region", "grid", "component")
"""Of a case, those that may name attributes."""


class CaseSource(Source, frozen=True):
    """What the event reports. Texts may name attributes in braces; `dispatch`: on its way to the body at once."""

    title: Text
    category: Text | None = msgspec.field(default=None, name="class")
    text: LongText = ""
    address: Text = ""
    region: Text = ""
    grid: Text = ""
    component: Text = ""
    channel: Annotated[str, msgspec.Meta(pattern="^(rule|sensor)$")] = "rule"
    urgent: bool = False
    dispatch: bool = False
    organisation: Text | None = None


class Definition(Source, frozen=True):
    """`description`: a text, or one by language like the title. `key`: of several subjects with one key only one event is open.
    Without `case` there is only the event."""

    name: Name
    title: Mapping[str, Text]
    subject: SubjectSource
    when: ConditionSource
    description: LongText | Mapping[str, LongText] = ""
    severity: Severity = Severity.YELLOW
    duration: Text = msgspec.field(default="", name="for")
    recovery: RecoverySource = RecoverySource()
    group: GroupSource | None = None
    quiet: QuietSource | None = None
    key: Text = "{id}"
    case: CaseSource | None = None

    def spoken(self, language: str) -> str:
        return self.title.get(language) or next(iter(self.title.values()), self.name)
