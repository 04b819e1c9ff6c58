"""kill -9 at random moments while the city changes: what was acknowledged is told, if not before, then after."""

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.faults.slow import slow
from tests.patience import PATIENCE_SECONDS
from tests.running import RunningNode

_BETWEEN_KILLS = 30  # acknowledged changes, at least


class Told:
    """Which values an endpoint has been told of, by entity."""

    def __init__(self) -> None:
        self.values: set[tuple[str, int]] = set()
        self.url = ""

    @contextmanager
    def listening(self) -> Iterator["Told"]:
        told = self

        class Endpoint(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                told.values.update((one["id"], one["power"]["value"]) for one in body["data"])
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """A node that is killed leaves its connections."""

        server = Server(("127.0.0.1", 0), Endpoint)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_port}/"
        yield self
        server.shutdown()
        server.server_close()


class Load:
    """Changes a few lamps all the time, and remembers what was acknowledged."""

    def __init__(self, node: RunningNode, lamps: int = 4) -> None:
        self.acknowledged: set[tuple[str, int]] = set()
        self._node = node
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._change, args=(n,), daemon=True) for n in range(lamps)]
        for thread in self._threads:
            thread.start()

    def wait_for(self, acknowledged: int) -> None:
        """A kill in the middle of work, however slow the machine is."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self.acknowledged) < acknowledged and time.monotonic() < deadline:
            time.sleep(0.02)

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _change(self, lamp: int) -> None:
        id, value = f"urn:ngsi-ld:Lamp:{lamp}", 0
        with httpx.Client(timeout=5) as client:
            while not self._stop.is_set():
                value += 1
                body = [{"id": id, "type": "Lamp", "power": {"type": "Property", "value": value}}]
                try:
                    url = f"{self._node.url}/ngsi-ld/v1/entityOperations/upsert"
                    if client.post(url, json=body).status_code in (201, 204):
                        self.acknowledged.add((id, value))
                except httpx.HTTPError:
                    time.sleep(0.05)


def rounds(folder: Path, kills: int, chance: random.Random) -> tuple[set[tuple[str, int]], int]:
    """What was acknowledged and never told, and how much was acknowledged."""
    node = RunningNode(folder / "data", "--dev", "--workers", "2").start()
    with Told().listening() as told:
        subscribe(node, told.url)
        load = Load(node)
        for kill in range(1, kills + 1):
            load.wait_for(kill * _BETWEEN_KILLS)
            time.sleep(chance.uniform(0.1, 0.8))
            node.kill()
            node.start()
        load.end()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while load.acknowledged - told.values and time.monotonic() < deadline:
            time.sleep(0.05)
        node.stop()
        return load.acknowledged - told.values, len(load.acknowledged)


def subscribe(node: RunningNode, url: str) -> None:
    body = {
        "type": "Subscription",
        "entities": [{"type": "Lamp"}],
        "notification": {"endpoint": {"uri": url}},
    }
    assert httpx.post(f"{node.url}/ngsi-ld/v1/subscriptions", json=body, timeout=60).status_code == 201


def test_no_acknowledged_change_goes_untold_when_the_node_is_killed(tmp_path: Path) -> None:
    lost, acknowledged = rounds(tmp_path, 3, random.Random(7))
    assert (lost, acknowledged > 50) == (set(), True)


@slow
@pytest.mark.parametrize("seed", range(5))
def test_no_acknowledged_change_goes_untold_in_a_hundred_kills(tmp_path: Path, seed: int) -> None:
    lost, acknowledged = rounds(tmp_path, 20, random.Random(seed))
    assert (lost, acknowledged > 500) == (set(), True)
