"""One manhole cover: from the report to the call-back, with everything that goes wrong on the way."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from quanyu.act.cases.conditions import put_conditions
from quanyu.act.cases.definitions import ensure_definitions
from quanyu.act.cases.finding import CaseQuery, find
from quanyu.act.cases.model import Callback, Channel, Condition, Place, Report
from quanyu.act.cases.service import Cases, case, view
from quanyu.core.errors import Conflict, Denied, Invalid
from quanyu.core.geometry import Box
from quanyu.store import Connection, Database
from quanyu.workflow import Act, Doer, inbox
from tests.unit.act.cases.people import (
    ACCEPTOR,
    CALLER,
    CHIEF,
    CITIZEN,
    DISPATCHER,
    PATROLLER,
    ROADS,
    WATER,
)

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
COVER = Report(
    channel=Channel.RESIDENT, description="人民路 12 号门前井盖破损，晚上很危险", category="C01003",
    place=Place(lon=120.15, lat=30.25), region="330102",
)  # fmt: skip


async def reported(connection: Connection, tenant: str, said: Report = COVER) -> str:
    await ensure_definitions(connection, tenant, now=NOON)
    return (await Cases(connection, tenant, NOON).report(said, CITIZEN)).id


async def does(connection: Connection, tenant: str, id: str, *acts: tuple[Doer, str], **more: Any) -> None:
    for doer, name in acts:
        wanted = Act(name=name, evidence=("p",), reason="r", **more)
        await Cases(connection, tenant, NOON).act(id, wanted, doer)


async def dispatched(connection: Connection, tenant: str, id: str) -> None:
    await does(connection, tenant, id, (ACCEPTOR, "accept"), (CHIEF, "file"))
    await does(connection, tenant, id, (DISPATCHER, "dispatch"), organisation="roads")


async def test_a_cover_is_mended_checked_and_rated(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        id = await reported(connection, tenant)
        await dispatched(connection, tenant, id)
        await does(connection, tenant, id, (ROADS, "handled"), (PATROLLER, "rework"), (ROADS, "handled"))
        await does(connection, tenant, id, (PATROLLER, "pass"), (CHIEF, "close"))
        said = Callback(solved=True, satisfaction="fairly")
        ended = await Cases(connection, tenant, NOON).call_back(id, said, CALLER)
    assert (ended.state, ended.outcome, ended.closed) == ("archived", "archived", NOON)
    assert ended.callback == {
        "valid": True,
        "contacted": True,
        "solved": True,
        "satisfaction": "fairly",
        "remark": "",
    }


async def test_closed_is_not_solved(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        id = await reported(connection, tenant)
        await dispatched(connection, tenant, id)
        await does(connection, tenant, id, (ROADS, "handled"), (PATROLLER, "pass"), (CHIEF, "close"))
        again = await Cases(connection, tenant, NOON).call_back(id, Callback(solved=False), CALLER)
    assert (again.state, again.closed) == ("filed", None)


async def test_what_nobody_can_be_asked_about_is_archived_after_a_week(
    database: Database, tenant: str
) -> None:
    async with database.tenant(tenant) as connection:
        id = await reported(connection, tenant)
        await dispatched(connection, tenant, id)
        await does(connection, tenant, id, (ROADS, "handled"), (PATROLLER, "pass"), (CHIEF, "close"))
        await Cases(connection, tenant, NOON + timedelta(days=8)).works.ring_due()
        acts = [step.act for step in (await view(connection, id, CALLER)).timeline]
    assert acts[-2:] == ["overdue", "archive"]


async def test_the_limit_is_that_of_the_class_in_its_area(database: Database, tenant: str) -> None:
    city, district = Condition(category="C01", amount=48), Condition(category="C01", amount=12, area="330102")
    async with database.tenant(tenant) as connection:
        await put_conditions(connection, tenant, [city, district], today=NOON.date())
        id = await reported(connection, tenant)
        await dispatched(connection, tenant, id)
        assert (await case(connection, id)).due == NOON + timedelta(hours=12)


async def test_a_class_given_later_brings_its_limit(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await put_conditions(connection, tenant, [Condition(category="E02", amount=6)], today=NOON.date())
        id = await reported(connection, tenant)
        await Cases(connection, tenant, NOON).classify(id, "E02001", ACCEPTOR)
        await dispatched(connection, tenant, id)
        found = await case(connection, id)
    assert (found.category, found.due) == ("E02001", NOON + timedelta(hours=6))


async def test_a_case_keeps_the_limit_of_its_day(database: Database, tenant: str) -> None:
    tomorrow = NOON + timedelta(days=1)
    shorter = Condition(category="C01", amount=12, effective_from=tomorrow.date())
    async with database.tenant(tenant) as connection:
        await put_conditions(
            connection, tenant, [Condition(category="C01", amount=48), shorter], today=NOON.date()
        )
        before = await reported(connection, tenant)
        after = (await Cases(connection, tenant, tomorrow).report(replace(COVER, key="after"), CITIZEN)).id
        await Cases(connection, tenant, tomorrow).classify(before, "C01004", ACCEPTOR)
        works = [(await view(connection, one, CALLER)).work for one in (before, after)]
    assert [work.data["limit"]["amount"] for work in works] == [48, 12]


async def test_a_limit_that_ends_leaves_the_next_above_it(database: Database, tenant: str) -> None:
    ends = Condition(category="C01003", amount=None, effective_from=NOON.date())
    laid = [Condition(category="C01", amount=48), Condition(category="C01003", amount=2)]
    async with database.tenant(tenant) as connection:
        await put_conditions(connection, tenant, [*laid, ends], today=NOON.date())
        work = (await view(connection, await reported(connection, tenant), CALLER)).work
        with pytest.raises(Invalid):
            await put_conditions(connection, tenant, [ends], today=NOON.date() + timedelta(days=1))
    assert work.data["limit"]["amount"] == 48


async def test_what_has_no_class_is_not_closed(database: Database, tenant: str) -> None:
    said = replace(COVER, category=None)
    async with database.tenant(tenant) as connection:
        id = await reported(connection, tenant, said)
        await dispatched(connection, tenant, id)
        await does(connection, tenant, id, (ROADS, "handled"), (PATROLLER, "pass"))
        at, close = Cases(connection, tenant, NOON), Act(name="close")
        with pytest.raises(Conflict, match="no class"):
            await at.act(id, close, CHIEF)
        await at.classify(id, "C01003", CHIEF)
        assert (await at.act(id, close, CHIEF)).state == "closed"


async def test_a_body_sees_only_its_own_move(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        id = await reported(connection, tenant)
        await dispatched(connection, tenant, id)
        assert set((await view(connection, id, ROADS)).acts[1]) == {
            "take",
            "handled",
            "raise",
            "remark",
            "extend",
            "send_back",
            "suspend",
        }
        assert (await view(connection, id, WATER)).acts == {}
        with pytest.raises(Denied):
            await does(connection, tenant, id, (WATER, "handled"))


async def test_the_level_above_is_called_and_answers(database: Database, tenant: str) -> None:
    above = Doer(
        id="province", roles=frozenset({"dispatcher", "handler"}), organisations=frozenset({"province"})
    )
    async with database.tenant(tenant) as connection:
        id = await reported(connection, tenant)
        await dispatched(connection, tenant, id)
        await does(connection, tenant, id, (ROADS, "raise"), organisation="province")
        raised = await case(connection, id)
        assert (raised.state, raised.organisation) == ("raised", "province")
        (task,) = (await inbox(connection, above)).items
        await Cases(connection, tenant, NOON).works.perform(task.instance, Act(name="take"), above)
        await Cases(connection, tenant, NOON).works.perform(
            task.instance, Act(name="finish", evidence=("p",)), above
        )
        (check,) = (await inbox(connection, PATROLLER)).items
        assert (check.subject, check.state) == (id, "checking")
        assert (await case(connection, id)).state == "checking"


async def test_a_hundred_who_send_the_same_make_one_case(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await ensure_definitions(connection, tenant, now=NOON)
    same = Report(channel=Channel.RESIDENT, description="路灯不亮", key="form-7")

    async def send() -> tuple[str, bool]:
        async with database.tenant(tenant) as connection:
            said = await Cases(connection, tenant, NOON).report(same, CITIZEN)
            return said.id, said.new

    sent = await asyncio.gather(*(send() for _ in range(100)))
    assert len({id for id, _ in sent}) == 1
    assert sum(new for _, new in sent) == 1


async def test_a_number_from_elsewhere_comes_in_once(database: Database, tenant: str) -> None:
    there = Report(channel=Channel.IMPORT, description="x", external="boston:101001")
    async with database.tenant(tenant) as connection:
        assert await reported(connection, tenant, there) == await reported(connection, tenant, there)


async def test_merged_cases_share_a_fate_and_not_a_circle(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        first, second = await reported(connection, tenant), await reported(connection, tenant)
        merged = await Cases(connection, tenant, NOON).merge(second, first, ACCEPTOR)
        assert (merged.outcome, merged.merged_into) == ("merged", first)
        with pytest.raises(Conflict):
            await Cases(connection, tenant, NOON).merge(first, second, ACCEPTOR)


async def test_cases_are_found_by_word_place_and_state(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        cover = await reported(connection, tenant)
        lamp = Report(channel=Channel.PATROL, description="路灯不亮", place=Place(lon=121.0, lat=31.0))
        dark = await reported(connection, tenant, lamp)

        async def ids(**wanted: Any) -> list[str]:
            return [one.id for one in (await find(connection, CaseQuery(**wanted))).items]

        assert await ids(text="井盖") == [cover]
        assert await ids(box=Box(120.9, 30.9, 121.1, 31.1)) == [dark]
        assert await ids(state="reported", channel="patrol") == [dark]
        first = await find(connection, CaseQuery(limit=1))
        rest = await find(connection, CaseQuery(limit=1, after=first.next))
        assert [first.items[0].id, rest.items[0].id, rest.next] == [dark, cover, None]


async def test_a_report_that_says_nothing_is_refused(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        with pytest.raises(Invalid, match="says nothing"):
            await reported(connection, tenant, Report(channel=Channel.RESIDENT, description="  "))
