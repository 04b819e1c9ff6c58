"""A photo or document is kept first and named by a report or an act later; what nobody names within a day goes."""

import asyncio
import errno
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import BinaryIO

import msgspec

from quanyu.act.cases.model import Place
from quanyu.act.photos import _sql
from quanyu.act.photos.album import Album
from quanyu.act.photos.attachment import Attachment, MediaType, prepared
from quanyu.core.errors import Fault, Invalid, Unavailable
from quanyu.store import Connection, Database

REPORTED = "report"
SHOWN_TO_REPORTER = frozenset({REPORTED, "after"})
MOST_PHOTOS = 6
_KEPT_UNNAMED = timedelta(days=1)
_STAGES = ("before", "after", "photo")
_SWEPT_AT_ONCE = 500

Named = tuple[str, str]
"""Stage and id."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """`place` and `taken` are what the camera noted, to be proposed to whoever sent it; they are not kept."""

    id: str
    media_type: MediaType
    width: int | None
    height: int | None
    bytes: int
    place: Place | None
    taken: datetime | None


class CasePhoto(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    stage: str
    at: datetime
    by: str
    media_type: MediaType
    bytes: int
    width: int | None
    height: int | None


async def keep(database: Database, album: Album, tenant: str, file: BinaryIO, now: datetime) -> Kept:
    """Raises what `prepared` raises, and Unavailable where the disk is full."""
    async with album.decoding:
        made = await asyncio.to_thread(prepared, file)
    async with database.tenant(tenant) as connection:
        await _sql.keep(connection, tenant, made, now=now)
        await _written(album, tenant, made)
    return Kept(
        id=made.id, media_type=made.media_type, width=made.width, height=made.height, bytes=len(made.full),
        place=made.place, taken=made.taken,
    )  # fmt: skip


async def use(
    connection: Connection, tenant: str, case: str, photos: Sequence[Named], *, by: str, now: datetime
) -> None:
    """The case shows them from now on. Raises Invalid with every id that is not there."""
    if not photos:
        return
    there = await _sql.use(connection, tenant, [id for _, id in photos], now)
    if missing := [id for _, id in photos if id not in there]:
        faults = tuple(Fault("act.photo.unknown", "photos", {"id": id[:64]}) for id in missing)
        raise Invalid("act.photo.unknown", faults=faults, id=missing[0][:64])
    await _sql.name(connection, tenant, case, photos, by=by, now=now)


def pictured(evidence: Sequence[str]) -> list[Named]:
    """The photos among the evidence of an act: `before:<id>`, `after:<id>`, `photo:<id>`; the rest is words."""
    parts = (one.partition(":") for one in evidence)
    return [(stage, id) for stage, colon, id in parts if colon and stage in _STAGES]


async def photos_of(connection: Connection, case: str) -> tuple[CasePhoto, ...]:
    """In order of time."""
    return tuple(msgspec.convert(row, CasePhoto) for row in await _sql.of_case(connection, case))


async def sweep(database: Database, album: Album, tenant: str, *, now: datetime) -> int:
    """What nobody named in time, and files without a row; answers how many went."""
    async with database.tenant(tenant) as connection:
        gone = await _sql.unnamed(connection, tenant, now - _KEPT_UNNAMED)
        for id in gone:
            await asyncio.to_thread(album.remove, tenant, id)
    return len(gone) + await _sweep_files(database, album, tenant, (now - _KEPT_UNNAMED).timestamp())


async def _sweep_files(database: Database, album: Album, tenant: str, since: float) -> int:
    old = await asyncio.to_thread(lambda: list(album.untouched(tenant, since)))
    swept = 0
    for start in range(0, len(old), _SWEPT_AT_ONCE):
        part = {path: path.name.partition(".")[0] for path in old[start : start + _SWEPT_AT_ONCE]}
        async with database.tenant(tenant) as connection:
            known = await _sql.known(connection, sorted(set(part.values())))
        for path in (path for path, id in part.items() if id not in known):
            path.unlink(missing_ok=True)
            swept += 1
    return swept


async def _written(album: Album, tenant: str, made: Attachment) -> None:
    try:
        await asyncio.to_thread(album.keep, tenant, made)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Unavailable("store.full") from error
        raise
