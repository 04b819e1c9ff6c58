"""One NGSI-LD request and its answer on bare ASGI: reading bodies and parameters, writing JSON and problems."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from quanyu.core.actor import Actor
from quanyu.core.errors import (
    Conflict,
    Denied,
    Fault,
    Invalid,
    NotFound,
    QuanyuError,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from quanyu.core.messages import preferred_language
from quanyu.store import Database
from quanyu.twin.http.sight import Sight
from quanyu.twin.writer import Writer

MAX_BODY = 32 * 1024 * 1024
MAX_MEMBERS = 5_000
"""Of one entity or fragment: attributes are looked at one by one, while everybody else waits."""
CORE_CONTEXT = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
_LINK = f'<{CORE_CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Authorize = Callable[[Scope, str], Awaitable[Actor]]

# ETSI GS CIM 009, 6.3.2: the problem types of the standard and their statuses.
_PROBLEMS: tuple[tuple[type[QuanyuError], int, str], ...] = (
    (Invalid, 400, "BadRequestData"),
    (NotFound, 404, "ResourceNotFound"),
    (Conflict, 409, "AlreadyExists"),
    (TooLarge, 413, "BadRequestData"),
    (Unauthenticated, 401, "Unauthorized"),
    (Denied, 403, "Forbidden"),
    (Unavailable, 503, "InternalError"),
)


class Malformed(Invalid):
    """The body is no JSON or not what the operation takes at all: InvalidRequest, where Invalid is BadRequestData."""


class NotImplementedHere(QuanyuError):
    """A parameter or operation of the standard that this version does not know."""


class WrongMethod(QuanyuError):
    """The resource exists, but not with this method."""


class WrongType(QuanyuError):
    """The body is of a media type that the operation does not take."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What the operations work with; one per node."""

    database: Database
    writer: Writer
    sight: Sight


@dataclass(slots=True)
class Exchange:
    """A request as the operations see it. `take` marks a parameter as understood; `refuse_others` answers the rest."""

    scope: Scope
    receive: Receive
    parts: tuple[str, ...]
    actor: Actor
    door: Door
    parameters: dict[str, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)

    @property
    def sight(self) -> Sight:
        return self.door.sight

    @property
    def database(self) -> Database:
        return self.door.database

    def header(self, name: str) -> str:
        return header(self.scope, name)

    def take(self, name: str, default: str = "") -> str:
        self._taken.add(name)
        return self.parameters.get(name, default)

    def take_list(self, name: str) -> tuple[str, ...]:
        return tuple(filter(None, self.take(name).split(",")))

    def refuse_others(self) -> None:
        """A parameter that would change the answer and is not understood is never ignored."""
        if others := sorted(self.parameters.keys() - self._taken - {"local"}):
            raise NotImplementedHere("twin.ngsi.parameter", name=", ".join(others)[:200])

    async def json(self) -> Any:
        """The decoded body. Raises Malformed, WrongType, TooLarge."""
        media = self.header("content-type").partition(";")[0].strip().lower()
        if media not in ("application/json", "application/ld+json", "application/merge-patch+json", ""):
            raise WrongType("twin.ngsi.media", media=media[:80])
        try:
            return _bounded(msgspec.json.decode(await _body(self.receive)))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Malformed("twin.ngsi.json", reason=str(error)[:200]) from None
        except RecursionError:
            raise Malformed("twin.ngsi.deep") from None


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of a resource's table: `path` below the prefix, where `*` is any one part."""

    path: str
    method: str
    action: str
    answer: Callable[[Exchange], Awaitable[Answer]]


def header(scope: Scope, name: str) -> str:
    wanted = name.encode()
    for key, value in scope["headers"]:
        if key == wanted:
            return str(value.decode("latin-1"))
    return ""


def parameters_of(scope: Scope) -> dict[str, str]:
    try:
        return dict(parse_qsl(scope.get("query_string", b"").decode("ascii"), keep_blank_values=True))
    except (UnicodeDecodeError, ValueError):
        raise Invalid("twin.ngsi.query_string") from None


async def send_answer(scope: Scope, send: Send, answer: Answer) -> None:
    linked = "application/ld+json" in header(scope, "accept") and answer.media_type == "application/json"
    body, media = b"", answer.media_type
    headers = [(name.encode(), value.encode()) for name, value in answer.headers]
    if answer.body is not None:
        content = answer.body
        if linked:
            media, content = "application/ld+json", _with_context(content)
        elif media == "application/json":
            headers.append((b"link", _LINK.encode()))
        body = msgspec.json.encode(content)
        headers.append((b"content-type", media.encode()))
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def problem_answer(error: QuanyuError, scope: Scope) -> Answer:
    body = problem(error, header(scope, "accept-language"))
    return Answer(body["status"], body, media_type="application/problem+json")


def problem(error: QuanyuError, accept_language: str) -> dict[str, Any]:
    """ProblemDetails, 5.5.3, with every fault and where it is."""
    status, kind = _status(error)
    language = preferred_language(accept_language) if accept_language else "en"
    body: dict[str, Any] = {
        "type": f"https://uri.etsi.org/ngsi-ld/errors/{kind}",
        "title": kind,
        "status": status,
        "detail": error.text(language),
    }
    if isinstance(error, Invalid):
        body["faults"] = [_fault(fault, language) for fault in error.faults]
    return body


def _fault(fault: Fault, language: str) -> dict[str, str]:
    return {"where": fault.where, "message": fault.text(language)}


def _status(error: QuanyuError) -> tuple[int, str]:
    match error:
        case Malformed():
            return 400, "InvalidRequest"
        case NotImplementedHere():
            return 422, "OperationNotSupported"
        case WrongMethod():
            return 405, "OperationNotSupported"
        case WrongType():
            return 415, "InvalidRequest"
    return next(
        ((status, kind) for base, status, kind in _PROBLEMS if isinstance(error, base)),
        (500, "InternalError"),
    )


def _with_context(content: Any) -> Any:
    if isinstance(content, list):
        return [_with_context(one) for one in content]
    return {**content, "@context": CORE_CONTEXT} if isinstance(content, dict) else content


def _bounded(content: Any) -> Any:
    """Raises TooLarge for more members than any real thing has attributes."""
    for one in content if isinstance(content, list) else (content,):
        if isinstance(one, dict) and len(one) > MAX_MEMBERS:
            raise TooLarge("twin.ngsi.members", limit=MAX_MEMBERS)
    return content


async def _body(receive: Receive) -> bytes:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Malformed("twin.ngsi.gone")
        part = message.get("body", b"")
        size += len(part)
        if size > MAX_BODY:
            raise TooLarge("twin.ngsi.large", limit=MAX_BODY)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)
