"""Which class a text belongs to: complement naive Bayes over tf-idf of its features (Rennie et al. 2003), decision 41.

With o(f, c) the weight of feature f in the texts of class c, t(f) in all texts and a the smoothing,

    score(c) = sum over f of x(f) * (gain(f, c) + base(c)),   gain(f, c) = log((t(f) + a) / (t(f) + a - o(f, c)))

base(c) is the log of all weight outside of c. What the formula has beside that is the same for all classes. A gain is zero
where a class never had the feature, so a model keeps little: the gains of the features that occur, row by row.
"""

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest

import msgspec

from quanyu.act.understanding.features import features, is_chinese
from quanyu.act.understanding.model import ClassProposal

MOST = 4
_WORDS = 5
_LEAST_GAIN = 0.01


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """As it lies in a file. Row i of `cells` and `gains` is `starts[i]:starts[i + 1]`; all little-endian arrays."""

    labels: tuple[str, ...]
    base: tuple[float, ...]
    scale: float
    terms: tuple[str, ...]
    rarity: bytes
    starts: bytes
    cells: bytes
    gains: bytes


@dataclass(frozen=True, slots=True)
class Classifier:
    learned: Learned
    _rows: Mapping[str, int] = field(init=False, repr=False)
    _rarity: "array[float]" = field(init=False, repr=False)
    _starts: "array[int]" = field(init=False, repr=False)
    _cells: "array[int]" = field(init=False, repr=False)
    _gains: "array[float]" = field(init=False, repr=False)

    def __post_init__(self) -> None:
        set_ = object.__setattr__
        set_(self, "_rows", {term: row for row, term in enumerate(self.learned.terms)})
        for name, code in (("rarity", "f"), ("starts", "I"), ("cells", "H"), ("gains", "f")):
            set_(self, f"_{name}", array(code, getattr(self.learned, name)))

    def propose(self, text: str, *, most: int = MOST) -> tuple[ClassProposal, ...]:
        """Best first; none where no feature of the text is known."""
        weights = self._weights(features(text))
        scores = self._scores(weights)
        if not scores:
            return ()
        shares = softmax([score * self.learned.scale for score in scores])
        best = nlargest(most, range(len(shares)), key=shares.__getitem__)
        return tuple(
            ClassProposal(
                category=self.learned.labels[cell], confidence=round(shares[cell], 4),
                words=self._deciding(weights, cell),
            )
            for cell in best
        )  # fmt: skip

    def scores(self, text: str) -> list[float]:
        """By label; empty where no feature of the text is known."""
        return self._scores(self._weights(features(text)))

    def _weights(self, found: Sequence[str]) -> dict[str, float]:
        rows = self._rows
        known = {term: self._rarity[rows[term]] for term in found if term in rows}
        length = math.sqrt(sum(weight * weight for weight in known.values()))
        return {term: weight / length for term, weight in known.items()}

    def _scores(self, weights: Mapping[str, float]) -> list[float]:
        if not weights:
            return []
        whole = sum(weights.values())
        scores = [whole * one for one in self.learned.base]
        for term, weight in weights.items():
            row = self._rows[term]
            for at in range(self._starts[row], self._starts[row + 1]):
                scores[self._cells[at]] += weight * self._gains[at]
        return scores

    def _deciding(self, weights: Mapping[str, float], cell: int) -> tuple[str, ...]:
        """Words before single characters that they hold."""
        gained = {term: weight * self._gain(term, cell) for term, weight in weights.items()}
        ranked = sorted(
            (term for term, gain in gained.items() if gain > _LEAST_GAIN), key=lambda term: -gained[term]
        )
        words = [term for term in ranked if len(term) > 1 or not is_chinese(term)]
        return tuple((words or ranked)[:_WORDS])

    def _gain(self, term: str, cell: int) -> float:
        row = self._rows[term]
        found = range(self._starts[row], self._starts[row + 1])
        return next((self._gains[at] for at in found if self._cells[at] == cell), 0.0)


def softmax(scores: Sequence[float]) -> list[float]:
    highest = max(scores)
    raised = [math.exp(score - highest) for score in scores]
    whole = sum(raised)
    return [one / whole for one in raised]
