"""What presses, and with whom it lies."""

from quanyu.store import Database
from tests.unit.act.conftest import As
from tests.unit.act.test_case_http import sent


async def test_what_is_due_first_stands_first_and_is_counted_by_body(asking: As) -> None:
    desk = asking("acceptor", "shift_chief", "dispatcher")
    waiting, sent_on = (await sent(asking()))["id"], (await sent(asking()))["id"]
    for act in ({"name": "accept"}, {"name": "file"}, {"name": "dispatch", "organisation": "roads"}):
        await desk.post(f"/api/v1/cases/{sent_on}/acts", json=act)
    found = (await desk.get("/api/v1/cases/pressing", params={"hours": 3})).json()
    assert [one["id"] for one in found["items"]] == [waiting, sent_on]
    assert {one["organisation"]: (one["open"], one["late"], one["soon"]) for one in found["bodies"]} == {
        None: (1, 0, 1), "roads": (1, 0, 0),
    }  # fmt: skip
    assert {part: found["whole"][part] for part in ("open", "late", "soon")} == {
        "open": 2,
        "late": 0,
        "soon": 1,
    }
    here = (await desk.get("/api/v1/cases/pressing", params={"bbox": "0,0,1,1"})).json()
    assert (here["items"], here["bodies"], here["whole"]["open"]) == ([], [], 0)


async def test_a_case_that_lies_with_two_bodies_is_one_open_case(asking: As) -> None:
    desk = asking("acceptor", "shift_chief", "dispatcher")
    id = (await sent(asking()))["id"]
    tasks = [{"name": "关闭阀门", "organisation": "water"}, {"name": "修复路面", "organisation": "roads"}]
    for act in ({"name": "accept"}, {"name": "file"}, {"name": "plan", "tasks": tasks}):
        assert (await desk.post(f"/api/v1/cases/{id}/acts", json=act)).status_code == 200
    found = (await desk.get("/api/v1/cases/pressing")).json()
    assert {one["organisation"]: one["open"] for one in found["bodies"]} == {"water": 1, "roads": 1}
    assert found["whole"]["open"] == 1


async def test_a_body_sees_only_what_presses_it(asking: As) -> None:
    desk = asking("acceptor", "shift_chief", "dispatcher")
    id = (await sent(asking()))["id"]
    for act in ({"name": "accept"}, {"name": "file"}, {"name": "dispatch", "organisation": "roads"}):
        await desk.post(f"/api/v1/cases/{id}/acts", json=act)
    roads, water = asking("handler", organisation="roads"), asking("handler", organisation="water")
    path = "/api/v1/cases/pressing"
    assert len((await roads.get(path)).json()["items"]) == 1
    assert (await water.get(path)).json()["items"] == []
    assert (await water.get(path, params={"organisation": "roads"})).json()["items"] == []


async def test_the_list_is_narrowed_to_a_body_and_never_widened(asking: As) -> None:
    desk = asking("acceptor", "shift_chief", "dispatcher")
    id, _ = (await sent(asking()))["id"], await sent(asking())
    for act in ({"name": "accept"}, {"name": "file"}, {"name": "dispatch", "organisation": "roads"}):
        await desk.post(f"/api/v1/cases/{id}/acts", json=act)
    asked = {"organisation": "roads"}
    assert [one["id"] for one in (await desk.get("/api/v1/cases", params=asked)).json()["items"]] == [id]
    water = asking("handler", organisation="water")
    assert (await water.get("/api/v1/cases", params=asked)).json()["items"] == []


async def test_what_presses_goes_on_page_by_page_each_case_once_those_without_a_limit_last(
    asking: As, database: Database, tenant: str
) -> None:
    desk = asking("acceptor", "shift_chief", "dispatcher")
    ids = [(await sent(asking()))["id"] for _ in range(5)]
    async with database.tenant(tenant) as connection:
        await connection.execute("update case_record set due = null where id = any($1::text[])", ids[:2])
    path, found, after = "/api/v1/cases/pressing", list[str](), None
    while after != "":
        page = (await desk.get(path, params={"limit": 1} | ({"after": after} if after else {}))).json()
        found += (one["id"] for one in page["items"])
        assert page["total"] == 5
        after = page["next"] or ""
    assert found == [*ids[2:], *ids[:2]]
    refused = await desk.get(path, params={"after": "nonsense"})
    assert (refused.status_code, refused.json()["type"]) == (400, "urn:quanyu:problem:act.case.token")


async def test_a_part_of_what_presses_is_told_by_the_time_that_is_left(
    asking: As, database: Database, tenant: str
) -> None:
    desk = asking("acceptor", "shift_chief", "dispatcher")
    late, near, in_time, without = [(await sent(asking()))["id"] for _ in range(4)]
    due = {late: -1, near: 1, in_time: 100, without: None}
    async with database.tenant(tenant) as connection:
        for id, hours in due.items():
            await connection.execute(
                "update case_record set entered = now() - interval '10 hours', due = now() + $2 * interval '1 hour' where id = $1",
                id, hours,
            )  # fmt: skip
    parts = {
        "within": [late, near],
        "late": [late],
        "near": [near],
        "in_time": [in_time],
        "without": [without],
    }
    for part, ids in parts.items():
        page = (await desk.get("/api/v1/cases/pressing", params={"part": part, "hours": 3})).json()
        assert ([one["id"] for one in page["items"]], page["total"], page["next"]) == (ids, len(ids), None)
