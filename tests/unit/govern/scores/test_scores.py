"""Rules, scores, trend, gate and ledger, on real imports."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from quanyu.core.clock import city_day, utc_now
from quanyu.govern.scores.service import weighted

Lots = Callable[..., str]


async def first_rule(office: Any) -> dict[str, Any]:
    quality = await office.gets("/datasets/lots/quality")
    (broken,) = [one for one in quality["results"] if one["violations"]]
    return broken


async def test_the_score_is_the_weighted_mean_of_its_rules(office: Any, lots: Lots) -> None:
    await office.sends(lots(99, P004="sixty"))
    quality = await office.gets("/datasets/lots/quality")
    results = quality["results"]
    mean = sum(
        one["rule"]["weight"] * (1 - one["violations"] / one["checked"]) * 100
        for one in results
        if one["checked"]
    )
    weights = sum(one["rule"]["weight"] for one in results if one["checked"])
    assert abs(quality["score"] - mean / weights) < 0.01
    assert quality["dimensions"]["validity"] < 100


async def test_a_dataset_of_which_everything_is_refused_has_no_score_and_is_not_shareable(
    office: Any,
) -> None:
    required = {"name": "phone:tel", "kind": "phone", "columns": ["tel"], "severity": "refuse"}
    await office.sends("id,tel,name\n1,13800138000,a\n", key="id")
    await office.client.put("/api/v1/datasets/lots/rules/phone:tel", json={"body": required})
    body = "id,tel,name\n" + "".join(f"{n},{n},b{n}\n" for n in range(1, 101))
    done = await office.sends(body, key="id")
    dataset = await office.gets("/datasets/lots")
    assert (dataset["records"], dataset["quarantined"], dataset["score"]) == (0, 100, None)
    assert done["report"]["score"] is None
    quality = await office.gets("/datasets/lots/quality")
    assert quality["dimensions"]["validity"] < 100
    assert quality["gate"]["shareable"] is False


async def test_the_trend_has_a_point_for_every_change(office: Any, lots: Lots) -> None:
    await office.sends(lots(99, P004="sixty"))
    await office.sends(lots(99, P004="60"))
    trend = (await office.gets("/datasets/lots/quality"))["trend"]
    assert [(point["version"], point["cause"]) for point in trend] == [(1, "import"), (2, "import")]
    assert trend[0]["score"] < trend[1]["score"] == 100


async def test_a_dataset_below_its_gate_is_not_shareable(office: Any, lots: Lots) -> None:
    await office.sends(lots(99, P004="sixty"))
    assert (await office.gets("/datasets/lots/quality"))["gate"]["shareable"]
    await office.client.patch("/api/v1/datasets/lots", json={"gate": 100})
    gate = (await office.gets("/datasets/lots/quality"))["gate"]
    assert (gate["shareable"], gate["reason"]) == (False, "govern.score.gate.below")


async def test_suggested_rules_are_kept_and_can_be_switched_off(office: Any, lots: Lots) -> None:
    await office.sends(lots(99, P004="sixty"))
    broken = await first_rule(office)
    name = quote(broken["rule"]["name"], safe="")
    stored = (await office.gets(f"/datasets/lots/rules/{name}"))["items"]
    assert [(one["version"], one["author"]) for one in stored] == [(1, "engine")]
    off = {"body": broken["rule"], "enabled": False, "version": 1}
    assert (await office.client.put(f"/api/v1/datasets/lots/rules/{name}", json=off)).json()["version"] == 2
    done = await office.sends(lots(99, P004="sixty", P005="70"))
    assert broken["rule"]["name"] not in done["report"]["rules"]


async def test_a_rule_that_somebody_else_changed_is_not_overwritten(office: Any, lots: Lots) -> None:
    await office.sends(lots(99, P004="sixty"))
    broken = await first_rule(office)
    path = f"/api/v1/datasets/lots/rules/{quote(broken['rule']['name'], safe='')}"
    body = {"body": broken["rule"], "version": 1}
    assert (await office.client.put(path, json=body)).status_code == 200
    assert (await office.client.put(path, json=body)).status_code == 409


async def test_a_defect_is_opened_looked_after_and_closed_by_better_data(office: Any, lots: Lots) -> None:
    await office.sends(lots(99, P004="sixty"))
    (defect,) = (await office.gets("/quality/ledger"))["items"]
    assert (defect["records"], defect["owner"], defect["state"]) == (1, "traffic", "open")
    path = f"/api/v1/quality/ledger/lots/{quote(defect['rule'], safe='')}"
    changed = await office.client.patch(path, json={"state": "working", "deadline": "2020-01-01"})
    assert (changed.json()["state"], changed.json()["overdue"]) == ("working", True)
    (late,) = (await office.gets("/quality/ledger", overdue="true"))["items"]
    assert (late["rule"], late["overdue"]) == (defect["rule"], True)
    await office.client.patch(path, json={"deadline": "2999-01-01"})
    assert (await office.gets("/quality/ledger", overdue="true"))["items"] == []
    await office.sends(lots(99, P004="60"))
    (closed,) = (await office.gets("/quality/ledger", state="closed"))["items"]
    assert (closed["rule"], closed["records"]) == (defect["rule"], 0)


async def test_accepting_a_defect_needs_a_note(office: Any, lots: Lots) -> None:
    await office.sends(lots(99, P004="sixty"))
    (defect,) = (await office.gets("/quality/ledger"))["items"]
    path = f"/api/v1/quality/ledger/lots/{quote(defect['rule'], safe='')}"
    assert (await office.client.patch(path, json={"state": "accepted"})).status_code == 400
    assert (
        await office.client.patch(path, json={"state": "accepted", "note": "历史数据"})
    ).status_code == 200


async def test_departments_are_weighed_by_their_records(office: Any, lots: Lots) -> None:
    await office.sends(lots(99, P004="sixty"))
    await office.sends(lots(40), dataset="parks", owner="parks")
    overview = await office.gets("/quality/overview")
    by_owner = {one["owner"]: one for one in overview["departments"]}
    assert (by_owner["parks"]["score"], by_owner["traffic"]["open_defects"]) == (100, 1)
    weighted = (by_owner["traffic"]["score"] * 99 + 100 * 40) / 139
    assert abs(overview["score"] - weighted) < 0.01
    assert overview["trend"][0][0] <= city_day(utc_now()).isoformat()


async def test_a_body_is_counted_the_defects_that_the_ledger_lists_under_it(office: Any, lots: Lots) -> None:
    await office.sends(lots(99, P004="sixty"))
    await office.sends(lots(99, P003="none"), dataset="parks", owner="parks")
    (one,) = (await office.gets("/quality/ledger", dataset="lots"))["items"]
    path = f"/api/v1/quality/ledger/lots/{quote(one['rule'], safe='')}"
    for to in ("parks", "police", None):
        (await office.client.patch(path, json={"owner": to, "deadline": "2020-01-01"})).raise_for_status()
        overview = await office.gets("/quality/overview")
        for body in overview["departments"]:
            for figure, late in (("open_defects", "false"), ("overdue_defects", "true")):
                sought = {"owner": body["owner"] or "-", "overdue": late}
                assert len((await office.gets("/quality/ledger", **sought))["items"]) == body[figure]
        assert sum(body["open_defects"] for body in overview["departments"]) == overview["open_defects"] == 2
        assert overview["overdue_defects"] == 1


async def test_the_rules_in_force_are_asked_of_all_records_there_are_now(office: Any, lots: Lots) -> None:
    await office.sends(lots(99, P004="sixty"))
    found = (await office.gets("/datasets/lots/quality/now"))["items"]
    in_force = (await office.gets("/datasets/lots/rules"))["items"]
    assert {one["rule"] for one in found} == {one["body"]["name"] for one in in_force if one["enabled"]}
    assert {one["broken"] for one in found} == {0}  # what broke one was refused


def test_a_hundred_is_said_only_where_nothing_is_wrong() -> None:
    assert weighted([(100, 99_999), (99, 1)]) == 99.99
    assert weighted([(100, 99_999), (100, 1)]) == 100
    assert weighted([]) is None
