"""The merged thing: which value each attribute takes, whose it is, and what the others say."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from quanyu.govern.fusion.model import Chosen, Job, Record, Survivorship

BY_HAND = "by_hand"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

Order = Callable[[Record, Any], Any]
"""What to sort by: the greatest record's value survives."""


def survive(job: Job, members: Sequence[Record], by_hand: Mapping[str, Any]) -> dict[str, Chosen]:
    """Every attribute that any member has, with its provenance. Equal ranks fall to the source named first."""
    names = dict.fromkeys(
        name for record in members for name, value in record.values.items() if value is not None
    )
    chosen = {name: _chosen(job, members, name) for name in names}
    for name, value in by_hand.items():
        others = tuple(said for said in _said(members, name) if said[2] != value)
        chosen[name] = Chosen(value=value, dataset="", key="", rule=BY_HAND, others=others)
    return chosen


def _chosen(job: Job, members: Sequence[Record], name: str) -> Chosen:
    rule = job.rules.get(name, job.rule)
    priority = {source.dataset: -place for place, source in enumerate(job.sources)}
    order = _ORDERS[rule]
    candidates = [record for record in members if record.values.get(name) is not None]
    best = max(
        candidates,
        key=lambda record: (
            order(record, record.values[name]),
            priority.get(record.dataset, -len(priority)),
            record.id,
        ),
    )
    value = best.values[name]
    others = tuple(said for said in _said(members, name) if said[2] != value)
    return Chosen(value=value, dataset=best.dataset, key=best.key, rule=str(rule), others=others)


def _said(members: Sequence[Record], name: str) -> list[tuple[str, str, Any]]:
    return [
        (record.dataset, record.key, value)
        for record in members
        if (value := record.values.get(name)) is not None
    ]


def _completeness(record: Record, value: Any) -> int:
    return sum(one is not None for one in record.values.values())


_ORDERS: Mapping[Survivorship, Order] = {
    Survivorship.PRIORITY: lambda record, value: 0,
    Survivorship.NEWEST: lambda record, value: record.observed or _LONG_AGO,
    Survivorship.MOST_COMPLETE: _completeness,
    Survivorship.LONGEST: lambda record, value: len(str(value)),
}
