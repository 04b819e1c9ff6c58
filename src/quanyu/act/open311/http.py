"""GeoReport v2 over HTTP, in JSON and XML. Its errors are its own: a list of codes and descriptions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from litestar import Response, get, post
from litestar.params import PathParameter

from quanyu.act.cases import _laid_sql
from quanyu.act.cases import _sql as case_sql
from quanyu.act.cases.model import CaseClass, Channel
from quanyu.act.cases.service import Cases, case, shared_fate
from quanyu.act.http.asking import Asker, Now, Store, doer_of
from quanyu.act.open311 import _sql, updates
from quanyu.act.open311.answers import (
    MOST,
    OPEN,
    PREFIX,
    AnyRequest,
    Rows,
    answered,
    channel_of,
    paths,
    span,
)
from quanyu.act.open311.form import read_form
from quanyu.act.open311.words import (
    Row,
    definition_row,
    lies_with,
    parse_request,
    request_row,
    service_row,
)
from quanyu.act.photos.http import Photos
from quanyu.core.actor import Actor
from quanyu.core.clock import Clock, city_day
from quanyu.core.errors import Invalid, NotFound
from quanyu.core.messages import preferred_language
from quanyu.identity import organisation_names
from quanyu.store import Connection, Database

_SPAN = timedelta(days=90)

Name = Annotated[str, PathParameter(max_length=100)]


@get(paths("discovery"), opt=OPEN)
async def discovery(request: AnyRequest, clock: Now) -> Response[bytes]:
    async def rows() -> Rows:
        types = [{"type": kind} for kind in ("application/json", "text/xml")]
        endpoint = {
            "specification": "http://wiki.open311.org/GeoReport_v2", "url": f"{request.base_url}open311/v2",
            "changeset": "2026-11-21T00:00:00Z", "type": "production", "formats": types,
        }  # fmt: skip
        found = {
            "changeset": "2026-11-21T00:00:00Z",
            "contact": "",
            "key_service": "",
            "endpoints": [endpoint],
        }
        return Rows("discovery", "discovery", [found])

    return await answered(request, rows)


@get(paths("services"), opt=OPEN)
async def services(request: AnyRequest, actor: Asker, database: Store) -> Response[bytes]:
    language = preferred_language(request.headers.get("accept-language", ""))

    async def rows() -> Rows:
        known = await _classes(database, actor)
        groups = {one.code: one.title(language) for one in known.values()}
        leaves = _leaves(known)
        found = [service_row(one, groups.get(one.parent or "", ""), language) for one in leaves]
        return Rows("services", "service", found)

    return await answered(request, rows)


@get(f"{PREFIX}/services/{{name:str}}", opt=OPEN)
async def service_definition(
    name: Name, request: AnyRequest, actor: Asker, database: Store
) -> Response[bytes]:
    async def rows() -> Rows:
        known = await _classes(database, actor)
        return Rows("service_definition", "", definition_row(_class(known, _stem(name))))

    return await answered(request, rows)


@post(paths("requests"), opt=OPEN, request_max_body_size=None)
async def send_request(
    request: AnyRequest, actor: Asker, database: Store, album: Photos, clock: Now
) -> Response[bytes]:
    async def rows() -> Rows:
        now = clock()
        form, photos = await read_form(request, actor, database, album, now)
        async with database.tenant(actor.tenant) as connection:
            service = await _laid_sql.case_class(connection, form.get("service_code", ""))
            said = parse_request(form, service, city_day(now).isoformat(), photos)
            made = await Cases(connection, actor.tenant, now).report(said, doer_of(actor))
        row = {"service_request_id": made.id, "service_notice": "", "account_id": form.get("account_id", "")}
        return Rows("service_requests", "request", [row], status=201)

    return await answered(request, rows)


@get(paths("requests"), opt=OPEN)
async def list_requests(request: AnyRequest, actor: Asker, database: Store, clock: Now) -> Response[bytes]:
    return await answered(request, lambda: _listed(request, actor, database, clock))


@get(f"{PREFIX}/requests/{{name:str}}", opt=OPEN)
async def show_request(name: Name, request: AnyRequest, actor: Asker, database: Store) -> Response[bytes]:
    async def rows() -> Rows:
        async with database.tenant(actor.tenant) as connection:
            found = await _requests(connection, [_stem(name)])
            if not found or (
                channel_of(actor) is not None and not await _is_open311(connection, _stem(name))
            ):
                raise NotFound("act.case.unknown", id=_stem(name)[:40])
        return Rows("service_requests", "request", found)

    return await answered(request, rows)


@get(f"{PREFIX}/tokens/{{name:str}}", opt=OPEN)
async def show_token(name: Name, request: AnyRequest, actor: Asker, database: Store) -> Response[bytes]:
    """Requests have their number at once, so a token is that number."""

    async def rows() -> Rows:
        async with database.tenant(actor.tenant) as connection:
            found = await case(connection, _stem(name))
        return Rows("service_requests", "request", [{"service_request_id": found.id, "token": found.id}])

    return await answered(request, rows)


async def _listed(request: AnyRequest, actor: Actor, database: Database, clock: Clock) -> Rows:
    asked = request.query_params
    ids = _several(asked.get("service_request_id"))
    start, end = span(request, clock(), _SPAN)
    status = _several(asked.get("status")) or []
    if set(status) - {"open", "closed"}:
        raise Invalid("act.open311.status", status=",".join(status)[:40])
    async with database.tenant(actor.tenant) as connection:
        found = await _sql.found(
            connection, ids=ids, classes=_several(asked.get("service_code")),
            start=datetime.min.replace(tzinfo=start.tzinfo) if ids else start, end=end,
            open=status == ["open"] if len(status) == 1 else None, channel=channel_of(actor), limit=MOST,
        )  # fmt: skip
        return Rows("service_requests", "request", await _requests(connection, found))


async def _requests(connection: Connection, ids: Sequence[str]) -> list[Row]:
    known = {one.code: one for one in await _laid_sql.classes(connection)}
    found = await case_sql.cases_by_id(connection, ids)
    fates = [await shared_fate(connection, one) for one in found]
    bodies = await organisation_names(connection, {body for fate in fates for body in lies_with(fate)})
    moved = await _sql.last_steps(connection, [one.instance for one in found])
    return [
        request_row(
            one, fate, service=known[one.category].title("zh-CN") if one.category in known else one.category or "",
            bodies=bodies, updated=moved.get(one.instance, one.reported),
        )
        for one, fate in zip(found, fates, strict=True)
    ]  # fmt: skip


async def _is_open311(connection: Connection, id: str) -> bool:
    return (await case(connection, id)).channel is Channel.OPEN311


async def _classes(database: Database, actor: Actor) -> dict[str, CaseClass]:
    async with database.tenant(actor.tenant) as connection:
        return {one.code: one for one in await _laid_sql.classes(connection)}


def _leaves(known: dict[str, CaseClass]) -> list[CaseClass]:
    parents = {one.parent for one in known.values()}
    return [one for one in known.values() if one.code not in parents]


def _class(known: dict[str, CaseClass], code: str) -> CaseClass:
    if code not in known:
        raise NotFound("act.open311.service", code=code[:40])
    return known[code]


def _several(text: str | None) -> list[str] | None:
    return [part.strip() for part in text.split(",") if part.strip()] if text else None


def _stem(name: str) -> str:
    return name.rpartition(".")[0] if name.endswith((".json", ".xml")) else name


routes = (
    discovery, services, service_definition, send_request, list_requests, show_request, show_token, *updates.routes,
)  # fmt: skip
