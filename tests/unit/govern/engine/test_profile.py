"""Classes of a profile begin where their first value lies, so that whoever asks for them gets those that were counted."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.unit.govern.engine.conftest import Imported, Importer


def counted_in(done: Imported, column: str) -> list[int]:
    """How many records lie from the name of each class up to that of the next."""
    (profile,) = (one for one in done.report.columns if one.name == column)
    bounds = [bound for bound, _ in profile.histogram]
    conditions = [
        f"{column} < '{after}'" if not place else f"{column} >= '{bounds[place]}'" + (f" AND {column} < '{after}'" if after else "")
        for place, after in enumerate([*bounds[1:], None])
    ]  # fmt: skip
    counts = [
        len([one for (one,) in done.rows("accepted", f"coalesce({said}, false)") if one])
        for said in conditions
    ]
    assert counts == [count for _, count in profile.histogram]
    return counts


@pytest.mark.parametrize(
    "values",
    [
        [number * 7 % 53 for number in range(200)],
        [118.700123 + number * number / 90_000 for number in range(200)],
        [date(2026, 1, 1) + timedelta(days=number * number % 61) for number in range(200)],
        [
            datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None) + timedelta(seconds=number**2 * 17)
            for number in range(200)
        ],
    ],
    ids=["whole numbers", "numbers", "days", "moments"],
)
def test_a_class_is_named_by_the_least_value_in_it(imported: Importer, values: list[object]) -> None:
    lines = [f"P{number},{value}" for number, value in enumerate(values)]
    done = imported("\n".join(["no,v", *lines]) + "\n")
    assert sum(counted_in(done, "v")) == len(values)


@pytest.mark.parametrize("several", [24, 31, 39, 40, 100], ids=lambda several: f"{several} values")
def test_even_whole_values_look_even(imported: Importer, several: int) -> None:
    lines = [f"P{number},{number % several}" for number in range(several * 4)]
    done = imported("\n".join(["no,v", *lines]) + "\n")
    assert len(set(counted_in(done, "v"))) == 1


def test_where_no_value_lies_a_class_is_empty(imported: Importer) -> None:
    lines = [f"P{number},{number % 3 or 1000}" for number in range(30)]
    done = imported("\n".join(["no,v", *lines]) + "\n")
    assert counted_in(done, "v") == [20, *[0] * 18, 10]


def test_the_ends_of_a_column_are_said_as_its_classes_are(imported: Importer) -> None:
    done = imported("no,v\n" + "".join(f"P{number},{number / 2}\n" for number in range(2, 41)))
    (profile,) = (one for one in done.report.columns if one.name == "v")
    assert (profile.minimum, profile.maximum) == ("1", "20")
    assert profile.histogram[0][0] == profile.minimum
