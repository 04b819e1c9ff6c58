"""Routes of standards: see, add versions, import, export; region codes."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post, put
from litestar.params import PathParameter, QueryParameter

from quanyu.core.clock import city_day
from quanyu.core.codes import CodeList
from quanyu.core.errors import Invalid, NotFound
from quanyu.govern.standards import regions_http, service
from quanyu.govern.standards.service import Standard, StandardKind
from quanyu.govern.standards.table import code_list_csv, parse_entries
from quanyu.identity.http.asking import Asker, TheClock, TheDatabase

Kind = Annotated[str, PathParameter(max_length=20)]
Name = Annotated[str, PathParameter(max_length=100)]
Day = Annotated[date | None, QueryParameter()]
Word = Annotated[str | None, QueryParameter(max_length=100)]


class StandardSummary(msgspec.Struct, frozen=True, kw_only=True):
    """`size` counts codes or attributes."""

    name: str
    title_zh: str
    title_en: str
    version: str
    effective_from: date
    effective_to: date | None
    size: int


class Summaries(msgspec.Struct, frozen=True, kw_only=True):
    items: list[StandardSummary]
    next: str | None = None


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    read: int
    added: int


@get("/api/v1/standards/{kind:str}", opt={"action": "standard.read"})
async def get_standards(
    actor: Asker, database: TheDatabase, clock: TheClock, kind: Kind, at: Day = None
) -> Summaries:
    async with database.tenant(actor.tenant) as connection:
        found = await service.standards(connection, _kind(kind), at=at or city_day(clock()))
    return Summaries(items=[_summary(one) for one in found])


@get("/api/v1/standards/{kind:str}/{name:str}", opt={"action": "standard.read"})
async def get_standard(
    actor: Asker,
    database: TheDatabase,
    clock: TheClock,
    kind: Kind,
    name: Name,
    at: Day = None,
    version: Word = None,
) -> dict[str, Any]:
    found = await _standard(actor, database, _kind(kind), name, at or city_day(clock()), version)
    body: dict[str, Any] = msgspec.to_builtins(found)
    return body


@get("/api/v1/standards/{kind:str}/{name:str}/versions", opt={"action": "standard.read"})
async def get_versions(actor: Asker, database: TheDatabase, kind: Kind, name: Name) -> Summaries:
    async with database.tenant(actor.tenant) as connection:
        return Summaries(
            items=[_summary(one) for one in await service.versions(connection, _kind(kind), name)]
        )


@put("/api/v1/standards/{kind:str}/{name:str}", opt={"action": "standard.manage"})
async def put_standard(
    request: Request[Any, Any, Any],
    actor: Asker,
    database: TheDatabase,
    clock: TheClock,
    kind: Kind,
    name: Name,
) -> Imported:
    """A new version. The body is the standard; its `name` has to be the one in the path."""
    added = service.parse(_kind(kind), await request.body())
    if [one.name for one in added] != [name]:
        raise Invalid("govern.standards.other_name", name=name)
    return await _add(actor, database, clock, _kind(kind), added)


@post("/api/v1/standards/{kind:str}/import", opt={"action": "standard.manage"}, status_code=200)
async def import_standards(
    request: Request[Any, Any, Any], actor: Asker, database: TheDatabase, clock: TheClock, kind: Kind
) -> Imported:
    """A JSON list of standards, all or none."""
    return await _add(actor, database, clock, _kind(kind), service.parse(_kind(kind), await request.body()))


@post("/api/v1/standards/{kind:str}/{name:str}/import", opt={"action": "standard.manage"}, status_code=200)
async def import_code_list(
    request: Request[Any, Any, Any],
    actor: Asker,
    database: TheDatabase,
    clock: TheClock,
    kind: Kind,
    name: Name,
    version: Annotated[str, QueryParameter(min_length=1, max_length=40)],
    effective_from: Annotated[date, QueryParameter()],
    title_zh: Annotated[str, QueryParameter(max_length=200)] = "",
    title_en: Annotated[str, QueryParameter(max_length=200)] = "",
) -> Imported:
    """A code list from CSV; its own fields come as parameters."""
    if _kind(kind) is not StandardKind.CODE_LISTS:
        raise Invalid("govern.standards.csv_kind", kind=kind)
    entries = parse_entries((await request.body()).decode("utf-8", errors="replace"))
    made = CodeList(
        name=name, title_zh=title_zh or name, title_en=title_en or name, version=version,
        effective_from=effective_from, entries=entries,
    )  # fmt: skip
    return await _add(actor, database, clock, StandardKind.CODE_LISTS, (made,))


@get("/api/v1/standards/{kind:str}/{name:str}/export", opt={"action": "standard.read"})
async def export_standard(
    actor: Asker,
    database: TheDatabase,
    clock: TheClock,
    kind: Kind,
    name: Name,
    form: Annotated[str, QueryParameter(name="format")] = "json",
    version: Word = None,
) -> Response[bytes]:
    found = await _standard(actor, database, _kind(kind), name, city_day(clock()), version)
    if form == "csv" and isinstance(found, CodeList):
        return _file(code_list_csv(found).encode(), "text/csv; charset=utf-8", f"{name}.csv")
    if form != "json":
        raise Invalid("govern.standards.format", format=form)
    return _file(msgspec.json.format(msgspec.json.encode(found)), "application/json", f"{name}.json")


routes = (
    get_standards, get_standard, get_versions, put_standard, import_standards, import_code_list, export_standard,
    *regions_http.routes,
)  # fmt: skip


def _kind(kind: str) -> StandardKind:
    try:
        return StandardKind(kind)
    except ValueError:
        raise NotFound("govern.standards.kind", kind=kind) from None


async def _standard(
    actor: Asker, database: TheDatabase, kind: StandardKind, name: str, at: date, version: str | None
) -> Standard:
    async with database.tenant(actor.tenant) as connection:
        return await service.standard(connection, kind, name, at=at, version=version)


async def _add(
    actor: Asker, database: TheDatabase, clock: TheClock, kind: StandardKind, added: tuple[Standard, ...]
) -> Imported:
    async with database.tenant(actor.tenant) as connection:
        new = await service.add(connection, actor.tenant, kind, added, actor=actor.id, at=clock())
    return Imported(read=len(added), added=new)


def _summary(one: Standard) -> StandardSummary:
    return StandardSummary(
        name=one.name, title_zh=one.title_zh, title_en=one.title_en, version=one.version,
        effective_from=one.effective_from, effective_to=one.effective_to,
        size=len(getattr(one, "entries", ()) or getattr(one, "attributes", ())),
    )  # fmt: skip


def _file(content: bytes, media_type: str, name: str) -> Response[bytes]:
    safe = "".join(
        character for character in name if character.isascii() and (character.isalnum() or character in "-_.")
    )
    return Response(
        content, media_type=media_type, headers={"content-disposition": f'attachment; filename="{safe}"'}
    )
