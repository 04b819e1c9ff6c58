"""MQTT with a real broker: it stops and comes back, the node is killed, and nothing acknowledged is lost."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.running import RunningNode, free_port, node_in

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
        self._process.wait(10)

    def publish(self, topic: str, first: int, last: int) -> None:
        """Returns once the broker has acknowledged all of them."""
        client = paho.Client(CallbackAPIVersion.VERSION2)
        client.username_pw_set("officer", "s3cret")
        _until(lambda: _connects(client, self.port))
        client.loop_start()
        sent = [
            client.publish(topic, json.dumps({"id": f"s{one}", "level": one}), 1)
            for one in range(first, last)
        ]
        for one in sent:
            one.wait_for_publish(20)
        client.disconnect()
        client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    running = Mosquitto(tmp_path / "broker")
    running.start()
    yield running
    running.stop()


@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_broker_and_node_may_go_and_every_message_is_there_once(
    version: str, broker: Mosquitto, tmp_path: Path
) -> None:
    with node_in(tmp_path / "data", environment={"QUANYU_ALLOWED_HOSTS": "127.0.0.1"}) as node:
        _add(node, broker, version, "s3cret")
        _until(lambda: _linked(node))
        broker.publish("city/air", 0, 100)
        broker.stop()
        _until(lambda: not _linked(node))
        broker.start()
        _until(lambda: _linked(node))
        broker.publish("city/air", 100, 200)
        node.kill()
        broker.publish("city/air", 200, 300)
        node.start()
        _until(lambda: _read(node) == [f"s{number}" for number in range(300)])


def test_a_wrong_password_shows(broker: Mosquitto, tmp_path: Path) -> None:
    with node_in(tmp_path / "data", environment={"QUANYU_ALLOWED_HOSTS": "127.0.0.1"}) as node:
        _add(node, broker, "5", "wrong")
        _until(
            lambda: "uthori" in (_source(node)["fault"] or "")
        )  # Not authorized, in the words of each version


def _add(node: RunningNode, broker: Mosquitto, version: str, password: str) -> None:
    settings = {
        "host": "127.0.0.1", "port": broker.port, "topics": ["city/#"], "version": version, "user": "officer", "password": password,
    }  # fmt: skip
    source = {"kind": "mqtt", "dataset": "air", "every_seconds": 1, "settings": settings}
    with node.client() as client:
        assert client.put("/api/v1/sources/air", json=source).status_code == 200


def _source(node: RunningNode) -> dict[str, str | None]:
    with node.client() as client:
        found: dict[str, str | None] = client.get("/api/v1/sources/air").json()
        return found


def _linked(node: RunningNode) -> bool:
    return _source(node)["linked"] is not None


def _read(node: RunningNode) -> list[str]:
    """Ids as they were received, with repetitions."""
    parts = list((node.data / "datasets").glob("*/air/raw/*.parquet"))
    if not parts:
        return []
    found = duckdb.sql(
        f"select id from read_parquet({[str(part) for part in parts]}, union_by_name=true)"
    ).fetchall()
    return [name for (name,) in sorted(found, key=lambda row: int(row[0][1:]))]


def _connects(client: paho.Client, port: int) -> bool:
    try:
        client.connect("127.0.0.1", port)
    except OSError:
        return False
    return True


def _until(holds: Callable[[], bool]) -> None:
    for _ in range(900):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("it does not come to pass")
