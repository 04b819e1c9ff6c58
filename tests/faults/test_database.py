"""The embedded database dies while its node lives: it is started again, and whoever asks meanwhile is told to wait."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.ended import ended
from tests.patience import until
from tests.running import RunningNode, node_in


@pytest.fixture
def node(tmp_path: Path) -> Iterator[RunningNode]:
    with node_in(tmp_path / "data") as running:
        yield running


def postmaster(node: RunningNode) -> int:
    return int((node.data / "postgres" / "postmaster.pid").read_text().split()[0])


def kill_database(node: RunningNode) -> int:
    """The server that follows, as soon as it has the folder: not to be ready is over too soon to be seen."""
    killed = postmaster(node)
    os.kill(killed, signal.SIGKILL)

    def another() -> int | None:
        with suppress(OSError, IndexError, ValueError):
            return pid if (pid := postmaster(node)) != killed else None
        return None

    return until(another, every=0.002)


def wait_until_ready(node: RunningNode) -> None:
    until(lambda: node.ready, "that the node is ready")


def lamp(number: int) -> dict[str, object]:
    return {
        "id": f"urn:ngsi-ld:Lamp:{number}",
        "type": "Lamp",
        "power": {"type": "Property", "value": number},
    }


def test_a_killed_database_is_away_for_a_moment_and_nothing_acknowledged_is_lost(node: RunningNode) -> None:
    with node.client() as client:
        acknowledged = [
            number
            for number in range(100)
            if client.post("/ngsi-ld/v1/entities", json=lamp(number)).status_code == 201
        ]
        kill_database(node)
        answer = client.get("/api/v1/datasets")
        assert answer.status_code in {200, 503}
        assert answer.status_code == 200 or answer.headers["retry-after"]
        wait_until_ready(node)
        lost = [
            number
            for number in acknowledged
            if client.get(f"/ngsi-ld/v1/entities/urn:ngsi-ld:Lamp:{number}").status_code != 200
        ]
    assert (len(acknowledged), lost) == (100, [])


def test_worker_and_evidence_go_on_by_themselves(node: RunningNode) -> None:
    for _ in range(2):
        kill_database(node)
        wait_until_ready(node)
    assert node.import_text("after", "id,name\n1,a\n2,b\n")["state"] == "done"
    assert node.command("evidence", "verify").returncode == 0
    assert node.stop() == 0


def test_a_database_that_is_killed_while_it_starts_is_started_again(node: RunningNode) -> None:
    kill_database(node)
    kill_database(node)
    wait_until_ready(node)
    assert node.import_text("after", "id,name\n1,a\n2,b\n")["state"] == "done"


def test_a_database_that_cannot_start_again_ends_the_node_with_its_reason(node: RunningNode) -> None:
    shutil.move(node.data / "postgres" / "global" / "pg_control", node.data / "pg_control")
    os.kill(postmaster(node), signal.SIGKILL)
    code, last = ended(node)
    assert code == 3
    assert last.startswith("The embedded database does not start:")
    assert "pg_control" in last
