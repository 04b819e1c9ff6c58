"""HTTP sources: one file as it is, fetched only when it changed, or the records of its pages (`pages`)."""

import base64
import email.utils
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.sources.settings import HttpSettings
from quanyu.core.errors import Invalid, TooLarge, Unavailable

MAX_BYTES = 2 * 1024**3
LONGEST_WAIT_SECONDS = 86_400
"""A server may ask for this much patience, and no more."""

_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_CODINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
_VALIDATORS = {"etag": "if-none-match", "last-modified": "if-modified-since"}


async def fetch_file(
    settings: HttpSettings, cursor: Mapping[str, Any], folder: Path, outgoing: Outgoing
) -> tuple[list[Path], dict[str, Any]]:
    """The file, or none where the server says that it has not changed, and the cursor after it."""
    headers = await headers_of(settings, outgoing)
    headers |= {ask: cursor[name] for name, ask in _VALIDATORS.items() if name in cursor}
    async with calling(settings, settings.url, headers, parameters_of(settings), outgoing) as response:
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return [], dict(cursor)
        target = folder / f"answer{_ending(response)}"
        with target.open("wb") as file:
            async for chunk in bounded(response, MAX_BYTES):
                file.write(chunk)
        validators = {name: response.headers[name] for name in _VALIDATORS if name in response.headers}
    return ([target] if target.stat().st_size else []), validators


@asynccontextmanager
async def calling(
    settings: HttpSettings,
    url: str,
    headers: Mapping[str, str],
    parameters: Mapping[str, str],
    outgoing: Outgoing,
) -> AsyncIterator[httpx.Response]:
    """An answer that is data, or not changed; anything else is said in plain words."""
    full = str(httpx.URL(url).copy_merge_params(dict(parameters)))
    async with outgoing.request("GET", full, headers=headers, wait=settings.timeout) as response:
        _check(response, url.partition("?")[0])
        yield response


async def bounded(response: httpx.Response, limit: int) -> AsyncIterator[bytes]:
    """Raises TooLarge once more than `limit` bytes came, as they are after unpacking."""
    size = 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > limit:
            raise TooLarge("connect.source.too_large", limit=limit)
        yield chunk


def parameters_of(settings: HttpSettings) -> dict[str, str]:
    return settings.parameters | settings.secret_parameters


async def headers_of(settings: HttpSettings, outgoing: Outgoing) -> dict[str, str]:
    usual = {
        "accept": "application/json, application/geo+json, text/csv, */*",
        "accept-encoding": "gzip",
        "user-agent": "quanyu",
    }
    return usual | settings.headers | settings.secret_headers | await _credentials(settings, outgoing)


def _check(response: httpx.Response, url: str) -> None:
    status = response.status_code
    if status in _BUSY:
        if seconds := _asked_wait(response.headers.get("retry-after", "")):
            raise Unavailable("connect.source.busy", url=url, status=status, seconds=seconds)
        raise Unavailable("connect.source.status", url=url, status=status)
    if status == httpx.codes.NOT_MODIFIED:
        return
    if not response.is_success:
        raise Invalid("connect.source.status", url=url, status=status)
    if response.headers.get("content-type", "").startswith("text/html"):
        raise Invalid("connect.source.html", url=url)
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding not in _CODINGS:
        raise Invalid("connect.source.coding", url=url, coding=coding)


def _asked_wait(retry_after: str) -> int:
    """RFC 9110, 10.2.3: seconds or a date; 0 where it is neither."""
    if retry_after.isascii() and retry_after.isdigit():
        return min(int(retry_after[:9]), LONGEST_WAIT_SECONDS)
    try:
        moment = email.utils.parsedate_to_datetime(retry_after)
    except ValueError:
        return 0
    wait = (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds()
    return int(min(max(wait, 0), LONGEST_WAIT_SECONDS))


async def _credentials(settings: HttpSettings, outgoing: Outgoing) -> dict[str, str]:
    if settings.user is not None:
        pair = base64.b64encode(f"{settings.user}:{settings.password or ''}".encode()).decode()
        return {"authorization": f"Basic {pair}"}
    token = settings.token
    if settings.token_url:
        token = await _client_token(settings, settings.token_url, outgoing)
    if token is None:
        return {}
    return {settings.token_header: token} if settings.token_header else {"authorization": f"Bearer {token}"}


async def _client_token(settings: HttpSettings, url: str, outgoing: Outgoing) -> str:
    form = {
        "grant_type": "client_credentials",
        "client_id": settings.client_id or "",
        "client_secret": settings.client_secret or "",
    }
    async with outgoing.request("POST", url, headers={}, wait=settings.timeout, data=form) as response:
        _check(response, url)
        content = b"".join([chunk async for chunk in bounded(response, 1024 * 1024)])
    try:
        body = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        body = None
    token = body.get("access_token") if isinstance(body, dict) else None
    if not isinstance(token, str):
        raise Invalid("connect.source.no_token", url=url)
    return token


def _ending(response: httpx.Response) -> str:
    kind = response.headers.get("content-type", "").partition(";")[0].strip()
    endings = {
        "application/json": ".json", "application/geo+json": ".geojson", "text/csv": ".csv", "application/x-ndjson": ".jsonl",
        "application/zip": ".zip", "application/vnd.ms-excel": ".xls", "application/gzip": ".gz",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    }  # fmt: skip
    suffix = Path(response.url.path).suffix
    return endings.get(kind) or (suffix if suffix.isascii() and len(suffix) <= 10 else "") or ".dat"
