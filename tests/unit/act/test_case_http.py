"""Cases as the desk, the handlers and the residents ask for them."""

from importlib.resources import files
from secrets import token_hex
from typing import Any

import pytest
from httpx import AsyncClient

from quanyu.store import Database
from tests.unit.act.conftest import As

COVER = {
    "channel": "resident",
    "description": "人民路井盖破损",
    "class": "C01003",
    "place": {"lon": 120.15, "lat": 30.25},
}


async def sent(client: AsyncClient, **more: Any) -> dict[str, Any]:
    """Of another reporter each time."""
    answer = await client.post("/api/v1/reports", json=COVER | {"key": token_hex()} | more)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_resident_follows_with_the_secret_only(asking: As) -> None:
    resident = asking()
    made = await sent(resident)
    path = f"/api/v1/reports/{made['id']}"
    followed = (await resident.get(path, params={"follow": made["follow"]})).json()
    assert (followed["state"], followed["title"]) == ("reported", "人民路井盖破损")
    for wrong in ("", "x", "é"):
        assert (await resident.get(path, params={"follow": wrong})).status_code == 404


async def test_a_desk_works_through_its_inbox(asking: As) -> None:
    made = await sent(asking())
    desk = asking("acceptor", "shift_chief", "dispatcher")
    inbox = (await desk.get("/api/v1/work")).json()
    (item,) = inbox["items"]
    assert (item["subject"], item["state"]) == (made["id"], "reported")
    assert inbox["subjects"][made["id"]]["title"] == "人民路井盖破损"
    path = f"/api/v1/cases/{made['id']}/acts"
    for name, more in (("accept", {}), ("file", {}), ("dispatch", {"organisation": "roads"})):
        answer = await desk.post(path, json={"name": name} | more, headers={"Idempotency-Key": name})
        assert answer.status_code == 200, answer.text
    again = await desk.post(path, json={"name": "accept"}, headers={"Idempotency-Key": "accept"})
    assert again.json()["case"]["state"] == "handling"
    roads, water = asking("handler", organisation="roads"), asking("handler", organisation="water")
    assert len((await roads.get("/api/v1/cases")).json()["items"]) == 1
    assert (await water.get("/api/v1/cases")).json()["items"] == []
    assert (await water.get(f"/api/v1/cases/{made['id']}")).status_code == 404
    assert len((await roads.get("/api/v1/work")).json()["items"]) == 1


async def test_all_that_lies_in_an_inbox_is_shown_at_once_and_nothing_of_others(asking: As) -> None:
    made = [await sent(asking()) for _ in range(2)]
    desk = asking("acceptor", "shift_chief", "dispatcher")
    instances = [one["instance"] for one in (await desk.get("/api/v1/work")).json()["items"]]
    asked = {"work": [*instances, "no-such-work"]}
    shown = (await desk.post("/api/v1/work/views", json=asked)).json()
    assert shown["work"] == {}
    for number, view in ((one["case"]["id"], one) for one in shown["cases"].values()):
        assert view == (await desk.get(f"/api/v1/cases/{number}")).json()
    assert {one["case"]["id"] for one in shown["cases"].values()} == {one["id"] for one in made}
    water = asking("handler", organisation="water")
    assert (await water.post("/api/v1/work/views", json=asked)).json() == {"cases": {}, "work": {}}
    assert (await desk.post("/api/v1/work/views", json={"work": instances * 50})).status_code == 400


async def test_a_handler_of_no_body_has_no_body_s_work(asking: As) -> None:
    made = await sent(asking())
    desk, nowhere = asking("acceptor", "shift_chief", "dispatcher"), asking("handler")
    path = f"/api/v1/cases/{made['id']}/acts"
    for name, more in (("accept", {}), ("file", {}), ("dispatch", {"organisation": "roads"})):
        assert (await desk.post(path, json={"name": name} | more)).status_code == 200
    assert (await nowhere.get("/api/v1/work")).json()["items"] == []
    done = await nowhere.post(path, json={"name": "handled", "evidence": ["mended"]})
    assert done.status_code in (403, 404)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "fly"}, 404), ({"name": "close"}, 409), ({}, 400), ({"name": "accept", "surprise": 1}, 400),
        ({"name": "accept", "data": {"limit": {"amount": 1}}}, 400), ({"name": "accept", "position": 9}, 404), ([], 400),
    ],
)  # fmt: skip
async def test_an_act_that_cannot_be_is_refused_in_words(asking: As, body: Any, status: int) -> None:
    made = await sent(asking())
    answer = await asking("acceptor").post(f"/api/v1/cases/{made['id']}/acts", json=body)
    assert answer.status_code == status
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "wrong",
    [{"description": ""}, {"place": {"lon": 500, "lat": 0}}, {"place": "here"}, {"channel": "pigeon"}, {"photos": 3},
     {"description": "x" * 30_000}, {"surprise": True}, {"class": "NOPE"}, {"organisation": "nowhere"}],
)  # fmt: skip
async def test_a_report_that_is_wrong_is_refused_with_its_place(asking: As, wrong: dict[str, Any]) -> None:
    answer = await asking().post("/api/v1/reports", json=COVER | wrong)
    assert answer.status_code == 400
    assert answer.json()["faults"]


async def test_a_merger_that_is_sent_twice_is_one(asking: As) -> None:
    first, second = await sent(asking()), await sent(asking())
    desk = asking("acceptor")
    for _ in range(2):
        answer = await desk.post(
            f"/api/v1/cases/{second['id']}/merge",
            json={"into": first["id"]},
            headers={"Idempotency-Key": "m"},
        )
        assert (answer.status_code, answer.json()["merged_into"]) == (200, first["id"])
    seen = (await desk.get(f"/api/v1/cases/{second['id']}")).json()
    assert (seen["work"]["version"], seen["work"]["outcome"]) == (1, "merged")


async def test_a_call_back_sent_again_with_other_words_changes_nothing_and_counts_by_either_door(
    asking: As,
) -> None:
    desk = asking("acceptor", "shift_chief", "dispatcher", "patroller", "callback_agent")
    roads = asking("handler", organisation="roads")

    async def closed() -> str:
        path = f"/api/v1/cases/{(await sent(asking()))['id']}"
        way = ({"name": "accept"}, {"name": "file"}, {"name": "dispatch", "organisation": "roads"})
        for who, acts in ((desk, way), (roads, ({"name": "handled", "evidence": ["x"]},)), (desk, ({"name": "pass"}, {"name": "close"}))):  # fmt: skip
            for act in acts:
                assert (await who.post(f"{path}/acts", json=act)).status_code == 200
        return path

    said = {"solved": True, "satisfaction": "satisfied"}
    path = await closed()
    for answer in (said, {"solved": True, "satisfaction": "dissatisfied"}):
        told = await desk.post(f"{path}/callback", json=answer, headers={"Idempotency-Key": "c"})
        assert (told.status_code, told.json()["callback"]["satisfaction"]) == (200, "satisfied")
    path = await closed()
    wrong = {"name": "solved", "data": {"callback": said | {"valid": "perhaps"}}}
    assert (await desk.post(f"{path}/acts", json=wrong)).status_code == 400
    acted = await desk.post(f"{path}/acts", json={"name": "solved", "data": {"callback": said}})
    assert acted.json()["case"]["callback"]["satisfaction"] == "satisfied"


async def shown(body: AsyncClient, number: str) -> list[int]:
    """How often: in the list that is searched and drawn, in the inbox, on the board and in its counts."""
    found = await body.get("/api/v1/cases", params={"q": "井盖", "bbox": "120,30,121,31"})
    inbox, board = await body.get("/api/v1/work"), (await body.get("/api/v1/cases/pressing")).json()
    lists = ([one["id"] for one in found.json()["items"]], [one["subject"] for one in inbox.json()["items"]],
             [one["id"] for one in board["items"]])  # fmt: skip
    return [*(ids.count(number) for ids in lists), sum(one["open"] for one in board["bodies"])]


async def migrated(database: Database, number: str) -> list[str]:
    """The bodies of a case as of a node from before they were kept (migrations 93 and 98)."""
    folder = files("quanyu.act") / "migrations"
    _, update, bodies = (folder / "0093_bodies.sql").read_text(encoding="utf-8").partition("update ")
    async with database.owner() as owner:
        await owner.execute("update case_record set bodies = null where id = $1", number)
        await owner.execute(update + bodies)
        await owner.execute((folder / "0098_other_bodies.sql").read_text(encoding="utf-8"))
        found: list[str] = await owner.fetchval("select bodies from case_record where id = $1", number)
    return found


async def test_every_body_of_a_joint_plan_sees_the_case_and_does_its_part(
    asking: As, database: Database
) -> None:
    made = await sent(asking())
    desk = asking("acceptor", "shift_chief", "dispatcher")
    path = f"/api/v1/cases/{made['id']}/acts"
    tasks = [
        {"name": "dig", "organisation": "roads", "limit": 4},
        {"name": "pipe", "organisation": "water", "limit": 9},
    ]
    for act in ({"name": "accept"}, {"name": "file"}, {"name": "plan", "tasks": tasks}):
        assert (await desk.post(path, json=act)).status_code == 200
    roads, water, fire = (asking("handler", organisation=body) for body in ("roads", "water", "fire"))
    assert (await fire.post(path, json={"name": "task_done", "evidence": ["x"]})).status_code == 404
    seen = [(await body.get(f"/api/v1/cases/{made['id']}")).status_code for body in (roads, water, fire)]
    assert seen == [200, 200, 404]
    assert [await shown(body, made["id"]) for body in (roads, water, fire)] == [
        [1, 1, 1, 1],
        [1, 1, 1, 1],
        [0, 0, 0, 0],
    ]
    (row,) = (await desk.get(f"/open311/v2/requests/{made['id']}.json")).json()
    assert row["agency_responsible"] == "roads, water"
    kept = (await desk.get(f"/api/v1/cases/{made['id']}")).json()["case"]["bodies"]
    assert kept
    assert await migrated(database, made["id"]) == kept
    done = {"name": "task_done", "evidence": ["done"]}
    assert (await water.post("/api/v1/cases/acts", json={"cases": [made["id"]], "act": done})).json()[
        "done"
    ] == 1
    assert [await shown(body, made["id"]) for body in (roads, water)] == [[1, 1, 1, 1], [1, 0, 1, 1]]
    assert (await roads.post(path, json=done)).status_code == 200
    assert await shown(water, made["id"]) == [0, 0, 0, 0]
    assert (await desk.get(f"/api/v1/cases/{made['id']}")).json()["case"]["state"] == "checking"


async def test_a_field_worker_does_the_tasks_of_their_body_that_are_nobody_s_or_their_own(asking: As) -> None:
    first, second = await sent(asking()), await sent(asking())
    desk = asking("acceptor", "shift_chief", "dispatcher")
    for made in (first, second):
        for act in ({"name": "accept"}, {"name": "file"}, {"name": "dispatch", "organisation": "roads"}):
            assert (await desk.post(f"/api/v1/cases/{made['id']}/acts", json=act)).status_code == 200
    worker, colleague, other = (
        asking("field_worker", organisation="roads"), asking("handler", organisation="roads"),
        asking("field_worker", organisation="water"),
    )  # fmt: skip
    one, two = (f"/api/v1/cases/{made['id']}" for made in (first, second))
    assert {item["subject"] for item in (await worker.get("/api/v1/work")).json()["items"]} == {
        first["id"],
        second["id"],
    }
    assert (await other.get("/api/v1/work")).json()["items"] == []
    assert (await other.get(one)).status_code == 404
    [acts] = (await worker.get(one)).json()["acts"].values()
    assert set(acts) == {"take", "handled", "remark", "extend", "send_back"}
    assert (await colleague.post(f"{two}/acts", json={"name": "take"})).status_code == 200
    assert [item["subject"] for item in (await worker.get("/api/v1/work")).json()["items"]] == [first["id"]]
    done = {"name": "handled", "evidence": ["after.jpg"]}
    assert (await worker.post(f"{two}/acts", json=done)).status_code == 403
    assert (await worker.post(f"{one}/acts", json={"name": "take"})).status_code == 200
    assert (
        await worker.post(f"{one}/acts", json={"name": "extend", "reason": "rain", "amount": 4})
    ).status_code == 200
    assert (await desk.post(f"{one}/acts", json={"name": "grant"})).status_code == 200
    assert (await worker.post(f"{one}/acts", json=done)).json()["case"]["state"] == "checking"


async def test_nothing_is_sent_to_a_body_or_a_person_that_does_not_exist(asking: As) -> None:
    made = await sent(asking())
    desk = asking("acceptor", "shift_chief", "dispatcher")
    path = f"/api/v1/cases/{made['id']}/acts"
    for name in ("accept", "file"):
        await desk.post(path, json={"name": name})
    nowhere = {"name": "dispatch", "organisation": "nowhere"}
    plan = {
        "name": "plan",
        "tasks": [{"name": "a", "organisation": "nowhere"}, {"name": "b", "organisation": "roads"}],
    }
    for act in (nowhere, plan, nowhere | {"organisation": "roads", "assignee": "nowhere"}):
        answers = [
            await desk.post(path, json=act),
            await desk.post("/api/v1/cases/acts", json={"cases": [made["id"]], "act": act}),
            await desk.post(
                f"/api/v1/work/{(await desk.get('/api/v1/work')).json()['items'][0]['instance']}/acts",
                json=act,
            ),
        ]
        assert [answer.status_code for answer in answers] == [400, 400, 400]
        assert all("nowhere" in answer.json()["detail"] for answer in answers)
    assert (await desk.get(f"/api/v1/cases/{made['id']}")).json()["case"]["state"] == "filed"


async def test_a_class_that_does_not_exist_is_nobody_s(asking: As) -> None:
    made = await sent(asking())
    answer = await asking("acceptor").put(f"/api/v1/cases/{made['id']}/class", json={"class": "NOPE"})
    assert (answer.status_code, answer.json()["faults"][0]["where"]) == (400, "class")


async def test_somebody_unknown_does_not_fill_the_store_with_fields(asking: As) -> None:
    full = COVER | {"fields": {"x": "y" * 70_000}}
    assert (await asking().post("/api/v1/reports", json=full)).status_code == 413
    assert (await asking("operator").post("/api/v1/reports", json=full)).status_code == 201


async def test_somebody_unknown_is_no_sensor(asking: As) -> None:
    assert (await asking().post("/api/v1/reports", json=COVER | {"channel": "sensor"})).status_code == 401


async def test_a_definition_with_faults_names_them_all(asking: As) -> None:
    officer = asking("data_officer")
    definition = (await officer.get("/api/v1/workflow/definitions/case")).json()
    definition.pop("version")
    assert (await officer.post("/api/v1/workflow/definitions", json=definition)).json() == {
        "name": "case",
        "version": 2,
    }
    definition["states"][0]["role"] = "nobody"
    definition["actions"][0]["to"] = "moon"
    answer = await officer.post("/api/v1/workflow/definitions", json=definition)
    assert (answer.status_code, len(answer.json()["faults"])) == (400, 1)
    picture = await officer.get("/api/v1/workflow/definitions/case/diagram.svg", params={"language": "en"})
    assert picture.headers["content-type"].startswith("image/svg+xml")


async def test_what_a_city_lays_down_is_used(asking: As) -> None:
    laid = {
        "classes": [{"code": "X1", "kind": "event", "titles": {"zh-CN": "飞线充电"}, "weight": 3}],
        "conditions": [{"class": "X1", "amount": 2}], "duties": [{"class": "X1", "organisation": "fire"}],
    }  # fmt: skip
    answer = await asking("data_officer").put("/api/v1/case-rules", json=laid)
    assert answer.json() == {"classes": 1, "conditions": 1, "duties": 1}
    assert "X1" in {one["code"] for one in (await asking().get("/api/v1/case-classes")).json()}


async def test_a_duty_is_listed_and_withdrawn_unless_another_body_has_it_by_now(asking: As) -> None:
    officer, path = asking("data_officer"), "/api/v1/case-duties"
    for body in ("fire", "water"):
        await officer.put(
            "/api/v1/case-rules", json={"duties": [{"class": "C01", "area": "330102", "organisation": body}]}
        )
    assert (await officer.get(path)).json() == [{"class": "C01", "area": "330102", "organisation": "water"}]
    line = {"class": "C01", "area": "330102"}
    assert (await officer.delete(path, params=line | {"organisation": "fire"})).status_code == 404
    assert (await officer.delete(path, params=line | {"organisation": "water"})).status_code == 204
    assert (await officer.get(path)).json() == []


async def test_what_came_and_what_was_closed_in_a_span_are_found(asking: As) -> None:
    made, desk = await sent(asking()), asking("acceptor")
    [found] = (await desk.get("/api/v1/cases")).json()["items"]
    moment = found["reported"]

    async def seen(**span: str) -> list[str]:
        answer = await desk.get("/api/v1/cases", params=span)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["items"]]

    assert await seen(reported_from=moment) == [made["id"]]
    assert await seen(reported_before=moment) == []
    assert await seen(closed_from="2000-01-01T00:00:00Z") == []
    done = {"name": "reject", "reason": "重复"}
    assert (await desk.post(f"/api/v1/cases/{made['id']}/acts", json=done)).status_code == 200
    assert await seen(closed_from=moment) == [made["id"]]
    assert await seen(closed_before=moment) == []


async def test_a_case_without_a_class_says_which_acts_wait_for_it(asking: As) -> None:
    unclassed, classed = await sent(asking(), **{"class": None}), await sent(asking())
    desk = asking("acceptor")
    assert (await desk.get(f"/api/v1/cases/{unclassed['id']}")).json()["unclassified"] == ["close"]
    assert (await desk.get(f"/api/v1/cases/{classed['id']}")).json().get("unclassified", []) == []
