"""Two installations: a county that can only call out joins its city; what they tell each other can be proven."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.running import QUANYU, RunningNode, node_in

ALLOWED = {"QUANYU_ALLOWED_HOSTS": "127.0.0.1"}
PATIENCE = 60.0


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    with node_in(tmp_path_factory.mktemp("city") / "data", environment=ALLOWED) as node:
        said = node.command("node", "init", "jiangzhou", "江州市", "--level", "city", "--url", node.url)
        assert said.returncode == 0, said.stderr
        yield node


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory, city: RunningNode) -> Iterator[RunningNode]:
    with node_in(tmp_path_factory.mktemp("county") / "data", environment=ALLOWED) as node:
        node.command("node", "init", "qingchuan", "青川县", "--level", "county", "--suite", "sm2")
        invitation = city.command("node", "invite", "county").stdout.strip()
        said = node.command("node", "join", invitation)
        assert said.returncode == 0, said.stderr
        assert "jiangzhou" in said.stdout
        yield node


def test_messages_go_up_and_are_fetched_from_above_and_leave_a_proof(
    city: RunningNode, county: RunningNode, tmp_path: Path
) -> None:
    assert county.command("node", "rotate", "--suite", "sm2").returncode == 0
    assert city.command("node", "rotate").returncode == 0
    up, down = (until(lambda node=node: settled(node)) for node in (county, city))
    for sender, receiver, message in ((county, city, up), (city, county, down)):
        assert message["state"] == "accepted", message
        assert found(receiver, message["id"])["receipt_hash"] == message["receipt_hash"]
        with sender.client() as client:
            proof = client.get("/api/v1/messages/proof", params={"id": message["id"]}).content
        file = tmp_path / "proof.json"
        file.write_bytes(proof)
        assert verified(file)
        file.write_bytes(proof.replace(b"accepted", b"refused"))
        assert not verified(file)
    assert "qingchuan" in city.command("node", "list").stdout
    assert "江州市" in county.command("node", "list", "--of", "jiangzhou").stdout


@pytest.mark.parametrize("path", ["join", "messages", "mailbox"])
@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"messages":[],"time":"2026-11-21T00:00:00Z"}', b"[" * 5000]
)
def test_strangers_and_nonsense_are_refused_in_words(city: RunningNode, path: str, body: bytes) -> None:
    with city.client() as client:
        answer = client.post(f"/federation/v1/{path}", content=body)
    assert answer.status_code in {400, 403}, answer.text
    assert answer.json()["detail"]


def settled(node: RunningNode) -> dict[str, Any] | None:
    """The first message that this node sent, once it has a receipt."""
    with node.client() as client:
        items = client.get("/api/v1/messages").json()["items"]
    return next((one for one in items if one["direction"] == "out" and one["receipt_hash"]), None)


def verified(proof: Path) -> bool:
    """Without a node and its data."""
    return subprocess.run([QUANYU, "evidence", "verify-proof", proof], check=False).returncode == 0


def found(node: RunningNode, message: str) -> dict[str, Any]:
    with node.client() as client:
        items = client.get("/api/v1/messages").json()["items"]
    return next(one for one in items if one["id"] == message)


def until(look: Callable[[], dict[str, Any] | None]) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if (seen := look()) is not None:
            return seen
        time.sleep(0.2)
    raise AssertionError("it does not come")
