"""A disk that fills: writes are refused in plain words, reads go on, nothing acknowledged is lost, and it works again by itself."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.slow import slow
from tests.faults.test_kills import begin, readings
from tests.patience import until
from tests.running import RunningNode, node_in

FEW = 2_000


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    path = tmp_path / "volume"
    path.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=600m", "tmpfs", str(path)]
    if os.geteuid() != 0 or subprocess.run(mounting, check=False, capture_output=True).returncode:
        pytest.skip("this user may not mount a small disk")
    yield path
    subprocess.run(["umount", "-l", path], check=True)


@pytest.fixture
def node(volume: Path) -> Iterator[RunningNode]:
    with node_in(volume / "data") as running:
        yield running


def fill(volume: Path, *, left: int) -> Path:
    ballast = volume / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(volume).free - left)
    return ballast


def write(client: httpx.Client, number: int) -> httpx.Response:
    note = {"type": "Property", "value": os.urandom(1500).hex()}
    return client.post(
        "/ngsi-ld/v1/entities", json={"id": f"urn:ngsi-ld:Lamp:{number}", "type": "Lamp", "note": note}
    )


def read(client: httpx.Client, number: int) -> int:
    return client.get(f"/ngsi-ld/v1/entities/urn:ngsi-ld:Lamp:{number}").status_code


def write_again(client: httpx.Client, number: int) -> None:
    until(lambda: write(client, number).status_code in {201, 409}, "that the node writes again")


def test_a_full_disk_refuses_writes_and_goes_on_reading(volume: Path, node: RunningNode) -> None:
    with node.client() as client:
        acknowledged = [number for number in range(50) if write(client, number).status_code == 201]
        ballast = fill(volume, left=6 * 1024 * 1024)
        time.sleep(0.5)
        refused = write(client, 900)
        assert (refused.status_code, "disk is full" in refused.text) == (507, True)
        lamps = [{"id": f"urn:ngsi-ld:Lamp:{number}", "type": "Lamp"} for number in range(3)]
        assert client.post("/ngsi-ld/v1/entityOperations/upsert", json=lamps).status_code == 507
        assert {read(client, number) for number in acknowledged} == {200}
        assert node.ready
    with node.client() as client:
        upload = client.post(
            "/api/v1/datasets/readings/imports", params={"filename": "r.csv"}, content=readings(FEW).encode()
        )
        assert (upload.status_code, "disk is full" in upload.text) == (503, True)
    ballast.unlink()
    with node.client() as client:
        write_again(client, 901)
        assert [number for number in acknowledged if read(client, number) != 200] == []


@slow
def test_an_import_that_meets_a_full_disk_is_done_once_there_is_space(
    volume: Path, node: RunningNode
) -> None:
    import_id = begin(node, FEW)
    ballast = fill(volume, left=2 * 1024 * 1024)
    time.sleep(3)
    ballast.unlink()
    done = node.finished(import_id)
    assert (done["state"], done["report"]["read"]) == ("done", FEW)
    assert node.command("evidence", "verify").returncode == 0


@slow
def test_a_disk_that_fills_under_load_loses_nothing_and_needs_no_hand(
    volume: Path, node: RunningNode
) -> None:
    fill(volume, left=60 * 1024 * 1024)
    acknowledged = []
    with node.client() as client:
        for number in range(6000):
            answer = write(client, number)
            if answer.status_code != 201:
                assert answer.status_code == 507, answer.text
                break
            acknowledged.append(number)
    assert 0 < len(acknowledged) < 6000
    node.kill()
    (volume / "ballast").unlink()
    node.start()
    with node.client() as client:
        assert [number for number in acknowledged if read(client, number) != 200] == []
