"""What the scores say: of one dataset with its trend, of each department, of the whole city; and what may be shared."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import msgspec

from quanyu.core.clock import city_day
from quanyu.govern.engine.model import RuleResult
from quanyu.govern.engine.scoring import rule_score
from quanyu.govern.imports.model import Dataset
from quanyu.govern.quality.rules import Dimension
from quanyu.govern.scores import _sql
from quanyu.govern.scores.model import DepartmentScore, Gate, Overview, ScorePoint, is_shareable
from quanyu.store import Connection

TREND_DAYS = 90
_TREND_POINTS = 100


class DatasetQuality(msgspec.Struct, frozen=True, kw_only=True):
    """Results are those of the content as it is now; `details` of the newest import that looked."""

    dataset: str
    version: int
    score: float | None
    dimensions: dict[Dimension, float]
    gate: Gate
    results: tuple[RuleResult, ...]
    trend: tuple[ScorePoint, ...]


async def dataset_quality(connection: Connection, dataset: Dataset) -> DatasetQuality:
    trend = await _sql.trend(connection, dataset.name, limit=_TREND_POINTS)
    newest = {
        one.rule.name: one
        for results in (await _sql.results(connection, dataset.name)).values()
        for one in results
    }
    now = trend[0] if trend else None
    return DatasetQuality(
        dataset=dataset.name,
        version=dataset.version,
        score=dataset.score,
        dimensions=now.dimensions if now else {},
        gate=is_shareable(dataset),
        results=tuple(_counted(newest[rule], *counts) for rule, counts in (now.rules if now else {}).items()),
        trend=tuple(reversed(trend)),
    )


async def overview(connection: Connection, datasets: Sequence[Dataset], *, now: datetime) -> Overview:
    """Of these datasets only: those that the asker may see. A defect counts for the body that has to settle it, whoever owns the dataset."""
    names = {dataset.name for dataset in datasets}
    defects = await _sql.defect_counts(connection, sorted(names), on=city_day(now))
    points = {name: point for name, point in await _sql.newest_scores(connection) if name in names}
    days = await _sql.daily_trend(connection, since=now - timedelta(days=TREND_DAYS))
    by_owner: defaultdict[str | None, list[Dataset]] = defaultdict(list, {owner: [] for owner in defects})
    for dataset in datasets:
        by_owner[dataset.owner].append(dataset)
    total = department(None, datasets, _in_all(defects.values()))
    return Overview(
        datasets=len(datasets),
        records=total.records,
        quarantined=total.quarantined,
        score=total.score,
        below_gate=sum(
            1 for dataset in datasets if dataset.score is not None and dataset.score < dataset.gate
        ),
        open_defects=total.open_defects,
        overdue_defects=total.overdue_defects,
        departments=tuple(
            department(owner, own, defects.get(owner, (0, 0)))
            for owner, own in sorted(by_owner.items(), key=lambda item: item[0] or "")
        ),
        dimensions=_dimensions(points.values()),
        trend=city_trend([day for day in days if day[1] in names]),
    )


def department(owner: str | None, datasets: Sequence[Dataset], defects: tuple[int, int]) -> DepartmentScore:
    unsettled, overdue = defects
    return DepartmentScore(
        owner=owner,
        datasets=len(datasets),
        records=sum(dataset.records for dataset in datasets),
        quarantined=sum(dataset.quarantined for dataset in datasets),
        score=weighted(
            [(one.score, one.records + one.quarantined) for one in datasets if one.score is not None]
        ),
        open_defects=unsettled,
        overdue_defects=overdue,
    )


def _in_all(counts: Iterable[tuple[int, int]]) -> tuple[int, int]:
    listed = list(counts)
    return sum(unsettled for unsettled, _ in listed), sum(overdue for _, overdue in listed)


def weighted(scores: Sequence[tuple[float, int]]) -> float | None:
    """By records, so that a large dataset counts for what it is; an empty one counts as one record. Rounded down: 100 is all."""
    if not scores:
        return None
    total = sum(max(records, 1) for _, records in scores)
    mean = sum(score * max(records, 1) for score, records in scores) / total
    return math.floor(mean * 100 + 1e-6) / 100


def city_trend(days: Iterable[tuple[date, str, float, int]]) -> tuple[tuple[date, float], ...]:
    """For each day on which something changed, the city's score; a dataset keeps its last one until it changes."""
    standing: dict[str, tuple[float, int]] = {}
    points: dict[date, float] = {}
    for day, dataset, score, records in sorted(days):
        standing[dataset] = (score, records)
        points[day] = weighted(list(standing.values())) or 0.0
    return tuple(points.items())


def _dimensions(points: Iterable[ScorePoint]) -> dict[Dimension, float]:
    listed = list(points)
    found = {
        dimension: weighted(
            [(one.dimensions[dimension], one.records) for one in listed if dimension in one.dimensions]
        )
        for dimension in Dimension
    }
    return {dimension: score for dimension, score in found.items() if score is not None}


def _counted(result: RuleResult, checked: int, violations: int) -> RuleResult:
    return msgspec.structs.replace(
        result, checked=checked, violations=violations, score=rule_score(checked, violations)
    )
