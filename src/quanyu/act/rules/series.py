"""What was read of one attribute of one entity, and what windows make of it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from quanyu.act.rules.model import Figure
from quanyu.core.entity import VALUE_MEMBER, instances
from quanyu.twin.subscriptions.change import is_removed


class Reading(NamedTuple):
    """`seq` is the change that brought it. Ordered by time, then as the feed has it."""

    at: datetime
    seq: int
    value: Any


def readings_of(content: Any, seq: int, received: datetime) -> list[Reading]:
    """Of an attribute as the log has it; nothing of one that is gone."""
    if content is None:
        return []
    return [
        Reading(moment_of(one, received), seq, value_of(one))
        for one in instances(content)
        if not is_removed(one)
    ]


def value_of(instance: Mapping[str, Any]) -> Any:
    return instance.get(VALUE_MEMBER[instance["type"]])


def moment_of(instance: Mapping[str, Any], received: datetime) -> datetime:
    """When it was observed, where the source says so and has not done so before it was."""
    observed = instance.get("observedAt")
    if observed is None:
        return received
    moment = datetime.fromisoformat(observed)
    return min(moment, received) if moment.tzinfo else received


def within(readings: Iterable[Reading], until: datetime, over: timedelta) -> list[Reading]:
    """Later than `over` ago, not later than `until`; in order of time."""
    since = until - over
    return sorted((one for one in readings if since < one.at <= until), key=_order)


def figure(readings: Sequence[Reading], wanted: Figure) -> float | None:
    """Of numbers; only a count counts everything. None where there is nothing to compute with."""
    if wanted is Figure.COUNT:
        return float(len(readings))
    numbers = [float(one.value) for one in readings if is_number(one.value)]
    if not numbers:
        return None
    match wanted:
        case Figure.AVG:
            return sum(numbers) / len(numbers)
        case Figure.MIN:
            return min(numbers)
        case Figure.MAX:
            return max(numbers)
        case Figure.SUM:
            return sum(numbers)


def rate(
    readings: Iterable[Reading], until: datetime, over: timedelta, per: timedelta
) -> tuple[float, Reading, Reading] | None:
    """Units per `per` between what was in force when the window began (else its first number) and its last number."""
    numbers = sorted((one for one in readings if one.at <= until and is_number(one.value)), key=_order)
    since = until - over
    inside = [one for one in numbers if one.at > since]
    if not inside:
        return None
    before = [one for one in numbers if one.at <= since]
    first, last = (before[-1] if before else inside[0]), inside[-1]
    begun = max(first.at, since)
    if last.at <= begun:
        return None
    return (float(last.value) - float(first.value)) / ((last.at - begun) / per), first, last


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _order(one: Reading) -> tuple[datetime, int]:
    return one.at, one.seq
