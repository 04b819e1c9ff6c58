"""A resident joins a case that is open nearby, and says whether it was solved."""

import pytest

from tests.unit.act.conftest import As
from tests.unit.act.test_case_http import sent

NEAR, FAR = {"lon": 120.151, "lat": 30.25}, {"lon": 120.25, "lat": 30.25}
TO_THE_END = (
    {"name": "accept"}, {"name": "file"}, {"name": "dispatch", "organisation": "roads"},
    {"name": "handled", "evidence": ["done"]}, {"name": "pass"}, {"name": "close"},
)  # fmt: skip
EVERY_POST = ("acceptor", "shift_chief", "dispatcher", "handler", "patroller")


@pytest.mark.parametrize(("place", "joined"), [(NEAR, True), (FAR, False)])
async def test_who_has_the_same_problem_shares_the_fate_of_a_case_nearby(
    asking: As, place: dict[str, float], joined: bool
) -> None:
    first = await sent(asking())
    second = await sent(asking(), place=place, joins=first["id"])
    case = (await asking("acceptor").get(f"/api/v1/cases/{second['id']}")).json()["case"]
    assert case["merged_into"] == (first["id"] if joined else None)
    await asking("acceptor").post(f"/api/v1/cases/{first['id']}/acts", json={"name": "accept"})
    path = f"/api/v1/reports/{second['id']}"
    followed = (await asking().get(path, params={"follow": second["follow"]})).json()
    assert followed["state"] == ("accepted" if joined else "reported")


async def test_a_case_that_is_not_there_is_joined_by_nobody(asking: As) -> None:
    made = await sent(asking(), joins="20200101000001")
    case = (await asking("acceptor").get(f"/api/v1/cases/{made['id']}")).json()["case"]
    assert (case["state"], case["merged_into"]) == ("reported", None)


@pytest.mark.parametrize(("solved", "state"), [(True, "archived"), (False, "filed")])
async def test_the_reporters_word_decides_once_the_case_is_closed(
    asking: As, solved: bool, state: str
) -> None:
    made = await sent(asking())
    path, mine = f"/api/v1/reports/{made['id']}/answer", {"follow": made["follow"]}
    said = {"solved": solved, "satisfaction": "fairly", "remark": "seen today"}
    assert (await asking().post(path, params=mine, json=said)).status_code == 409
    desk = asking(*EVERY_POST)
    for act in TO_THE_END:
        done = await desk.post(f"/api/v1/cases/{made['id']}/acts", json=act)
        assert done.status_code == 200, done.text
    assert (await asking().post(path, params={"follow": "wrong"}, json=said)).status_code == 404
    answers = [
        await asking().post(path, params=mine, json=said, headers={"Idempotency-Key": "k"}) for _ in range(2)
    ]
    assert [one.json()["state"] for one in answers] == [state, state]
    assert (await desk.get(f"/api/v1/cases/{made['id']}")).json()["case"]["callback"]["solved"] is solved
