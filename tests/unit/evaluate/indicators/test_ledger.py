"""Where things happen again, and what stays undone and why."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import cos, radians
from typing import Any

from quanyu.act.cases.definitions import ensure_definitions
from quanyu.act.cases.model import Callback, Channel, Report
from quanyu.act.cases.service import Cases
from quanyu.evaluate.indicators._ledger_sql import HOT_SPOTS
from quanyu.evaluate.indicators.ledger import Looking, Reason, Span, hot_spots, unmet_needs
from quanyu.store import Database
from quanyu.workflow import Act
from tests.unit.act.cases.people import ACCEPTOR, CALLER, CHIEF, CITIZEN, DISPATCHER, PATROLLER, ROADS
from tests.unit.evaluate.indicators.rows import put_classes, put_rows, row, some_rows

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
SPAN = Span(start=MARCH, end=MARCH + timedelta(days=31))
FLOODED = {"class_": "E01001", "lon": 123.700, "lat": 29.600}


async def test_a_drain_that_fails_again_within_a_month_is_a_repeat(database: Database, tenant: str) -> None:
    def day(number: int) -> datetime:
        return MARCH + timedelta(days=number)

    rows = [
        row("0", day(-10), closed=day(-9), outcome="archived", **FLOODED),
        row("1", day(1), closed=day(2), outcome="archived", **FLOODED),
        row("2", day(20), closed=day(21), outcome="archived", **FLOODED | {"lon": 123.7001}),
        row("3", day(22), **FLOODED),
        row("4", day(23), outcome="merged", **FLOODED),
        row("5", day(3), **FLOODED | {"lon": 123.8}), row("6", day(4), **FLOODED | {"class_": "C03001"}),
        row("7", day(5), class_="E01002", address="1 High Street"), row("8", day(6), class_="E01002", address="1 High Street"),
    ]  # fmt: skip
    async with database.tenant(tenant) as connection:
        await put_classes(connection, tenant)
        await put_rows(connection, tenant, rows)
        found = await hot_spots(connection, SPAN, Looking(least=2), language="en")
        only = await hot_spots(connection, SPAN, Looking(least=2, category="E01002"))
        soon = await hot_spots(connection, SPAN, Looking(least=3, days=5))
    assert [(one.category, one.cases, one.repeats, one.open, one.ids) for one in found] == [
        ("E01001", 3, 3, 1, ("3", "2", "1")), ("E01002", 2, 1, 2, ("8", "7")),
    ]  # fmt: skip
    assert (found[0].title, found[1].place, len(only)) == ("E01001", None, 1)
    assert [one.repeats for one in soon] == [1]


def counted_by_hand(
    rows: list[dict[str, Any]], metres: float, least: int
) -> set[tuple[str, int, frozenset[str]]]:
    """Class, number and cases of each spot within `SPAN`."""
    spots: dict[tuple[object, ...], list[str]] = {}
    for one in rows:
        if one["outcome"] in ("merged", "void", "rejected") or not SPAN.start <= one["reported"] < SPAN.end:
            continue
        across = one["lon"] * cos(radians(round(one["lat"]))) * 111_320 // metres
        spots.setdefault((one["class"], across, one["lat"] * 111_320 // metres), []).append(one["id"])
    return {(str(spot[0]), len(ids), frozenset(ids)) for spot, ids in spots.items() if len(ids) >= least}


async def test_hot_spots_are_those_that_a_count_by_hand_finds(database: Database, tenant: str) -> None:
    chance = random.Random(5)
    rows = [
        one | {"class": one["class"] or "E01001", "lon": 123.7 + chance.random() / 50, "lat": 29.6 + chance.random() / 50}
        for one in some_rows(400, MARCH - timedelta(days=20), 60)
    ]  # fmt: skip
    async with database.tenant(tenant) as connection:
        await put_classes(connection, tenant)
        await put_rows(connection, tenant, rows)
        found = await hot_spots(connection, SPAN, Looking(metres=400, limit=500))
    wanted = counted_by_hand(rows, 400, 3)
    assert len(wanted) > 5
    assert {(one.category, one.cases, frozenset(one.ids)) for one in found} == wanted


async def test_what_lies_alone_is_left_out_before_anything_is_sorted(database: Database, tenant: str) -> None:
    crowd = [row(f"crowd {one}", MARCH, **FLOODED) for one in range(3)]
    alone = [row(f"alone {one}", MARCH, **FLOODED | {"lon": 123 + one / 100}) for one in range(50)]
    async with database.tenant(tenant) as connection:
        await put_classes(connection, tenant)
        await put_rows(connection, tenant, crowd + alone)
        asked = SPAN.start, SPAN.end, "", 250.0, 3, 30, 100
        ((plan,),) = await connection.fetch(f"explain (analyze, format json) {HOT_SPOTS}", *asked)
    sorted_rows = [one["Actual Rows"] for one in _steps(plan[0]["Plan"]) if "Sort" in one["Node Type"]]
    assert sorted_rows
    assert max(sorted_rows) == len(crowd)


def _steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for one in plan.get("Plans", ()):
        yield from _steps(one)


async def test_a_case_with_several_reasons_stands_in_the_ledger_once(database: Database, tenant: str) -> None:
    answer = {"valid": True, "solved": False, "remark": "still wet"}
    rows = [
        row("both", MARCH, due=MARCH, callback=answer), row("late", MARCH, due=MARCH), row("before", MARCH - timedelta(days=1), due=MARCH),
        row("refused", MARCH, closed=MARCH, outcome="rejected", callback=answer), row("solved", MARCH, callback=answer | {"solved": True}),
    ]  # fmt: skip
    async with database.tenant(tenant) as connection:
        await put_rows(connection, tenant, rows)
        found = await unmet_needs(connection, SPAN, now=MARCH + timedelta(days=2))
    assert {(need.id, need.reason.value) for need in found.items} == {
        ("both", "unsolved"), ("late", "overdue"), ("refused", "not_accepted"),
    }  # fmt: skip
    assert sum(group.cases for group in found.groups) == len(found.items) == 3


async def test_the_ledger_of_unmet_needs_says_why(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await ensure_definitions(connection, tenant, now=MARCH)
        at = Cases(connection, tenant, MARCH)

        async def reported(*acts: tuple[object, str, str]) -> str:
            id = (
                await at.report(
                    Report(channel=Channel.HOTLINE, description="内涝", category="E04001"), CITIZEN
                )
            ).id
            for doer, name, reason in acts:
                wanted = Act(
                    name=name,
                    reason=reason,
                    organisation="roads" if name == "dispatch" else None,
                    evidence=("p",),
                )
                await at.act(id, wanted, doer)  # type: ignore[arg-type]
            return id

        there = ((ACCEPTOR, "accept", ""), (CHIEF, "file", ""), (DISPATCHER, "dispatch", ""))
        refused = await reported((ACCEPTOR, "reject", "private ground"))
        waiting = await reported(*there, (ROADS, "suspend", "no pump"), (CHIEF, "grant", ""))
        closed = await reported(*there, (ROADS, "handled", ""), (PATROLLER, "pass", ""), (CHIEF, "close", ""))
        await at.call_back(closed, Callback(solved=False, remark="still wet"), CALLER)
        late = await reported(*there)
        found = await unmet_needs(connection, SPAN, now=MARCH + timedelta(days=3))
        first = await unmet_needs(connection, SPAN, now=MARCH + timedelta(days=3), limit=1)
        rest = await unmet_needs(connection, SPAN, now=MARCH + timedelta(days=3), after=first.next)
        one = await unmet_needs(connection, SPAN, now=MARCH, reason=Reason.SUSPENDED)
    assert {need.id: (need.reason.value, need.why) for need in found.items} == {
        refused: ("not_accepted", "private ground"), waiting: ("suspended", "no pump"), closed: ("unsolved", "still wet"),
        late: ("overdue", ""),
    }  # fmt: skip
    assert (*first.items, *rest.items) == found.items
    assert [(group.reason, group.organisation, group.cases) for group in one.groups] == [
        ("suspended", "roads", 1)
    ]
