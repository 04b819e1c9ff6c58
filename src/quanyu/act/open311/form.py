"""What a sender of Open311 puts into a body: a plain form, or one of many parts with photos in it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, BinaryIO

from litestar import Request

from quanyu.act.photos import Album
from quanyu.act.photos.http import check_room
from quanyu.act.photos.receive import receive_form
from quanyu.act.photos.service import keep
from quanyu.core.actor import Actor
from quanyu.store import Database

BETWEEN = ", "
"""Several values of one field, of an attribute that takes several or the addresses of photos, are one text."""


async def read_form(
    request: Request[Actor, Any, Any], actor: Actor, database: Database, album: Album, now: datetime
) -> tuple[dict[str, str], list[str]]:
    """The fields, and the ids of the photos that came with them."""
    photos: list[str] = []

    async def take(file: BinaryIO) -> None:
        photos.append((await keep(database, album, actor.tenant, file, now)).id)

    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        check_room(request, actor, database, album, now)
        return _joined(await receive_form(request.stream(), kind, take, limit=album.limit)), photos
    return _joined((await request.form()).multi_items()), photos


def _joined(fields: Iterable[tuple[str, Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in fields:
        if isinstance(value, str):
            found[name] = f"{found[name]}{BETWEEN}{value}" if name in found else value
    return found
