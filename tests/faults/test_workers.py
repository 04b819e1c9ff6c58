"""Two processes answer on the port of one node: what one does, the other knows; one that is killed comes again."""

import json
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from os import kill
from urllib.parse import quote

import httpx
import pytest

from tests.faults.processes import children, is_gone
from tests.patience import until
from tests.ports import free_port
from tests.running import RunningNode, node_in

LAMP = "urn:ngsi-ld:Lamp:1"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    folder = tmp_path_factory.mktemp("workers") / "data"
    long_pages = {"QUANYU_HISTORY_PAGE": "1000"}
    with node_in(folder, "--dev", "--workers", "2", environment=long_pages) as running:
        yield running


@pytest.fixture
def pair(node: RunningNode) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """A client of each process; a connection stays with the one that accepted it."""
    found: dict[str, httpx.Client] = {}

    def both() -> bool:
        client = httpx.Client(base_url=f"{node.url}/ngsi-ld/v1", timeout=60)
        process = _process(client, node)
        if process in found:
            client.close()
        else:
            found[process] = client
        return len(found) == 2

    until(both)
    one, other = found.values()
    yield one, other
    for client in found.values():
        client.close()


Pair = tuple[httpx.Client, httpx.Client]


def test_figures_are_those_of_all_processes(pair: Pair, node: RunningNode) -> None:
    def answered(client: httpx.Client) -> float:
        found = re.search(
            r'^quanyu_http_requests_total\{method="GET",status="404"\} (.*)$',
            client.get(f"{node.url}/metrics").text,
            re.MULTILINE,
        )
        return float(found[1]) if found else 0

    before = answered(pair[0])
    for client in pair:
        assert client.get("/entities/urn:ngsi-ld:Lamp:none").status_code == 404
    assert [answered(client) for client in pair] == [before + 2, before + 2]


def test_changes_of_one_entity_through_both_are_all_kept(pair: Pair) -> None:
    _lamp(pair[0], 0)
    threads = [threading.Thread(target=_brighten, args=(client, 20)) for client in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = (
        pair[1].get(f"/temporal/entities/{LAMP}", params={"options": "temporalValues", "lastN": 100}).json()
    )
    assert len(told["power"]["values"]) == 1 + 2 * 20
    assert pair[0].get("/types/Lamp").json()["entityCount"] == 1


def test_subscribers_hear_each_change_once_whoever_took_it(pair: Pair) -> None:
    heard: list[int] = []
    with _listener(heard) as url:
        body = {
            "id": "urn:ngsi-ld:Subscription:1", "type": "Subscription", "entities": [{"type": "Bulb"}],
            "notification": {"endpoint": {"uri": url}},
        }  # fmt: skip
        assert pair[1].post("/subscriptions", json=body).status_code == 201
        for number in range(20):
            entity = {
                "id": "urn:ngsi-ld:Bulb:1",
                "type": "Bulb",
                "power": {"type": "Property", "value": number},
            }
            answer = pair[number % 2].post("/entityOperations/upsert", json=[entity])
            assert answer.status_code in (201, 204)
        until(lambda: len(heard) >= 20)
    assert heard == list(range(20))


def test_a_context_that_one_deletes_the_other_does_not_know_any_more(pair: Pair) -> None:
    source = {"@context": {"brightness": "https://example.org/brightness"}}
    url = pair[0].post("/jsonldContexts", json=source).headers["location"]
    link = {"link": f'<{pair[0].base_url.join(url)}>; rel="http://www.w3.org/ns/json-ld#context"'}
    assert pair[1].get("/entities", params={"type": "Lamp"}, headers=link).status_code == 200
    assert pair[0].delete(url.removeprefix("/ngsi-ld/v1")).status_code == 204
    assert pair[1].get("/entities", params={"type": "Lamp"}, headers=link).status_code >= 400


def test_uses_of_a_context_are_told_at_once_whoever_was_asked(pair: Pair) -> None:
    url = (
        pair[0]
        .post("/jsonldContexts", json={"@context": {"dim": "https://example.org/dim"}})
        .headers["location"]
    )
    link = {"link": f'<{pair[0].base_url.join(url)}>; rel="http://www.w3.org/ns/json-ld#context"'}
    for client in (*pair, *pair):
        assert client.get("/entities", params={"type": "Lamp"}, headers=link).status_code == 200
    known = pair[0].get(url.removeprefix("/ngsi-ld/v1"), params={"details": "true"}).json()
    assert known["numberOfHits"] == 4


def test_a_context_that_comes_again_was_never_used(pair: Pair) -> None:
    with _serving(_Vocabulary) as url:
        link = {"link": f'<{url}>; rel="http://www.w3.org/ns/json-ld#context"'}
        for _ in range(2):
            for client in pair:
                assert client.get("/entities", params={"type": "Lamp"}, headers=link).status_code == 200
            known = pair[1].get("/jsonldContexts/" + quote(url, safe=""), params={"details": "true"}).json()
            assert known["numberOfHits"] == 2
            assert pair[0].delete("/jsonldContexts/" + quote(url, safe="")).status_code == 204


def test_a_source_that_one_registers_the_other_asks(pair: Pair) -> None:
    body = _source("Far", f"http://127.0.0.1:{free_port()}/", {})
    assert pair[1].get("/entities", params={"type": "Far"}).status_code == 200
    assert pair[0].post("/csourceRegistrations", json=body).status_code == 201
    assert "ngsild-warning" in pair[1].get("/entities", params={"type": "Far"}).headers
    known = pair[0].get(f"/csourceRegistrations/{body['id']}").json()
    assert (known["timesSent"], known["timesFailed"]) == (1, 1)
    assert pair[0].delete(f"/csourceRegistrations/{body['id']}").status_code == 204
    assert "ngsild-warning" not in pair[1].get("/entities", params={"type": "Far"}).headers


def test_a_source_that_failed_one_the_other_lets_rest(pair: Pair) -> None:
    body = _source("Tired", f"http://127.0.0.1:{free_port()}/", {"cooldown": 60_000})
    assert pair[0].post("/csourceRegistrations", json=body).status_code == 201
    for client in pair:
        assert "ngsild-warning" in client.get("/entities", params={"type": "Tired"}).headers
    known = pair[0].get(f"/csourceRegistrations/{body['id']}").json()
    assert (known["timesSent"], known["timesFailed"]) == (1, 1)


def test_an_answer_that_one_may_give_again_so_may_the_other(pair: Pair) -> None:
    asked: list[str] = []
    with _broker_with({"id": "urn:ngsi-ld:Kept:1", "type": "Kept"}, asked) as url:
        body = _source("Kept", url, {"cacheDuration": "PT60S"})
        assert pair[0].post("/csourceRegistrations", json=body).status_code == 201
        found = [client.get("/entities", params={"type": "Kept"}).json() for client in pair]
    assert [[one["id"] for one in entities] for entities in found] == [["urn:ngsi-ld:Kept:1"]] * 2
    assert len(asked) == 1


def test_one_that_is_killed_comes_again_and_all_end_with_the_first(node: RunningNode, pair: Pair) -> None:
    (worker,) = until(lambda: _workers(node.pid))
    kill(worker, signal.SIGKILL)
    (again,) = _others(node.pid, than=worker)
    node.kill()
    until(lambda: is_gone(again))
    node.start()
    assert "Traceback" not in node.output
    (last,) = _others(node.pid, than=again)
    assert node.stop() == 0
    assert is_gone(last)


def _process(client: httpx.Client, node: RunningNode) -> str:
    found = re.search(
        r"^process_start_time_seconds (.*)$", client.get(f"{node.url}/metrics").text, re.MULTILINE
    )
    assert found is not None
    return found[1]


def _lamp(client: httpx.Client, power: int) -> None:
    entity = {"id": LAMP, "type": "Lamp", "power": {"type": "Property", "value": power}}
    assert client.post("/entityOperations/upsert", json=[entity]).status_code in (201, 204)


def _brighten(client: httpx.Client, times: int) -> None:
    for number in range(times):
        body = {"type": "Property", "value": number}
        assert client.patch(f"/entities/{LAMP}/attrs/power", json=body).status_code == 204


def _source(type: str, endpoint: str, management: dict[str, object]) -> dict[str, object]:
    return {
        "id": f"urn:ngsi-ld:ContextSourceRegistration:{type}", "type": "ContextSourceRegistration",
        "information": [{"entities": [{"type": type}]}], "endpoint": endpoint, "management": management,
    }  # fmt: skip


def _listener(heard: list[int]) -> AbstractContextManager[str]:
    """An endpoint that notes the power of each bulb it is told of."""

    class Endpoint(_Quiet):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            heard.extend(one["power"]["value"] for one in body["data"])
            self.send_response(200)
            self.end_headers()

    return _serving(Endpoint)


def _broker_with(entity: dict[str, str], asked: list[str]) -> AbstractContextManager[str]:
    """Another broker, which notes what it is asked."""

    class Broker(_Quiet):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.say([entity])

    return _serving(Broker)


class _Quiet(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def say(self, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class _Vocabulary(_Quiet):
    def do_GET(self) -> None:
        self.say({"@context": {"dim": "https://example.org/dim"}})


@contextmanager
def _serving(handler: type[_Quiet]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def _workers(parent: int) -> list[int]:
    """The further processes of a node."""
    return children(parent, "quanyu.app.worker")


def _others(parent: int, *, than: int) -> list[int]:
    """Once there are some, and that one has gone."""
    return until(lambda: found if than not in (found := _workers(parent)) else [])
