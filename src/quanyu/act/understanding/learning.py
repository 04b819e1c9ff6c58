"""How a classifier is learned from labelled texts: counted once, then its confidence is fitted on texts it has not seen."""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from quanyu.act.understanding.classifier import Classifier, Learned, softmax
from quanyu.act.understanding.features import features

MOST_TERMS = 50_000
_SMOOTHING = 0.03
_FOLDS = 5
_MOST_FITTED = 5_000
_SCALES = tuple(1.15**step for step in range(-20, 36))


class Example(NamedTuple):
    text: str
    label: str


def learn(examples: Sequence[Example]) -> Learned:
    """The same examples in the same order give the same model."""
    kept = [one for one in examples if one.text.strip() and one.label]
    return _count(kept, _fitted_scale(kept))


def _count(examples: Sequence[Example], scale: float) -> Learned:
    found = [features(one.text) for one in examples]
    frequency = Counter(term for terms in found for term in terms)
    terms = sorted(frequency, key=lambda term: (-frequency[term], term))[:MOST_TERMS]
    rarity = {term: math.log((1 + len(examples)) / (1 + frequency[term])) + 1 for term in terms}
    labels = sorted({one.label for one in examples})
    cell = {label: index for index, label in enumerate(labels)}
    own: defaultdict[str, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    for one, has in zip(examples, found, strict=True):
        known = [term for term in has if term in rarity]
        length = math.sqrt(sum(rarity[term] ** 2 for term in known))
        for term in known:
            own[term][cell[one.label]] += rarity[term] / length
    return _written(labels, terms, rarity, own, scale)


def _written(
    labels: list[str], terms: list[str], rarity: dict[str, float],
    own: defaultdict[str, defaultdict[int, float]], scale: float,
) -> Learned:  # fmt: skip
    starts, cells, gains = array("I", [0]), array("H"), array("f")
    inside = [0.0] * len(labels)
    for term in terms:
        total = sum(own[term].values()) + _SMOOTHING
        for index, weight in sorted(own[term].items()):
            inside[index] += weight
            cells.append(index)
            gains.append(math.log(total / max(total - weight, _SMOOTHING)))
        starts.append(len(cells))
    whole = sum(inside) + _SMOOTHING * len(terms)
    return Learned(
        labels=tuple(labels), base=tuple(math.log(max(whole - one, _SMOOTHING)) for one in inside), scale=scale,
        terms=tuple(terms), rarity=array("f", (rarity[term] for term in terms)).tobytes(),
        starts=starts.tobytes(), cells=cells.tobytes(), gains=gains.tobytes(),
    )  # fmt: skip


def _fitted_scale(examples: Sequence[Example]) -> float:
    """By which scores are multiplied so that the share of a class is how often it is right: least log loss, each text scored
    by a model that has not seen it."""
    few = examples[:: max(1, len(examples) // _MOST_FITTED)]
    seen: list[tuple[list[float], int]] = []
    for fold in range(_FOLDS):
        rest = [one for index, one in enumerate(few) if index % _FOLDS != fold]
        if len({one.label for one in rest}) < 2:
            return 1.0
        model = Classifier(_count(rest, 1.0))
        cell = {label: index for index, label in enumerate(model.learned.labels)}
        asked = (one for index, one in enumerate(few) if index % _FOLDS == fold and one.label in cell)
        seen += [(scores, cell[one.label]) for one in asked if (scores := model.scores(one.text))]
    return min(_SCALES, key=_loss_of(seen))


def _loss_of(seen: Sequence[tuple[list[float], int]]) -> Callable[[float], float]:
    def loss(scale: float) -> float:
        return -sum(
            math.log(max(softmax([score * scale for score in scores])[right], 1e-12))
            for scores, right in seen
        )

    return loss
