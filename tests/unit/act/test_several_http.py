"""One act on several cases, and an act that is sent again after the case has gone on."""

from tests.unit.act.conftest import As
from tests.unit.act.test_case_http import sent

ACTS = "/api/v1/cases/acts"


async def test_each_of_several_cases_is_moved_or_says_why_not(asking: As) -> None:
    first, second = (await sent(asking()))["id"], (await sent(asking()))["id"]
    desk = asking("acceptor", "shift_chief")
    await desk.post(f"/api/v1/cases/{second}/acts", json={"name": "reject", "reason": "twice"})
    wanted = {"cases": [second, first, "none"], "act": {"name": "accept"}}
    seen = (await desk.post(ACTS, json=wanted | {"preview": True})).json()
    assert (await desk.get(f"/api/v1/cases/{first}")).json()["case"]["state"] == "reported"
    done = (await desk.post(ACTS, json=wanted, headers={"Idempotency-Key": "k"})).json()
    again = (await desk.post(ACTS, json=wanted, headers={"Idempotency-Key": "k"})).json()
    assert [one["state"] for one in seen["items"]] == [None, "accepted", None]
    assert all(one["refusal"] for one in (done["items"][0], done["items"][2]))
    assert done == again
    for one in (*seen["items"], *done["items"]):
        del one["due"]  # counted from the moment of each
    assert seen == done
    timeline = (await desk.get(f"/api/v1/cases/{first}")).json()["timeline"]
    assert [step["act"] for step in timeline] == ["open", "accept"]


async def test_what_several_cases_lack_is_named(asking: As) -> None:
    id = (await sent(asking()))["id"]
    answer = await asking("acceptor").post(
        ACTS, json={"cases": [id], "act": {"name": "reject"}}, headers={"Accept-Language": "en"}
    )
    assert "reason" in answer.json()["items"][0]["refusal"]
    assert (
        await asking("acceptor").post(ACTS, json={"cases": [], "act": {"name": "accept"}})
    ).status_code == 400
    assert (
        await asking("acceptor").post(ACTS, json={"cases": ["1"] * 201, "act": {"name": "x"}})
    ).status_code == 400


async def test_another_bodys_case_is_not_moved_and_not_named(asking: As) -> None:
    id = (await sent(asking()))["id"]
    desk = asking("acceptor", "shift_chief", "dispatcher")
    for act in ({"name": "accept"}, {"name": "file"}, {"name": "dispatch", "organisation": "roads"}):
        await desk.post(f"/api/v1/cases/{id}/acts", json=act)
    water = asking("handler", organisation="water")
    (answer,) = (
        await water.post(ACTS, json={"cases": [id], "act": {"name": "remark", "reason": "x"}})
    ).json()["items"]
    assert (answer["title"], answer["state"]) == ("", None)


async def test_an_act_sent_again_is_answered_although_the_case_has_gone_to_the_desk(asking: As) -> None:
    id = (await sent(asking()))["id"]
    desk = asking("acceptor", "shift_chief", "dispatcher")
    for act in ({"name": "accept"}, {"name": "file"}, {"name": "dispatch", "organisation": "roads"}):
        await desk.post(f"/api/v1/cases/{id}/acts", json=act)
    crew, done = asking("handler", organisation="roads"), {"name": "handled", "evidence": ["done"]}
    answers = [
        await crew.post(f"/api/v1/cases/{id}/acts", json=done, headers={"Idempotency-Key": "once"})
        for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [200, 200]
    other = asking("handler", organisation="water")
    stranger = await other.post(f"/api/v1/cases/{id}/acts", json=done, headers={"Idempotency-Key": "twice"})
    assert stranger.status_code == 404
