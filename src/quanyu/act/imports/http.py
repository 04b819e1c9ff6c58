"""Imports of cases over HTTP: a file with its mapping comes in, its progress and its refused lines are seen."""

import secrets
import shutil
from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.status_codes import HTTP_202_ACCEPTED

from quanyu.act.http.asking import Asker, Limit, Now, Number, Store
from quanyu.act.imports import _sql
from quanyu.act.imports._sql import CaseImport
from quanyu.act.imports.service import FOLDER, begin, decoded, import_, reasons
from quanyu.core.actor import Actor
from quanyu.core.errors import Invalid
from quanyu.core.messages import preferred_language
from quanyu.core.page_token import MOST
from quanyu.govern.imports.upload import receive

_MANAGE = {"action": "case.manage"}


class CaseImports(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[CaseImport, ...]


class RefusedLine(msgspec.Struct, frozen=True, kw_only=True):
    """`content` is the line as it came, `reasons` what is wrong with it."""

    line: int
    content: dict[str, str]
    reasons: tuple[str, ...]


class RefusedLines(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[RefusedLine, ...]
    next: int | None


@post("/api/v1/cases/imports", opt=_MANAGE, status_code=HTTP_202_ACCEPTED, request_max_body_size=None)
async def begin_import(
    request: Request[Actor, Any, Any], actor: Asker, database: Store, folder: NamedDependency[Path],
    upload_limit: NamedDependency[int], clock: Now,
) -> CaseImport:  # fmt: skip
    """A multipart form: a file of CSV or JSON, and the field `mapping` with JSON."""
    name = secrets.token_hex(8)
    received = await receive(
        request.stream(), into=folder / FOLDER / name, content_type=request.headers.get("content-type", ""),
        filename="", announced=request.content_length, limit=upload_limit,
    )  # fmt: skip
    path = Path(received.files[0].path)
    try:
        if len(received.files) != 1 or "mapping" not in received.fields:
            raise Invalid("act.import.need")
        mapping = decoded(received.fields["mapping"])
        async with database.tenant(actor.tenant) as connection:
            id = await begin(
                connection, actor.tenant, f"{name}/{path.name}", mapping, actor=actor.id, now=clock()
            )
            return await import_(connection, id)
    except BaseException:
        shutil.rmtree(folder / FOLDER / name, ignore_errors=True)
        raise


@get("/api/v1/cases/imports", opt=_MANAGE)
async def list_imports(actor: Asker, database: Store, limit: Limit = 50) -> CaseImports:
    async with database.tenant(actor.tenant) as connection:
        return CaseImports(items=tuple(await _sql.imports(connection, limit)))


@get("/api/v1/cases/imports/{number:str}", opt=_MANAGE)
async def show_import(number: Number, actor: Asker, database: Store) -> CaseImport:
    async with database.tenant(actor.tenant) as connection:
        return await import_(connection, number)


@get("/api/v1/cases/imports/{number:str}/refused", opt=_MANAGE)
async def list_refused(
    number: Number, request: Request[Actor, Any, Any], actor: Asker, database: Store, limit: Limit = 50,
    after: Annotated[int, QueryParameter(name="after", ge=0, le=MOST)] = 0,
) -> RefusedLines:  # fmt: skip
    language = preferred_language(request.headers.get("accept-language", ""))
    async with database.tenant(actor.tenant) as connection:
        await import_(connection, number)
        found = await _sql.refusals(connection, number, after=after, limit=limit)
    items = tuple(
        RefusedLine(line=one.line, content=one.content, reasons=reasons(one, language)) for one in found
    )
    return RefusedLines(items=items, next=found[-1].line if len(found) == limit else None)


routes = (begin_import, list_imports, show_import, list_refused)
