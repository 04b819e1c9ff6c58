"""Who usually handles it: learned from closed cases by class and place, from the most exact counts to the widest.

A class is a path from wide to exact ("E", "E02", "E02003"), a place too ("330102", "330102001"). Two orders of backing off are
averaged: one keeps the class as exact as it can, one the place. At each step the counts of the narrower context are laid over
what the wider one says, which counts as much as `_PRIOR` cases.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import NamedTuple

Path = tuple[str, ...]
Context = tuple[str | None, str | None]

_PRIOR = 3.0
_WIDEST: Context = (None, None)
MOST = 3


class Handled(NamedTuple):
    """One closed case."""

    category: Path
    place: Path
    body: str


class Habit(NamedTuple):
    """`cases` of `of` cases in `context` (class, place; None is any) went to this body."""

    body: str
    confidence: float
    context: Context
    cases: int
    of: int


Counts = Mapping[Context, Mapping[str, int]]


def count(cases: Iterable[Handled]) -> dict[Context, Counter[str]]:
    counts: defaultdict[Context, Counter[str]] = defaultdict(Counter)
    for one in cases:
        for context in {*_by_class(one.category, one.place), *_by_place(one.category, one.place)}:
            counts[context][one.body] += 1
    return dict(counts)


@dataclass(frozen=True, slots=True)
class Habits:
    counts: Counts

    def propose(self, category: Path, place: Path, *, most: int = MOST) -> tuple[Habit, ...]:
        """Best first. A class and a place that were never seen are told from what is common."""
        orders = [list(_by_class(category, place)), list(_by_place(category, place))]
        shares: defaultdict[str, float] = defaultdict(float)
        for order in orders:
            for body, share in self._share(order).items():
                shares[body] += share / len(orders)
        best = nlargest(most, shares, key=lambda body: (shares[body], body))
        return tuple(self._habit(body, shares[body], orders[0]) for body in best)

    def _share(self, order: Sequence[Context]) -> dict[str, float]:
        shares: dict[str, float] = {}
        for context in reversed(order):
            counted = self.counts.get(context)
            if counted is None:
                continue
            whole = sum(counted.values()) + (_PRIOR if shares else 0)
            wider = {body: share * _PRIOR / whole for body, share in shares.items()}
            shares = wider | {body: wider.get(body, 0.0) + cases / whole for body, cases in counted.items()}
        return shares

    def _habit(self, body: str, share: float, order: Sequence[Context]) -> Habit:
        """With the most exact context in which the body had a case."""
        context = next(one for one in (*order, _WIDEST) if body in self.counts.get(one, {}))
        counted = self.counts[context]
        return Habit(body, round(share, 4), context, counted[body], sum(counted.values()))


def _by_class(category: Path, place: Path) -> Iterator[Context]:
    """The exact class in every place, wider classes in the widest place and everywhere."""
    exact = category[-1:]
    yield from ((one, where) for one in exact for where in reversed(place))
    yield from ((one, None) for one in exact)
    for wider in reversed(category[:-1]):
        yield from ((wider, where) for where in place[:1])
        yield (wider, None)
    yield _WIDEST


def _by_place(category: Path, place: Path) -> Iterator[Context]:
    """Every class in the exact place, then the widest class in wider places and everywhere."""
    widest = category[:1]
    yield from ((one, where) for where in place[-1:] for one in reversed(category))
    yield from ((one, where) for where in reversed(place[:-1]) for one in widest)
    yield from ((one, None) for one in widest)
    yield _WIDEST
