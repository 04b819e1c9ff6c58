"""A department connects what keeps coming: a folder, a feed, a register, pushes; and sees what fails and what was refused."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.patience import until
from tests.running import RunningNode, node_in


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    listed = str(tmp_path_factory.getbasetemp())
    opened = {"QUANYU_ALLOWED_HOSTS": "127.0.0.1", "QUANYU_SOURCE_FOLDERS": listed}
    with node_in(tmp_path_factory.mktemp("sources") / "data", environment=opened) as running:
        yield running


@pytest.fixture(scope="module")
def client(node: RunningNode) -> Iterator[httpx.Client]:
    with node.client() as asking:
        yield asking


def test_a_newcomer_is_told_everything_that_is_wrong_at_once(node: RunningNode) -> None:
    done = node.command(
        "source", "add", "air", "--kind", "mqtt", "-s", "port=x", "-s", "topics=a/#/b", "--every", "0"
    )
    assert done.returncode == 2
    for word in ("every_seconds", "settings.port", "settings.topics", "settings.host"):
        assert word in done.stderr


def test_files_of_a_folder_become_a_dataset(node: RunningNode, client: httpx.Client, tmp_path: Path) -> None:
    node.command(
        "source",
        "add",
        "lots",
        "--kind",
        "folder",
        "--every",
        "1",
        "-s",
        f"path={tmp_path}",
        "-s",
        "pattern=*.csv",
        "--title",
        "车位登记",
    )
    for month in ("01", "02"):
        (tmp_path / f"{month}.csv").write_text(
            f"id,name,spaces\n{month}1,lot {month},12\n{month}2,lot {month}b,30\n"
        )
    until(lambda: _dataset(client, "lots").get("records") == 4)
    assert _dataset(client, "lots")["title"] == "车位登记"
    (tmp_path / "03.csv").write_text("")
    until(lambda: _source(client, "lots")["refused"] == 1)
    refused = node.command("source", "refused", "lots").stdout
    assert "empty" in refused.replace("\n", " ")
    assert client.post("/api/v1/sources/lots/refusals/discard", json={}).json() == {"count": 1}
    assert _source(client, "lots")["refused"] == 0


def test_a_source_is_found_by_what_its_dataset_is_called(client: httpx.Client) -> None:
    client.patch("/api/v1/datasets/lots", json={"title": "泊位台账"}).raise_for_status()
    bins = {"kind": "ngsi-ld", "dataset": "waste-bins", "title": "垃圾桶满溢"}
    client.put("/api/v1/sources/b1", json=bins).raise_for_status()
    for called, name in (("台账", "lots"), ("满溢", "b1"), ("waste bins", "b1")):
        found = client.get("/api/v1/sources", params={"q": called}).json()
        assert ([one["name"] for one in found["items"]], found["total"]) == ([name], 1), called


def test_a_feed_is_fetched_again_only_when_it_changed(client: httpx.Client) -> None:
    with _feed() as feed:
        _add(client, "feed", "http", url=f"{feed.url}/air.csv")
        until(lambda: feed.unchanged >= 2)
    assert feed.sent == 1
    until(lambda: _dataset(client, "feed").get("records") == 2)  # what was fetched is imported after it


def test_a_register_brings_what_is_new(client: httpx.Client, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "register.db")) as register, register:
        register.execute("create table 停车场 (id integer primary key, 名称 text)")
        register.execute("insert into 停车场 values (1, '东门')")
    url = f"sqlite:///{tmp_path}/register.db"
    _add(client, "register", "sql", url=url, table="停车场", watermark="id")
    until(lambda: _dataset(client, "register").get("records") == 1)
    with closing(sqlite3.connect(tmp_path / "register.db")) as register, register:
        register.execute("insert into 停车场 values (2, '西门')")
    until(lambda: _dataset(client, "register")["records"] == 2)


def test_pushes_are_answered_once_they_are_stored(client: httpx.Client) -> None:
    _add(client, "lamps", "ngsi-ld")
    lamps = [
        {"id": f"urn:ngsi-ld:Lamp:{number}", "type": "Lamp", "power": {"value": number}}
        for number in range(5)
    ]
    note = {"id": "urn:ngsi-ld:Notification:1", "type": "Notification", "data": lamps}
    assert client.post("/api/v1/sources/lamps/notifications", json=note).status_code == 204
    until(lambda: _dataset(client, "lamps").get("records") == 5)
    wrong = client.post("/api/v1/sources/lamps/notifications", json=[lamps[0], {"id": "x"}])
    assert (wrong.status_code, wrong.json()["faults"][0]["where"]) == (400, "/1")


def test_a_source_that_is_away_says_so_in_the_readers_language(
    node: RunningNode, client: httpx.Client
) -> None:
    _add(client, "away", "http", url="http://127.0.0.1:9/x.csv")
    until(lambda: _source(client, "away")["failures"] > 0)
    chinese = client.get("/api/v1/sources/away", headers={"accept-language": "zh-CN"}).json()
    assert "无法访问" in chinese["fault"]
    fault = _source(client, "away")["fault"]
    assert "cannot be reached" in fault
    assert f"away: {fault}\n" in node.command("source", "list").stdout
    assert 'quanyu_source_failures_total{kind="http"}' in client.get("/metrics").text


def test_a_paused_source_rests_until_it_is_resumed(node: RunningNode, client: httpx.Client) -> None:
    assert node.command("source", "pause", "lamps").returncode == 0
    assert client.post("/api/v1/sources/lamps/run").status_code == 409
    assert client.post("/api/v1/sources/lamps/switch", json={"paused": False}).json()["state"] == "active"
    assert node.command("source", "remove", "lamps").returncode == 0
    assert client.get("/api/v1/sources/lamps").status_code == 404


def test_a_source_runs_without_a_node(tmp_path: Path) -> None:
    alone = RunningNode(tmp_path / "data")
    inbox = tmp_path / "data" / "inbox"
    inbox.mkdir(parents=True)
    with closing(sqlite3.connect(inbox / "register.db")) as register, register:
        register.execute("create table t (id integer)")
        register.execute("insert into t values (1)")
    url = f"url=sqlite:///{inbox}/register.db"
    alone.command("source", "add", "t", "--kind", "sql", "-s", url, "-s", "table=t")
    done = alone.command("source", "run", "t")
    assert (done.returncode, done.stdout.strip()) == (0, "Source t ran and read 1 record")


def test_the_commands_reach_a_node_far_away(node: RunningNode, client: httpx.Client, tmp_path: Path) -> None:
    token = client.headers["authorization"].removeprefix("Bearer ")
    far = RunningNode(tmp_path / "nothing", environment={"QUANYU_URL": node.url, "QUANYU_TOKEN": token})
    assert far.command("source", "add", "far", "--kind", "ngsi-ld", "--owner", "traffic").returncode == 0
    assert _source(client, "far")["owner"] == "traffic"
    assert "far" in far.command("source", "list").stdout
    for command in ("pause", "resume", "run", "refused", "release", "discard", "remove"):
        done = far.command("source", command, "far")
        assert done.returncode == 0, (command, done.stderr)
    gone = far.command("source", "run", "far")
    assert (gone.returncode, gone.stderr.strip()) == (2, "Source far does not exist")
    assert not (tmp_path / "nothing").exists()


def _add(client: httpx.Client, name: str, kind: str, **settings: str) -> None:
    body = {"kind": kind, "dataset": name, "every_seconds": 1, "settings": settings}
    answer = client.put(f"/api/v1/sources/{name}", json=body)
    assert answer.status_code == 200, answer.text


def _source(client: httpx.Client, name: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/v1/sources/{name}").json()
    return found


def _dataset(client: httpx.Client, name: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/v1/datasets/{name}").json()
    return found


class _feed:
    """An HTTP server that knows what its callers have."""

    def __enter__(self) -> "_feed":
        feed = self
        feed.sent = feed.unchanged = 0

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                known = self.headers.get("if-none-match") == '"1"'
                feed.unchanged, feed.sent = feed.unchanged + known, feed.sent + (not known)
                self.send_response(304 if known else 200)
                self.send_header("etag", '"1"')
                self.send_header("content-type", "text/csv")
                self.end_headers()
                if not known:
                    self.wfile.write(b"id,pm25\n1,35\n2,41\n")

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
