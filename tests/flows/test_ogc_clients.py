"""Foreign programs read the city's features: ogr2ogr of GDAL, and OWSLib. Each is skipped where it is not installed."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.running import RunningNode

CARS = [
    {"id": f"urn:ngsi-ld:Car:{n}", "type": "Car", "speed": n,
     "location": {"type": "Point", "coordinates": [121 + n / 1000, 31.2]}}
    for n in range(150)
]  # fmt: skip


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    node = RunningNode(tmp_path_factory.mktemp("ogc") / "data", "--dev").start()
    made = httpx.post(f"{node.url}/ngsi-ld/v1/entityOperations/create", json=CARS, timeout=60)
    assert made.status_code == 201
    yield f"{node.url}/ogc"
    node.stop()


@pytest.mark.skipif(shutil.which("ogr2ogr") is None, reason="ogr2ogr (gdal-bin) is not installed")
def test_gdal_reads_all_pages_and_its_filter_reaches_us(features: str, tmp_path: Path) -> None:
    target = tmp_path / "cars.json"
    subprocess.run(
        ["ogr2ogr", "-f", "GeoJSON", target, f"OAPIF:{features}", "Car", "-where", "speed >= 20"],
        check=True, timeout=60,
    )  # fmt: skip
    found = json.loads(target.read_text())["features"]
    assert sorted(one["properties"]["speed"] for one in found) == list(range(20, 150))
    assert found[0]["geometry"]["coordinates"][1] == 31.2


def test_owslib_lists_collections_and_reads_items(features: str) -> None:
    client = pytest.importorskip("owslib.ogcapi.features", reason="OWSLib is not installed").Features(
        features
    )
    assert client.feature_collections() == ["Car"]
    assert client.conformance()["conformsTo"]
    page = client.collection_items("Car", bbox=[121.0, 31.0, 121.0105, 31.5], limit=5)
    assert (page["numberReturned"], len(page["features"])) == (5, 5)
    assert client.collection_item("Car", "urn:ngsi-ld:Car:7")["properties"]["speed"] == 7
    assert "speed" in client.collection_queryables("Car")["properties"]


@pytest.mark.parametrize("path", [
    "", "?x=1", "/collections?f=xml", "/collections/Boat", "/collections/Car/items?bbox=1,2,3", "/collections/Car/items?limit=0",
    "/collections/Car/items?datetime=yesterday", "/collections/Car/items?crs=EPSG:1", "/collections/Car/items?filter=speed",
    "/collections/Car/items?colour=red", "/collections/Car/items?after=x", "/collections/Car/items?bbox=nan,0,1,1",
    "/collections/Car/items/urn:none", "/collections/Car/items?speed=nan", "/collections/Car/items?filter=speed=1&filter-lang=x",
])  # fmt: skip
def test_wrong_questions_are_the_askers_fault(features: str, path: str) -> None:
    status = httpx.get(features + path).status_code
    assert status == 200 if path in ("", "/collections/Car/items?speed=nan") else status in (400, 404)
