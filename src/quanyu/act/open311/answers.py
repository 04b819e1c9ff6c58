"""How GeoReport is answered: rows as JSON or XML, errors as a list of codes and descriptions, spans of time."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from litestar import Request, Response

from quanyu.act.cases.model import Channel
from quanyu.act.open311.words import Row, json_of, xml_of
from quanyu.core.actor import Actor, Resource
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

PREFIX = "/open311/v2"
OPEN = {"action": "case.report"}
MOST = 1000
_STATUS = (
    (NotFound, 404),
    (Unauthenticated, 401),
    (Denied, 403),
    (Conflict, 409),
    (TooLarge, 413),
    (TooOften, 429),
    (Invalid, 400),
)

AnyRequest = Request[Actor, Any, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer before it is written as JSON or XML; without `item` it is one row and no list."""

    root: str
    item: str
    rows: Sequence[Row] | Row
    status: int = 200


def paths(name: str) -> list[str]:
    return [f"{PREFIX}/{name}.json", f"{PREFIX}/{name}.xml"]


async def answered(request: AnyRequest, rows: Callable[[], Awaitable[Rows]]) -> Response[bytes]:
    as_xml = request.url.path.endswith(".xml")
    try:
        made = await rows()
    except QuanyuError as error:
        made = _refused(error, preferred_language(request.headers.get("accept-language", "en")))
    if as_xml:
        body = xml_of(made.root, made.item, made.rows)
        return Response(body, media_type="text/xml; charset=utf-8", status_code=made.status)
    return Response(json_of(made.rows), media_type="application/json", status_code=made.status)


def span(request: AnyRequest, now: datetime, span: timedelta) -> tuple[datetime, datetime]:
    end = _moment(request.query_params.get("end_date"), "end_date") or now
    return _moment(request.query_params.get("start_date"), "start_date") or end - span, end


def channel_of(actor: Actor) -> str | None:
    """Who may see every case sees them here too; everybody else what came in by this door."""
    reach = allowed(actor, "case.read", Resource("case", tenant=actor.tenant)).reach
    return None if reach is Reach.TENANT else Channel.OPEN311.value


def _refused(error: QuanyuError, language: str) -> Rows:
    status = next((number for kind, number in _STATUS if isinstance(error, kind)), 503)
    faults = error.faults if isinstance(error, Invalid) else ()
    words = [": ".join(filter(None, (fault.where, fault.text(language)))) for fault in faults] or [
        error.text(language)
    ]
    return Rows("errors", "error", [{"code": status, "description": one} for one in words], status=status)


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
