"""HTTP sources: pages of JSON, or one CSV, GeoJSON or other file, fetched into files."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.sources.model import HttpSettings, Paging
from quanyu.core.errors import Invalid, TooLarge, Unavailable

MAX_BYTES = 2 * 1024**3


async def fetch(
    settings: HttpSettings, cursor: Mapping[str, Any], folder: Path, outgoing: Outgoing
) -> tuple[list[Path], dict[str, Any]]:
    """The files of one run and the cursor after it; no file where nothing is new."""
    headers = {"accept": "application/json, text/csv, */*", "user-agent": "quanyu"}
    headers |= settings.headers | await _credentials(settings, outgoing)
    parameters = dict(settings.parameters)
    increment = settings.increment
    if increment and (since := cursor.get("since", increment.initial)):
        parameters[increment.parameter] = str(since)
    if not _is_paged(settings):
        return [await _one_file(settings, headers, parameters, folder, outgoing)], dict(cursor)
    target = folder / "records.jsonl"
    newest, count = await _pages(settings, headers, parameters, target, outgoing, cursor.get("since"))
    if not count:
        return [], dict(cursor)
    return [target], dict(cursor) | ({"since": newest} if newest is not None else {})


def _is_paged(settings: HttpSettings) -> bool:
    return bool(settings.paging or settings.increment or settings.records)


async def _one_file(
    settings: HttpSettings,
    headers: Mapping[str, str],
    parameters: dict[str, str],
    folder: Path,
    outgoing: Outgoing,
) -> Path:
    async with outgoing.request(
        "GET", settings.url, headers=headers, wait=settings.timeout, params=parameters
    ) as response:
        _check(response, settings.url)
        target = folder / f"answer{_ending(response)}"
        size = 0
        with target.open("wb") as file:
            async for chunk in response.aiter_bytes():
                size += len(chunk)
                if size > MAX_BYTES:
                    raise TooLarge("connect.source.too_large", limit=MAX_BYTES)
                file.write(chunk)
    return target


async def _pages(
    settings: HttpSettings,
    headers: Mapping[str, str],
    parameters: dict[str, str],
    target: Path,
    outgoing: Outgoing,
    newest: Any,
) -> tuple[Any, int]:
    paging = settings.paging
    url: str | None = settings.url
    if paging and paging.size_parameter:
        parameters[paging.size_parameter] = str(paging.size)
    place = paging.start if paging and paging.kind == "page" else 0
    total = 0
    with target.open("wb") as file:
        for _ in range(paging.limit if paging else 1):
            if paging and paging.kind in {"page", "offset"}:
                parameters[paging.parameter] = str(place)
            body, link = await _json(settings, url or "", headers, parameters, outgoing)
            records = _records(body, settings.records, settings.url)
            for record in records:
                file.write(msgspec.json.encode(record) + b"\n")
            total += len(records)
            newest = _highest(newest, records, settings)
            place += 1 if paging and paging.kind == "page" else len(records)
            if not paging or not records or not (step := _next(paging, body, link, len(records))):
                break
            if paging.kind == "cursor":
                parameters[paging.parameter] = step
            elif paging.kind == "link":
                url, parameters = str(httpx.URL(settings.url).join(step)), {}
    return newest, total


def _next(paging: Paging, body: Any, link: str | None, records: int) -> str | None:
    """Something true where another page follows: the cursor or address of it, or just a mark."""
    match paging.kind:
        case "page" | "offset":
            return "more" if records >= paging.size or not paging.size_parameter else None
        case "cursor":
            value = _at(body, paging.next)
        case "link":
            value = _at(body, paging.next) if paging.next else link
    return str(value) if value else None


async def _json(
    settings: HttpSettings,
    url: str,
    headers: Mapping[str, str],
    parameters: dict[str, str],
    outgoing: Outgoing,
) -> tuple[Any, str | None]:
    call = {"params": parameters} if parameters else {}
    async with outgoing.request("GET", url, headers=headers, wait=settings.timeout, **call) as response:
        _check(response, url)
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MAX_BYTES // 8:
                raise TooLarge("connect.source.too_large", limit=MAX_BYTES // 8)
    try:
        return msgspec.json.decode(body), response.links.get("next", {}).get("url")
    except (msgspec.DecodeError, RecursionError) as error:
        raise Invalid("connect.source.no_json", url=url, reason=str(error)) from error


def _check(response: httpx.Response, url: str) -> None:
    """Says in plain words what came instead of data."""
    if response.status_code in {429, 500, 502, 503, 504}:
        raise Unavailable("connect.source.status", url=url, status=response.status_code)
    if response.status_code >= 400:
        raise Invalid("connect.source.status", url=url, status=response.status_code)
    if response.headers.get("content-type", "").startswith("text/html"):
        raise Invalid("connect.source.html", url=url)


def _records(body: Any, path: str, url: str) -> list[Any]:
    found = _at(body, path) if path else _only_list(body)
    if not isinstance(found, list):
        raise Invalid("connect.source.no_records", url=url, path=path or "/")
    return found


def _only_list(body: Any) -> Any:
    if isinstance(body, dict):
        lists = [value for value in body.values() if isinstance(value, list)]
        return lists[0] if len(lists) == 1 else [body]
    return body


def _at(body: Any, path: str) -> Any:
    for part in path.split("."):
        body = body.get(part) if isinstance(body, dict) else None
    return body


def _highest(newest: Any, records: list[Any], settings: HttpSettings) -> Any:
    if settings.increment is None:
        return newest
    values = [value for record in records if (value := _at(record, settings.increment.field)) is not None]
    if newest is not None:
        values.append(newest)
    try:
        return max(values, default=None)
    except TypeError:
        return max((str(value) for value in values), default=None)


async def _credentials(settings: HttpSettings, outgoing: Outgoing) -> dict[str, str]:
    if settings.user is not None:
        pair = base64.b64encode(f"{settings.user}:{settings.password or ''}".encode()).decode()
        return {"authorization": f"Basic {pair}"}
    token = settings.token
    if settings.token_url:
        token = await _client_token(settings, outgoing)
    if token is None:
        return {}
    return {settings.token_header: token} if settings.token_header else {"authorization": f"Bearer {token}"}


async def _client_token(settings: HttpSettings, outgoing: Outgoing) -> str:
    form = {
        "grant_type": "client_credentials",
        "client_id": settings.client_id or "",
        "client_secret": settings.client_secret or "",
    }
    url = settings.token_url or ""
    async with outgoing.request("POST", url, headers={}, wait=settings.timeout, data=form) as response:
        _check(response, url)
        body = msgspec.json.decode(await response.aread())
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
    return endings.get(kind) or Path(response.url.path).suffix or ".dat"
