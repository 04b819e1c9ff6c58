"""The words of indicators: what a definition says, and what is found in it. `parse_definition` makes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from quanyu.evaluate.indicators.periods import Period, PeriodKind
from quanyu.evaluate.indicators.sources import CITY
from quanyu.evaluate.indicators.tree import Formula, Measure, measures_of, references_of

Code = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$", max_length=64)]
Word = Annotated[str, msgspec.Meta(max_length=64)]
Titles = Annotated[dict[Word, Annotated[str, msgspec.Meta(max_length=200)]], msgspec.Meta(min_length=1)]
About = dict[Word, Annotated[str, msgspec.Meta(max_length=2000)]]


class Direction(StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


class Status(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    NONE = "none"


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last value that is still green, and the last that is still yellow."""

    green: float
    yellow: float


class Definition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An indicator as it is published. `unit` is `%` for a share from 0 to 1, else a UN/CEFACT code.

    A value whose inputs are older than `freshness_hours` is told to be stale. `dimensions` are those besides the city.
    """

    code: Code
    titles: Titles
    formula: str
    about: About = {}
    domain: Word = ""
    unit: Word = "C62"
    period: PeriodKind = PeriodKind.MONTH
    direction: Direction = Direction.NONE
    thresholds: Thresholds | None = None
    owner: Word = ""
    freshness_hours: Annotated[float, msgspec.Meta(gt=0, le=24 * 366)] = 24
    dimensions: tuple[Word, ...] = ()
    valid_from: date = date(2000, 1, 1)

    def status(self, value: float | None) -> Status:
        limits = self.thresholds
        if value is None or limits is None or self.direction is Direction.NONE:
            return Status.NONE
        sign = 1 if self.direction is Direction.UP else -1
        if sign * value >= sign * limits.green:
            return Status.GREEN
        return Status.YELLOW if sign * value >= sign * limits.yellow else Status.RED


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One version of a definition, with its formula read."""

    said: Definition
    formula: Formula
    version: int = 0
    publisher: str = ""
    published: datetime | None = None

    @property
    def code(self) -> str:
        return self.said.code

    @property
    def dimensions(self) -> tuple[str, ...]:
        return (CITY, *self.said.dimensions)

    @property
    def measures(self) -> tuple[Measure, ...]:
        return measures_of(self.formula)

    @property
    def refers_to(self) -> tuple[str, ...]:
        return references_of(self.formula)


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What an indicator came to. `inputs` is when the newest of what it was counted from was written; None: no data."""

    code: str
    period: Period
    dimension: str
    key: str
    value: float | None
    version: int
    computed: datetime
    inputs: datetime | None


Body = Mapping[str, Any]
