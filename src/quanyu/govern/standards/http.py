"""Routes of standards: see, add versions, import, export; region codes."""

import asyncio
from datetime import date
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post, put
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, PathParameter, QueryParameter

from quanyu.core.codes import CodeList
from quanyu.core.errors import Invalid, NotFound
from quanyu.core.regions import RegionSpan, region_level
from quanyu.govern.standards import service
from quanyu.govern.standards.regions import import_regions, list_regions, read_region_files
from quanyu.govern.standards.service import Standard, StandardKind
from quanyu.govern.standards.table import code_list_csv, parse_entries
from quanyu.identity.http.asking import Asker, DataFolder, TheClock, TheDatabase

Kind = Annotated[str, PathParameter(max_length=20)]
Name = Annotated[str, PathParameter(max_length=100)]
Day = Annotated[date | None, QueryParameter()]
Word = Annotated[str | None, QueryParameter(max_length=100)]
Limit = Annotated[int, QueryParameter(ge=1, le=1000)]


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


class RegionsImported(msgspec.Struct, frozen=True, kw_only=True):
    """`spans`: names with their time; `ended`: codes that are no longer good."""

    codes: int
    spans: int
    ended: int


class RegionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str
    level: str
    effective_from: date
    effective_to: date | None


class RegionAnswers(msgspec.Struct, frozen=True, kw_only=True):
    items: list[RegionAnswer]
    next: str | None = None


@get("/api/v1/standards/regions", opt={"action": "standard.read"})
async def get_regions(
    database: TheDatabase,
    clock: TheClock,
    parent: Word = None,
    q: Word = None,
    at: Day = None,
    limit: Limit = 100,
    after: Annotated[str, QueryParameter(max_length=20)] = "",
) -> RegionAnswers:
    """Without `parent` and `q` the provinces. Empty where no region codes were imported."""
    below = "" if parent is None and q is None else parent
    async with database.system() as connection:
        found = await list_regions(
            connection, parent=below, query=q, at=at or clock().date(), limit=limit, after=after
        )
    return RegionAnswers(
        items=[_region(one) for one in found], next=found[-1].code if len(found) == limit else None
    )


@get("/api/v1/standards/{kind:str}", opt={"action": "standard.read"})
async def get_standards(
    actor: Asker, database: TheDatabase, clock: TheClock, kind: Kind, at: Day = None
) -> Summaries:
    async with database.tenant(actor.tenant) as connection:
        found = await service.standards(connection, _kind(kind), at=at or clock().date())
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
    found = await _standard(actor, database, _kind(kind), name, at or clock().date(), version)
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
    found = await _standard(actor, database, _kind(kind), name, clock().date(), version)
    if form == "csv" and isinstance(found, CodeList):
        return _file(code_list_csv(found).encode(), "text/csv; charset=utf-8", f"{name}.csv")
    if form != "json":
        raise Invalid("govern.standards.format", format=form)
    return _file(msgspec.json.format(msgspec.json.encode(found)), "application/json", f"{name}.json")


@post("/api/v1/standards/regions/import", opt={"action": "standard.manage"}, status_code=200)
async def post_regions(
    actor: Asker,
    database: TheDatabase,
    folder: DataFolder,
    clock: TheClock,
    data: Annotated[list[UploadFile], Body(media_type=RequestEncodingType.MULTI_PART)],
    as_of: Day = None,
) -> RegionsImported:
    """All files of one state of the codes together; they replace what was there. `as_of`: the day of lists without a date."""
    with TemporaryDirectory(dir=_temporary(folder)) as directory:
        paths = [await _kept(file, Path(directory)) for file in data]
        spans = await asyncio.to_thread(read_region_files, paths, as_of=as_of or clock().date())
    async with database.tenant(actor.tenant) as connection:
        done = await import_regions(connection, spans, folder)
    return RegionsImported(codes=done.codes, spans=done.spans, ended=done.ended)


routes = (
    post_regions,
    get_regions, get_standards, get_standard, get_versions, put_standard, import_standards, import_code_list, export_standard,
)  # fmt: skip


def _temporary(folder: Path) -> Path:
    path = folder / "tmp"
    path.mkdir(parents=True, exist_ok=True)
    return path


async def _kept(file: UploadFile, directory: Path) -> Path:
    """Only the end of a name is taken from the sender."""
    path = directory / (PurePosixPath(file.filename.replace("\\", "/")).name or "list.csv")
    path.write_bytes(await file.read())
    return path


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


def _region(span: RegionSpan) -> RegionAnswer:
    return RegionAnswer(
        code=span.code,
        name=span.name,
        level=region_level(span.code),
        effective_from=span.since,
        effective_to=span.until,
    )


def _file(content: bytes, media_type: str, name: str) -> Response[bytes]:
    safe = "".join(
        character for character in name if character.isascii() and (character.isalnum() or character in "-_.")
    )
    return Response(
        content, media_type=media_type, headers={"content-disposition": f'attachment; filename="{safe}"'}
    )
