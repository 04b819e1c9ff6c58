"""交接班: what one chief leaves, the next one signs for."""

from datetime import UTC, datetime, timedelta

from quanyu.act.handover import _sql
from quanyu.store import Database
from quanyu.twin import Writer, write_of
from quanyu.twin.ngsild.document import parse_entity
from tests.unit.act.conftest import As
from tests.unit.act.test_area_http import AREA, TRIANGLE, area
from tests.unit.act.test_case_http import sent

PATH = "/api/v1/handovers"


async def due_at(database: Database, tenant: str, id: str, due: datetime) -> None:
    async with database.tenant(tenant) as connection:
        await connection.execute("update case_record set due = $2 where id = $1", id, due)


async def test_a_sheet_says_what_became_overdue_and_what_comes_next(
    asking: As, database: Database, tenant: str
) -> None:
    now = datetime.now(UTC)
    late, long_ago, ahead, after = [(await sent(asking()))["id"] for _ in range(4)]
    for id, hours in ((late, -1), (long_ago, -30), (ahead, 3), (after, 30)):
        await due_at(database, tenant, id, now + timedelta(hours=hours))
    state = (await asking("shift_chief").get(f"{PATH}/draft")).json()["state"]
    assert [one["id"] for one in state["overdue"]] == [late]
    assert [one["id"] for one in state["ahead"]] == [ahead]
    assert (state["reported"], state["closed"], state["open"], state["late"]) == (4, 0, 4, 2)


async def test_a_list_that_is_cut_says_how_many_are_not_in_it(
    asking: As, database: Database, tenant: str
) -> None:
    now = datetime.now(UTC)
    ids = [(await sent(asking()))["id"] for _ in range(_sql.MOST + 2)]
    async with database.tenant(tenant) as connection:
        await connection.execute("update case_record set due = $1", now + timedelta(hours=3))
    state = (await asking("shift_chief").get(f"{PATH}/draft")).json()["state"]
    assert (len(state["ahead"]), state["beyond"]) == (_sql.MOST, {"ahead": len(ids) - _sql.MOST})


async def test_the_sheet_of_a_district_holds_to_its_boundary(
    asking: As, database: Database, tenant: str
) -> None:
    drawn = area({"type": "Polygon", "coordinates": [TRIANGLE]})
    await Writer(database).submit(tenant, [write_of(parse_entity(drawn))])
    now = datetime.now(UTC)
    inside, beyond = [
        [(await sent(asking(), place={"lon": lon, "lat": lat}))["id"] for _ in range(2)]
        for lon, lat in ((121.2, 31.2), (121.9, 31.9))
    ]
    for late, ahead in (inside, beyond):
        await due_at(database, tenant, late, now - timedelta(hours=1))
        await due_at(database, tenant, ahead, now + timedelta(hours=3))
    chief = asking("shift_chief")
    state = (await chief.get(f"{PATH}/draft", params={"area": AREA})).json()["state"]
    assert [[one["id"] for one in state[part]] for part in ("overdue", "ahead")] == [[id] for id in inside]
    assert (state["reported"], state["open"], state["late"]) == (2, 2, 1)
    assert (await chief.post(PATH, json={})).json()["state"]["reported"] == 4


async def test_what_was_granted_in_the_shift_is_told_with_its_reason(asking: As) -> None:
    desk = asking("acceptor", "shift_chief", "dispatcher")
    id = (await sent(asking()))["id"]
    for act in ({"name": "accept"}, {"name": "file"}, {"name": "dispatch", "organisation": "roads"}):
        await desk.post(f"/api/v1/cases/{id}/acts", json=act)
    handler = asking("handler", organisation="roads")
    asked = await handler.post(
        f"/api/v1/cases/{id}/acts", json={"name": "extend", "reason": "等待配件", "amount": 4}
    )
    assert asked.status_code == 200, asked.text
    granted = await asking("dispatcher", "shift_chief", "supervisor").post(
        f"/api/v1/cases/{id}/acts", json={"name": "grant", "reason": "同意"}
    )
    assert granted.status_code == 200, granted.text
    (line,) = (await asking("shift_chief").get(f"{PATH}/draft")).json()["state"]["granted"]
    assert (line["id"], line["act"], line["reason"]) == (id, "grant", "同意")


async def test_the_next_chief_signs_once_and_nobody_for_themselves(asking: As) -> None:
    chief, next_one = asking("shift_chief"), asking("shift_chief", "acceptor")
    promised = {"text": "明早八点前恢复照明", "case": "1"}
    given = (await chief.post(PATH, json={"notes": "经十路积水未退", "promises": [promised]})).json()
    assert (await chief.post(PATH, json={})).status_code == 409
    signature = f"{PATH}/{given['id']}/signature"
    assert (await chief.post(signature, json={})).status_code == 409
    assert (await next_one.post(signature, json={"remark": "已知悉"})).json()["remark"] == "已知悉"
    assert (await next_one.post(signature, json={})).status_code == 409
    kept = (await chief.get(PATH)).json()["items"][0]
    assert (kept["notes"], kept["promises"][0]["text"]) == ("经十路积水未退", "明早八点前恢复照明")
    following = (await chief.get(f"{PATH}/draft")).json()
    assert following["begun"] == kept["ended"]


async def test_a_shift_does_not_begin_in_the_future_or_long_ago(asking: As) -> None:
    for hours in (1, -100):
        since = (datetime.now(UTC) + timedelta(hours=hours)).isoformat()
        answer = await asking("shift_chief").get(f"{PATH}/draft", params={"since": since})
        assert answer.status_code == 400


async def test_sheets_go_on_page_by_page_the_newest_first(asking: As) -> None:
    leaves, comes = asking("shift_chief"), asking("shift_chief", "acceptor")
    given = list[str]()
    for _ in range(3):
        given.append((await leaves.post(PATH, json={})).json()["id"])
        assert (await comes.post(f"{PATH}/{given[-1]}/signature", json={})).status_code == 200
    found, after = list[str](), None
    while after != "":
        page = (await leaves.get(PATH, params={"limit": 2} | ({"after": after} if after else {}))).json()
        found += (one["id"] for one in page["items"])
        after = page["next"] or ""
    assert found == given[::-1]
    assert (await leaves.get(PATH, params={"after": "nonsense"})).status_code == 400
