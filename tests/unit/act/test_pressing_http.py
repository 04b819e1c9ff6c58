"""What presses, and with whom it lies."""

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
