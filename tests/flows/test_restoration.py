"""A backup comes back without a shell: asked for, carried out at the next start, which comes by itself."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.running import RunningNode, node_in


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    with node_in(tmp_path_factory.mktemp("restoration") / "data") as running:
        yield running


def until(node: RunningNode, path: str, done: Any) -> Any:
    """The answer as soon as it says so; meanwhile the node may be away."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            with node.client() as client:
                answer = client.get(path)
                if answer.status_code == 200 and done(answer.json()):
                    return answer.json()
        except (httpx.HTTPError, FileNotFoundError):
            pass
        time.sleep(0.1)
    raise AssertionError(f"{path} never says so")


def restored(node: RunningNode, archive: str) -> dict[str, Any]:
    with node.client() as client:
        assert client.post("/api/v1/restoration", json={"archive": archive}).status_code == 202
    found: dict[str, Any] = until(
        node,
        "/api/v1/restoration",
        lambda now: now["asked"] is None and now["last"] and now["last"]["asked"]["archive"] == archive,
    )["last"]
    return found


def test_a_backup_comes_back_and_what_was_there_is_set_aside(node: RunningNode) -> None:
    node.import_text("before", "编号,名称\n1,甲\n2,乙\n", "before.csv")
    with node.client() as client:
        client.post("/api/v1/backups", json={}).raise_for_status()
    archive = until(node, "/api/v1/backups", lambda now: now["items"])["items"][0]["name"]
    node.import_text("after", "编号,名称\n1,甲\n2,乙\n", "after.csv")
    done = restored(node, archive)
    with node.client() as client:
        assert client.get("/api/v1/datasets/before").status_code == 200
        assert client.get("/api/v1/datasets/after").status_code == 404
        assert (done["fault"], Path(done["aside"]).is_dir()) == (None, True)
        assert client.delete("/api/v1/restoration/set-aside").status_code == 204
    assert not Path(done["aside"]).exists()


def test_a_backup_that_is_not_whole_changes_nothing(node: RunningNode) -> None:
    (node.data / "backups" / "quanyu-cut.tar.zst").write_bytes(b"no archive")
    done = restored(node, "quanyu-cut.tar.zst")
    assert (done["rows"], done["aside"]) == (0, None)
    assert done["fault"]
    with node.client() as client:
        assert client.get("/api/v1/datasets/before").status_code == 200
        assert client.post("/api/v1/restoration", json={"archive": "../x"}).status_code == 404
