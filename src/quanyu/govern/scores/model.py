"""Rules with their versions, scores with their history, and defects. The same types travel over HTTP."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Protocol

import msgspec

from quanyu.govern.engine.model import RuleResult
from quanyu.govern.quality.rules import Dimension, Rule


class StoredRule(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a rule of a dataset, in force from `effective_from` up to and including `effective_to`."""

    body: Rule
    version: int
    enabled: bool
    effective_from: date
    effective_to: date | None
    author: str
    at: datetime


class Cause(StrEnum):
    IMPORT = "import"
    RELEASE = "release"
    DISMISS = "dismiss"
    RULES = "rules"


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """What a dataset came to: 0 to 100, the weighted mean over its rules (GB/T 36344 dimensions beside it).

    Without a record there is none: nothing is neither good nor bad.
    """

    score: float | None
    dimensions: dict[Dimension, float]
    results: tuple[RuleResult, ...]
    records: int
    quarantined: int


class ScorePoint(msgspec.Struct, frozen=True, kw_only=True):
    """One point of the trend; `rules` pairs checked and violations."""

    version: int
    at: datetime
    cause: Cause
    score: float | None
    dimensions: dict[Dimension, float]
    rules: dict[str, tuple[int, int]]
    records: int
    quarantined: int


class DefectState(StrEnum):
    OPEN = "open"
    WORKING = "working"
    ACCEPTED = "accepted"  # known and borne, with a reason
    CLOSED = "closed"


class Defect(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of a dataset that records break, with who mends it until when."""

    dataset: str
    rule: str
    number: int
    records: int
    owner: str | None
    deadline: date | None
    state: DefectState
    note: str
    opened: datetime
    modified: datetime
    closed: datetime | None
    closed_by: str | None
    overdue: bool = False
    owner_name: str = ""


class DefectChanges(msgspec.Struct, frozen=True, kw_only=True):
    owner: str | msgspec.UnsetType | None = msgspec.UNSET
    deadline: date | msgspec.UnsetType | None = msgspec.UNSET
    state: DefectState | msgspec.UnsetType = msgspec.UNSET
    note: Annotated[str, msgspec.Meta(max_length=2000)] | msgspec.UnsetType = msgspec.UNSET


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a dataset may be shared, and why not: a message key with values."""

    shareable: bool
    reason: str
    score: float | None
    gate: float


class Scored(Protocol):
    """A dataset, or what the catalogue knows of one."""

    @property
    def score(self) -> float | None: ...

    @property
    def gate(self) -> float: ...


def is_shareable(scored: Scored) -> Gate:
    """A dataset below its gate, or without any score yet, is not shareable."""
    if scored.score is None:
        reason = "govern.score.gate.unscored"
    elif scored.score < scored.gate:
        reason = "govern.score.gate.below"
    else:
        reason = "govern.score.gate.passed"
    passed = scored.score is not None and scored.score >= scored.gate
    return Gate(shareable=passed, reason=reason, score=scored.score, gate=scored.gate)


class DepartmentScore(msgspec.Struct, frozen=True, kw_only=True):
    """Over the datasets of one owner, weighted by their records; the defects are those that it has to settle."""

    owner: str | None
    owner_name: str = ""
    datasets: int
    records: int
    quarantined: int
    score: float | None
    open_defects: int
    overdue_defects: int


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    datasets: int
    records: int
    quarantined: int
    score: float | None
    below_gate: int
    open_defects: int
    overdue_defects: int
    departments: tuple[DepartmentScore, ...]
    dimensions: dict[Dimension, float]
    trend: tuple[tuple[date, float], ...]
