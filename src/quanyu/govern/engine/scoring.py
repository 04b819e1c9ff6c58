"""Scores as in GB/T 36344: a rule's is the share of checked records that keep it, a dataset's the weighted mean."""

from collections.abc import Iterable

from quanyu.govern.engine.model import RuleResult
from quanyu.govern.quality.rules import Dimension


def rule_score(checked: int, violations: int) -> float:
    """(1 - violations / checked) x 100; a rule that had nothing to check is kept."""
    return 100.0 if checked <= 0 else round(100 * (1 - min(violations, checked) / checked), 4)


def weighted_score(results: Iterable[RuleResult]) -> float:
    scored = [(result.rule.weight, result.score) for result in results]
    total = sum(weight for weight, _ in scored)
    return round(sum(weight * score for weight, score in scored) / total, 2) if total else 100.0


def dimension_scores(results: Iterable[RuleResult]) -> dict[Dimension, float]:
    """Only dimensions in which a rule was applied."""
    listed = list(results)
    return {
        dimension: weighted_score(own)
        for dimension in Dimension
        if (own := [result for result in listed if result.rule.dimension is dimension])
    }
