"""How an answer is written: its media type, its @context, what is wrong (ETSI GS CIM 009, 6.3.2 to 6.3.6)."""

from collections.abc import Sequence
from typing import Any

import msgspec

from quanyu.core.errors import QuanyuError, TooOften
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Scope, Send, header
from quanyu.twin.http.ngsi_media import GEO_JSON, JSON, LD_JSON, link_to
from quanyu.twin.http.ngsi_problems import LengthRequired, WrongMethod, WrongType, problem, status_of
from quanyu.twin.ngsild.context import Context

_NOTHING, _IN_PARTS = 204, 207


Headers = Sequence[tuple[bytes, bytes]]


async def send_answer(
    send: Send, answer: Answer, exchange: Exchange | None = None, headers_of_all: Headers = ()
) -> None:
    """With the @context in the body or in a Link header (6.3.5, 6.3.6), as the media type has it.

    Faults and results of parts name everything in full, so they have neither. What has no content has no length.
    """
    body, headers = (
        b"",
        [*headers_of_all, *((name.encode(), value.encode()) for name, value in answer.headers)],
    )
    if answer.body is not None:
        media = answer.media_type or (exchange.media if exchange else JSON)
        content = answer.body
        if exchange and answer.status < _IN_PARTS and media in (JSON, LD_JSON, GEO_JSON):
            context = answer.context or exchange.asked_context
            if media == LD_JSON or (media == GEO_JSON and not _without_context(exchange)):
                content = _with_context(content, context.source)
            elif link := await _link_of(exchange, context):
                headers.append((b"link", link_to(link).encode()))
        body = msgspec.json.encode(content)
        headers.append((b"content-type", media.encode()))
    if answer.status != _NOTHING:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def problem_answer(error: QuanyuError, scope: Scope) -> Answer:
    """6.3.3: plain JSON. 6.3.4: without a body where that of the request could not be read. 6.3.2: what is allowed."""
    if isinstance(error, LengthRequired | WrongType):
        return Answer(status_of(error)[0])
    body = problem(error, header(scope, "accept-language"))
    return Answer(body["status"], body, _headers(error), media_type=JSON)


def _headers(error: QuanyuError) -> tuple[tuple[str, str], ...]:
    match error:
        case WrongMethod():
            return (("allow", str(error.values["methods"])),)
        case TooOften(seconds=seconds):
            return (("retry-after", str(seconds)),)
        case _:
            return ()


async def _link_of(exchange: Exchange, context: Context) -> str:
    """Empty where an inline @context cannot be kept: the answer itself does not fail for that."""
    try:
        return await exchange.door.contexts.url_of(exchange.actor.tenant, context)
    except QuanyuError:
        return ""


def _without_context(exchange: Exchange) -> bool:
    """`Prefer: body=json` of a GeoJSON answer (6.3.6)."""
    return "body=json" in exchange.header("prefer").replace(" ", "").split(",")


def _with_context(content: Any, context: object) -> Any:
    if isinstance(content, list):
        return [_with_context(one, context) for one in content]
    return {**content, "@context": context} if isinstance(content, dict) else content
