"""Hostile requests at the front door: refused in words, never a fault of ours, nothing let through."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.faults.folders import content, files_below
from tests.faults.wild import Wild
from tests.running import RunningNode, node_in


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    with node_in(tmp_path_factory.mktemp("api") / "data") as running:
        running.import_text("evil", EVIL, name='e\r\nx: y".csv')
        yield running


@pytest.fixture
def client(node: RunningNode) -> Iterator[httpx.Client]:
    with node.client() as client:
        yield client


EVIL = """=1+1,name,number
"=HYPERLINK(""http://x"")",<script>alert(1)</script>,-3
+cmd|' /C calc'!A0,plain,-4
@SUM(A1),plain,5
"""
HOSTILE = (
    "'",
    '"',
    "'; drop table entity; --",
    "\x00",
    "\r\nx-evil: 1",
    "../../etc/passwd",
    "..%2f",
    "a" * 3000,
    "(|&!)",
    "\\",
    "{}",
)
ASKED = (
    "/api/v1/catalogue?q={}", "/api/v1/catalogue?organisation={}", "/api/v1/catalogue?state={}", "/api/v1/catalogue/{}",
    "/api/v1/entities?q={}", "/api/v1/entities?bbox={}", "/api/v1/entities?after={}", "/api/v1/entities/{}",
    "/api/v1/datasets?q={}", "/api/v1/datasets/{}/records", "/api/v1/datasets/{}/export.csv",
    "/api/v1/datasets/evil/records?filter={}:eq:1", "/api/v1/datasets/evil/records?filter=name:has:{}",
    "/api/v1/datasets/evil/quarantine?rule={}&state=all", "/api/v1/imports?after={}", "/api/v1/trace/{}",
    "/api/v1/map/layers/{}/features", "/api/v1/standards/{}/{}", "/api/v1/standards/regions?q={}",
    "/api/v1/quality/ledger?after={}", "/api/v1/fusion/candidates?after={}", "/catalog?after={}", "/catalog/{}",
    "/api/3/action/{}", "/api/3/action/package_search?fq={}", "/api/3/action/package_search?sort={}",
    "/api/3/action/datastore_search?resource_id=evil&filters={}", "/api/3/action/datastore_search?resource_id=evil&sort={}",
    "/ngsi-ld/v1/entities?type={}", "/ngsi-ld/v1/entities?q={}", "/ngsi-ld/v1/entities?type=A&georel={}",
    "/ngsi-ld/v1/entities/{}", "/{}", "/assets/{}",
)  # fmt: skip


@pytest.mark.parametrize("path", ASKED)
def test_hostile_words_are_only_words(client: httpx.Client, path: str) -> None:
    for word in HOSTILE:
        answer = client.get(path.replace("{}", quote(word, safe="")))
        assert answer.status_code < 500, (word[:30], answer.text)
        assert "x-evil" not in answer.headers
        assert "root:" not in answer.text


BODIES: dict[str, bytes | Callable[[], bytes]] = {  # the large ones are made only where they are sent
    "deep": b"[" * 200_000 + b"]" * 200_000,
    "long number": b'{"name":' + b"9" * 100_000 + b"}",
    "a million keys": lambda: b"{" + b",".join(b'"k%d":1' % n for n in range(1_000_000)) + b"}",
    "fifty megabytes": lambda: b'{"name":"' + b"a" * 50_000_000 + b'"}',
    "no number": b'{"name":NaN}',
    "lone surrogate": b'{"name":"\\ud800"}',
    "NUL": b'{"name":"\\u0000"}',
    "cut": b'{"name"',
    "no text": b"\xff\xfe",
}
DOORS = (
    ("POST", "/api/v1/session"), ("PATCH", "/api/v1/catalogue/evil"), ("PUT", "/api/v1/datasets/evil/mapping"),
    ("PUT", "/api/v1/standards/models/x"), ("POST", "/api/v1/mapping/propose"), ("PUT", "/api/v1/fusion/jobs/x"),
    ("PUT", "/api/v1/sources/x"), ("PUT", "/api/v1/datasets/evil/rules/x"), ("POST", "/ngsi-ld/v1/entities"),
    ("POST", "/ngsi-ld/v1/entityOperations/upsert"), ("POST", "/api/v1/standards/regions/import"),
)  # fmt: skip


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_is_a_bomb_is_refused(client: httpx.Client, body: bytes | Callable[[], bytes]) -> None:
    content = body() if callable(body) else body
    for method, path in DOORS:
        answer = client.request(method, path, content=content, headers={"content-type": "application/json"})
        assert answer.status_code in {400, 401, 413, 415}, (path, answer.text)
    assert client.get("/readyz").status_code == 200


def test_an_answer_before_a_long_body_was_read_is_the_last_on_its_connection(client: httpx.Client) -> None:
    long = b"a" * 20_000_000
    for _ in range(5):
        answer = client.put("/api/v1/sources/x", content=long, headers={"content-type": "text/plain"})
        assert answer.status_code in {400, 401, 413, 415}, answer.text
        assert answer.headers["connection"] == "close"
        assert client.get("/readyz").headers.get("connection") != "close"


def test_an_empty_form_says_that_it_has_no_file(client: httpx.Client) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = client.post("/api/v1/standards/regions/import", content=b"--x--\r\n", headers=headers)
    assert answer.status_code == 400


def test_a_field_of_the_wrong_type_is_the_senders_fault(client: httpx.Client) -> None:
    answer = client.put("/api/v1/sources/x", json={"kind": "http", "dataset": "d", "settings": []})
    assert answer.status_code == 400


def test_options_of_a_route_are_answered(client: httpx.Client) -> None:
    answer = client.options("/api/v1/datasets")
    assert (answer.status_code, "GET" in answer.headers["allow"]) == (204, True)


@pytest.mark.parametrize(
    "path", ["/api/v1/node", "/api/v1/nothing", "/ngsi-ld/v1/types", "/ngsi-ld/v1/x", "/", "/api/v1/accounts"]
)
def test_every_answer_carries_the_security_headers(node: RunningNode, path: str) -> None:
    headers = httpx.get(node.url + path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].count("default-src") == 1


def test_an_export_holds_no_formula_not_even_in_its_header(client: httpx.Client) -> None:
    answer = client.get("/api/v1/datasets/evil/export.csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert not [cell for row in rows for cell in row if cell[:1] in "=+@\t\r" and cell]
    assert [row[2] for row in rows[1:]] == ["-3", "-4", "5"]


def test_markup_stays_json(client: httpx.Client) -> None:
    answer = client.get("/api/v1/datasets/evil/records")
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["items"][0]["name"] == "<script>alert(1)</script>"


def test_wrong_passwords_are_slowed_down_whatever_address_is_claimed(node: RunningNode) -> None:
    said = []
    for number in range(6):
        headers = {"x-forwarded-for": f"10.0.0.{number}", "accept-language": "en"}
        answer = httpx.post(
            f"{node.url}/api/v1/session", json={"login": "admin", "password": "x"}, headers=headers
        )
        said.append(answer.json()["type"].rpartition(".")[2])
    assert said[0] == "refused"
    assert said[-1] == "slow_down"


def test_secrets_that_were_sent_are_nowhere_to_be_read(node: RunningNode, client: httpx.Client) -> None:
    canary = "canary-7391-secret"
    told = [httpx.post(f"{node.url}/api/v1/session", json={"login": "nobody", "password": canary})]
    told += [httpx.post(f"{node.url}/api/v1/session", json={"login": "nobody", "password": {"x": canary}})]
    told += [httpx.get(f"{node.url}/api/v1/datasets", headers={"authorization": f"Bearer qy_{canary}"})]
    settings = {"url": "http://example.org/x.csv", "password": canary, "username": "u"}
    told += [client.put("/api/v1/sources/s", json={"kind": "http", "dataset": "d", "settings": settings})]
    told += [client.get("/api/v1/sources")]
    assert canary not in "".join(answer.text for answer in told)
    assert canary not in node.data.with_suffix(".log").read_text()
    assert not _holds(node.data / "postgres" / "data", canary.encode())


def test_the_description_of_the_api_stands_by_itself(client: httpx.Client) -> None:
    described = client.get("/api/v1/openapi/openapi.json").json()
    asked = [one for path in described["paths"].values() for one in path.values()]
    assert len({one["operationId"] for one in asked}) == len(asked)
    references = set(_references(described))
    known = {f"#/components/schemas/{name}" for name in described["components"]["schemas"]}
    assert references <= known
    assert "http" not in described["components"]["securitySchemes"]["session"].get("name", "")
    assert client.get("/api/v1/openapi/swagger").status_code == 404


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_body_that_the_description_allows_is_a_fault_of_ours(client: httpx.Client, seed: int) -> None:
    described = client.get("/api/v1/openapi/openapi.json").json()
    headers = {"content-type": "application/json"}
    for method, path, body in Wild(described, seed).requests():
        answer = client.request(method, path, content=json.dumps(body), headers=headers)
        assert answer.status_code < 500, (method, path, body, answer.text)


@pytest.mark.parametrize(
    "row", [{"year": -1}, {"amount": -5}, {"used": 31.2}, {"quality": -1}, {"year": 10**9}]
)
def test_a_budget_beyond_all_bounds_is_refused(client: httpx.Client, row: dict[str, object]) -> None:
    whole = {"organisation": "x", "year": 2026, "amount": 1.5} | row
    answer = client.put("/api/v1/budgets", json=[whole])
    assert (answer.status_code, next(iter(row)) in answer.text) == (400, True)


def _references(part: object) -> Iterator[str]:
    match part:
        case {"$ref": str(reference)}:
            yield reference
        case dict():
            for one in part.values():
                yield from _references(one)
        case list():
            for one in part:
                yield from _references(one)


def _holds(folder: Path, word: bytes) -> bool:
    return any(word in content(file) for file in files_below(folder))
