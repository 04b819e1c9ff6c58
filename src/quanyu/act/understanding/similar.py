"""Open cases that may be about the same: scored by place, class, text and time, the best first.

The score is a share: of such pairs that many were the same in Boston in the first half of 2015, where the weights are from
(`python bench/bench_understanding.py --fit`), but that of the texts, which there only repeat the class.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from quanyu.act.cases.model import Place
from quanyu.act.understanding.features import alike
from quanyu.act.understanding.kinship import Kinship, nearness
from quanyu.act.understanding.model import SimilarCase
from quanyu.twin.distance import metres

WEIGHTS = (0.6, 2.45, 0.5, 0.54, -2.29)
"""Of the log odds by class, nearness, likeness of the texts, freshness, and of nothing at all."""

MOST = 5
_FRESH = 7.0  # days over which freshness falls to 37 %
_DAY = 86400.0
_SAME_THING = 0.95  # a component is one thing
_TOLD_AGAIN = 0.1  # the least share of what is told beside it in nearly the same words; not measured
_SAME_WORDS = 0.5
_BESIDE = 60.0  # metres: a street's two sides, or a phone between houses
_LIKELIEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What a case, or a report that is not sent yet, is about. `words` are the features of its text."""

    id: str = ""
    category: str | None = None
    title: str = ""
    place: Place | None = None
    address: str | None = None
    component: str | None = None
    words: frozenset[str] = frozenset()
    reported: datetime


def similar(
    one: Matter, others: Iterable[Matter], kinship: Kinship, *, most: int = MOST
) -> tuple[SimilarCase, ...]:
    """The two likeliest, then the nearest of the rest: that two classes are the same thing may not be known yet."""
    found = sorted((_compared(one, other, kinship) for other in others), key=_order)
    placed = [case for case in found[_LIKELIEST:] if case.metres is not None]
    nearest = min(placed, key=lambda case: (case.metres, case.reported, case.id), default=None)
    if nearest is not None:
        found.remove(nearest)
        found.insert(_LIKELIEST, nearest)
    return tuple(found[:most])


def score(*, odds: float, near: float, text: float, fresh: float) -> float:
    weighed = sum(
        weight * value for weight, value in zip(WEIGHTS, (odds, near, text, fresh, 1.0), strict=True)
    )
    return 1 / (1 + math.exp(-weighed))


def freshness(one: datetime, other: datetime) -> float:
    return math.exp(-abs((one - other).total_seconds()) / _DAY / _FRESH)


def _compared(one: Matter, other: Matter, kinship: Kinship) -> SimilarCase:
    distance = _apart(one, other)
    same_address = bool(one.address) and one.address == other.address
    near = 1.0 if same_address or distance is None else nearness(distance)
    text = alike(one.words, other.words)
    share = score(
        odds=kinship.odds(one.category, other.category), near=near, text=text,
        fresh=freshness(one.reported, other.reported),
    )  # fmt: skip
    same_thing = one.component is not None and one.component == other.component
    known = same_thing * _SAME_THING
    if text >= _SAME_WORDS and near >= nearness(_BESIDE):  # a class may be missing, or taken wrongly
        known = max(known, _TOLD_AGAIN)
    told = {
        "component": same_thing, "address": same_address, "place": distance is not None and near > 0.5,
        "class": one.category is not None and one.category == other.category, "text": text > 0.3,
    }  # fmt: skip
    return SimilarCase(
        id=other.id, category=other.category, title=other.title, score=round(max(share, known), 4),
        metres=None if distance is None else round(distance, 1), reported=other.reported,
        reasons=tuple(name for name, holds in told.items() if holds),
    )  # fmt: skip


def _apart(one: Matter, other: Matter) -> float | None:
    if one.place is None or other.place is None:
        return None
    return metres(one.place.lon, one.place.lat, other.place.lon, other.place.lat)


def _order(case: SimilarCase) -> tuple[float, float, str]:
    return (-case.score, math.inf if case.metres is None else case.metres, case.id)
