"""Response = 受理 + 信息传递 + 出车 + 行驶, and the national targets for its beginning (definitions 2.9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise


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
    """Shares of runs: answered within 10 s, dispatched within 3 min; both shall be 95 % (2020 意见)."""

    runs: int
    answered: float
    dispatched: float
    mean_minutes: float


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
    count = max(1, len(responses))
    return Targets(
        runs=len(responses),
        answered=sum(one.answering <= 10 for one in responses) / count,
        dispatched=sum(one.dispatch <= 180 for one in responses) / count,
        mean_minutes=sum(one.whole for one in responses) / count / 60,
    )
