"""A node that is stopped, killed, started twice or put on a taken port."""

import subprocess
from pathlib import Path

import httpx
import pytest

from tests.faults.processes import is_gone
from tests.patience import until
from tests.running import QUANYU, RunningNode, node_in

LOTS = "id,name,spaces\n" + "".join(f"{number},lot {number},{number * 3}\n" for number in range(1, 200))


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> RunningNode:  # type: ignore[misc]
    with node_in(tmp_path_factory.mktemp("faults") / "data") as running:
        yield running


def test_the_first_start_prints_address_and_one_time_password(node: RunningNode) -> None:
    assert f"Quanyu 全域: {node.url}" in node.output
    assert "one-time password" in node.output


def test_metrics_and_health_answer(node: RunningNode) -> None:
    assert httpx.get(f"{node.url}/healthz").json() == {"status": "alive"}
    assert "quanyu_http_requests_total" in httpx.get(f"{node.url}/metrics").text


def test_a_second_node_on_the_folder_is_refused_in_one_line(node: RunningNode) -> None:
    done = node.command("start", "--port", "0")
    assert done.returncode == 2
    assert "in use by another node" in done.stderr


def test_a_taken_port_is_named(node: RunningNode, tmp_path: Path) -> None:
    port = node.url.rpartition(":")[2]
    done = subprocess.run(
        [QUANYU, "start", "--data", tmp_path / "other", "--port", port],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert port in done.stderr


def test_nothing_listens_beyond_loopback_before_a_password_is_set(tmp_path: Path) -> None:
    done = subprocess.run(
        [QUANYU, "start", "--data", tmp_path / "data", "--host", "0.0.0.0"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "quanyu passwd" in done.stderr


def test_an_import_survives_kill_9_and_is_finished_after_it(tmp_path: Path) -> None:
    node = RunningNode(tmp_path / "data").start()
    with node.client() as client:
        answer = client.post(
            "/api/v1/datasets/lots/imports", params={"filename": "lots.csv"}, content=LOTS.encode()
        )
    node.kill()
    node.start()
    done = node.finished(answer.json()["import"])
    assert (done["state"], done["report"]["accepted"]) == ("done", 199)
    assert node.stop() == 0


def test_what_was_acknowledged_is_there_after_kill_9_under_load(tmp_path: Path) -> None:
    node = RunningNode(tmp_path / "data", "--workers", "2").start()
    acknowledged = []
    with node.client() as client:
        for number in range(300):
            entity = {
                "id": f"urn:ngsi-ld:Lamp:{number}",
                "type": "Lamp",
                "power": {"type": "Property", "value": number},
            }
            if client.post("/ngsi-ld/v1/entities", json=entity).status_code == 201:
                acknowledged.append(entity["id"])
    node.kill()
    node.start()
    with node.client() as client:
        lost = [
            name for name in acknowledged if client.get(f"/ngsi-ld/v1/entities/{name}").status_code != 200
        ]
    assert (len(acknowledged), lost) == (300, [])
    assert node.command("evidence", "verify").returncode == 0
    node.stop()


def test_a_killed_node_takes_its_database_with_it(tmp_path: Path) -> None:
    node = RunningNode(tmp_path / "data").start()
    postmaster = int((node.data / "postgres" / "postmaster.pid").read_text().split()[0])
    node.kill()
    until(lambda: is_gone(postmaster), "that the database ends with its node")


def test_a_page_that_listens_ends_with_the_node_and_holds_no_stop_up(tmp_path: Path) -> None:
    with (
        node_in(tmp_path / "data", "--workers", "2") as node,
        node.client() as client,
        client.stream("GET", "/api/v1/live") as page,
    ):
        told = page.iter_lines()
        assert "event: " in next(told)
        assert node.stop() == 0
        list(told)  # raises where the line is cut and not ended
        said = node.data.with_suffix(".log").read_text()
        assert not [word for word in ("WARNING", "ERROR", "Traceback") if word in said], said


def test_sigint_stops_cleanly_and_the_next_start_needs_no_recovery(tmp_path: Path) -> None:
    node = RunningNode(tmp_path / "data").start()
    node.import_text("lots", LOTS)
    assert node.stop() == 0
    node.start()
    assert "database system was not properly shut down" not in (node.data / "postgres.log").read_text()
    with node.client() as client:
        assert client.get("/api/v1/datasets/lots").json()["records"] == 199
    node.stop()
