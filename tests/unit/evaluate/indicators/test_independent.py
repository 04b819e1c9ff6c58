"""Every indicator of cases that comes with Quanyu, beside plain Python over the exported rows."""

import statistics
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from quanyu.evaluate.indicators.compute import Wanted, compute
from quanyu.evaluate.indicators.definitions import ensure_shipped, shipped
from quanyu.store import Database
from tests.unit.evaluate.indicators.rows import CLASSES, put_classes, put_rows, some_rows

Row = dict[str, Any]
NOW = datetime(2026, 4, 20, 3, tzinfo=UTC)
MONTHS = {date(2026, 1, 1): (2026, 1), date(2026, 2, 1): (2026, 2), date(2026, 3, 1): (2026, 3)}


def valid(row: Row) -> bool:
    return row["outcome"] not in ("merged", "void", "rejected")


def judged(row: Row) -> bool:
    return row["handled_by"] is not None and valid(row)


def ended(row: Row) -> bool:
    return bool(row["outcome"] == "archived")


def handled(row: Row) -> bool:
    return ended(row) or row["state"] in ("checking", "closing", "closed")


def closed(row: Row) -> bool:
    return ended(row) or row["state"] == "closed"


def said(row: Row, name: str) -> Any:
    return row["callback"][name] if row["callback"] and row["callback"]["valid"] else None


def called(row: Row) -> bool:
    return judged(row) and bool(row["callback"]) and row["callback"]["valid"]


def solved(row: Row) -> bool:
    word = said(row, "solved")
    return ended(row) if word is None else bool(word)


def weight(rows: Iterable[Row]) -> float:
    return sum(CLASSES.get(row["class"] or "", 1.0) for row in rows)


def share(rows: list[Row], whole: Callable[[Row], bool], part: Callable[[Row], bool]) -> float | None:
    among = [row for row in rows if whole(row)]
    return sum(map(part, among)) / len(among) if among else None


def hours(rows: list[Row], rank: int) -> float | None:
    """As spreadsheets do: PERCENTILE.INC."""
    found = [
        (row["closed"] - row["reported"]).total_seconds() / 3600 for row in rows if judged(row) and ended(row)
    ]
    if len(found) < 2:
        return found[0] if found else None
    return statistics.quantiles(found, n=100, method="inclusive")[rank - 1]


def volume(rows: list[Row]) -> float:
    number = sum(map(judged, rows))
    return next(
        (points for most, points in ((50, 10), (100, 9), (200, 7.5), (500, 6), (1000, 4)) if number <= most),
        0.0,
    )


def score(rows: list[Row]) -> float | None:
    rework = SHEET["case.rework_rate"](rows)
    thirds = [
        SHEET["case.closing_rate"](rows),
        SHEET["case.on_time_rate"](rows),
        None if rework is None else 1 - rework,
    ]
    known = [one for one in thirds if one is not None]
    return volume(rows) + 90 * sum(known) / len(known) if known else None


def satisfaction(rows: list[Row]) -> float | None:
    asked = [row for row in rows if called(row)]
    points = {"satisfied": 1.0, "fairly": 0.9}
    return (
        sum(points.get(said(row, "satisfaction") or "", 0.0) for row in asked) / len(asked) if asked else None
    )


def composite(rows: list[Row]) -> float | None:
    three = [SHEET[f"answer.{name}_rate"](rows) for name in ("response", "solution", "satisfaction")]
    return (
        None
        if None in three
        else sum(part * weight for part, weight in zip(three, (0.1, 0.5, 0.4), strict=True))
    )  # type: ignore[operator]


SHEET: dict[str, Callable[[list[Row]], float | None]] = {
    "case.reported": len,
    "case.valid": lambda rows: sum(map(valid, rows)),
    "case.filed": lambda rows: sum(valid(row) and row["filed"] is not None for row in rows),
    "case.judged": lambda rows: sum(map(judged, rows)),
    "case.closed": lambda rows: sum(judged(row) and closed(row) for row in rows),
    "case.report_rate": lambda rows: share(rows, lambda row: valid(row) and row["filed"] is not None, lambda row: row["channel"] in ("resident", "hotline")),
    "case.closing_rate": lambda rows: share(rows, judged, closed),
    "case.closing_on_time_rate": lambda rows: share(rows, judged, lambda row: closed(row) and not row["late"]),
    "case.on_time_rate": lambda rows: share(rows, lambda row: judged(row) and handled(row), lambda row: not row["late"]),
    "case.rework_rate": lambda rows: share(rows, lambda row: judged(row) and handled(row), lambda row: row["reworks"] > 0),
    "case.sent_back_rate": lambda rows: share(rows, judged, lambda row: row["sent_back"] > 0),
    "case.reopened_rate": lambda rows: share(rows, lambda row: judged(row) and handled(row), lambda row: row["reopened"] > 0),
    "case.hours_median": lambda rows: hours(rows, 50),
    "case.hours_p90": lambda rows: hours(rows, 90),
    "case.volume_points": volume,
    "case.score": score,
    "answer.calls": lambda rows: sum(map(called, rows)),
    "answer.response_rate": lambda rows: share(rows, called, lambda row: row["callback"]["contacted"]),
    "answer.solution_rate": lambda rows: share(rows, called, lambda row: bool(said(row, "solved"))),
    "answer.satisfaction_rate": satisfaction,
    "answer.composite": composite,
    "answer.solved_degree": lambda rows: weight(filter(lambda row: judged(row) and solved(row), rows)) / weight(filter(judged, rows)) if any(map(judged, rows)) else None,
    "need.not_accepted": lambda rows: sum(row["outcome"] == "rejected" for row in rows),
    "need.unsolved": lambda rows: sum(called(row) and not solved(row) for row in rows),
}  # fmt: skip
KEYS: dict[str, Callable[[Row], str | None]] = {
    "city": lambda row: "",
    "area": lambda row: row["region"] and row["region"][:6],
    "street": lambda row: row["region"][:9] if row["region"] and len(row["region"]) >= 9 else None,
    "department": lambda row: row["handled_by"],
    "class": lambda row: row["class"],
    "channel": lambda row: row["channel"],
}


def month_of(row: Row) -> tuple[int, int]:
    """In the city's time, eight hours before UTC."""
    local = datetime.fromtimestamp(row["reported"].timestamp() + 8 * 3600, UTC)
    return local.year, local.month


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_value_is_what_plain_python_finds(
    database: Database, tenant: str, folder: Path, seed: int
) -> None:
    rows = some_rows(400, datetime(2025, 12, 28, tzinfo=UTC), 100, seed=seed)
    async with database.tenant(tenant) as connection:
        await put_classes(connection, tenant)
        await put_rows(connection, tenant, rows)
        await ensure_shipped(connection, tenant, now=NOW)
        wanted = Wanted(codes=tuple(SHEET), first=date(2026, 1, 1), last=date(2026, 3, 31))
        done = await compute(connection, tenant, folder, wanted, now=NOW)
    found = {(one.code, one.dimension, one.key, one.period.start): one.value for one in done.values}
    dimensions = {one.code: one.dimensions for one in shipped()}
    expected = {}
    for code, calculated in SHEET.items():
        for dimension in dimensions[code]:
            for start, month in MONTHS.items():
                inside = [row for row in rows if month_of(row) == month]
                for key in {KEYS[dimension](row) for row in inside} - {None}:
                    value = calculated([row for row in inside if KEYS[dimension](row) == key])
                    if value is not None or dimension == "city":
                        expected[code, dimension, key, start] = value
    assert found.keys() == expected.keys()
    assert found == pytest.approx(expected, abs=1e-9)
    assert {code for code, *_ in expected} == SHEET.keys()


async def test_what_lies_open_at_the_end_of_a_month_was_reported_before_and_closed_after(
    database: Database, tenant: str, folder: Path
) -> None:
    rows = some_rows(300, datetime(2025, 12, 1, tzinfo=UTC), 130)
    async with database.tenant(tenant) as connection:
        await put_rows(connection, tenant, rows)
        await ensure_shipped(connection, tenant, now=NOW)
        wanted = Wanted(codes=("case.open",), first=date(2026, 1, 1), last=date(2026, 3, 31))
        done = await compute(connection, tenant, folder, wanted, now=NOW)
    for value in done.values:
        end = value.period.ends
        lying = [
            row for row in rows if row["reported"] < end and (row["closed"] is None or row["closed"] >= end)
        ]
        assert value.value == sum(KEYS[value.dimension](row) == value.key for row in lying)


async def test_taking_one_answer_away_changes_exactly_one_department(
    database: Database, tenant: str, folder: Path
) -> None:
    rows = some_rows(200, datetime(2026, 3, 2, tzinfo=UTC), 20)
    taken = next(row for row in rows if called(row) and row["callback"]["contacted"])
    wanted = Wanted(first=date(2026, 3, 1), last=date(2026, 3, 31))
    async with database.tenant(tenant) as connection:
        await put_classes(connection, tenant)
        await put_rows(connection, tenant, rows)
        await ensure_shipped(connection, tenant, now=NOW)
        whole = (await compute(connection, tenant, folder, wanted, now=NOW)).values
        await connection.execute("update case_record set callback = null where id = $1", taken["id"])
        less = (await compute(connection, tenant, folder, wanted, now=NOW)).values
    by_department = [
        {(one.code, one.key): one.value for one in values if one.dimension == "department"}
        for values in (whole, less)
    ]
    changed = {
        place
        for place in by_department[0] | by_department[1]
        if by_department[0].get(place) != by_department[1].get(place)
    }
    assert {key for _, key in changed} == {taken["handled_by"]}
    assert {code.partition(".")[0] for code, _ in changed} <= {"answer", "need"}
