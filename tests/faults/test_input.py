"""Wrong input through the front door: clear words, what was there stays, never a 5xx."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.folders import files_below
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


BAD_FILES: dict[str, tuple[str, bytes | Callable[[], bytes]]] = {
    "empty": ("empty.csv", b""),
    "html": ("data.csv", b"<!DOCTYPE html><html><body>Please sign in</body></html>"),
    "truncated gzip": ("cut.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * 50_000)[:-900]),
    "gzip bomb": ("bomb.csv.gz", _bomb),  # made only where it is thrown: it takes seconds
    "zip slip": ("slip.zip", _slip()),
    "too many columns": ("wide.csv", (",".join(f"c{n}" for n in range(100_000)) + "\n").encode() * 2),
    "picture": ("photo.xlsx", b"\x89PNG\r\n\x1a\n" + b"\x00" * 400),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_file_that_is_no_table_is_refused_with_its_reason(kind: str, node: RunningNode) -> None:
    name, made = BAD_FILES[kind]
    content = made() if callable(made) else made
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
    assert [file for file in files_below(node.data.parent) if file.name == "outside.csv"] == []


def test_files_of_an_office_of_several_kinds_are_read_by_one_command(
    node: RunningNode, tmp_path: Path
) -> None:
    """A card that is only an exponent, telephones with a decimal, exchanged coordinates, mixed dates, totals, a note."""
    lines = ["登记表", "编号,身份证号,手机,经度,纬度,日期"]
    days = ("2023年5月1日", "2023/5/1 上午8时", "45047")
    lines += [f"A{n},11010519491231002X,1380000000{n}.0,31.2{n},121.4{n},{days[n % 3]}" for n in range(9)]
    lines += ["A9,3.20102E+17,13800000009,31.29,121.49,20230501", "合计,,10,,,", "注：含试点"]
    (tmp_path / "one.csv").write_text("\n".join(lines), encoding="gbk")
    (tmp_path / "two.jsonl").write_text(
        '{"编号": "B1", "手机": 13800000010, "经度": 31.3, "纬度": 121.5, "日期": "二〇二三年五月一日"}\n{"编号": \n',
        encoding="utf-8",
    )
    done = node.command(
        "import", tmp_path / "one.csv", tmp_path / "two.jsonl", "--dataset", "office", "--json"
    )
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout.splitlines()[-1])
    assert (counts["read"], counts["accepted"], counts["quarantined"]) == (12, 10, 2)
    assert set(counts["rules"]) >= {"id_card:身份证号", "reject"}
    for said in ("Longitude and latitude are exchanged", "13800000000.0", "chinese_clock", "total: 1"):
        assert said in done.stderr, done.stderr
