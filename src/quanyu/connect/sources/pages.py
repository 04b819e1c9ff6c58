"""Records of HTTP sources: page after page of JSON into one file of lines, or one GeoJSON where pages are features."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import httpx
import msgspec

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.sources.settings import HttpSettings, Paging
from quanyu.connect.sources.web import MAX_BYTES, bounded, calling, headers_of, parameters_of
from quanyu.core.errors import Invalid, TooLarge

PAGE_BYTES = 64 * 1024**2


def is_paged(settings: HttpSettings) -> bool:
    return bool(settings.paging or settings.increment or settings.records)


async def fetch_pages(
    settings: HttpSettings, cursor: Mapping[str, Any], folder: Path, outgoing: Outgoing
) -> tuple[list[Path], dict[str, Any]]:
    """One file with the records of all pages and the cursor after it; no file where there is no record."""
    headers = await headers_of(settings, outgoing)
    parameters = parameters_of(settings)
    increment = settings.increment
    since = cursor.get("since", increment.initial if increment else None)
    if increment and since not in {None, ""}:
        parameters[increment.parameter] = str(since)
    with (folder / "records").open("wb") as file:
        sink = _Sink(file, settings, newest=cursor.get("since"))
        async for body in _bodies(settings, headers, parameters, sink, outgoing):
            await asyncio.to_thread(sink.take, body)
        sink.end()
    if not sink.count:
        return [], dict(cursor)
    target = (folder / "records").rename(folder / f"records{sink.ending}")
    return [target], dict(cursor) | ({"since": sink.newest} if sink.newest is not None else {})


async def _bodies(
    settings: HttpSettings,
    headers: Mapping[str, str],
    parameters: dict[str, str],
    sink: "_Sink",
    outgoing: Outgoing,
) -> AsyncIterator[bytes]:
    """Each page that is new. A server that gives the last page for every number after it is at its end."""
    paging, url = settings.paging, settings.url
    if paging and paging.size_parameter:
        parameters[paging.size_parameter] = str(paging.size)
    place = paging.start if paging and paging.kind == "page" else 0
    seen: set[str | bytes] = set()
    for _ in range(paging.limit if paging else 1):
        if paging and paging.kind in {"page", "offset"}:
            parameters[paging.parameter] = str(place)
        body, link = await _page(settings, url, headers, parameters, outgoing)
        if (mark := sha256(body).digest()) in seen:
            return
        seen.add(mark)
        before = sink.count
        yield body
        step = _next(paging, body, link, sink.count - before) if paging else None
        if step is None or paging is None:
            return
        place += 1 if paging.kind == "page" else sink.count - before
        if paging.kind in {"cursor", "link"}:
            if step in seen:
                raise Invalid("connect.source.circle", url=settings.url)
            seen.add(step)
        if paging.kind == "cursor":
            parameters[paging.parameter] = step
        elif paging.kind == "link":
            url, parameters = _linked(settings, url, step), dict(settings.secret_parameters)
    raise TooLarge("connect.source.too_many_pages", limit=paging.limit if paging else 1)


def _linked(settings: HttpSettings, url: str, step: str) -> str:
    """The next page must be where the first one is: credentials go nowhere else."""
    following = httpx.URL(url).join(step)
    first = httpx.URL(settings.url)
    if (following.host, following.port) != (first.host, first.port):
        raise Invalid("connect.source.foreign_page", url=settings.url, host=following.host)
    return str(following)


def _next(paging: Paging, body: bytes, link: str | None, records: int) -> str | None:
    """Something true where another page follows: the cursor or address of it, or just a mark."""
    match paging.kind:
        case "page" | "offset":
            return "more" if records and (records >= paging.size or not paging.size_parameter) else None
        case "link" if not paging.next:
            return link
    found = _at(msgspec.Raw(body), paging.next)
    value = msgspec.json.decode(found) if found is not None else None
    return str(value) if value not in {None, "", False} else None


async def _page(
    settings: HttpSettings,
    url: str,
    headers: Mapping[str, str],
    parameters: Mapping[str, str],
    outgoing: Outgoing,
) -> tuple[bytes, str | None]:
    async with calling(settings, url, headers, parameters, outgoing) as response:
        body = b"".join([chunk async for chunk in bounded(response, PAGE_BYTES)])
        return body, response.links.get("next", {}).get("url")


@dataclass(slots=True)
class _Sink:
    """Writes records one by one, so that a page costs its bytes and no more."""

    file: BinaryIO
    settings: HttpSettings
    newest: Any
    count: int = 0
    ending: str = ".jsonl"

    def take(self, body: bytes) -> None:
        try:
            for record in _records(body, self.settings):
                self._take(record)
        except (msgspec.DecodeError, RecursionError) as error:
            raise Invalid("connect.source.no_json", url=self.settings.url, reason=str(error)) from error
        if self.file.tell() > MAX_BYTES:
            raise TooLarge("connect.source.too_large", limit=MAX_BYTES)

    def _take(self, record: msgspec.Raw) -> None:
        try:
            value = msgspec.json.decode(record)
        except (
            msgspec.ValidationError
        ):  # a number beyond what can be kept: for the import to refuse, with its record alone
            value = msgspec.Raw(bytes(record).replace(b"\n", b" ").replace(b"\r", b" "))
        self._write(value)

    def end(self) -> None:
        if self.count and self.ending == ".geojson":
            self.file.write(b"]}\n")

    def _write(self, record: Any) -> None:
        if not self.count and isinstance(record, dict) and record.get("type") == "Feature":
            self.ending = ".geojson"
            self.file.write(b'{"type":"FeatureCollection","features":[\n')
        elif self.count and self.ending == ".geojson":
            self.file.write(b",")
        self.file.write(msgspec.json.encode(record) + b"\n")
        self.count += 1
        increment = self.settings.increment
        if increment and (value := _value_at(record, increment.field)) is not None:
            self.newest = value if self.newest is None else _higher(self.newest, value)


def _records(body: bytes, settings: HttpSettings) -> Iterator[msgspec.Raw]:
    whole = msgspec.Raw(body)
    found = _at(whole, settings.records) if settings.records else _only_list(whole)
    if found is None or not _begins(found, b"["):
        raise Invalid("connect.source.no_records", url=settings.url, path=settings.records or "/")
    yield from msgspec.json.decode(found, type=list[msgspec.Raw])


def _only_list(whole: msgspec.Raw) -> msgspec.Raw:
    """A list, the one list of an object, or the object itself as the only record."""
    if not _begins(whole, b"{"):
        return whole
    members = msgspec.json.decode(whole, type=dict[str, msgspec.Raw])
    lists = [value for value in members.values() if _begins(value, b"[")]
    return lists[0] if len(lists) == 1 else msgspec.Raw(b"[" + bytes(whole) + b"]")


def _at(whole: msgspec.Raw, path: str) -> msgspec.Raw | None:
    for part in path.split("."):
        if not _begins(whole, b"{"):
            return None
        found = msgspec.json.decode(whole, type=dict[str, msgspec.Raw]).get(part)
        if found is None:
            return None
        whole = found
    return whole


def _begins(raw: msgspec.Raw, mark: bytes) -> bool:
    return bytes(memoryview(raw)[:64]).lstrip().startswith(mark)


def _value_at(record: Any, path: str) -> Any:
    for part in path.split("."):
        record = record.get(part) if isinstance(record, dict) else None
    return record


def _higher(one: Any, other: Any) -> Any:
    """Numbers by their value, also where they are written as text; everything else as text."""
    numbers = _number(one), _number(other)
    if numbers[0] is not None and numbers[1] is not None:
        return other if numbers[1] > numbers[0] else one
    return other if str(other) > str(one) else one


def _number(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
