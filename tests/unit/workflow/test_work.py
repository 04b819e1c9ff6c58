"""Work in the database: opened once, moved once, rung once, seen by whoever has the next move."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from quanyu.core.errors import Conflict, Invalid, NotFound
from quanyu.store import Connection, Database
from quanyu.workflow import (
    Act,
    Doer,
    Instance,
    Opening,
    Works,
    definition,
    inbox,
    instance,
    publish,
    publish_calendar,
    ship,
    timeline,
)
from tests.unit.workflow.repair import CHIEF, CREW, DESK, named, source

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
OFFICE = {
    "name": "office",
    "weeks": [{"valid_from": "2020-01-01", "hours": ["09:00-12:00,13:30-17:30"] * 5 + ["", ""]}],
    "days": {"2026-10-01": "", "2026-10-10": "09:00-12:00"},
    "known_until": "2026-12-31",
}
DISPATCH = Act(name="dispatch", organisation="lamps")


async def published(connection: Connection, tenant: str, definition: Any = None) -> None:
    await publish(connection, tenant, definition or source(), roles=None, by="tester", now=NOON)


async def opened(connection: Connection, tenant: str, **more: Any) -> Instance:
    opening = Opening(definition="repair", subject="lamp 7", **more)
    return await Works(connection, tenant, NOON).open(opening, DESK)


async def test_the_timeline_tells_who_did_what_when_and_why(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await published(connection, tenant)
        work = await opened(connection, tenant)
        await Works(connection, tenant, NOON).perform(work.id, DISPATCH, DESK)
        asked = Act(name="send_back", reason="not ours")
        await Works(connection, tenant, NOON + timedelta(hours=1)).perform(work.id, asked, CREW)
        steps = await timeline(connection, work.id)
    assert [(one.act, one.actor, one.origin, one.target, one.reason) for one in steps] == [
        ("open", "desk", "", "reported", ""),
        ("dispatch", "desk", "reported", "repairing", ""),
        ("send_back", "crew", "repairing", "repairing", "not ours"),
    ]


async def test_the_same_key_opens_and_acts_once(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await published(connection, tenant)
        first, second = [await opened(connection, tenant, key="form-1") for _ in range(2)]
        for _ in range(2):
            await Works(connection, tenant, NOON).perform(first.id, DISPATCH, DESK, key="click-1")
        assert first.id == second.id
        assert len(await timeline(connection, first.id)) == 2


async def test_of_several_each_is_moved_or_says_why_not_and_under_a_key_once(
    database: Database, tenant: str
) -> None:
    async with database.tenant(tenant) as connection:
        await published(connection, tenant)
        first, gone, other = [await opened(connection, tenant) for _ in range(3)]
        works = Works(connection, tenant, NOON)
        await works.perform(gone.id, DISPATCH, DESK)
        ids = [other.id, "none", gone.id, first.id]
        done = await works.perform_each(ids, DISPATCH, DESK, key="k")
        again = await works.perform_each(ids, DISPATCH, DESK, key="k")
        for one in (done, again):
            assert [type(one[id]) for id in ids] == [Instance, NotFound, Conflict, Instance]
        assert done[first.id] == await instance(connection, first.id) == again[first.id]
        assert [one.act for one in await timeline(connection, other.id)] == ["open", "dispatch"]
        assert {one.instance for one in (await inbox(connection, CREW)).items} == {
            first.id,
            other.id,
            gone.id,
        }


async def test_of_two_who_act_at_once_one_is_told_that_it_is_done(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await published(connection, tenant)
        work = await opened(connection, tenant)

    async def dispatch() -> Instance:
        async with database.tenant(tenant) as connection:
            return await Works(connection, tenant, NOON).perform(work.id, DISPATCH, DESK)

    done = await asyncio.gather(dispatch(), dispatch(), return_exceptions=True)
    assert sorted(type(one) for one in done if isinstance(one, Exception)) == [Conflict]


async def test_one_click_sent_twice_at_once_counts_once(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await published(connection, tenant)
        work = await opened(connection, tenant)

    async def click() -> Instance:
        async with database.tenant(tenant) as connection:
            return await Works(connection, tenant, NOON).perform(work.id, DISPATCH, DESK, key="click")

    done = await asyncio.gather(*(click() for _ in range(6)))
    assert {one.steps for one in done} == {2}


async def test_what_comes_along_is_renewed_until_the_city_has_its_own(
    database: Database, tenant: str
) -> None:
    async def shipped(**changed: Any) -> int:
        await ship(connection, tenant, source(**changed), now=NOON)
        return (await definition(connection, "repair")).version

    newer = {"title": {"zh-CN": "路灯维修", "en": "Lamps"}}
    async with database.tenant(tenant) as connection:
        assert [await shipped(), await shipped(), await shipped(**newer)] == [1, 1, 2]
        await publish(connection, tenant, source(), roles=None, by="chief", now=NOON)
        assert await shipped(**newer) == 3


async def test_running_work_stays_on_its_version(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await published(connection, tenant)
        work = await opened(connection, tenant)
        changed = source()
        changed["actions"][0]["roles"] = ["chief"]
        await published(connection, tenant, changed)
        await Works(connection, tenant, NOON).perform(work.id, DISPATCH, DESK)
        assert (await opened(connection, tenant)).version == 2


async def test_the_inbox_shows_ones_own_moves_due_first(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await published(connection, tenant)
        late, soon = await opened(connection, tenant), await opened(connection, tenant)
        for work, hours in ((late, 2), (soon, 0)):
            await Works(connection, tenant, NOON + timedelta(hours=hours)).perform(work.id, DISPATCH, DESK)
        mine = Act(name="dispatch", organisation="lamps", assignee="somebody else")
        await Works(connection, tenant, NOON).perform((await opened(connection, tenant)).id, mine, DESK)
        first = await inbox(connection, CREW, limit=1)
        rest = await inbox(connection, CREW, limit=1, after=first.next)
        stranger = Doer(id="x", roles=frozenset({"crew"}), organisations=frozenset({"water"}))
        assert [one.instance for one in (*first.items, *rest.items)] == [soon.id, late.id]
        assert rest.next is None
        assert (await inbox(connection, stranger)).items == ()
        with pytest.raises(Invalid, match="token"):
            await inbox(connection, CREW, after="nonsense")


async def test_work_without_a_clock_comes_last_and_has_no_due_time(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await published(connection, tenant)
        held = await opened(connection, tenant)
        await Works(connection, tenant, NOON).perform(held.id, DISPATCH, DESK)
        await Works(connection, tenant, NOON).perform(held.id, Act(name="hold", reason="snow"), CREW)
        await Works(connection, tenant, NOON).perform(held.id, Act(name="grant"), CHIEF)
        again = await opened(connection, tenant)
        await Works(connection, tenant, NOON).perform(again.id, DISPATCH, DESK)
        await Works(connection, tenant, NOON).perform(again.id, Act(name="hold", reason="ice"), CREW)
        await Works(connection, tenant, NOON).perform(again.id, Act(name="grant"), CHIEF)
        first = await inbox(connection, CREW, limit=1)
        (item,) = first.items
        assert (item.due, item.standing) == (None, "suspended")
        (other,) = (await inbox(connection, CREW, limit=1, after=first.next)).items
        assert {item.instance, other.instance} == {held.id, again.id}


async def test_a_bell_rings_once_however_many_listen(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await published(connection, tenant)
        work = await opened(connection, tenant)

    async def ringer() -> int:
        async with database.tenant(tenant) as connection:
            return await Works(connection, tenant, NOON + timedelta(days=400)).ring_due()

    assert sum(await asyncio.gather(*(ringer() for _ in range(4)))) == 1
    async with database.tenant(tenant) as connection:
        acts = [one.act for one in await timeline(connection, work.id)]
        assert acts == ["open", "overdue"]
        assert await Works(connection, tenant, NOON + timedelta(days=800)).ring_due() == 0


async def test_called_work_answers_the_work_that_called_it(database: Database, tenant: str) -> None:
    caller = named(
        "city_case", start="county",
        states=[
            named("county", call={"definition": "repair", "outcomes": {"solved": "done", "void": "refused"}}),
            named("closed", final=True), named("open_again", role="desk"),
        ],
        actions=[
            named("done", to="closed", roles=["desk"], **{"from": ["county"]}),
            named("refused", to="open_again", roles=["desk"], **{"from": ["county"]}),
            named("finish", to="closed", roles=["desk"], **{"from": ["open_again"]}),
        ],
    )  # fmt: skip
    async with database.tenant(tenant) as connection:
        await published(connection, tenant)
        await published(connection, tenant, caller)
        opening = Opening(definition="city_case", subject="lamp 7")
        above = await Works(connection, tenant, NOON).open(opening, DESK)
        below = (await inbox(connection, DESK)).items[0].instance
        with pytest.raises(Conflict):
            await Works(connection, tenant, NOON).perform(above.id, Act(name="done"), DESK)
        await Works(connection, tenant, NOON).perform(below, DISPATCH, DESK)
        await Works(connection, tenant, NOON).perform(below, Act(name="repaired", evidence=("p",)), CREW)
        both = await Works(connection, tenant, NOON).perform_each(
            [above.id, below], Act(name="close", data={"lit": True}), DESK
        )
        assert [type(one) for one in both.values()] == [Invalid, Instance]
        assert (await instance(connection, above.id)).outcome == "closed"


async def test_a_calendar_of_the_city_counts_its_hours(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        with pytest.raises(Invalid):
            await published(connection, tenant, source(calendar="office"))
        await publish_calendar(connection, tenant, OFFICE, by="tester", now=NOON)
        states = source()["states"]
        states[0]["limit"]["unit"] = "working_hours"
        await published(connection, tenant, source(calendar="office", states=states))
        work = await Works(connection, tenant, datetime(2026, 11, 20, 9, tzinfo=UTC)).open(
            Opening(definition="repair", subject="x"),
            DESK,  # Friday 17:00 in Shanghai
        )
        deadline = work.positions[0].deadline
        assert deadline is not None
        assert deadline.due == datetime(2026, 11, 23, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "changed",
    [{"zone": "Moon/Crater"}, {"weeks": []}, {"weeks": [{"valid_from": "2020-01-01", "hours": [""] * 7}]}, {"name": "always"},
     {"days": {"2026-10-01": "9 to 5"}}, {"days": {"2026-13-01": ""}}, {"surprise": 1}],
)  # fmt: skip
async def test_a_calendar_that_cannot_be_counted_by_is_refused(
    database: Database, tenant: str, changed: dict[str, Any]
) -> None:
    async with database.tenant(tenant) as connection:
        with pytest.raises(Invalid):
            await publish_calendar(connection, tenant, OFFICE | changed, by="tester", now=NOON)


async def test_another_city_has_nothing_of_it(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        await published(connection, tenant)
        work = await opened(connection, tenant)
    async with database.tenant(f"{tenant}-other") as connection:
        with pytest.raises(NotFound):
            await instance(connection, work.id)
        assert (await inbox(connection, DESK)).items == ()
