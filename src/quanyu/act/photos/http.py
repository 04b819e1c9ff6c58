"""Photos and documents over HTTP: sent by anybody, seen by who may see the case, and by its reporter with the secret."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, BinaryIO

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter, SkipValidation

from quanyu.act.http.asking import Asker, Now, Number, Store
from quanyu.act.http.seeing import check_secret, seen
from quanyu.act.photos.album import Album
from quanyu.act.photos.attachment import MediaType
from quanyu.act.photos.receive import receive_form, receive_photo
from quanyu.act.photos.service import SHOWN_TO_REPORTER, CasePhoto, Kept, keep, photos_of
from quanyu.core.actor import Actor, ActorKind
from quanyu.core.errors import NotFound, TooLarge, TooOften
from quanyu.core.rate import network_of
from quanyu.store import Database

AnyRequest = Request[Actor, Any, Any]
Photos = NamedDependency[SkipValidation[Album]]
Id = Annotated[str, PathParameter(max_length=64, pattern="^[0-9a-f]{64}$")]
Size = Annotated[str | None, QueryParameter(name="size", pattern="^small$")]

_OPEN = {"action": "case.report"}
_READ = {"action": "case.read"}
_KEPT_BY_BROWSERS = {
    "cache-control": "private, max-age=86400", "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
}  # fmt: skip


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Kept, ...]


class PhotoList(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[CasePhoto, ...]


@post("/api/v1/photos", opt=_OPEN, request_max_body_size=None)
async def send_photos(request: AnyRequest, actor: Asker, database: Store, album: Photos, clock: Now) -> Sent:
    """An image or a PDF document as the body, or a multipart form with up to six. A report or an act names them within a day."""
    check_room(request, actor, database, album, clock())
    kept: list[Kept] = []

    async def take(file: BinaryIO) -> None:
        kept.append(await keep(database, album, actor.tenant, file, clock()))

    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        await receive_form(request.stream(), kind, take, limit=album.limit)
    else:
        check_announced(request, album.limit)
        await receive_photo(request.stream(), take, limit=album.limit)
    return Sent(items=tuple(kept))


@get("/api/v1/cases/{number:str}/photos", opt=_READ)
async def list_photos(number: Number, actor: Asker, database: Store) -> PhotoList:
    async with database.tenant(actor.tenant) as connection:
        await seen(connection, actor, number)
        return PhotoList(items=await photos_of(connection, number))


@get("/api/v1/cases/{number:str}/photos/{id:str}", opt=_READ)
async def show_photo(
    number: Number, id: Id, actor: Asker, database: Store, album: Photos, size: Size = None
) -> Response[bytes]:
    async with database.tenant(actor.tenant) as connection:
        await seen(connection, actor, number)
        found = await photos_of(connection, number)
    return _answer(album, actor.tenant, _one_of(id, found), small=size is not None)


@get("/api/v1/reports/{number:str}/photos/{id:str}", opt=_OPEN)
async def show_photo_to_reporter(
    number: Number, id: Id, actor: Asker, database: Store, album: Photos, size: Size = None,
    follow: Annotated[str, QueryParameter(name="follow", max_length=100)] = "",
) -> Response[bytes]:  # fmt: skip
    """Their own, and those of what was done about it."""
    async with database.tenant(actor.tenant) as connection:
        await check_secret(connection, number, follow)
        found = [one for one in await photos_of(connection, number) if one.stage in SHOWN_TO_REPORTER]
    return _answer(album, actor.tenant, _one_of(id, found), small=size is not None)


def check_announced(request: AnyRequest, limit: int) -> None:
    """Who says at once that it is too much need not send it. Raises TooLarge."""
    if (request.content_length or 0) > limit:
        raise TooLarge("act.photo.large", limit=limit // 1024**2)


def check_room(request: AnyRequest, actor: Actor, database: Database, album: Album, now: datetime) -> None:
    """Before anything is taken. Raises TooOften for somebody unknown who sends one after another, Unavailable."""
    database.refuse_when_full()
    address = request.client.host if request.client else ""
    if actor.kind is ActorKind.ANONYMOUS and (seconds := album.rate.wait(network_of(address), now)):
        raise TooOften("act.photo.often", seconds=seconds)


def _one_of(id: str, found: Sequence[CasePhoto]) -> CasePhoto:
    for one in found:
        if one.id == id:
            return one
    raise NotFound("act.photo.unknown", id=id)


def _answer(album: Album, tenant: str, shown: CasePhoto, *, small: bool) -> Response[bytes]:
    """A document is saved and opened beside the portal, never in it."""
    try:
        content = album.path(tenant, shown.id, shown.media_type, small=small).read_bytes()
    except FileNotFoundError:
        raise NotFound("act.photo.unknown", id=shown.id) from None
    headers = dict(_KEPT_BY_BROWSERS)
    if shown.media_type is MediaType.PDF:
        headers["content-disposition"] = f'attachment; filename="{shown.id[:12]}.pdf"'
    return Response(content, media_type=shown.media_type.value, headers=headers)


routes = (send_photos, list_photos, show_photo, show_photo_to_reporter)
