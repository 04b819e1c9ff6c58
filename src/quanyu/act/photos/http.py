"""Photos over HTTP: sent by anybody, seen by who may see the case, and by its reporter with the secret."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter, SkipValidation

from quanyu.act.http.asking import Asker, Now, Number, Store
from quanyu.act.http.seeing import check_secret, seen
from quanyu.act.photos.album import Album
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
_KEPT_BY_BROWSERS = {"cache-control": "private, max-age=86400", "x-content-type-options": "nosniff"}


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Kept, ...]


class PhotoList(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[CasePhoto, ...]


@post("/api/v1/photos", opt=_OPEN, request_max_body_size=None)
async def send_photos(request: AnyRequest, actor: Asker, database: Store, album: Photos, clock: Now) -> Sent:
    """An image as the body, or a multipart form with up to six. A report or an act names them within a day."""
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


@get("/api/v1/cases/{number:str}/photos/{id:str}", opt=_READ, media_type="image/jpeg")
async def show_photo(
    number: Number, id: Id, actor: Asker, database: Store, album: Photos, size: Size = None
) -> Response[bytes]:
    async with database.tenant(actor.tenant) as connection:
        await seen(connection, actor, number)
        found = {one.id for one in await photos_of(connection, number)}
    return _answer(album.path(actor.tenant, _one_of(id, found), small=size is not None))


@get("/api/v1/reports/{number:str}/photos/{id:str}", opt=_OPEN, media_type="image/jpeg")
async def show_photo_to_reporter(
    number: Number, id: Id, actor: Asker, database: Store, album: Photos, size: Size = None,
    follow: Annotated[str, QueryParameter(name="follow", max_length=100)] = "",
) -> Response[bytes]:  # fmt: skip
    """Their own, and those of what was done about it."""
    async with database.tenant(actor.tenant) as connection:
        await check_secret(connection, number, follow)
        found = {one.id for one in await photos_of(connection, number) if one.stage in SHOWN_TO_REPORTER}
    return _answer(album.path(actor.tenant, _one_of(id, found), small=size is not None))


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


def _one_of(id: str, found: set[str]) -> str:
    if id not in found:
        raise NotFound("act.photo.unknown", id=id)
    return id


def _answer(path: Path) -> Response[bytes]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise NotFound("act.photo.unknown", id=path.stem) from None
    return Response(content, media_type="image/jpeg", headers=_KEPT_BY_BROWSERS)


routes = (send_photos, list_photos, show_photo, show_photo_to_reporter)
