"""MQTT with a real broker: it stops and comes back, the node is killed, and nothing acknowledged is lost."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.patience import PATIENCE_SECONDS, until
from tests.ports import free_port
from tests.running import RunningNode, node_in

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")

pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is absent (Debian package mosquitto)")


class Mosquitto:
    """A broker that keeps its sessions when it stops; user officer, password s3cret."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        folder.mkdir(mode=0o777)
        folder.chmod(0o777)
        subprocess.run(
            ["mosquitto_passwd", "-b", "-c", folder / "passwords", "officer", "s3cret"], check=True
        )
        (folder / "passwords").chmod(0o644)
        (folder / "conf").write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous false\npassword_file {folder}/passwords\n"
            f"persistence true\npersistence_location {folder}/\nmax_queued_messages 100000\nuser root\n"
        )

    def start(self) -> None:
        self._process = subprocess.Popen(
            [str(MOSQUITTO), "-c", self._folder / "conf"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE_SECONDS)

    def publish(self, topic: str, first: int, last: int) -> None:
        """Returns once the broker has acknowledged all of them."""
        client = paho.Client(CallbackAPIVersion.VERSION2)
        client.username_pw_set("officer", "s3cret")
        until(lambda: _connects(client, self.port))
        client.loop_start()
        sent = [
            client.publish(topic, json.dumps({"id": f"s{one}", "level": one}), 1)
            for one in range(first, last)
        ]
        for one in sent:
            one.wait_for_publish(PATIENCE_SECONDS)
        client.disconnect()
        client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    running = Mosquitto(tmp_path / "broker")
    running.start()
    yield running
    running.stop()


def test_broker_and_node_may_go_and_every_message_is_there_once(broker: Mosquitto, tmp_path: Path) -> None:
    with node_in(tmp_path / "data", environment={"QUANYU_ALLOWED_HOSTS": "127.0.0.1"}) as node:
        for name, version, password in (
            ("five", "5", "s3cret"),
            ("three", "3.1.1", "s3cret"),
            ("wrong", "5", "no"),
        ):
            _add(node, broker, name, version, password)
        until(lambda: _linked(node) == {"five", "three"})
        broker.publish("city/air", 0, 100)
        broker.stop()
        until(lambda: _linked(node) == set())
        broker.start()
        until(lambda: _linked(node) == {"five", "three"})
        broker.publish("city/air", 100, 200)
        node.kill()
        broker.publish("city/air", 200, 300)
        node.start()
        for name in ("five", "three"):
            until(lambda name=name: _read(node, name) == [f"s{number}" for number in range(300)])
        assert "uthori" in _sources(node)["wrong"]["fault"]  # Not authorized, in the words of each version


def _add(node: RunningNode, broker: Mosquitto, name: str, version: str, password: str) -> None:
    settings = {
        "host": "127.0.0.1", "port": broker.port, "topics": "city/#", "version": version, "user": "officer", "password": password,
    }  # fmt: skip
    source = {"kind": "mqtt", "dataset": name, "every_seconds": 1, "settings": settings}
    with node.client() as client:
        assert client.put(f"/api/v1/sources/{name}", json=source).status_code == 200


def _sources(node: RunningNode) -> dict[str, dict[str, Any]]:
    with node.client() as client:
        return {one["name"]: one for one in client.get("/api/v1/sources").json()["items"]}


def _linked(node: RunningNode) -> set[str]:
    return {name for name, source in _sources(node).items() if source["linked"]}


def _read(node: RunningNode, dataset: str) -> list[str]:
    """Ids as they were received, with repetitions."""
    parts = [str(part) for part in (node.data / "datasets").glob(f"*/{dataset}/raw/*.parquet")]
    if not parts:
        return []
    with duckdb.connect() as duck:
        found = duck.sql(f"select id from read_parquet({parts}, union_by_name=true)").fetchall()
    return [name for (name,) in sorted(found, key=lambda row: int(row[0][1:]))]


def _connects(client: paho.Client, port: int) -> bool:
    try:
        client.connect("127.0.0.1", port)
    except OSError:
        return False
    return True
