"""Rules over HTTP: who may, what is refused, what is shown."""

from typing import Any

from quanyu.store import Database
from tests.unit.act.conftest import As
from tests.unit.act.rules.city import City, rule


async def test_a_rule_is_published_tried_switched_on_and_shown_with_its_events(
    asking: As, database: Database, tenant: str
) -> None:
    officer = asking("data_officer")
    made = await officer.post("/api/v1/rules", json=rule())
    assert (made.status_code, made.json()["state"], made.json()["version"]) == (201, "off", 1)
    assert (await officer.post("/api/v1/rules", json=rule(severity="red"))).json()["version"] == 2
    assert (await officer.put("/api/v1/rules/pm25-high/state", json={"state": "on"})).json()["state"] == "on"
    hook = {"url": "http://127.0.0.1:9/hook", "types": ["rule."]}
    assert (await officer.post("/api/v1/webhooks", json=hook)).status_code == 201
    city = City(database, tenant)
    await city.tell(pm25=80)
    shown = (await officer.get("/api/v1/rules/pm25-high")).json()
    assert list(shown["definition"])[:4] == ["name", "title", "subject", "when"]
    assert shown["definition"]["when"] == {"q": "pm25>75"}
    assert (shown["open"], shown["events"], shown["ready"], shown["severity"]) == (1, 1, True, "red")
    assert [one["waiting"] for one in (await officer.get("/api/v1/webhooks")).json()["items"]] == [1]
    (event,) = (
        await officer.get("/api/v1/rule-events", params={"rule": "pm25-high", "open": "true"})
    ).json()["items"]
    assert (await officer.get(f"/api/v1/rule-events/{event['id']}")).json()["facts"]["changes"] == [1]
    versions = (await officer.get("/api/v1/rules/pm25-high/versions")).json()["items"]
    assert [one["version"] for one in versions] == [2, 1]
    past: dict[str, Any] = {"name": "pm25-high", "from": "2026-11-20T00:00:00Z", "to": "2026-11-20T05:00:00Z"}
    assert (await officer.post("/api/v1/rules/dry-run", json=past)).json()["events"] == 1


async def test_a_list_has_pages_and_is_searched(asking: As) -> None:
    officer = asking("data_officer")
    for number in range(3):
        await officer.post(
            "/api/v1/rules", json=rule(name=f"rule-{number}", title={"zh-CN": f"第{number}条"})
        )
    first = (await officer.get("/api/v1/rules", params={"limit": 2})).json()
    rest = (await officer.get("/api/v1/rules", params={"limit": 2, "after": first["next"]})).json()
    assert [one["name"] for one in first["items"] + rest["items"]] == ["rule-0", "rule-1", "rule-2"]
    assert rest["next"] is None
    found = (await officer.get("/api/v1/rules", params={"q": "第1条"})).json()["items"]
    assert [one["name"] for one in found] == ["rule-1"]


async def test_what_cannot_be_is_refused_in_words(asking: As) -> None:
    officer = asking("data_officer")
    refused = await officer.post("/api/v1/rules", json=rule({"q": "pm25>"}, key="{"))
    assert refused.status_code == 400
    assert [one["where"] for one in refused.json()["faults"]] == ["/when/q", "/key"]
    for method, path, body, status in (
        ("GET", "/api/v1/rules/none", None, 404), ("GET", "/api/v1/rules/none/versions", None, 404),
        ("PUT", "/api/v1/rules/none/state", {"state": "on"}, 404), ("PUT", "/api/v1/rules/none/state", {"state": "up"}, 400),
        ("GET", "/api/v1/rule-events/none", None, 404), ("GET", "/api/v1/rule-events?after=x", None, 400),
        ("POST", "/api/v1/rules/dry-run", {"name": "none"}, 404), ("POST", "/api/v1/rules/dry-run", {}, 400),
        ("POST", "/api/v1/rules", [], 400),
    ):  # fmt: skip
        answer = await officer.request(method, path, json=body)
        assert answer.status_code == status, (path, answer.text)
        assert answer.json()["detail"]
