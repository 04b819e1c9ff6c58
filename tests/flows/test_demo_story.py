"""`quanyu start --demo`: a city arrives through the public doors, moves, and is the same city after a restart."""

from pathlib import Path
from typing import Any

import httpx

from quanyu.app.demo.files import DELIVERIES, MARK
from quanyu.evaluate.indicators.rerun import JOB as INDICATORS
from tests.patience import until
from tests.running import node_in

VEHICLE = "/ngsi-ld/v1/entities/urn:ngsi-ld:Vehicle:sanitation-vehicles:JZHW001"


def test_a_demonstration_city_arrives_moves_and_stays_the_same_city(tmp_path: Path) -> None:
    with node_in(tmp_path / "data", "--demo") as node:
        with node.client() as client:
            assert client.get("/api/v1/node").json()["demo"] is True
            datasets = until(lambda: all_arrived(client))
            assert all(one["title"].endswith(MARK) and one["owner"] for one in datasets.values())
            assert datasets["service-requests"]["quarantined"] == 51
            assert published(client, "car-parks")
            assert until(lambda: released(client, "car-parks"))
            until(lambda: is_open(node.url, {"regions", "roads", "car-parks", "air-quality", "road-works"}))
            until(lambda: was_counted(client))
            until(lambda: has_moved(client))
            until(lambda: sensors_report(client))
            before = uploads(client)
        assert node.stop() == 0
        node.start()
        with node.client() as client:
            until(lambda: sensors_report(client))
            assert uploads(client) == before


def all_arrived(client: httpx.Client) -> dict[str, Any] | None:
    found = {one["name"]: one for one in client.get("/api/v1/datasets").json()["items"] if one["records"]}
    return found if found.keys() >= {delivery.dataset for delivery in DELIVERIES} else None


def published(client: httpx.Client, dataset: str) -> Any:
    return until(
        lambda: client.get(f"/api/v1/catalogue/{dataset}").json()["entry"]["state"] == "published" or None
    )


def released(client: httpx.Client, dataset: str) -> Any:
    """An entry is published before the first file of it lies there."""
    return client.get(f"/api/v1/catalogue/{dataset}/releases").json()["items"] or None


def is_open(url: str, datasets: set[str]) -> bool | None:
    """To who is not signed in: in the catalogue, and on the page of what is nearby."""
    listed = httpx.get(f"{url}/api/v1/catalogue").json()["items"]
    drawn = httpx.get(f"{url}/api/v1/map/layers").json()["items"]
    return {one["name"] for one in listed} == datasets == {one["dataset"] for one in drawn} or None


def was_counted(client: httpx.Client) -> bool | None:
    """As soon as its files are there, beside the count that comes round every five minutes."""
    done = client.get("/api/v1/jobs", params={"state": "done"}).json()["items"]
    values = [one["latest"] for one in client.get("/api/v1/indicators").json()["items"]]
    return True if any(job["kind"] == INDICATORS for job in done) and any(values) else None


def has_moved(client: httpx.Client) -> bool | None:
    answer = client.get(VEHICLE)
    if answer.status_code == 404 or "location" not in answer.json():
        return None
    where = answer.json()["location"]["value"]
    later = until(lambda: other_place(client, where))
    return later is not None


def other_place(client: httpx.Client, where: dict[str, Any]) -> bool | None:
    now = client.get(VEHICLE).json()
    return True if now["location"]["value"] != where and now["demonstration"]["value"] is True else None


def sensors_report(client: httpx.Client) -> bool | None:
    """They begin when all files have arrived."""
    found = {one["name"]: one for one in client.get("/api/v1/sources").json()["items"]}
    air = found.get("demo-air")
    return True if air and air["linked"] and air["waiting"] + air["records"] > 0 else None


def uploads(client: httpx.Client) -> list[str]:
    imports = client.get("/api/v1/imports", params={"limit": 200}).json()["items"]
    return sorted(one["id"] for one in imports if one["source"] is None)
