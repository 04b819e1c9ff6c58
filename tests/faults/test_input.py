"""Wrong input through the front door: clear words, what was there stays, never a 5xx."""

import gzip
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import RunningNode, node_in


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    with node_in(tmp_path_factory.mktemp("input") / "data") as running:
        yield running


def _slip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../outside.csv", "a,b\n1,2\n")
    return packed.getvalue()


def _bomb() -> bytes:
    return gzip.compress(b"0" * (300 * 1024 * 1024), compresslevel=9)


BAD_FILES = {
    "empty": ("empty.csv", b""),
    "html": ("data.csv", b"<!DOCTYPE html><html><body>Please sign in</body></html>"),
    "truncated gzip": ("cut.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * 50_000)[:-900]),
    "gzip bomb": ("bomb.csv.gz", _bomb()),
    "zip slip": ("slip.zip", _slip()),
    "too many columns": ("wide.csv", (",".join(f"c{n}" for n in range(100_000)) + "\n").encode() * 2),
    "picture": ("photo.xlsx", b"\x89PNG\r\n\x1a\n" + b"\x00" * 400),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_file_that_is_no_table_is_refused_with_its_reason(kind: str, node: RunningNode) -> None:
    name, content = BAD_FILES[kind]
    with node.client() as client:
        answer = client.post("/api/v1/datasets/bad/imports", params={"filename": name}, content=content)
    assert answer.status_code < 500, answer.text
    if answer.status_code == 202:
        done = node.finished(answer.json()["import"])
        assert done["state"] == "failed", done
        assert done["fault"]


def test_a_failed_import_leaves_what_was_there(node: RunningNode) -> None:
    node.import_text("stays", "id,name\n1,a\n2,b\n")
    failed = node.import_text("stays", "<html></html>", "next.csv")
    assert failed["state"] == "failed"
    with node.client() as client:
        assert client.get("/api/v1/datasets/stays").json()["records"] == 2


def test_broken_bytes_in_the_middle_refuse_their_record_only(node: RunningNode) -> None:
    rows = [f"{number},站点{number}\n".encode() for number in range(500)]
    rows[250] = b"250,\xff\xfe\x80bad\n"
    with node.client() as client:
        answer = client.post(
            "/api/v1/datasets/bytes/imports",
            params={"filename": "b.csv"},
            content="id,名称\n".encode() + b"".join(rows),
        )
    done = node.finished(answer.json()["import"])
    report = done["report"]
    assert (report["read"], report["accepted"], report["quarantined"]) == (500, 499, 1)


def test_formula_cells_are_escaped_in_exports(node: RunningNode) -> None:
    node.import_text("formula", 'id,note\n1,"=1+1"\n2,"@SUM(A1)"\n3,plain\n4,-5\n')
    with node.client() as client:
        text = client.get("/api/v1/datasets/formula/export.csv").text
    assert "'=1+1" in text
    assert "'@SUM(A1)" in text


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/v1/session", b"[" * 200_000),
        ("POST", "/api/v1/session", b'{"login": 5}'),
        ("PUT", "/api/v1/sources/x", b'{"kind": "http", "settings": {"url": "gopher://x"}}'),
        ("GET", "/api/v1/entities?bbox=a,b,c,d", b""),
        ("GET", "/api/v1/map/layers/none/tiles/99/1/1.mvt", b""),
        ("GET", "/api/v1/catalogue?limit=-1", b""),
        ("GET", "/api/v1/datasets/%00/records", b""),
        ("GET", "/api/v1/datasets/..%2f..%2fetc/records", b""),
        ("POST", "/ngsi-ld/v1/entities", b"[" * 200_000),
        ("POST", "/ngsi-ld/v1/entities", b'{"id": "\\u0000", "type": "T"}'),
        ("POST", "/api/3/action/package_search", b'{"rows": "many"}'),
        ("GET", "/api/3/action/no_such_action", b""),
        ("DELETE", "/api/v1/imports/none", b""),
    ],
)
def test_wrong_requests_are_answered_in_plain_words(
    method: str, path: str, body: bytes, node: RunningNode
) -> None:
    with node.client() as client:
        answer = client.request(method, path, content=body, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:300])


def test_the_command_names_a_missing_file(node: RunningNode, tmp_path: Path) -> None:
    done = node.command("import", tmp_path / "none.csv")
    assert done.returncode == 2
    assert "none.csv" in done.stderr


def test_a_zip_slip_writes_nothing_outside(node: RunningNode) -> None:
    assert not list(node.data.parent.rglob("outside.csv"))
