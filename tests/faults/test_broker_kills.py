"""The node is killed at random moments while entities are created, updated and deleted: nothing acknowledged is lost."""

import random
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.faults.slow import slow
from tests.patience import until
from tests.running import RunningNode

CLIENTS = 6
PER_BATCH = 20
_BROKER = "/ngsi-ld/v1"

State = dict[str, int | None]
"""By entity the number that was written last, None where it was deleted."""


class Writer(threading.Thread):
    """Writes its own entities until the node is gone. `known` was acknowledged, `pending` was sent last."""

    def __init__(self, node: RunningNode, number: int, known: State) -> None:
        super().__init__()
        self._client = node.client()
        self._client.headers["connection"] = "close"  # each request may reach another process of the node
        self._chance = random.Random()
        self._ids = [f"urn:ngsi-ld:Counter:{number}:{k}" for k in range(PER_BATCH)]
        self.known = known
        self.pending: State = {}
        self.acknowledged = 0

    def run(self) -> None:
        with self._client:
            number = max((value or 0 for value in self.known.values()), default=0)
            while True:
                number += 1
                try:
                    answer = self._write(number)
                except httpx.HTTPError:
                    return
                if answer.status_code >= 500:
                    return
                assert answer.status_code in (201, 204), answer.text
                self.known |= self.pending
                self.acknowledged += 1

    def _write(self, number: int) -> httpx.Response:
        """One of batch upsert, deletion, creation, update of an attribute."""
        id = self._chance.choice(self._ids)
        self.pending = dict.fromkeys([id], number)
        if not self.known or self._chance.random() < 0.2:
            self.pending = dict.fromkeys(self._ids, number)
            batch = [_entity(one, number) for one in self._ids]
            return self._client.post(f"{_BROKER}/entityOperations/upsert", json=batch)
        if self.known[id] is None:
            return self._client.post(f"{_BROKER}/entities", json=_entity(id, number))
        if self._chance.random() < 0.2:
            self.pending = dict.fromkeys([id])
            return self._client.delete(f"{_BROKER}/entities/{id}")
        change = {"type": "Property", "value": number}
        return self._client.patch(f"{_BROKER}/entities/{id}/attrs/n", json=change)


def _entity(id: str, number: int) -> dict[str, object]:
    return {"id": id, "type": "Counter", "n": {"type": "Property", "value": number}}


def there(node: RunningNode) -> State:
    with node.client() as client:
        answer = client.get(
            f"{_BROKER}/entities",
            params={"type": "Counter", "limit": 1000, "options": "keyValues,count"},
        )
    assert answer.headers["ngsild-results-count"] == str(len(answer.json()))
    return {one["id"]: one["n"] for one in answer.json()}


def assert_nothing_lost(writers: list[Writer], found: State) -> None:
    """What was sent last and not acknowledged may be there or not, but whole."""
    for writer in writers:
        actual: State = {id: found.get(id) for id in writer.known | writer.pending}
        before = {id: writer.known.get(id) for id in actual}
        assert actual in (before, before | writer.pending)
        writer.known.update(actual)


def kill_under_load(folder: Path, rounds: int, seed: int) -> None:
    chance = random.Random(seed)
    node = RunningNode(folder / "data", "--workers", "2").start()
    states: list[State] = [{} for _ in range(CLIENTS)]
    acknowledged = 0
    for _ in range(rounds):
        writers = [Writer(node, number, state) for number, state in enumerate(states)]
        for writer in writers:
            writer.start()
        until(lambda: all(writer.acknowledged or not writer.is_alive() for writer in writers), every=0.02)  # noqa: B023
        time.sleep(chance.uniform(0, 0.6))
        node.kill()
        for writer in writers:
            writer.join()
        node.start()
        assert_nothing_lost(writers, there(node))
        acknowledged += sum(writer.acknowledged for writer in writers)
    node.kill()
    assert acknowledged > rounds


def test_acknowledged_writes_survive_three_kills(tmp_path: Path) -> None:
    kill_under_load(tmp_path, 3, seed=1)


@slow
@pytest.mark.parametrize("seed", range(5))
def test_acknowledged_writes_survive_a_hundred_kills(tmp_path: Path, seed: int) -> None:
    kill_under_load(tmp_path, 20, seed)
