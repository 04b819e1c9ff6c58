"""利用率, 周转率, 饱和度, 供需缺口: how car parks are used (definitions 2.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Stay:
    """A vehicle in a space, from its entry until its exit."""

    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """`utilisation`: occupied over all space-hours. `turnover`: vehicles a space and day. `saturation`: the fullest moment
    over the spaces. `gap`: spaces that the fullest moment lacked."""

    spaces: int
    utilisation: float
    turnover: float
    mean_hours: float
    saturation: float
    gap: int


def use_of(stays: Sequence[Stay], *, spaces: int, begin: datetime, end: datetime) -> Use:
    """From `begin` until `end`. Raises ValueError without spaces or time."""
    hours = (end - begin).total_seconds() / 3600
    if spaces <= 0 or hours <= 0:
        raise ValueError("a car park has spaces, and a time has length")
    inside = [
        Stay(max(one.begin, begin), min(one.end, end)) for one in stays if one.begin < end and one.end > begin
    ]
    parked = sum((one.end - one.begin).total_seconds() for one in inside) / 3600
    most = _most_at_once(inside)
    return Use(
        spaces=spaces,
        utilisation=parked / (spaces * hours),
        turnover=len([one for one in stays if begin <= one.begin < end]) / (spaces * hours / 24),
        mean_hours=parked / len(inside) if inside else 0.0,
        saturation=most / spaces,
        gap=max(0, most - spaces),
    )


def _most_at_once(stays: Sequence[Stay]) -> int:
    """Who leaves makes room for who comes at the same moment."""
    events = sorted([(one.end, -1) for one in stays] + [(one.begin, 1) for one in stays])
    now = most = 0
    for _, change in events:
        now += change
        most = max(most, now)
    return most
