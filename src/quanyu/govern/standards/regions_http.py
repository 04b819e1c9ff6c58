"""Routes of region codes: by tree, name and day; import."""

import asyncio
import re
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.datastructures import UploadFile
from litestar.params import QueryParameter

from quanyu.core.clock import city_day
from quanyu.core.errors import Invalid
from quanyu.core.regions import RegionSpan, region_level
from quanyu.govern.standards.regions import import_regions, list_regions, read_region_files
from quanyu.identity.http.asking import Asker, DataFolder, TheClock, TheDatabase

Day = Annotated[date | None, QueryParameter()]
Word = Annotated[str | None, QueryParameter(max_length=100)]
Limit = Annotated[int, QueryParameter(ge=1, le=1000)]


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
            connection, parent=below, query=q, at=at or city_day(clock()), limit=limit, after=after
        )
    return RegionAnswers(
        items=[_region(one) for one in found], next=found[-1].code if len(found) == limit else None
    )


@post("/api/v1/standards/regions/import", opt={"action": "standard.manage"}, status_code=200)
async def post_regions(
    actor: Asker,
    database: TheDatabase,
    folder: DataFolder,
    clock: TheClock,
    request: Request[Any, Any, Any],
    as_of: Day = None,
) -> RegionsImported:
    """All files of one state of the codes together; they replace what was there. `as_of`: the day of lists without a date."""
    files = [one for _, one in (await request.form()).multi_items() if isinstance(one, UploadFile)]
    if not files:
        raise Invalid("govern.regions.no_files")
    with TemporaryDirectory(dir=_temporary(folder)) as directory:
        paths = [
            _kept(file.filename, await file.read(), Path(directory) / str(number))
            for number, file in enumerate(files)
        ]
        spans = await asyncio.to_thread(read_region_files, paths, as_of=as_of or city_day(clock()))
    async with database.tenant(actor.tenant) as connection:
        done = await import_regions(connection, spans, folder)
    return RegionsImported(codes=done.codes, spans=done.spans, ended=done.ended)


routes = (get_regions, post_regions)


def _temporary(folder: Path) -> Path:
    path = folder / "tmp"
    path.mkdir(parents=True, exist_ok=True)
    return path


def _kept(filename: str, content: bytes, directory: Path) -> Path:
    """Of the sender's name only what is harmless is used; its ending says how to read the file."""
    directory.mkdir()
    path = directory / (re.sub(r"[^\w.-]", "_", filename)[-100:].lstrip(".") or "list.csv")
    path.write_bytes(content)
    return path


def _region(span: RegionSpan) -> RegionAnswer:
    return RegionAnswer(
        code=span.code,
        name=span.name,
        level=region_level(span.code),
        effective_from=span.since,
        effective_to=span.until,
    )
