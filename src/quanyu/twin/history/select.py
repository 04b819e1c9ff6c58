"""Which instances an answer shows: the interval, the newest of each attribute, and one page of them (6.3.10). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from quanyu.twin.history.instances import Instance
from quanyu.twin.history.interval import EVER, Interval, Relation

Timed = tuple[datetime, Instance]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """`datasets` of instances, '' for those without datasetId; empty sets choose everything."""

    interval: Interval = EVER
    attributes: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    datasets: frozenset[str] = frozenset()

    def shows(self, name: str) -> bool:
        return name not in self.without and (not self.attributes or name in self.attributes)


@dataclass(frozen=True, slots=True)
class Range:
    """What a partial answer covers: every chosen instance between both ends is in it. `size` is lastN or '*'."""

    start: datetime
    end: datetime
    size: str


def chosen(found: Iterable[Instance], choice: Choice) -> list[Timed]:
    """In order of time."""
    interval = choice.interval
    made = [
        (moment, one)
        for one in found
        if choice.shows(one.name)
        and (not choice.datasets or one.dataset in choice.datasets)
        and (moment := one.time(interval.property)) is not None
        and interval.has(moment)
    ]
    made.sort(key=itemgetter(0))
    return made if interval.last is None else _newest(made, interval.last)


def _newest(timed: list[Timed], number: int) -> list[Timed]:
    """The last of each attribute and datasetId."""
    kept: list[Timed] = []
    seen: dict[tuple[str, str], int] = {}
    for moment, one in reversed(timed):
        key = (one.name, one.dataset)
        seen[key] = seen.get(key, 0) + 1
        if seen[key] <= number:
            kept.append((moment, one))
    kept.reverse()
    return kept


def page_of(moments: Sequence[datetime], size: int, interval: Interval) -> Range | None:
    """Of the times of all chosen instances of all entities of an answer; None where one page holds them.

    A page is cut between two moments, never within one: every attribute is complete in the range. It holds at least two
    moments, so that who goes on at its end gets on. The first page is the oldest, with lastN the newest.
    """
    if len(moments) <= size:
        return None
    newest_first = interval.last is not None
    ordered = sorted(moments, reverse=newest_first)
    edge = ordered[size - 1]
    if ordered[size] == edge:
        edge = next((moment for moment in reversed(ordered[:size]) if moment != edge), edge)
    if edge == ordered[0]:
        edge = next((moment for moment in ordered if moment != edge), edge)
    start = _beginning(interval, ordered[0])
    return Range(start, edge, str(interval.last) if newest_first else "*")


def within(timed: Iterable[Timed], page: Range | None) -> list[Timed]:
    if page is None:
        return list(timed)
    first, last = min(page.start, page.end), max(page.start, page.end)
    return [one for one in timed if first <= one[0] <= last]


def _beginning(interval: Interval, first: datetime) -> datetime:
    """Where the question itself names the end that the page begins at, that one."""
    if interval.last is None:
        return interval.after or first
    return interval.before if interval.relation is not Relation.AFTER and interval.before else first
