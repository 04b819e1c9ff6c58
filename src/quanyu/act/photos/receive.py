"""A body with photos, read as it comes: each file is spooled, handed on and forgotten before the next one."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header  # type: ignore[import-untyped]

from quanyu.act.photos.service import MOST_PHOTOS
from quanyu.core.errors import Invalid, TooLarge

_IN_MEMORY = 256 * 1024
_FIELD_LIMIT = 64 * 1024
_MOST_FIELDS = 200

Take = Callable[[BinaryIO], Awaitable[None]]


async def receive_photo(chunks: AsyncIterator[bytes], take: Take, *, limit: int) -> None:
    """The body is one file."""
    spool = _Spool(limit)
    try:
        async for chunk in chunks:
            spool.write(chunk)
        await take(spool.whole())
    finally:
        spool.file.close()


async def receive_form(
    chunks: AsyncIterator[bytes], content_type: str, take: Take, *, limit: int
) -> list[tuple[str, str]]:
    """The fields of a multipart form, a name as often as it comes; its files go to `take` one after another. Raises Invalid, TooLarge."""
    _, options = parse_options_header(content_type)
    form = _Form(take, limit)
    try:
        with PushMultipartParser(
            options.get("boundary", ""), max_segment_count=_MOST_FIELDS, header_charset="utf8"
        ) as parser:
            async for chunk in chunks:
                for event in parser.parse(chunk) if chunk else ():
                    await form.hear(event)
    except MultipartError as error:
        raise Invalid("act.photo.form", reason=str(error)) from error
    finally:
        form.close()
    return form.fields


class _Spool:
    """One file on its way, on disk once it is not small."""

    def __init__(self, limit: int) -> None:
        self.file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (closed by whoever asked for it)
        self._limit, self._size = limit, 0

    def write(self, chunk: bytes | bytearray) -> None:
        self._size += len(chunk)
        if self._size > self._limit:
            raise TooLarge("act.photo.large", limit=self._limit // 1024**2)
        self.file.write(chunk)

    def whole(self) -> BinaryIO:
        self.file.seek(0)
        return self.file  # type: ignore[return-value]


@dataclass(slots=True)
class _Form:
    take: Take
    limit: int
    fields: list[tuple[str, str]] = field(default_factory=list)
    _name: str = ""
    _text: bytearray = field(default_factory=bytearray)
    _spool: _Spool | None = None
    _files: int = 0

    async def hear(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        match event:
            case None:
                await self._end()
            case bytes() | bytearray():
                self._write(event)
            case _:
                self._begin(event)

    def close(self) -> None:
        if self._spool is not None:
            self._spool.file.close()

    def _begin(self, segment: MultipartSegment) -> None:
        self._name, self._text = segment.name, bytearray()
        if segment.filename is not None:
            self._files += 1
            if self._files > MOST_PHOTOS:
                raise TooLarge("act.photo.many", limit=MOST_PHOTOS)
            self._spool = _Spool(self.limit)

    def _write(self, chunk: bytes | bytearray) -> None:
        if self._spool is not None:
            self._spool.write(chunk)
            return
        self._text += chunk
        if len(self._text) > _FIELD_LIMIT:
            raise TooLarge("act.photo.field", name=self._name[:80], limit=_FIELD_LIMIT)

    async def _end(self) -> None:
        if self._spool is None:
            self.fields.append((self._name, self._text.decode(errors="replace")))
            return
        spool, self._spool = self._spool, None
        try:
            await self.take(spool.whole())
        finally:
            spool.file.close()
