"""Which class a text names, where nothing was learned yet: by the titles and other words of the classes alone."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from heapq import nlargest

from quanyu.act.cases.model import CaseClass
from quanyu.act.understanding.classifier import MOST
from quanyu.act.understanding.features import features
from quanyu.act.understanding.model import ClassProposal

_MODEST = 0.5
"""Of a title that stands in the text as it is: half of such proposals may be wrong, nobody has counted."""
_LEAST = 0.35  # of a name's weight must be in the text


def by_titles(text: str, classes: Sequence[CaseClass], *, most: int = MOST) -> tuple[ClassProposal, ...]:
    """Best first, of two equal ones the more exact class."""
    said = frozenset(features(text))
    names = {one.code: [features(name) for name in _names(one)] for one in classes}
    common = Counter(term for known in names.values() for term in {term for name in known for term in name})
    rarity = {term: math.log(1 + len(classes) / number) for term, number in common.items()}
    found = (
        proposal
        for code, known in names.items()
        if (proposal := _proposal(code, known, said, rarity)) is not None
    )
    return tuple(
        nlargest(
            most, found, key=lambda one: (one.confidence, len(one.words), len(one.category), one.category)
        )
    )


def _names(one: CaseClass) -> Iterable[str]:
    return dict.fromkeys((*one.titles.values(), *one.words))


def _proposal(
    code: str, names: list[list[str]], said: frozenset[str], rarity: dict[str, float]
) -> ClassProposal | None:
    best = 0.0
    words: tuple[str, ...] = ()
    for name in names:
        shared = tuple(term for term in name if term in said)
        whole = sum(rarity[term] for term in name)
        share = sum(rarity[term] for term in shared) / whole if whole else 0.0
        if (share, len(shared)) > (best, len(words)):
            best, words = share, tuple(sorted(shared, key=lambda term: (-len(term), -rarity[term])))
    if best < _LEAST:
        return None
    return ClassProposal(category=code, confidence=round(best * _MODEST, 4), words=words[:5])
