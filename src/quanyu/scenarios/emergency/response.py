"""Response = 受理 + 信息传递 + 出车 + 行驶, and the national targets for its beginning (definitions 2.9)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import fmean


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The moments of one run, as the dispatcher and the crew noted them."""

    rang: datetime
    answered: datetime
    accepted: datetime
    dispatched: datetime
    left: datetime
    arrived: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """Seconds of the four parts, and before them until the call was answered."""

    answering: float
    accepting: float
    passing_on: float
    leaving: float
    driving: float

    @property
    def whole(self) -> float:
        return self.accepting + self.passing_on + self.leaving + self.driving

    @property
    def dispatch(self) -> float:
        """From the answer until a crew was told."""
        return self.accepting + self.passing_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Shares of runs: answered within 10 s, dispatched within 3 min; both shall be 95 % (2020 意见). None where there was no run."""

    runs: int
    answered: float | None
    dispatched: float | None
    mean_minutes: float | None


def response_of(run: Run) -> Response:
    """Raises ValueError where the moments are not in order."""
    moments = (run.rang, run.answered, run.accepted, run.dispatched, run.left, run.arrived)
    parts = [(after - before).total_seconds() for before, after in pairwise(moments)]
    if min(parts) < 0:
        raise ValueError("a run goes from ringing to arriving")
    return Response(
        answering=parts[0], accepting=parts[1], passing_on=parts[2], leaving=parts[3], driving=parts[4]
    )


def targets_of(responses: Sequence[Response]) -> Targets:
    return Targets(
        runs=len(responses),
        answered=mean(one.answering <= 10 for one in responses),
        dispatched=mean(one.dispatch <= 180 for one in responses),
        mean_minutes=mean(one.whole / 60 for one in responses),
    )


def mean(values: Iterable[float]) -> float | None:
    """None of none: nothing happened, which is not zero."""
    found = list(values)
    return fmean(found) if found else None
