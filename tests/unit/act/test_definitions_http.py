"""Definitions are checked before they are published, their versions are listed, and a calendar says when a limit is used up."""

from tests.unit.act.conftest import As


async def test_a_definition_is_checked_with_all_its_faults_and_nothing_is_kept(asking: As) -> None:
    officer = asking("data_officer")
    path = "/api/v1/workflow/definitions"
    shown = (await officer.get(f"{path}/case")).json()
    good = await officer.post(f"{path}/check", json=shown)
    assert (good.status_code, good.json()["name"]) == (200, "case")
    shown["states"][0]["role"] = "nobody_at_all"
    shown["actions"] = [one for one in shown["actions"] if one["name"] != "accept"]
    bad = await officer.post(f"{path}/check", json=shown)
    assert bad.status_code == 400
    assert len(bad.json()["faults"]) > 1
    versions = (await officer.get(f"{path}/case/versions")).json()["items"]
    assert [one["version"] for one in versions] == [1]


async def test_a_calendar_says_when_a_limit_is_used_up(asking: As) -> None:
    desk = asking("dispatcher")
    path = "/api/v1/workflow/calendars/working_days/due"
    friday = {
        "from": "2026-09-25T09:00:00+08:00",
        "amount": 1,
    }  # 中秋 2026 is a Friday, and the Sunday before is worked
    found = (await desk.get(path, params=friday)).json()
    assert (found["at"][:10], found["assured"]) == ("2026-09-28", True)
    hours = (await desk.get(path, params=friday | {"unit": "hours", "amount": 1.5})).json()
    assert hours["at"] == "2026-09-25T02:30:00Z"
    for wrong in (
        {"from": "2026-09-25T09:00:00"},
        {"from": "9999-12-31T20:00:00Z"},
        {"from": "9999-12-31T20:00:00Z", "unit": "hours"},
    ):
        assert (await desk.get(path, params={"amount": 10} | wrong)).status_code == 400


async def test_the_limits_of_classes_are_listed(asking: As) -> None:
    laid = {
        "conditions": [
            {"class": "C01003", "amount": 4, "unit": "working_hours", "area": "370102", "rule": "修复"}
        ]
    }
    assert (await asking("data_officer").put("/api/v1/case-rules", json=laid)).status_code == 200
    listed = (await asking("acceptor").get("/api/v1/case-conditions")).json()
    assert laid["conditions"][0].items() <= next(one for one in listed if one["area"] == "370102").items()


async def test_a_limit_is_laid_down_before_it_holds(asking: As) -> None:
    desk, path = asking("data_officer"), "/api/v1/case-conditions"
    for one in (
        {"class": "C01005", "amount": 9},
        {"class": "C01005", "amount": 5, "effective_from": "2999-01-01"},
    ):
        assert (await desk.put("/api/v1/case-rules", json={"conditions": [one]})).status_code == 200
    listed = [(await desk.get(path, params={"at": day})).json() for day in ("2026-12-01", "2999-01-01")]
    amounts = [next(one["amount"] for one in found if one["class"] == "C01005") for found in listed]
    versions = [one for one in (await desk.get(f"{path}/versions")).json() if one["class"] == "C01005"]
    assert (amounts, [one["effective_from"] for one in versions]) == ([9, 5], ["2999-01-01", None])
    late = {"conditions": [{"class": "C01005", "amount": 1, "effective_from": "2020-01-01"}]}
    answer = await desk.put("/api/v1/case-rules", json=late)
    assert (answer.status_code, len(answer.json()["faults"])) == (400, 1)


async def test_new_holidays_are_looked_at_before_they_are_published(asking: As) -> None:
    desk, path = asking("data_officer"), "/api/v1/workflow/calendars"
    table = "date,name,isOffDay\n2999-01-01,元旦,true\n2999-01-05,元旦,false\n"
    answer = await desk.post(
        f"{path}/holidays/preview", params={"calendar": "working_days"}, content=table.encode()
    )
    days = answer.json()["days"]
    assert (days["2999-01-01"], days["2999-01-05"]) == ("", "09:00-12:00,13:30-17:30")
    assert "2999-01-01" not in (await desk.get(f"{path}/working_days")).json()["days"]
