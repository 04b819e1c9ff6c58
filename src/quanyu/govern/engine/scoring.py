"""Scores as in GB/T 36344: a rule's is the share of checked records that keep it, a dataset's the weighted mean.

A record that is refused can be used for nothing, whatever else it keeps: the mean holds for the share that is not, in
the dimension of the rules that refuse it and in the whole.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from quanyu.govern.engine.model import RuleResult
from quanyu.govern.quality.rules import Dimension


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Of `of` records those that any rule refuses, and those that a rule of a dimension does."""

    of: int
    records: int
    dimensions: Mapping[Dimension, int] = field(default_factory=dict)


def rule_score(checked: int, violations: int) -> float:
    """(1 - violations / checked) x 100; a rule that had nothing to check is kept."""
    return 100.0 if checked <= 0 else round(100 * _kept(checked, violations), 4)


def dataset_score(results: Iterable[RuleResult], refused: Refused) -> float | None:
    """None without a record: there is nothing to judge."""
    return _weighted(results, _kept(refused.of, refused.records)) if refused.of else None


def dimension_scores(results: Iterable[RuleResult], refused: Refused) -> dict[Dimension, float]:
    """Only dimensions in which a rule was applied."""
    listed = list(results)
    return {
        dimension: _weighted(own, _kept(refused.of, refused.dimensions.get(dimension, 0)))
        for dimension in Dimension
        if (own := [result for result in listed if result.rule.dimension is dimension])
    }


def _kept(checked: int, violations: int) -> float:
    return 1 - min(violations, checked) / checked if checked > 0 else 1.0


def _weighted(results: Iterable[RuleResult], usable: float) -> float:
    scored = [(result.rule.weight, result.score) for result in results]
    total = sum(weight for weight, _ in scored)
    mean = sum(weight * score for weight, score in scored) / total if total else 100.0
    return round(mean * usable, 2)
