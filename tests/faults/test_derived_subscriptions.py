"""kill -9 while one node keeps subscriptions at another: nothing that happens there goes untold, nothing is left there."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.faults.slow import slow
from tests.faults.test_notifications import Load, Told, subscribe
from tests.ports import free_port
from tests.running import PLAIN, RunningNode

_PATIENCE_SECONDS = 150.0  # an errand that was left over is taken up again after a minute
_BETWEEN_KILLS = 15  # acknowledged changes, at least


@dataclass(frozen=True)
class Pair:
    """The city asks the district for what it knows of lamps."""

    city: RunningNode
    district: RunningNode

    def ask(self, node: RunningNode, method: str, target: str, body: object = None) -> httpx.Response:
        return httpx.request(method, f"{node.url}/ngsi-ld/v1{target}", json=body, timeout=20, verify=PLAIN)

    def register(self) -> None:
        body = {
            "type": "ContextSourceRegistration",
            "information": [{"entities": [{"type": "Lamp"}]}],
            "endpoint": self.district.url,
        }
        assert self.ask(self.city, "POST", "/csourceRegistrations", body).status_code == 201

    def watched(self, node: RunningNode) -> set[str]:
        """The one entity of each subscription."""
        found = self.ask(node, "GET", "/subscriptions?limit=1000").json()
        return {one["entities"][0]["id"] for one in found}


@contextmanager
def pair(folder: Path) -> Iterator[Pair]:
    city = RunningNode(folder / "city", "--dev")
    district = RunningNode(folder / "district", "--dev", port=free_port())
    made = Pair(city.start(), district.start())
    made.register()
    try:
        yield made
    finally:
        for node in (city, district):
            node.kill()


def untold(folder: Path, kills: int, chance: random.Random) -> tuple[set[tuple[str, int]], int]:
    """What the district acknowledged and nobody was told of, and how much it acknowledged."""
    with pair(folder) as nodes, Told().listening() as told:
        subscribe(nodes.city, told.url)
        load = Load(nodes.district)
        for kill in range(1, kills + 1):
            load.wait_for(kill * _BETWEEN_KILLS)
            time.sleep(chance.uniform(0.1, 0.5))
            node = (nodes.city, nodes.district)[kill % 2]
            node.kill()
            node.start()
        load.end()
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while load.acknowledged - told.values and time.monotonic() < deadline:
            time.sleep(0.05)
        return load.acknowledged - told.values, len(load.acknowledged)


def left(folder: Path, kills: int, chance: random.Random) -> tuple[set[str], int]:
    """What the district keeps too much or too little while the city is killed in laying it, and how much it is to keep."""
    with pair(folder) as nodes:
        for kill in range(kills):
            laying = threading.Thread(target=_lay, args=(nodes, kill, chance))
            laying.start()
            time.sleep(chance.uniform(0.05, 0.5))
            nodes.city.kill()
            laying.join()
            nodes.city.start()
        kept = nodes.watched(nodes.city)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while kept != nodes.watched(nodes.district) and time.monotonic() < deadline:
            time.sleep(0.5)
        return kept ^ nodes.watched(nodes.district), len(kept)


def _lay(nodes: Pair, kill: int, chance: random.Random) -> None:
    """Makes and ends subscriptions until the node is gone."""
    made: list[str] = []
    with suppress(httpx.HTTPError):
        for number in range(1000):
            body = {
                "type": "Subscription",
                "entities": [{"type": "Lamp", "id": f"urn:ngsi-ld:Lamp:{kill}:{number}"}],
                "notification": {"endpoint": {"uri": "http://127.0.0.1:9/"}},
            }
            made.append(nodes.ask(nodes.city, "POST", "/subscriptions", body).headers["location"])
            if chance.random() < 0.6:
                gone = made.pop(chance.randrange(len(made)))
                nodes.ask(nodes.city, "DELETE", gone.removeprefix("/ngsi-ld/v1"))


@slow
@pytest.mark.parametrize("seed", range(3))
def test_no_change_at_a_source_goes_untold_in_thirty_kills(tmp_path: Path, seed: int) -> None:
    lost, acknowledged = untold(tmp_path, 10, random.Random(seed))
    assert (lost, acknowledged > 100) == (set(), True)


@slow
def test_a_source_keeps_what_is_wanted_and_no_more_in_twenty_kills(tmp_path: Path) -> None:
    wrong, kept = left(tmp_path, 20, random.Random(5))
    assert (wrong, kept > 20) == (set(), True)
