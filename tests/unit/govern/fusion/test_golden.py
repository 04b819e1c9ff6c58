from datetime import UTC, datetime
from typing import Any

import pytest

from quanyu.govern.fusion.golden import survive
from quanyu.govern.fusion.model import Job, Record, Source, Survivorship

SOURCES = tuple(Source(dataset=name, key="k", name="n") for name in ("register", "operator"))


def record(dataset: str, day: int, **values: Any) -> Record:
    return Record(
        dataset=dataset, key="1", name="x", observed=datetime(2025, 1, day, tzinfo=UTC), values=values
    )


REGISTER = record("register", 1, name="人民广场停车场", spaces=120, fee=None)
OPERATOR = record("operator", 2, name="人民广场地下停车场", spaces=118, fee=5, open=True)


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        (Survivorship.PRIORITY, "人民广场停车场"),
        (Survivorship.NEWEST, "人民广场地下停车场"),
        (Survivorship.LONGEST, "人民广场地下停车场"),
        (Survivorship.MOST_COMPLETE, "人民广场地下停车场"),
    ],
)
def test_a_rule_says_whose_value_survives(rule: Survivorship, name: str) -> None:
    job = Job(name="lots", type="OffStreetParking", sources=SOURCES, rules={"name": rule})
    chosen = survive(job, (REGISTER, OPERATOR), {})["name"]
    assert (chosen.value, chosen.rule) == (name, rule)


def test_a_value_that_one_source_lacks_comes_from_the_other_and_the_rest_is_remembered() -> None:
    job = Job(name="lots", type="OffStreetParking", sources=SOURCES)
    chosen = survive(job, (REGISTER, OPERATOR), {})
    assert (chosen["fee"].value, chosen["fee"].dataset) == (5, "operator")
    assert (chosen["spaces"].value, chosen["spaces"].others) == (120, (("operator", "1", 118),))


def test_a_value_set_by_hand_wins_over_all_sources() -> None:
    job = Job(name="lots", type="OffStreetParking", sources=SOURCES)
    assert survive(job, (REGISTER, OPERATOR), {"spaces": 119})["spaces"].rule == "by_hand"
