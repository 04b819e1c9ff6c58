"""The figures by which bodies are judged, from counts. Pure.

三率 over valid call-backs and the composite: definitions of the 12345 practice; Wilson's bound: E. B. Wilson, "Probable
Inference", 1927, for a share that may count half answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from quanyu.evaluate.policy import Band, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Of one body and period. Cases are weighed by the severity of their class; answers are counted."""

    organisation: str
    cases: int = 0
    weight: float = 0.0
    solved_weight: float = 0.0
    solved: int = 0
    calls: int = 0
    contacted: int = 0
    answered_solved: int = 0
    rated: int = 0
    satisfied: int = 0
    fairly: int = 0
    handled: int = 0
    on_time: int = 0
    reworks: int = 0
    sent_back: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Shares from 0 to 1; None where there is nothing to divide by."""

    response: float | None
    solution: float | None
    satisfaction: float | None
    composite: float | None
    on_time: float | None
    rework: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """0 to 100, with its parts from 0 to 1 and the weights that they had in the end."""

    parts: Mapping[str, float | None]
    weights: Mapping[str, float]
    points: float | None
    band: Band | None


def rates(tally: Tally, policy: Policy) -> Rates:
    response = _share(tally.contacted, tally.calls)
    solution = _share(tally.answered_solved, tally.calls)
    satisfaction = _share(tally.satisfied + policy.fairly * tally.fairly, tally.calls)
    composite = None
    if response is not None and solution is not None and satisfaction is not None:
        composite = (
            policy.response * response + policy.solution * solution + policy.satisfaction * satisfaction
        )
    return Rates(
        response=response, solution=solution, satisfaction=satisfaction, composite=composite,
        on_time=_share(tally.on_time, tally.handled), rework=_share(tally.reworks, tally.handled),
    )  # fmt: skip


def score(tally: Tally, policy: Policy, *, used: float | None = None, quality: float | None = None) -> Score:
    """`used` and `quality` come from elsewhere; without a `quality` the share handled on time stands for it."""
    parts = {
        "solved": _share(tally.solved_weight, tally.weight),
        "satisfied": satisfied(tally, policy),
        "used": used,
        "quality": quality if quality is not None else _share(tally.on_time, tally.handled),
    }
    given = {name: getattr(policy.weights, name) for name, part in parts.items() if part is not None}
    whole = sum(given.values())
    if not whole:
        return Score(parts=parts, weights={}, points=None, band=None)
    weights = {name: weight / whole for name, weight in given.items()}
    points = 100 * sum(weight * (parts[name] or 0) for name, weight in weights.items())
    return Score(parts=parts, weights=weights, points=points, band=policy.band(points))


def satisfied(tally: Tally, policy: Policy) -> float | None:
    """用户满意度 over the answers that rate; of few answers the lower bound, so that one friend is no perfect score."""
    share = _share(tally.satisfied + policy.fairly * tally.fairly, tally.rated)
    if share is None or tally.rated >= policy.few:
        return share
    return wilson_lower(share, tally.rated, policy.z)


def wilson_lower(share: float, number: int, z: float) -> float:
    middle = share + z * z / (2 * number)
    spread = z * sqrt(share * (1 - share) / number + z * z / (4 * number * number))
    return max(0.0, (middle - spread) / (1 + z * z / number))


def budget(base: float, scored: Score) -> float | None:
    """What is proposed for the next period; None where nothing can be said, or the band stops it for review."""
    if scored.band is None or scored.band.factor is None:
        return None
    return round(base * scored.band.factor, 2)


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
