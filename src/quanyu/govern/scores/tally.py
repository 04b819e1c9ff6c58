"""What the rules come to for the dataset as it is now, from what each import came to and what was decided since.

A record that was mended and released breaks its rules no more; one that was dismissed or replaced by a newer import is
not looked at any more. What refuses a record goes on counting against it where somebody let it in all the same.
Nothing is guessed: with nothing decided, the tally of one import is the engine's own result.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from quanyu.govern.engine.model import RuleResult, is_refusing
from quanyu.govern.engine.scoring import Refused, dataset_score, dimension_scores, rule_score
from quanyu.govern.quality.rules import Dimension
from quanyu.govern.scores.model import Score

Broken = Mapping[tuple[str, ...], int]
"""How many records break just these rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a dataset holds now: `in_quarantine` says of its open quarantine what is broken there, `let_in` of its records
    those that somebody released although they break rules."""

    records: int
    quarantined: int
    in_quarantine: Broken = field(default_factory=dict)
    let_in: Broken = field(default_factory=dict)


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


def tally(contributions: Iterable[Contribution], held: Held) -> Score:
    summed: dict[str, RuleResult] = {}
    for contribution in contributions:
        if contribution.decided.gone >= contribution.records > 0:
            continue
        for result in contribution.results:
            now = _now(result, contribution.decided)
            summed[result.rule.name] = _sum(summed.get(result.rule.name), now)
    results = tuple(_scored(one, max(one.checked, one.violations), one.violations) for one in summed.values())
    refused = _refused(results, held)
    return Score(
        score=dataset_score(results, refused),
        dimensions=dimension_scores(results, refused),
        results=results,
        records=held.records,
        quarantined=held.quarantined,
    )


def _refused(results: Iterable[RuleResult], held: Held) -> Refused:
    dimension_of = {one.rule.name: one.rule.dimension for one in results if is_refusing(one.rule)}
    dimensions = Counter[Dimension]()
    let_in = 0
    for broken in (held.in_quarantine, held.let_in):
        for rules, records in broken.items():
            within = {dimension_of[rule] for rule in rules if rule in dimension_of}
            dimensions.update(dict.fromkeys(within, records))
            let_in += records if within and broken is held.let_in else 0
    return Refused(
        of=held.records + held.quarantined, records=held.quarantined + let_in, dimensions=dimensions
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
