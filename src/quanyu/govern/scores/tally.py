"""What the rules come to for the dataset as it is now, from what each import came to and what was decided since.

A record that was mended and released breaks its rules no more; one that was dismissed or replaced by a newer import is
not looked at any more. Nothing is guessed: with nothing decided, the tally of one import is the engine's own result.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from quanyu.govern.engine.model import RuleResult
from quanyu.govern.engine.scoring import dimension_scores, rule_score, weighted_score
from quanyu.govern.scores.model import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Of one import, or one release: `gone` records left the dataset; `settled` counts broken rules that no longer count."""

    gone: int = 0
    settled: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What an import (or a release: only flags) brought: its results and the records behind them."""

    records: int
    results: tuple[RuleResult, ...]
    decided: Decided = Decided()


def tally(contributions: Iterable[Contribution], *, records: int, quarantined: int) -> Score:
    """No score where nothing is, or all of it lies in quarantine: such a dataset can be used for nothing."""
    summed: dict[str, RuleResult] = {}
    for contribution in contributions:
        if contribution.decided.gone >= contribution.records > 0:
            continue
        for result in contribution.results:
            now = _now(result, contribution.decided)
            summed[result.rule.name] = _sum(summed.get(result.rule.name), now)
    results = tuple(_scored(one, max(one.checked, one.violations), one.violations) for one in summed.values())
    return Score(
        score=weighted_score(results) if records else None,
        dimensions=dimension_scores(results),
        results=results,
        records=records,
        quarantined=quarantined,
    )


def _now(result: RuleResult, decided: Decided) -> RuleResult:
    violations = max(result.violations - decided.settled.get(result.rule.name, 0), 0)
    return _scored(result, max(result.checked - decided.gone, 0), violations)


def _sum(earlier: RuleResult | None, later: RuleResult) -> RuleResult:
    """The newer version of the rule says weight, severity and titles."""
    if earlier is None:
        return later
    return _scored(later, earlier.checked + later.checked, earlier.violations + later.violations)


def _scored(result: RuleResult, checked: int, violations: int) -> RuleResult:
    return msgspec.structs.replace(
        result, checked=checked, violations=violations, score=rule_score(checked, violations)
    )
