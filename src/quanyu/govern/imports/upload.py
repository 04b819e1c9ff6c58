"""Uploads: streamed to the data folder as they arrive, hashed on the way, gone again when anything goes wrong."""

import asyncio
import errno
import hashlib
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from quanyu.core.errors import Invalid, TooLarge, Unavailable
from quanyu.govern.imports.model import ReceivedFile

_BLOCK = 1024 * 1024
_RESERVE = 256 * _BLOCK  # stays free on the disk for the database
_TEXT_LIMIT = _BLOCK  # bytes of a form field that is no file
_HEARD_OUT = 512 * _BLOCK  # bytes of a refused upload that are read and thrown away
_UNFIT = re.compile(r"[^\w.()（）\[\]【】 -]+")


@dataclass(slots=True)
class Received:
    """What one request brought: files in their order, and the texts of form fields."""

    files: list[ReceivedFile] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)


async def receive(
    chunks: AsyncIterator[bytes],
    *,
    into: Path,
    content_type: str,
    filename: str,
    announced: int | None,
    limit: int,
) -> Received:
    """A raw body becomes one file called `filename`; a multipart body as many as it has.

    Raises Invalid (not multipart as announced, nothing in it), TooLarge, Unavailable (disk full); nothing is left then.
    """
    try:
        return await _kept(
            chunks, into=into, content_type=content_type, filename=filename, announced=announced, limit=limit
        )
    except (Invalid, TooLarge, Unavailable):
        await _hear_out(chunks)
        raise


async def _hear_out(chunks: AsyncIterator[bytes]) -> None:
    """Who is cut off while sending reads no answer, so that a refusal waits for the end of what is not too long."""
    left = _HEARD_OUT
    async for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            return


async def _kept(
    chunks: AsyncIterator[bytes],
    *,
    into: Path,
    content_type: str,
    filename: str,
    announced: int | None,
    limit: int,
) -> Received:
    kind, parameters = parse_options_header(content_type)
    if announced is not None:
        _check_room(into, announced, limit)
    async with _own_folder(into):
        counted = _counted(chunks, limit)
        if kind == "multipart/form-data":
            return await _multipart(counted, into, parameters.get("boundary", ""))
        return await _raw(counted, into, filename)


async def hash_file(path: Path, name: str) -> ReceivedFile:
    """A file that lies on this machine already, used where it is."""
    return await asyncio.to_thread(_hashed, path, name)


def safe_file_name(name: str) -> str:
    """A name that is one path segment on every system; its ending stays, since it tells the format."""
    last = name.replace("\\", "/").rpartition("/")[2]
    fit = _UNFIT.sub("_", last).strip(" .") or "upload"
    stem, dot, ending = fit.rpartition(".")
    while len(fit.encode()) > 200:
        stem = stem[:-1]
        fit = f"{stem}{dot}{ending}" if stem else ending[:50]
    return fit


class _Writer:
    """One file on its way: written and hashed in blocks, off the event loop."""

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name
        self._file: BinaryIO = path.open("xb")
        self._digest = hashlib.sha256()
        self._block = bytearray()
        self._bytes = 0

    async def write(self, chunk: bytes | bytearray) -> None:
        self._block += chunk
        self._bytes += len(chunk)
        if len(self._block) >= _BLOCK:
            block, self._block = self._block, bytearray()
            await asyncio.to_thread(self._flush, bytes(block))

    async def end(self) -> ReceivedFile:
        await asyncio.to_thread(self._flush, bytes(self._block))
        self._file.close()
        return ReceivedFile(
            name=self._name, path=str(self._path), bytes=self._bytes, sha256=self._digest.hexdigest()
        )

    def close(self) -> None:
        self._file.close()

    def _flush(self, block: bytes) -> None:
        self._digest.update(block)
        self._file.write(block)


async def _raw(chunks: AsyncIterator[bytes], into: Path, filename: str) -> Received:
    if not filename:
        raise Invalid("govern.import.filename")
    writer = _Writer(into / safe_file_name(filename), filename)
    try:
        async for chunk in chunks:
            await writer.write(chunk)
        return Received(files=[await writer.end()])
    finally:
        writer.close()


async def _multipart(chunks: AsyncIterator[bytes], into: Path, boundary: str) -> Received:
    form = _Form(into)
    try:
        with PushMultipartParser(boundary, max_segment_count=200, header_charset="utf8") as parser:
            async for chunk in chunks:
                for event in parser.parse(chunk) if chunk else ():
                    await form.take(event)
    except MultipartError as error:
        raise Invalid("govern.import.multipart", reason=str(error)) from error
    finally:
        form.close()
    if not form.received.files:
        raise Invalid("govern.import.no_file")
    return form.received


class _Form:
    """Takes the events of the multipart parser in turn."""

    def __init__(self, into: Path) -> None:
        self.received = Received()
        self._into = into
        self._segment: MultipartSegment | None = None
        self._writer: _Writer | None = None
        self._text = bytearray()

    async def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        match event:
            case None:
                await self._end()
            case bytes() | bytearray():
                await self._body(event)
            case _:
                self._begin(event)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def _begin(self, segment: MultipartSegment) -> None:
        self._segment, self._text = segment, bytearray()
        if segment.filename:
            name = safe_file_name(segment.filename)
            if (self._into / name).exists():
                raise Invalid("govern.import.twice", name=segment.filename)
            self._writer = _Writer(self._into / name, segment.filename)

    async def _body(self, chunk: bytes | bytearray) -> None:
        if self._writer is not None:
            await self._writer.write(chunk)
            return
        self._text += chunk
        if len(self._text) > _TEXT_LIMIT:
            raise TooLarge("govern.import.field", limit=_TEXT_LIMIT)

    async def _end(self) -> None:
        if self._writer is not None:
            self.received.files.append(await self._writer.end())
        elif self._segment is not None:
            self.received.fields[self._segment.name] = self._text.decode(errors="replace")
        self._writer = None


async def _counted(chunks: AsyncIterator[bytes], limit: int) -> AsyncIterator[bytes]:
    total = 0
    async for chunk in chunks:
        total += len(chunk)
        if total > limit:
            raise TooLarge("govern.import.too_large", limit=limit)
        yield chunk


def _check_room(into: Path, announced: int, limit: int) -> None:
    if announced > limit:
        raise TooLarge("govern.import.too_large", limit=limit)
    into.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(into.parent).free
    if announced + _RESERVE > free:
        raise Unavailable("govern.import.disk", free=free)


@asynccontextmanager
async def _own_folder(path: Path) -> AsyncIterator[None]:
    """Made for one upload; removed again, with all that is in it, when the upload fails."""
    await asyncio.to_thread(path.mkdir, mode=0o700, parents=True)
    try:
        yield
    except BaseException as error:
        shutil.rmtree(path, ignore_errors=True)
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise Unavailable("govern.import.disk", free=0) from error
        raise


def _hashed(path: Path, name: str) -> ReceivedFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return ReceivedFile(name=name, path=str(path.resolve()), bytes=path.stat().st_size, sha256=digest)
