"""What one run of a source brings: nothing, one delivery, or several one after another."""

import asyncio
import hashlib
import shutil
import uuid
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.sources import _messages, fault, pages, refusals, sql, stream, watched, web
from quanyu.connect.sources.model import STREAMS, Delivery, Source
from quanyu.connect.sources.settings import FolderSettings, HttpSettings, SqlSettings
from quanyu.core.errors import Invalid, QuanyuError, Unavailable
from quanyu.store import Database

MESSAGES_A_DELIVERY = 50_000
BYTES_A_DELIVERY = 64 * 1024**2

_BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A delivery, or the fault of something that could not be made one, and where to go on after it.

    `cursor` None: where it was. `kept`: the delivery was refused before and released by a person.
    """

    delivery: Delivery | None = None
    fault: QuanyuError | None = None
    cursor: dict[str, Any] | None = None
    kept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a run works with; `scratch` is its own."""

    database: Database
    source: Source
    folder: Path
    scratch: Path
    outgoing: Outgoing
    now: datetime

    def delivery(self, number: str, files: Sequence[Path]) -> Delivery:
        source = self.source
        return Delivery(
            tenant=source.tenant, source=source.name, dataset=source.dataset, id=number, files=tuple(files), arrived=self.now,
            whole=source.brings_all, owner=source.owner, title=source.title, kind=source.kind,
        )  # fmt: skip

    def place(self) -> Path:
        """An empty folder for one delivery."""
        path = self.scratch / uuid.uuid4().hex
        path.mkdir()
        return path

    def clear(self) -> None:
        """What was brought is imported or kept aside."""
        for path in self.scratch.iterdir():
            shutil.rmtree(path, ignore_errors=True)


async def bring(errand: Errand) -> AsyncGenerator[Brought, None]:
    """First what a person released, then what is new."""
    async with errand.database.tenant(errand.source.tenant) as connection:
        released = await refusals.released(
            connection, errand.folder, errand.source.tenant, errand.source.name
        )
    for number, files in released:
        yield Brought(delivery=errand.delivery(number, files), kept=True)
    if errand.source.kind in STREAMS:
        new = _messages_of(errand)
    elif isinstance(errand.source.settings, FolderSettings):
        new = _files_of(errand, errand.source.settings)
    else:
        new = _fetched(errand)
    async for brought in new:
        yield brought
        await asyncio.to_thread(errand.clear)


async def _fetched(errand: Errand) -> AsyncGenerator[Brought, None]:
    """Content that was refused before is not imported again before a person releases it."""
    files, cursor = await _fetch(errand)
    if not files:
        yield Brought(cursor=cursor)
        return
    number = await asyncio.to_thread(_digest, files)
    yield await _unless_refused(errand, Brought(delivery=errand.delivery(number, files), cursor=cursor))


async def _fetch(errand: Errand) -> tuple[list[Path], dict[str, Any]]:
    settings, cursor, place = errand.source.settings, errand.source.cursor, errand.place()
    assert isinstance(settings, HttpSettings | SqlSettings)
    try:
        async with asyncio.timeout(settings.total_timeout):
            if isinstance(settings, SqlSettings):
                return await sql.fetch(settings, cursor, place, errand.outgoing)
            fetch = pages.fetch_pages if pages.is_paged(settings) else web.fetch_file
            return await fetch(settings, cursor, place, errand.outgoing)
    except TimeoutError as error:
        raise Unavailable("connect.source.too_slow", seconds=settings.total_timeout) from error


async def _files_of(errand: Errand, settings: FolderSettings) -> AsyncGenerator[Brought, None]:
    """Every ready file, each as a delivery of its own; what cannot be read does not keep the others back."""
    cursor = errand.source.cursor
    while True:
        seen = await asyncio.to_thread(watched.look, settings, cursor, errand.now)
        done: set[str] = set()
        for name in seen.ready:
            brought = await _file(errand, settings, seen, name)
            if brought is not None:
                done.add(name)
                yield brought
        cursor = seen.cursor(done)
        yield Brought(cursor=cursor if cursor != errand.source.cursor else None)
        if len(seen.ready) < watched.A_LOOK or not done:
            return


async def _file(errand: Errand, settings: FolderSettings, seen: watched.Look, name: str) -> Brought | None:
    try:
        file = await asyncio.to_thread(watched.copy, settings, name, seen.states[name], errand.place() / name)
    except Invalid as error:
        return Brought(fault=error)
    if file is None:
        return None
    number = await asyncio.to_thread(_digest, [file])
    return await _unless_refused(errand, Brought(delivery=errand.delivery(number, [file])))


async def _messages_of(errand: Errand) -> AsyncGenerator[Brought, None]:
    """What waits when the run begins; what comes meanwhile is gathered for the next run."""
    source = errand.source
    async with errand.database.tenant(source.tenant) as connection:
        last = await _messages.newest(connection, source.tenant, source.name)
    while True:
        target = errand.place() / "messages.jsonl"
        async with errand.database.tenant(source.tenant) as connection:
            number = await _messages.take(
                connection, source.tenant, source.name, uuid.uuid4().hex,
                last=last, most=MESSAGES_A_DELIVERY, most_bytes=BYTES_A_DELIVERY,
            )  # fmt: skip
            if number is None:
                return
            with target.open("wb") as file:
                async for message in _messages.of_delivery(connection, source.tenant, source.name, number):
                    file.writelines(stream.lines(*message))
        yield Brought(delivery=errand.delivery(number, [target]))


async def _unless_refused(errand: Errand, brought: Brought) -> Brought:
    assert brought.delivery is not None
    async with errand.database.tenant(errand.source.tenant) as connection:
        known = await refusals.known_fault(
            connection, errand.source.tenant, errand.source.name, brought.delivery.id
        )
    return Brought(fault=fault.again(known), cursor=brought.cursor) if known else brought


def _digest(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()[:32]
