"""HTTP sources against a real server: pages, cursors, authentication, and answers that are no data."""

import base64
from pathlib import Path
from typing import Any

import msgspec
import pytest

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.sources.pages import fetch_pages
from quanyu.connect.sources.web import fetch_file
from quanyu.connect.sources.settings import HttpSettings, Increment, Paging
from quanyu.core.errors import Denied, Invalid, Unavailable
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


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "[::ffff:127.0.0.1]", "169.254.169.254", "10.1.2.3"])  # fmt: skip
async def test_private_addresses_are_closed_unless_settings_open_them(host: str, tmp_path: Path) -> None:
    with pytest.raises((Denied, Unavailable)) as caught:
        await fetch_file(HttpSettings(url=f"http://{host}:9/"), {}, tmp_path, Outgoing())
    assert caught.value.key in {"connect.outgoing.denied", "connect.outgoing.unknown_host"}


async def test_a_redirect_to_a_closed_address_is_not_followed(tmp_path: Path) -> None:
    async with http_server(lambda *_: (302, "text/plain", "http://10.0.0.1/secret")) as url:
        with pytest.raises(Denied):
            await fetch_file(HttpSettings(url=url), {}, tmp_path, LOCAL)
