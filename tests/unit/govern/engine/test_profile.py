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
