"""The words of cases: what is reported, what a case is, what it is filed under."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from quanyu.core.working_time import Unit
from quanyu.workflow import Instance, Step

Text = Annotated[str, msgspec.Meta(max_length=400)]
LongText = Annotated[str, msgspec.Meta(max_length=20_000)]
Code = Annotated[str, msgspec.Meta(max_length=64)]
Satisfaction = Annotated[str, msgspec.Meta(pattern="^(satisfied|fairly|dissatisfied)$")]


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Read from JSON once, trusted inside."""


class Channel(StrEnum):
    RESIDENT = "resident"
    HOTLINE = "hotline"
    PATROL = "patrol"
    SENSOR = "sensor"
    RULE = "rule"
    OPEN311 = "open311"
    IMPORT = "import"
    NGSI_LD = "ngsi-ld"
    NODE = "node"


WRITTEN = frozenset(Channel) - {Channel.SENSOR, Channel.RULE, Channel.NODE}
"""Channels in which a place may be mistyped; what a sensor says is kept wherever it is."""


class Kind(StrEnum):
    COMPONENT = "component"
    EVENT = "event"


class Place(Value, frozen=True):
    """Longitude and latitude in WGS-84 degrees."""

    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]


class Reporter(Value, frozen=True):
    """Personal: shown to those who must answer, never on public pages."""

    name: Text = ""
    phone: Text = ""
    email: Text = ""
    account: Text = ""


class Report(Value, frozen=True):
    """What somebody noticed. Without a title its first words stand for it; `key` makes sending it again harmless.

    `joins`: the reporter says that it is this open case; where that lies near, the two share their fate. `reopens`: that
    this case was not solved; one that lies elsewhere does not count.
    """

    channel: Channel
    title: Text = ""
    description: LongText = ""
    category: Code | None = msgspec.field(default=None, name="class")
    address: Text | None = None
    place: Place | None = None
    region: Code | None = None
    grid: Code | None = None
    component: Code | None = None
    urgent: bool = False
    photos: tuple[Code, ...] = ()
    fields: Mapping[str, Any] = {}
    facts: Mapping[str, Any] | None = None
    reporter: Reporter | None = None
    organisation: Code | None = None
    external: Text | None = None
    reopens: Code | None = None
    joins: Code | None = None
    key: Text | None = None


class CaseClass(Value, frozen=True):
    """`weight` is its severity when the degree to which problems are solved is computed."""

    code: Code
    kind: Kind
    titles: Mapping[str, str]
    parent: Code | None = None
    words: tuple[str, ...] = ()
    weight: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    fields: tuple[Mapping[str, Any], ...] = ()

    def title(self, language: str) -> str:
        return self.titles.get(language) or next(iter(self.titles.values()), self.code)


class Condition(Value, frozen=True):
    """立案条件: a class in an area (the beginning of a region code) is filed under this limit, from a day on.

    Without an amount the limit ends on that day.
    """

    category: Code = msgspec.field(name="class")
    amount: Annotated[float, msgspec.Meta(gt=0)] | None
    unit: Unit = Unit.HOURS
    area: Code = ""
    rule: LongText = ""
    urgent: bool = False
    effective_from: date | None = None


class Extent(Value, frozen=True):
    """Where the city is, in degrees of WGS-84: reports by people of places beyond are refused in words."""

    west: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    south: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    east: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    north: Annotated[float, msgspec.Meta(ge=-90, le=90)]


class Duty(Value, frozen=True):
    """权责清单: who handles a class (or all that begin so) in an area."""

    organisation: Code
    category: Code = msgspec.field(default="", name="class")
    area: Code = ""


class Callback(Value, frozen=True):
    """What the reporter said when asked: `valid` false where nobody answered."""

    valid: bool = True
    contacted: bool = True
    solved: bool | None = None
    satisfaction: Satisfaction | None = None
    remark: LongText = ""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A case as it stands, in its state since `entered`. `due` None: no limit, or its clock stands. `bodies`: the others with a part in a joint plan."""

    id: str
    instance: str
    category: str | None = msgspec.field(name="class")
    channel: Channel
    title: str
    description: str
    address: str | None
    place: Place | None
    region: str | None
    grid: str | None
    component: str | None
    urgent: bool
    photos: tuple[str, ...]
    fields: Mapping[str, Any]
    facts: Mapping[str, Any] | None
    state: str
    organisation: str | None
    bodies: tuple[str, ...]
    entered: datetime | None
    due: datetime | None
    reported: datetime
    closed: datetime | None
    outcome: str | None
    merged_into: str | None
    reopens: str | None
    external: str | None
    callback: Mapping[str, Any] | None


class CaseView(msgspec.Struct, frozen=True, kw_only=True):
    """A case with where its work stands, its timeline and, by open position, what the asker may do now.

    `people` are the names of those in the timeline who have an account, and the titles of its rules; `unclassified` the acts
    that are refused until the case has its class.
    """

    case: Case
    work: Instance
    reporter: Reporter | None
    timeline: tuple[Step, ...]
    acts: Mapping[int, tuple[str, ...]]
    people: Mapping[str, str] = {}
    unclassified: tuple[str, ...] = ()
