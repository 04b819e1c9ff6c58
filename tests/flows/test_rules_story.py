"""Bins fill up and are emptied: breach, event, case, recovery; the node is killed in between, nothing is lost, nothing comes twice."""

from pathlib import Path
from typing import Any

import httpx

from tests.patience import until
from tests.running import node_in

BINS = [f"urn:ngsi-ld:WasteContainer:{number:02}" for number in range(20)]
FULL = {
    "name": "bin-full", "title": {"zh-CN": "垃圾桶满溢", "en": "Bin is full"}, "subject": {"type": "WasteContainer"},
    "when": {"q": "fillingLevel>0.9"}, "recovery": {"when": {"q": "fillingLevel<0.5"}},
    "case": {"title": "{name}满溢 {fillingLevel}", "class": "E01001", "dispatch": True},
}  # fmt: skip


def test_full_bins_become_cases_and_emptied_ones_are_noted(tmp_path: Path) -> None:
    with node_in(tmp_path / "data") as node:
        with node.client() as client:
            made = [{"id": id, "type": "WasteContainer", "name": id[-2:], "fillingLevel": 0.1} for id in BINS]
            assert client.post("/ngsi-ld/v1/entityOperations/create", json=made).status_code == 201
            duty = {"class": "E01", "organisation": "sanitation"}
            assert client.put("/api/v1/case-rules", json={"duties": [duty]}).status_code == 200
            assert client.post("/api/v1/rules", json=FULL).status_code == 201
            assert client.put("/api/v1/rules/bin-full/state", json={"state": "on"}).status_code == 200
            fill(client, BINS[:10], 0.95)
            fill(client, BINS[:5], 0.1)
            fill(client, BINS[5:12], 0.97)
        node.kill()
        node.start()
        with node.client() as client:
            fill(client, BINS[12:], 0.95)
            fill(client, BINS[5:], 0.1)
            events = until(lambda: all_over(client))
            assert {one["subject"] for one in events} == set(BINS)
            cases = {
                one["id"]: one for one in client.get("/api/v1/cases", params={"limit": 100}).json()["items"]
            }
            assert cases.keys() == {one["case"] for one in events}
            assert {one["state"] for one in cases.values()} == {"handling"}
            for id in cases:
                notes = [
                    one
                    for one in client.get(f"/api/v1/cases/{id}").json()["timeline"]
                    if one["act"] == "remark"
                ]
                assert len(notes) == 1
            told = client.get(f"/api/v1/cases/{id}", headers={"Accept-Language": "en"}).json()["people"]
            assert told["rule:bin-full"] == "Bin is full"
        tried = node.command("rules", "dry-run", "bin-full")
        assert "20 events and 20 cases" in tried.stdout, tried.stderr


def fill(client: httpx.Client, bins: list[str], level: float) -> None:
    for id in bins:
        answer = client.patch(f"/ngsi-ld/v1/entities/{id}/attrs", json={"fillingLevel": level})
        assert answer.status_code == 204, answer.text


def all_over(client: httpx.Client) -> list[dict[str, Any]] | None:
    found: list[dict[str, Any]] = client.get("/api/v1/rule-events", params={"limit": 500}).json()["items"]
    assert len({one["subject"] for one in found}) == len(found)
    return found if len(found) == len(BINS) and all(one["ending"] == "recovered" for one in found) else None
