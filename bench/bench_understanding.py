"""How well reports are understood, on held-back parts of real cases, beside the nearest neighbour.

Run: python bench/bench_understanding.py [--labelled FILE TEXT,TEXT CLASS] [--fit] [--peers]

The data lies in QUANYU_REAL_DATA. `--labelled` measures a file of labelled texts as well, `--fit` fits the weights of similar
cases anew (numpy), `--peers` compares learners of scikit-learn, which Quanyu itself does not need. The data is read once, the
figures are the same in every run.
"""

import argparse
import csv
import gzip
import math
import os
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from python_calamine import CalamineWorkbook

from quanyu.act.cases.model import Place
from quanyu.act.understanding.classifier import Classifier
from quanyu.act.understanding.features import alike, features
from quanyu.act.understanding.habits import Habits, Handled, count
from quanyu.act.understanding.kinship import Kinship, Past, encounters, meetings, nearness
from quanyu.act.understanding.labelled_file import Columns, read_labelled
from quanyu.act.understanding.learning import Example, learn
from quanyu.act.understanding.similar import WEIGHTS, Matter, freshness, similar

DATA = Path(os.environ.get("QUANYU_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))
BODIES = {
    "城管": "城管|城市管理|行政执法", "住建": "住建|住房和城乡建设|住房保障|房产|房屋", "教育": "教育", "公安": "公安|交警",
    "交通": "交通运输", "人社": "人社|人力资源", "卫健": "卫生|卫健|卫计", "环保": "环保|生态环境", "规划": "国土|自然资源|规划",
    "水利": "水利|水务", "民政": "民政", "发改": "发改|发展和改革", "医保": "医疗保障|医保", "电力": "电力|供电",
}  # fmt: skip
FEWEST_OF_A_CLASS = 20
WITHIN, DAYS = 150.0, 90

Ranked = Sequence[tuple[str, float]]
"""Answers, best first, with their confidence."""


class Measured(NamedTuple):
    top1: float
    top3: float
    confidence: float
    error: float  # of the confidence: mean gap between it and the share that was right, over tenths


def measured(asked: Sequence[tuple[str, Ranked]]) -> Measured:
    tenths: defaultdict[int, list[tuple[float, bool]]] = defaultdict(list)
    for right, ranked in asked:
        best, confidence = ranked[0] if ranked else ("", 0.0)
        tenths[int(confidence * 9.999)].append((confidence, best == right))
    gap = sum(abs(sum(c for c, _ in some) - sum(hit for _, hit in some)) for some in tenths.values())
    number = len(asked)
    return Measured(
        top1=sum(bool(ranked) and ranked[0][0] == right for right, ranked in asked) / number,
        top3=sum(right in [name for name, _ in ranked[:3]] for right, ranked in asked) / number,
        confidence=sum(ranked[0][1] for _, ranked in asked if ranked) / number,
        error=gap / number,
    )


def show(name: str, number: int, ours: Measured, nearest: Measured) -> None:
    print(
        f"{name:<44}{number:>7}{ours.top1:>8.3f}{ours.top3:>8.3f}{nearest.top1:>10.3f}{nearest.top3:>8.3f}"
        f"{ours.confidence:>8.3f}{ours.error:>8.3f}"
    )


class Nearest:
    """The baseline: labels of the most alike texts by cosine of tf-idf over the same features."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._labels = [one.label for one in examples]
        found = [features(one.text) for one in examples]
        frequency = Counter(term for terms in found for term in terms)
        self._rarity = {term: math.log((1 + len(found)) / (1 + n)) + 1 for term, n in frequency.items()}
        self._rows: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for row, terms in enumerate(found):
            length = math.sqrt(sum(self._rarity[term] ** 2 for term in terms))
            for term in terms:
                self._rows[term].append((row, self._rarity[term] / length))

    def rank(self, text: str) -> Ranked:
        likeness: defaultdict[int, float] = defaultdict(float)
        for term in features(text):
            for row, weight in self._rows.get(term, ()):
                likeness[row] += weight * self._rarity[term]
        best = sorted(likeness, key=lambda row: (-likeness[row], row))[:200]
        return [(label, 0.0) for label in dict.fromkeys(self._labels[row] for row in best)]


def split(examples: Sequence[Example], seed: int) -> tuple[list[Example], list[Example]]:
    mixed = list(examples)
    random.Random(seed).shuffle(mixed)
    cut = int(len(mixed) * 0.7)
    return mixed[:cut], mixed[cut:]


def classes(name: str, parts: Iterable[tuple[Sequence[Example], Sequence[Example]]]) -> None:
    ours: list[tuple[str, Ranked]] = []
    nearest: list[tuple[str, Ranked]] = []
    for known, held_back in parts:
        model, baseline = Classifier(learn(known)), Nearest(known)
        for one in held_back:
            proposed = [(got.category, got.confidence) for got in model.propose(one.text)]
            ours.append((one.label, proposed))
            nearest.append((one.label, baseline.rank(one.text)))
    show(name, len(ours), measured(ours), measured(nearest))


def replied_messages() -> list[Example]:
    """Messages to a mayor with the kind of body that the reply names first: what a desk has to find out from the text."""
    path = DATA / "citizen-messages-cn-2020" / "annex4_messages_with_replies.xlsx"
    body = re.compile("|".join(f"(?P<{name}>{words})" for name, words in BODIES.items()))
    office = re.compile(
        rf"(?:{body.pattern})[^，。：；、“”（）]{{0,6}}?(?:局|委|中心|支队|大队|集团|公司|办)"
    )
    found = []
    for row in CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[1:]:
        if named := office.search(str(row[5])[:400]):
            found.append(Example(f"{row[2]} {row[4]}", str(named.lastgroup)))
    sizes = Counter(one.label for one in found)
    return [one for one in found if sizes[one.label] >= FEWEST_OF_A_CLASS]


def boston() -> list[dict[str, str]]:
    path = DATA / "boston-311-2015" / "boston_311_2015.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return sorted(rows, key=lambda row: (moment(row["OPEN_DT"]), row["CASE_ENQUIRY_ID"]))


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p")  # noqa: DTZ007 (local time of one city)


def boston_titles(rows: Sequence[dict[str, str]], *, every: int) -> None:
    """Of every so manieth case, the first 80 % known. Most titles are the class itself; the others are what operators wrote."""
    few = [row for row in rows[::every] if row["CASE_TITLE"]]
    cut = int(len(few) * 0.8)

    def example(row: dict[str, str]) -> Example:
        return Example(f"{row['CASE_TITLE']} {row['Location']}", row["TYPE"])

    known = [example(row) for row in few[:cut]]
    own_words = [row for row in few[cut:] if row["CASE_TITLE"].lower() != row["TYPE"].lower()]
    classes("Boston: type, all titles", [(known, [example(row) for row in few[cut:]])])
    classes("Boston: type, titles that do not repeat it", [(known, [example(row) for row in own_words])])


def routing(name: str, cases: Sequence[Handled]) -> None:
    """In order of time, the first 80 % known."""
    cut = int(len(cases) * 0.8)
    model = Habits(count(cases[:cut]))
    baseline = nearest_bodies(cases[:cut])
    ours = [
        (one.body, [(got.body, got.confidence) for got in model.propose(one.category, one.place)])
        for one in cases[cut:]
    ]
    nearest = [(one.body, baseline(one)) for one in cases[cut:]]
    show(name, len(ours), measured(ours), measured(nearest))


def nearest_bodies(known: Sequence[Handled]) -> Callable[[Handled], Ranked]:
    """The baseline: the bodies of the cases that share most of class and place, the latest first."""
    alike_cases: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for one in reversed(known):
        key = one.category + one.place
        if one.body not in alike_cases[key]:
            alike_cases[key].append(one.body)
    asked: dict[tuple[str, ...], Ranked] = {}

    def rank(one: Handled) -> Ranked:
        key = one.category + one.place
        if key not in asked:
            order = sorted(alike_cases, key=lambda other: -len({*key} & {*other}))
            bodies = (body for other in order[:50] for body in alike_cases[other])
            asked[key] = [(body, 0.0) for body in dict.fromkeys(bodies)]
        return asked[key]

    return rank


def pingshan() -> list[Handled]:
    """A body is its code: the names of one code are spellings."""
    with (DATA / "pingshan-12345-2018" / "events.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: (row["create_time"], int(row["rec_id"])))
    return [
        Handled(
            tuple(f"{level}:{row[f'{level}_type_name']}" for level in ("event", "main", "sub")),
            (f"s{row['street_id']}", f"c{row['community_id']}"), row["dispose_unit_id"],
        )
        for row in rows
    ]  # fmt: skip


def boston_queues(rows: Sequence[dict[str, str]]) -> list[Handled]:
    return [
        Handled((f"r:{row['REASON']}", f"t:{row['TYPE']}"), (f"d:{row['pwd_district']}", f"n:{row['neighborhood']}"), row["QUEUE"])
        for row in rows
    ]  # fmt: skip


class Duplicates:
    """Boston's open cases near a new one; the truth is which other case its closing text quotes, or that it says duplicate."""

    def __init__(self, rows: Sequence[dict[str, str]]) -> None:
        self.rows = {row["CASE_ENQUIRY_ID"]: row for row in rows}
        links: defaultdict[str, set[str]] = defaultdict(set)
        for id, row in self.rows.items():
            other = row["CLOSURE_DUP_REF"]
            if other in self.rows and other != id:
                links[id].add(other)
                links[other].add(id)
        self.past = [_past(row, frozenset(links[id])) for id, row in self.rows.items() if _placed(row)]
        self.words = {id: _own_words(row) for id, row in self.rows.items()}
        self.half = self.past[len(self.past) // 2].opened
        known = [one for one in self.past if one.opened < self.half]
        parents = {row["TYPE"]: row["REASON"] for row in rows}
        self.kinship = Kinship(parents.get, meetings(known, within=WITHIN, days=DAYS))
        self.near: defaultdict[str, list[tuple[float, Past]]] = defaultdict(list)
        for one, other, distance in encounters(self.past, within=WITHIN, days=DAYS):
            self.near[one.id].append((distance, other))

    def matter(self, one: Past) -> Matter:
        return Matter(
            id=one.id, category=one.category, place=Place(lon=one.lon, lat=one.lat), words=self.words[one.id],
            reported=one.opened,
        )  # fmt: skip

    def is_one(self, one: Past) -> bool:
        return bool(one.same) or self.rows[one.id]["CLOSURE_OUTCOME"].startswith("Duplicate")

    def measure(self) -> None:
        asked = [one for one in self.past if one.opened >= self.half]
        ours: list[tuple[float, bool]] = []
        nearest: list[tuple[float, bool]] = []
        lists: list[tuple[frozenset[str], list[str], list[str]]] = []
        for one in asked:
            near = sorted(self.near[one.id], key=lambda found: (found[0], found[1].id))
            listed = similar(self.matter(one), (self.matter(other) for _, other in near), self.kinship)
            ours.append((max((case.score for case in listed), default=0.0), self.is_one(one)))
            nearest.append((-near[0][0] if near else -math.inf, self.is_one(one)))
            if earlier := self._earlier(one):
                lists.append((earlier, [case.id for case in listed], [other.id for _, other in near]))
        self._show_lists(lists)
        for name, flagged in (("similar cases", ours), ("nearest open case", nearest)):
            _show_flags(name, flagged)

    def _earlier(self, one: Past) -> frozenset[str]:
        """Those it was the same as that were reported before it; without a place they are missed."""
        order = (one.opened, one.id)
        return frozenset(id for id in one.same if (moment(self.rows[id]["OPEN_DT"]), id) < order)

    def _show_lists(self, lists: Sequence[tuple[frozenset[str], list[str], list[str]]]) -> None:
        number = len(lists)
        print(f"\n{'the quoted case is found':<28}{'asked':>7}{'first':>8}{'in three':>10}")
        for name, which in (("similar cases", 1), ("nearest open case", 2)):
            first, three = (sum(bool(one[0] & {*one[which][:most]}) for one in lists) for most in (1, 3))
            print(f"{name:<28}{number:>7}{first / number:>8.3f}{three / number:>10.3f}")
        print(
            f"\n{'a duplicate is recognised':<28}{'true':>7}{'best F1':>9}{'precision':>11}{'recall':>8}   precision at recall .10 .25 .50"
        )

    def fit(self) -> None:
        """Logistic regression on the first half; a duplicate that quotes no case is taken for the likeliest, three times."""
        import numpy as np

        weights = np.array(WEIGHTS)
        known = [one for one in self.past if one.opened < self.half and self.near[one.id]]
        values = {
            one.id: np.array([self._values(one, other, metres) for metres, other in self.near[one.id]])
            for one in known
        }
        for _ in range(3):
            same = [self._same(one, values[one.id] @ weights) for one in known]
            seen, right = (
                np.concatenate([values[one.id] for one in known]),
                np.concatenate(same).astype(float),
            )
            weights = np.zeros(len(WEIGHTS))
            for _ in range(20):
                share = 1 / (1 + np.exp(-seen @ weights))
                slope = (seen * (share * (1 - share))[:, None]).T @ seen + 0.01 * np.eye(len(weights))
                weights = weights + np.linalg.solve(slope, seen.T @ (right - share) - 0.01 * weights)
        print(
            "\nweights by class, nearness, text, freshness, nothing:",
            [round(float(one), 2) for one in weights],
        )

    def _values(self, one: Past, other: Past, metres: float) -> list[float]:
        odds = self.kinship.odds(one.category, other.category)
        text = alike(self.words[one.id], self.words[other.id])
        return [odds, nearness(metres), text, freshness(one.opened, other.opened), 1.0]

    def _same(self, one: Past, scores: Sequence[float]) -> list[bool]:
        others = [other.id for _, other in self.near[one.id]]
        if self.is_one(one) and not one.same & {*others}:
            likeliest = max(range(len(others)), key=lambda at: scores[at])
            return [at == likeliest for at in range(len(others))]
        return [id in one.same for id in others]


def _own_words(row: dict[str, str]) -> frozenset[str]:
    """A title that repeats the type says nothing beside it."""
    repeats = row["CASE_TITLE"].lower() == row["TYPE"].lower()
    return frozenset() if repeats else frozenset(features(row["CASE_TITLE"]))


def _placed(row: dict[str, str]) -> bool:
    """13,935 cases carry a placeholder for a point."""
    return not row["Geocoded_Location"].startswith("(0")


def _past(row: dict[str, str], same: frozenset[str]) -> Past:
    return Past(
        row["CASE_ENQUIRY_ID"], row["TYPE"], float(row["LONGITUDE"]), float(row["LATITUDE"]), moment(row["OPEN_DT"]),
        moment(row["CLOSED_DT"]) if row["CLOSED_DT"] else None, same,
    )  # fmt: skip


def _show_flags(name: str, flagged: Sequence[tuple[float, bool]]) -> None:
    ranked = sorted(flagged, key=lambda one: -one[0])
    total, found = sum(true for _, true in ranked), 0
    points: list[tuple[float, float]] = []
    for number, ((level, true), (following, _)) in enumerate(pairwise([*ranked, (-math.inf, False)]), 1):
        found += true
        if following != level:  # what is equally likely is flagged together
            points.append((found / number, found / total))
    harmonic, precision, recall = max((2 * p * r / (p + r), p, r) for p, r in points if p + r > 0)
    at = [next(p for p, r in points if r >= least) for least in (0.1, 0.25, 0.5)]
    print(
        f"{name:<28}{total:>7}{harmonic:>9.3f}{precision:>11.3f}{recall:>8.3f}   {' '.join(f'{one:.2f}' for one in at):>33}"
    )


def peers(messages: Sequence[Example], cases: Sequence[Handled]) -> None:
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    def compare(
        name: str, parts: Sequence[tuple[Sequence, Sequence]], found: Callable, label: Callable
    ) -> None:
        for learner in (
            LogisticRegression(C=1.0, max_iter=300),
            LogisticRegression(C=30.0, max_iter=300),
            LinearSVC(C=0.5),
        ):
            hits = []
            for known, held_back in parts:
                vectors = TfidfVectorizer(analyzer=found, sublinear_tf=True)
                learner.fit(vectors.fit_transform(known), [label(one) for one in known])
                order = np.argsort(-learner.decision_function(vectors.transform(held_back)), axis=1)[:, :3]
                hits += [
                    [learner.classes_[at] == label(one) for at in row]
                    for row, one in zip(order, held_back, strict=True)
                ]
            print(
                f"{name:<20}{learner!s:<44}{np.mean([one[0] for one in hits]):>8.3f}{np.mean([any(one) for one in hits]):>8.3f}"
            )

    def crossed(one: Handled) -> list[str]:
        return [*one.category, *one.place, *(f"{a}|{b}" for a in one.category for b in one.place)]

    cut = int(len(cases) * 0.8)
    print(f"\n{'peers':<64}{'top-1':>8}{'top-3':>8}")
    compare(
        "messages",
        [split(messages, seed) for seed in range(5)],
        lambda one: features(one.text),
        lambda one: one.label,
    )
    compare("Pingshan", [(cases[:cut], cases[cut:])], crossed, lambda one: one.body)


def cost(messages: Sequence[Example]) -> None:
    begun = time.process_time()
    learned = learn(messages)
    taught = time.process_time()
    model = Classifier(learned)
    for one in messages:
        model.propose(one.text)
    asked = time.process_time()
    size = sum(map(len, (learned.rarity, learned.starts, learned.cells, learned.gains))) / 1024
    print(
        f"\nlearning {len(messages)} messages: {taught - begun:.1f} s of CPU; a proposal {(asked - taught) / len(messages) * 1000:.2f} ms; "
        f"{len(learned.terms)} features, {size:.0f} KiB of numbers"
    )


def main() -> None:
    said = argparse.ArgumentParser()
    said.add_argument("--labelled", nargs=3, metavar=("FILE", "TEXT", "CLASS"))
    said.add_argument("--fit", action="store_true")
    said.add_argument("--peers", action="store_true")
    wanted = said.parse_args()
    if not DATA.is_dir():
        print(f"real city data is absent: {DATA} (set QUANYU_REAL_DATA)")
        return
    head = f"{'held back':<44}{'cases':>7}{'top-1':>8}{'top-3':>8}{'nearest 1':>10}{'3':>8}{'confid.':>8}{'error':>8}"
    print(head)
    messages = replied_messages()
    classes("messages: kind of body that replied", [split(messages, seed) for seed in range(5)])
    if wanted.labelled:
        file, text, label = wanted.labelled
        rows = read_labelled(Path(file), Columns(text=tuple(text.split(",")), category=label))
        labelled = [Example(row.text, row.category) for row in rows]
        classes(f"{Path(file).name}: {label}", [split(labelled, seed) for seed in range(5)])
    cases, requests = pingshan(), boston()
    boston_titles(requests, every=10)
    routing("Pingshan: unit by class and place", cases)
    routing("Boston: queue by class and place", boston_queues(requests))
    duplicates = Duplicates(requests)
    duplicates.measure()
    cost(messages)
    if wanted.fit:
        duplicates.fit()
    if wanted.peers:
        peers(messages, cases)


if __name__ == "__main__":
    main()
