"""HTTP sources against a real server: pages, cursors, authentication, and answers that are no data."""

import base64
import gzip
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.sources import service
from quanyu.connect.sources.pages import fetch_pages
from quanyu.connect.sources.settings import HttpSettings, Increment, Paging
from quanyu.connect.sources.web import fetch_file
from quanyu.core.errors import Denied, Invalid, TooLarge, Unavailable
from tests.unit.connect.sources.servers import http_server

LOCAL = Outgoing(("127.0.0.0/8",))
READINGS = [{"id": number, "level": number * 1.5} for number in range(25)]


def _lines(path: Path) -> list[Any]:
    return [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]


def _paged(path: str, query: dict[str, str], headers: dict[str, str]) -> tuple[int, str, Any]:
    page, size = int(query.get("page", 1)), int(query.get("size", 10))
    return 200, "application/json", {"data": {"items": READINGS[(page - 1) * size : page * size]}}


async def test_all_pages_are_fetched(tmp_path: Path) -> None:
    async with http_server(_paged) as url:
        settings = HttpSettings(
            url=url, records="data.items", paging=Paging(kind="page", size_parameter="size", size=10)
        )
        files, _ = await fetch_pages(settings, {}, tmp_path, LOCAL)
    assert _lines(files[0]) == READINGS


async def test_the_next_run_asks_only_for_what_is_newer(tmp_path: Path) -> None:
    def newer(path: str, query: dict[str, str], headers: dict[str, str]) -> tuple[int, str, Any]:
        return 200, "application/json", [one for one in READINGS if one["id"] > int(query.get("after", -1))]

    async with http_server(newer) as url:
        settings = HttpSettings(url=url, increment=Increment(parameter="after", field="id"))
        _, cursor = await fetch_pages(settings, {"since": 20}, tmp_path, LOCAL)
        assert [one["id"] for one in _lines(tmp_path / "records.jsonl")] == [21, 22, 23, 24]
        files, again = await fetch_pages(settings, cursor, tmp_path, LOCAL)
    assert (files, again) == ([], {"since": 24})


async def test_a_cursor_is_followed_to_its_end(tmp_path: Path) -> None:
    def cursored(path: str, query: dict[str, str], headers: dict[str, str]) -> tuple[int, str, Any]:
        start = int(query.get("at", 0))
        following = str(start + 10) if start + 10 < len(READINGS) else None
        return 200, "application/json", {"items": READINGS[start : start + 10], "meta": {"next": following}}

    async with http_server(cursored) as url:
        paging = Paging(kind="cursor", parameter="at", next="meta.next")
        files, _ = await fetch_pages(
            HttpSettings(url=url, records="items", paging=paging), {}, tmp_path, LOCAL
        )
    assert len(_lines(files[0])) == 25


async def test_user_and_password_are_sent(tmp_path: Path) -> None:
    def guarded(path: str, query: dict[str, str], headers: dict[str, str]) -> tuple[int, str, Any]:
        wanted = "Basic " + base64.b64encode(b"officer:s3cret").decode()
        return (
            (200, "text/csv", "a,b\n1,2\n")
            if headers.get("authorization") == wanted
            else (401, "text/plain", "no")
        )

    async with http_server(guarded) as url:
        files, _ = await fetch_file(
            HttpSettings(url=url, user="officer", password="s3cret"), {}, tmp_path, LOCAL
        )
        assert files[0].read_text() == "a,b\n1,2\n"
        with pytest.raises(Invalid, match="status 401"):
            await fetch_file(HttpSettings(url=url), {}, tmp_path, LOCAL)


async def test_a_web_page_instead_of_data_is_named(tmp_path: Path) -> None:
    async with http_server(lambda *_: (200, "text/html; charset=utf-8", "<html>login</html>")) as url:
        with pytest.raises(Invalid, match="web page"):
            await fetch_file(HttpSettings(url=url), {}, tmp_path, LOCAL)


async def test_a_busy_server_is_tried_later(tmp_path: Path) -> None:
    async with http_server(lambda *_: (503, "text/plain", "busy")) as url:
        with pytest.raises(Unavailable, match="503"):
            await fetch_file(HttpSettings(url=url), {}, tmp_path, LOCAL)


async def test_the_address_keeps_its_own_query(tmp_path: Path) -> None:
    def echo(path: str, query: dict[str, str], headers: dict[str, str]) -> Any:
        return 200, "text/csv", ",".join(f"{name}={value}" for name, value in query.items())

    async with http_server(echo) as url:
        settings = HttpSettings(
            url=f"{url}/api?format=csv", parameters={"city": "江州"}, secret_parameters={"key": "k"}
        )
        files, _ = await fetch_file(settings, {}, tmp_path, LOCAL)
    assert files[0].read_text() == "format=csv,city=江州,key=k"


async def test_a_file_that_did_not_change_is_not_fetched_again(tmp_path: Path) -> None:
    def versioned(path: str, query: dict[str, str], headers: dict[str, str]) -> Any:
        if headers.get("if-none-match") == '"7"':
            return 304, "text/csv", ""
        return 200, "text/csv", "a\n1\n", {"etag": '"7"', "last-modified": "Fri, 02 Jan 2026 00:00:00 GMT"}

    async with http_server(versioned) as url:
        files, cursor = await fetch_file(HttpSettings(url=url), {}, tmp_path, LOCAL)
        assert len(files) == 1
        assert await fetch_file(HttpSettings(url=url), cursor, tmp_path, LOCAL) == ([], cursor)


@pytest.mark.parametrize("asked", ["120", "Fri, 31 Dec 2100 23:59:59 GMT", "99999999999999999999"])
async def test_a_server_that_asks_for_patience_gets_it(asked: str, tmp_path: Path) -> None:
    async with http_server(lambda *_: (429, "text/plain", "later", {"retry-after": asked})) as url:
        with pytest.raises(Unavailable) as caught:
            await fetch_file(HttpSettings(url=url), {}, tmp_path, LOCAL)
    assert service.back_off(0, caught.value) == timedelta(
        seconds=min(int(asked) if asked.isdigit() else 86400, 86400)
    )


async def test_packed_answers_are_unpacked(tmp_path: Path) -> None:
    async with http_server(
        lambda *_: (200, "text/csv", gzip.compress(b"a\n1\n"), {"content-encoding": "gzip"})
    ) as url:
        files, _ = await fetch_file(HttpSettings(url=url), {}, tmp_path, LOCAL)
    assert files[0].read_text() == "a\n1\n"


@pytest.mark.parametrize("coding", ["zstd", "gzip, gzip", "br"])
async def test_codings_that_may_burst_are_refused(coding: str, tmp_path: Path) -> None:
    async with http_server(lambda *_: (200, "text/csv", "a", {"content-encoding": coding})) as url:
        with pytest.raises(Invalid, match="coding"):
            await fetch_file(HttpSettings(url=url), {}, tmp_path, LOCAL)


async def test_an_answer_beyond_the_limit_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quanyu.connect.sources.web.MAX_BYTES", 1_000_000)
    bomb = gzip.compress(bytes(50_000_000))
    async with http_server(lambda *_: (200, "text/csv", bomb, {"content-encoding": "gzip"})) as url:
        with pytest.raises(TooLarge):
            await fetch_file(HttpSettings(url=url), {}, tmp_path, LOCAL)


async def test_pages_nested_without_end_are_refused(tmp_path: Path) -> None:
    async with http_server(lambda *_: (200, "application/json", "[" * 100_000)) as url:
        with pytest.raises(Invalid):
            await fetch_pages(HttpSettings(url=url, records="a"), {}, tmp_path, LOCAL)
    async with http_server(
        lambda *_: (200, "application/json", '{"a":' + "[" * 100_000 + "]" * 100_000 + "}")
    ) as url:
        with pytest.raises(Invalid, match="JSON"):
            await fetch_pages(HttpSettings(url=url, records="a"), {}, tmp_path, LOCAL)


async def test_a_number_beyond_what_can_be_kept_stays_for_the_import_to_refuse(tmp_path: Path) -> None:
    endless = '{"id": 2,\n"level": ' + "9" * 5000 + "}"
    async with http_server(
        lambda *_: (200, "application/json", f'{{"a": [{{"id": 1}}, {endless}, {{"id": 3}}]}}')
    ) as url:
        files, _ = await fetch_pages(HttpSettings(url=url, records="a"), {}, tmp_path, LOCAL)
    lines = files[0].read_text().splitlines()
    assert (lines[0], lines[1], lines[2]) == ('{"id":1}', endless.replace("\n", " "), '{"id":3}')


async def test_redirects_in_a_circle_end(tmp_path: Path) -> None:
    async with http_server(lambda *_: (302, "text/plain", "/again")) as url:
        with pytest.raises(Invalid, match="redirects more than"):
            await fetch_file(HttpSettings(url=url), {}, tmp_path, LOCAL)


async def test_a_broken_off_answer_is_tried_later(tmp_path: Path) -> None:
    async with http_server(lambda *_: (200, "text/csv", b"no gzip", {"content-encoding": "gzip"})) as url:
        with pytest.raises(Unavailable):
            await fetch_file(HttpSettings(url=url), {}, tmp_path, LOCAL)


async def test_offsets_grow_by_the_records_of_a_page(tmp_path: Path) -> None:
    def sliced(path: str, query: dict[str, str], headers: dict[str, str]) -> Any:
        start = int(query["offset"])
        return 200, "application/json", READINGS[start : start + 7]

    async with http_server(sliced) as url:
        paging = Paging(kind="offset", parameter="offset")
        files, _ = await fetch_pages(HttpSettings(url=url, paging=paging), {}, tmp_path, LOCAL)
    assert _lines(files[0]) == READINGS


async def test_links_are_followed_on_the_same_server_only(tmp_path: Path) -> None:
    def linked(path: str, query: dict[str, str], headers: dict[str, str]) -> Any:
        step = {"/": "</two>", "/two": "<http://127.0.0.2:9/three>"}[path]
        return 200, "application/json", [{"at": path}], {"link": f'{step}; rel="next"'}

    async with http_server(linked) as url:
        settings = HttpSettings(url=url, token="t", paging=Paging(kind="link"))
        with pytest.raises(Invalid, match=r"127\.0\.0\.2"):
            await fetch_pages(settings, {}, tmp_path, LOCAL)


async def test_a_server_without_page_numbers_gives_its_page_once(tmp_path: Path) -> None:
    async with http_server(lambda *_: (200, "application/json", READINGS)) as url:
        files, _ = await fetch_pages(HttpSettings(url=url, paging=Paging(kind="page")), {}, tmp_path, LOCAL)
    assert len(_lines(files[0])) == 25


async def test_cursors_in_a_circle_end(tmp_path: Path) -> None:
    def circling(path: str, query: dict[str, str], headers: dict[str, str]) -> Any:
        at = query.get("page", "a")
        return (
            200,
            "application/json",
            {"items": [{"at": at, "n": len(query)}], "next": {"a": "b", "b": "c"}.get(at, "b")},
        )

    async with http_server(circling) as url:
        settings = HttpSettings(url=url, records="items", paging=Paging(kind="cursor", next="next"))
        with pytest.raises(Invalid, match="lead back"):
            await fetch_pages(settings, {}, tmp_path, LOCAL)


async def test_more_pages_than_the_limit_are_named_not_cut(tmp_path: Path) -> None:
    async with http_server(
        lambda path, query, headers: (200, "application/json", [{"page": query["page"]}])
    ) as url:
        with pytest.raises(TooLarge, match="3 pages"):
            await fetch_pages(HttpSettings(url=url, paging=Paging(kind="page", limit=3)), {}, tmp_path, LOCAL)


async def test_pages_of_features_become_one_geojson(tmp_path: Path) -> None:
    def features(path: str, query: dict[str, str], headers: dict[str, str]) -> Any:
        found = [{"type": "Feature", "geometry": None, "properties": {"id": query["page"]}}]
        return (
            200,
            "application/geo+json",
            {"type": "FeatureCollection", "features": found if int(query["page"]) < 3 else []},
        )

    async with http_server(features) as url:
        files, _ = await fetch_pages(HttpSettings(url=url, paging=Paging(kind="page")), {}, tmp_path, LOCAL)
    assert files[0].suffix == ".geojson"
    assert [one["properties"]["id"] for one in msgspec.json.decode(files[0].read_bytes())["features"]] == [
        "1",
        "2",
    ]


async def test_numbers_written_as_text_rise_by_their_value(tmp_path: Path) -> None:
    async with http_server(lambda *_: (200, "application/json", [{"id": "9"}, {"id": "10"}])) as url:
        settings = HttpSettings(url=url, increment=Increment(parameter="after", field="id"))
        _, cursor = await fetch_pages(settings, {}, tmp_path, LOCAL)
    assert cursor == {"since": "10"}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "[::ffff:127.0.0.1]", "169.254.169.254", "10.1.2.3"])  # fmt: skip
async def test_private_addresses_are_closed_unless_settings_open_them(host: str, tmp_path: Path) -> None:
    with pytest.raises((Denied, Unavailable)) as caught:
        await fetch_file(HttpSettings(url=f"http://{host}:9/"), {}, tmp_path, Outgoing())
    assert caught.value.key in {"connect.outgoing.denied", "connect.outgoing.unknown_host"}


async def test_a_redirect_to_a_closed_address_is_not_followed(tmp_path: Path) -> None:
    async with http_server(lambda *_: (302, "text/plain", "http://10.0.0.1/secret")) as url:
        with pytest.raises(Denied):
            await fetch_file(HttpSettings(url=url), {}, tmp_path, LOCAL)
