"""A definition is checked wholly before it counts; its versions hold each from their day on."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from quanyu.core.errors import Invalid
from quanyu.evaluate.indicators.checking import check_together, in_order, is_present, parse_definition
from quanyu.evaluate.indicators.definitions import ensure_shipped, known, publish, shipped
from quanyu.evaluate.indicators.model import Status
from quanyu.store import Database

NOW = datetime(2026, 4, 20, 3, tzinfo=UTC)


def said(formula: str = "count(cases)", **other: Any) -> dict[str, Any]:
    return {"code": "own.cases", "titles": {"zh-CN": "案件", "en": "Cases"}, "formula": formula} | other


def faults_of(source: object) -> set[str]:
    with pytest.raises(Invalid) as refused:
        parse_definition(source)
    return {fault.key.rpartition(".")[2] for fault in refused.value.faults}


def test_all_faults_of_a_definition_are_told_at_once() -> None:
    wrong = said(
        "sum(weather of cases where late = 1) + count(ships) + percentile(200, hours of cases where urgent begins 'a')",
        titles={"en": "x"}, dimensions=["city", "post"], thresholds={"green": 1, "yellow": 2},
    )  # fmt: skip
    assert faults_of(wrong) == {"title", "direction", "twice", "field", "kind", "source", "rank", "dimension"}


@pytest.mark.parametrize(
    "wrong",
    [7, {}, said(surprise=1), said(code="Robert'); drop table"), said(period="week"), said(freshness_hours=0), said("count("),
     said(valid_from="soon"), said(direction="up", thresholds={"green": 1, "yellow": 2}), said("count(entities Car)", dimensions=["post"])],
    ids=str,
)  # fmt: skip
def test_a_definition_that_makes_no_sense_is_refused(wrong: object) -> None:
    assert faults_of(wrong)


def test_references_lead_to_indicators_of_the_same_period_and_never_in_a_circle() -> None:
    one, other = (
        parse_definition(said(f"[own.{to}]", code=f"own.{by}")) for by, to in (("a", "b"), ("b", "a"))
    )
    daily = parse_definition(said(code="own.daily", period="day"))
    divided = parse_definition(
        said("[own.daily] + [own.none]", code="own.c", period="day", dimensions=["area"])
    )
    third = parse_definition(said("[own.daily]", code="own.d"))
    with pytest.raises(Invalid) as refused:
        check_together([one, other, daily, divided, third], {})
    keys = sorted(fault.key.rpartition(".")[2] for fault in refused.value.faults)
    assert keys == ["circle", "circle", "lacks", "period", "unknown"]


def test_what_comes_with_quanyu_is_whole_and_each_stands_after_what_it_is_made_of() -> None:
    every = {one.code: one for one in shipped()}
    check_together(every.values(), {})
    place = {one.code: number for number, one in enumerate(in_order(every))}
    assert len(every) == len(shipped()) == len(place)
    assert all(place[code] < place[one.code] for one in every.values() for code in one.refers_to)


def test_versions_of_different_days_that_meet_in_a_circle_are_still_put_in_order() -> None:
    every = {
        one.code: one
        for one in (
            parse_definition(said(f"[own.{to}]", code=f"own.{by}")) for by, to in (("a", "b"), ("b", "a"))
        )
    }
    assert sorted(one.code for one in in_order(every)) == ["own.a", "own.b"]


@pytest.mark.parametrize(
    ("formula", "present"),
    [("count(open_cases)", False), ("count(open_cases where overdue)", True), ("avg(pm25 of entities Air)", True),
     ("avg(pm25 of history Air)", False), ("count(dataset d)", True), ("count(dataset d at day)", False)],
)  # fmt: skip
def test_what_speaks_of_the_present_is_known(formula: str, present: bool) -> None:
    assert is_present(parse_definition(said(formula))) is present


@pytest.mark.parametrize(
    ("direction", "green", "yellow", "value", "status"),
    [("up", 0.9, 0.75, 0.9, "green"), ("up", 0.9, 0.75, 0.8, "yellow"), ("up", 0.9, 0.75, 0.1, "red"),
     ("down", 35, 75, 30, "green"), ("down", 35, 75, 75, "yellow"), ("down", 35, 75, 76, "red"), ("up", 0.9, 0.75, None, "none")],
)  # fmt: skip
def test_thresholds_make_a_status(
    direction: str, green: float, yellow: float, value: float | None, status: str
) -> None:
    one = parse_definition(said(direction=direction, thresholds={"green": green, "yellow": yellow}))
    assert one.said.status(value) == Status(status)


async def test_of_the_versions_valid_on_a_day_the_newest_counts(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        for formula, since in (("count(cases)", "2026-01-01"), ("count(cases where valid)", "2026-03-01")):
            await publish(connection, tenant, said(formula, valid_from=since), by="me", now=NOW)
        every = await known(connection)
    found = {
        day: every.on(day).get("own.cases")
        for day in (date(2025, 12, 31), date(2026, 2, 28), date(2026, 3, 1))
    }
    assert [one and one.version for one in found.values()] == [None, 1, 2]


async def test_what_comes_with_quanyu_is_published_once(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        for _ in range(2):
            await ensure_shipped(connection, tenant, now=NOW)
        assert {len(every) for every in (await known(connection)).versions.values()} == {1}


async def test_what_a_city_has_changed_stays_and_publishing_may_not_break_what_refers_to_it(
    database: Database, tenant: str
) -> None:
    async with database.tenant(tenant) as connection:
        await ensure_shipped(connection, tenant, now=NOW)
        own = said(
            "share(filed of cases)",
            code="case.closing_rate",
            dimensions=["area", "street", "department", "class"],
        )
        await publish(connection, tenant, own, by="me", now=NOW)
        await ensure_shipped(connection, tenant, now=NOW)
        assert (await known(connection)).newest()["case.closing_rate"].publisher == "me"
        with pytest.raises(Invalid, match="between"):
            await publish(connection, tenant, own | {"dimensions": ["area"]}, by="me", now=NOW)
