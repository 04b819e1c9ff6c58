"""Slices of real cases: what is learned from some is right about others. The whole is measured by the benchmark."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from quanyu.act.understanding.classifier import Classifier
from quanyu.act.understanding.habits import Habits, Handled, count
from quanyu.act.understanding.learning import Example, learn

KNOWN, ASKED = 4000, 400


@pytest.fixture(scope="module")
def events(real_data: Path) -> list[dict[str, str]]:
    with (real_data / "pingshan-12345-2018" / "events.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: (row["create_time"], int(row["rec_id"])))
    return rows[: KNOWN + ASKED]


def test_the_unit_of_pingshan_is_told_from_class_and_place(events: list[dict[str, str]]) -> None:
    cases = [
        Handled(
            (row["event_type_name"], row["main_type_name"], row["sub_type_name"]),
            (row["street_name"], row["community_name"]), row["dispose_unit_id"],
        )
        for row in events
    ]  # fmt: skip
    model, (often, _) = Habits(count(cases[:KNOWN])), Counter(one.body for one in cases).most_common(1)[0]
    proposed = [(one.body, model.propose(one.category, one.place)) for one in cases[KNOWN:]]
    right = sum(body == habits[0].body for body, habits in proposed) / ASKED
    listed = sum(body in [habit.body for habit in habits] for body, habits in proposed) / ASKED
    assert right > 0.6 > 3 * sum(body == often for body, _ in proposed) / ASKED
    assert listed > 0.75


def test_the_kind_of_event_is_told_from_the_name_of_its_class(events: list[dict[str, str]]) -> None:
    named = {row["sub_type_name"]: row["event_type_name"] for row in events}
    names = sorted(named)
    known = [Example(name, named[name]) for index, name in enumerate(names) if index % 5]
    model = Classifier(learn(known))
    asked = [name for name in names[::5] if model.propose(name)]
    right = sum(model.propose(name)[0].category == named[name] for name in asked) / len(asked)
    assert right > 2 * max(Counter(named.values()).values()) / len(named)
