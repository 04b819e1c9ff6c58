"""GeoReport v2 over HTTP, in JSON and XML; `servicerequestupdates` as FixMyStreet's sender speaks it.

Its errors are its own: a list of codes and descriptions.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import PathParameter

from quanyu.act.cases import _sql as case_sql
from quanyu.act.cases.following import DEFINITION
from quanyu.act.cases.model import CaseClass, Channel
from quanyu.act.cases.service import Cases, case, shared_fate
from quanyu.act.http.asking import Asker, Now, Store, doer_of
from quanyu.act.open311 import _sql
from quanyu.act.open311.form import read_form
from quanyu.act.open311.words import (
    Row,
    definition_row,
    json_of,
    parse_request,
    request_row,
    service_row,
    update_row,
    xml_of,
)
from quanyu.act.photos.http import Photos
from quanyu.core.actor import Actor, Resource
from quanyu.core.clock import Clock
from quanyu.core.errors import (
    Conflict,
    Denied,
    Fault,
    Invalid,
    NotFound,
    QuanyuError,
    TooLarge,
    TooOften,
    Unauthenticated,
)
from quanyu.core.messages import preferred_language
from quanyu.identity import Reach, allowed
from quanyu.store import Connection, Database
from quanyu.workflow import Act, Doer, definition

PREFIX = "/open311/v2"
_OPEN = {"action": "case.report"}
_MOST = 1000
_SPAN = timedelta(days=90)
_STATUS = (
    (NotFound, 404),
    (Unauthenticated, 401),
    (Denied, 403),
    (Conflict, 409),
    (TooLarge, 413),
    (TooOften, 429),
    (Invalid, 400),
)

Name = Annotated[str, PathParameter(max_length=100)]
AnyRequest = Request[Actor, Any, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer before it is written as JSON or XML; without `item` it is one row and no list."""

    root: str
    item: str
    rows: Sequence[Row] | Row
    status: int = 200


def _paths(name: str) -> list[str]:
    return [f"{PREFIX}/{name}.json", f"{PREFIX}/{name}.xml"]


@get(_paths("discovery"), opt=_OPEN)
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

    return await _answered(request, rows)


@get(_paths("services"), opt=_OPEN)
async def services(request: AnyRequest, actor: Asker, database: Store) -> Response[bytes]:
    language = preferred_language(request.headers.get("accept-language", ""))

    async def rows() -> Rows:
        known = await _classes(database, actor)
        groups = {one.code: one.title(language) for one in known.values()}
        leaves = _leaves(known)
        found = [service_row(one, groups.get(one.parent or "", ""), language) for one in leaves]
        return Rows("services", "service", found)

    return await _answered(request, rows)


@get(f"{PREFIX}/services/{{name:str}}", opt=_OPEN)
async def service_definition(
    name: Name, request: AnyRequest, actor: Asker, database: Store
) -> Response[bytes]:
    async def rows() -> Rows:
        known = await _classes(database, actor)
        return Rows("service_definition", "", definition_row(_class(known, _stem(name))))

    return await _answered(request, rows)


@post(_paths("requests"), opt=_OPEN, request_max_body_size=None)
async def send_request(
    request: AnyRequest, actor: Asker, database: Store, album: Photos, clock: Now
) -> Response[bytes]:
    async def rows() -> Rows:
        now = clock()
        form, photos = await read_form(request, actor, database, album, now)
        async with database.tenant(actor.tenant) as connection:
            service = await case_sql.case_class(connection, form.get("service_code", ""))
            said = parse_request(form, service, now.date().isoformat(), photos)
            made = await Cases(connection, actor.tenant, now).report(said, doer_of(actor))
        row = {"service_request_id": made.id, "service_notice": "", "account_id": form.get("account_id", "")}
        return Rows("service_requests", "request", [row], status=201)

    return await _answered(request, rows)


@get(_paths("requests"), opt=_OPEN)
async def list_requests(request: AnyRequest, actor: Asker, database: Store, clock: Now) -> Response[bytes]:
    return await _answered(request, lambda: _listed(request, actor, database, clock))


@get(f"{PREFIX}/requests/{{name:str}}", opt=_OPEN)
async def show_request(name: Name, request: AnyRequest, actor: Asker, database: Store) -> Response[bytes]:
    async def rows() -> Rows:
        async with database.tenant(actor.tenant) as connection:
            found = await _requests(connection, [_stem(name)])
            if not found or (_channel(actor) is not None and not await _is_open311(connection, _stem(name))):
                raise NotFound("act.case.unknown", id=_stem(name)[:40])
        return Rows("service_requests", "request", found)

    return await _answered(request, rows)


@get(f"{PREFIX}/tokens/{{name:str}}", opt=_OPEN)
async def show_token(name: Name, request: AnyRequest, actor: Asker, database: Store) -> Response[bytes]:
    """Requests have their number at once, so a token is that number."""

    async def rows() -> Rows:
        async with database.tenant(actor.tenant) as connection:
            found = await case(connection, _stem(name))
        return Rows("service_requests", "request", [{"service_request_id": found.id, "token": found.id}])

    return await _answered(request, rows)


@get(_paths("servicerequestupdates"), opt=_OPEN)
async def list_updates(request: AnyRequest, actor: Asker, database: Store, clock: Now) -> Response[bytes]:
    language = preferred_language(request.headers.get("accept-language", ""))

    async def rows() -> Rows:
        start, end = _span(request, clock(), timedelta(days=1))
        async with database.tenant(actor.tenant) as connection:
            found = await _sql.updates(connection, start, end, channel=_channel(actor), limit=_MOST)
            titles = {one.name: one.title for one in (await definition(connection, DEFINITION)).states}
        words = {name: title.get(language) or name for name, title in titles.items()}
        shown = [update_row(one, words.get(one["state"], one["state"])) for one in found]
        return Rows("service_requests_updates", "request_update", shown)

    return await _answered(request, rows)


@post(_paths("servicerequestupdates"), opt=_OPEN, request_max_body_size=None)
async def send_update(
    request: AnyRequest, actor: Asker, database: Store, album: Photos, clock: Now
) -> Response[bytes]:
    """What a reporter adds elsewhere, with photos or without: a remark on the case, once per `update_id`."""

    async def rows() -> Rows:
        now = clock()
        form, photos = await read_form(request, actor, database, album, now)
        number, update = form.get("service_request_id", ""), form.get("update_id", "")
        if not number or not update:
            raise Invalid("act.open311.update")
        said = (form.get("status"), form.get("description"), form.get("media_url"))
        remark = Act(
            name="remark", reason=" ".join(filter(None, said))[:20_000] or "-",
            evidence=tuple(f"photo:{one}" for one in photos),
        )  # fmt: skip
        async with database.tenant(actor.tenant) as connection:
            found = await case(connection, number)
            if _channel(actor) is not None and found.channel is not Channel.OPEN311:
                raise NotFound("act.case.unknown", id=number[:40])
            teller = Doer(id=f"open311:{doer_of(actor).id}", node=True)
            fate = await shared_fate(connection, found)
            await Cases(connection, actor.tenant, now).act(fate.id, remark, teller, key=f"update:{update}")
        return Rows("service_request_updates", "request_update", [{"update_id": update}], status=201)

    return await _answered(request, rows)


async def _listed(request: AnyRequest, actor: Actor, database: Database, clock: Clock) -> Rows:
    asked = request.query_params
    ids = _several(asked.get("service_request_id"))
    start, end = _span(request, clock(), _SPAN)
    status = _several(asked.get("status")) or []
    if set(status) - {"open", "closed"}:
        raise Invalid("act.open311.status", status=",".join(status)[:40])
    async with database.tenant(actor.tenant) as connection:
        found = await _sql.found(
            connection, ids=ids, classes=_several(asked.get("service_code")),
            start=datetime.min.replace(tzinfo=start.tzinfo) if ids else start, end=end,
            open=status == ["open"] if len(status) == 1 else None, channel=_channel(actor), limit=_MOST,
        )  # fmt: skip
        return Rows("service_requests", "request", await _requests(connection, found))


async def _requests(connection: Connection, ids: Sequence[str]) -> list[Row]:
    known = {one.code: one for one in await case_sql.classes(connection)}
    found = await case_sql.cases_by_id(connection, ids)
    moved = await _sql.last_steps(connection, [one.instance for one in found])
    return [
        request_row(
            one, await shared_fate(connection, one), known[one.category].title("zh-CN") if one.category in known else one.category or "",
            moved.get(one.instance, one.reported),
        )
        for one in found
    ]  # fmt: skip


async def _is_open311(connection: Connection, id: str) -> bool:
    return (await case(connection, id)).channel is Channel.OPEN311


def _channel(actor: Actor) -> str | None:
    """Who may see every case sees them here too; everybody else what came in by this door."""
    reach = allowed(actor, "case.read", Resource("case", tenant=actor.tenant)).reach
    return None if reach is Reach.TENANT else Channel.OPEN311.value


async def _classes(database: Database, actor: Actor) -> dict[str, CaseClass]:
    async with database.tenant(actor.tenant) as connection:
        return {one.code: one for one in await case_sql.classes(connection)}


def _leaves(known: dict[str, CaseClass]) -> list[CaseClass]:
    parents = {one.parent for one in known.values()}
    return [one for one in known.values() if one.code not in parents]


def _class(known: dict[str, CaseClass], code: str) -> CaseClass:
    if code not in known:
        raise NotFound("act.open311.service", code=code[:40])
    return known[code]


def _span(request: AnyRequest, now: datetime, span: timedelta) -> tuple[datetime, datetime]:
    end = _moment(request.query_params.get("end_date"), "end_date") or now
    return _moment(request.query_params.get("start_date"), "start_date") or end - span, end


def _moment(text: str | None, where: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        fault = Fault("act.open311.moment", where, {"name": where})
        raise Invalid("act.open311.moment", faults=(fault,), name=where)
    return moment


def _several(text: str | None) -> list[str] | None:
    return [part.strip() for part in text.split(",") if part.strip()] if text else None


def _stem(name: str) -> str:
    return name.rpartition(".")[0] if name.endswith((".json", ".xml")) else name


async def _answered(request: AnyRequest, rows: Callable[[], Awaitable[Rows]]) -> Response[bytes]:
    as_xml = request.url.path.endswith(".xml")
    try:
        made = await rows()
    except QuanyuError as error:
        made = _refused(error, preferred_language(request.headers.get("accept-language", "en")))
    if as_xml:
        body = xml_of(made.root, made.item, made.rows)
        return Response(body, media_type="text/xml; charset=utf-8", status_code=made.status)
    return Response(json_of(made.rows), media_type="application/json", status_code=made.status)


def _refused(error: QuanyuError, language: str) -> Rows:
    status = next((number for kind, number in _STATUS if isinstance(error, kind)), 503)
    faults = error.faults if isinstance(error, Invalid) else ()
    words = [f"{fault.where}: {fault.text(language)}" for fault in faults] or [error.text(language)]
    return Rows("errors", "error", [{"code": status, "description": one} for one in words], status=status)


routes = (
    discovery, services, service_definition, send_request, list_requests, show_request, show_token, list_updates,
    send_update,
)  # fmt: skip
