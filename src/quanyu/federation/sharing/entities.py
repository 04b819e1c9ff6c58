"""NGSI-LD under a contract over the border: `/api/v1/asked/entities/{request}` is an API root here, answered by the owner's node.

A call is put as any question is: signed, answered once, counted at the owner's, and confirmed with what has arrived. Subscriptions stay
with the owner, whose node calls the endpoints that they name.
"""

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import unquote

from litestar import Response, asgi, post
from litestar.di import NamedDependency
from litestar.handlers import ASGIRouteHandler
from litestar.params import RawBody, SkipValidation

from quanyu.core.errors import Invalid, QuanyuError, TooLarge
from quanyu.exchange.http.entities import EntitiesApp, below_mount, path_in
from quanyu.exchange.http.metering import ACTOR, CONTRACT
from quanyu.federation.courier import Courier
from quanyu.federation.http import Asker, Carrier, Now, Store, read_body
from quanyu.federation.messages import Mail
from quanyu.federation.model import Signed
from quanyu.federation.sharing.http import MOST_ASKED, asked_seen, contract_asked
from quanyu.federation.sharing.model import EntityQuestion
from quanyu.federation.sharing.questions import ENTITY_QUESTIONS, Incoming, put_to
from quanyu.twin.http.ngsi import PREFIX
from quanyu.twin.http.ngsi_answer import problem_answer, send_answer
from quanyu.twin.http.ngsi_exchange import ROOT, Authorize, Receive, Scope, Send, headers_of

TheEntities = NamedDependency[SkipValidation[EntitiesApp]]

BORDER = "/api/v1/asked/entities"

_MOST_BODY = 128 * 1024
_ASKED_WITH = (
    "accept",
    "accept-language",
    "content-type",
    "link",
    "prefer",
    "ngsild-tenant",
    "ngsild-snapshot",
)
_ANSWERED_WITH = (
    "allow", "content-type", "link", "location", "ngsild-results-count", "ngsild-warning", "preference-applied", "retry-after",
    "x-quanyu-call",
)  # fmt: skip


def border_door(courier: Courier, authorize: Authorize) -> ASGIRouteHandler:
    @asgi(BORDER, is_mount=True, opt={"action": "public"}, copy_scope=True)
    async def over_the_border(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            incoming = await _put(courier, authorize, scope, receive)
        except QuanyuError as error:
            await send_answer(send, problem_answer(error, scope))
        else:
            await _pass_on(incoming, send)

    return over_the_border


async def _put(courier: Courier, authorize: Authorize, scope: Scope, receive: Receive) -> Incoming:
    """Raises QuanyuError where nothing can be asked at all; what the owner refuses is an answer."""
    actor = await authorize(scope, "share.use")
    named, path = below_mount(scope, BORDER)
    async with courier.database.tenant(courier.tenant) as connection:
        found = await asked_seen(connection, actor, unquote(named), "share.use")
    headers = headers_of(scope)
    question = partial(
        EntityQuestion, method=scope["method"], path=path, query=scope["query_string"].decode("latin-1"),
        headers=tuple((one, headers[one]) for one in _ASKED_WITH if one in headers), body=await _text(receive),
        root=f"{BORDER}/{named}{PREFIX}",
    )  # fmt: skip
    return await put_to(courier, actor, found, ENTITY_QUESTIONS, question)


async def _text(receive: Receive) -> str:
    """Raises TooLarge, Invalid."""
    content, more = b"", True
    while more:
        message = await receive()
        content += message.get("body", b"")
        more = message.get("more_body", False)
        if len(content) > _MOST_BODY:
            raise TooLarge("federation.question.large", limit=_MOST_BODY)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Invalid("federation.body", reason=str(error)) from error


async def _pass_on(incoming: Incoming, send: Send) -> None:
    said = ((one, incoming.header(one)) for one in _ANSWERED_WITH)
    headers = [(one.encode(), value.encode("latin-1")) for one, value in said if value is not None]
    content = await incoming.whole()
    if incoming.status != 204:
        headers.append((b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": incoming.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


@dataclass(slots=True)
class _Answer:
    """What an application sends, kept until it is whole; several headers of one name as one."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            for one, value in message["headers"]:
                name, said = one.decode("latin-1"), value.decode("latin-1")
                self.headers[name] = f"{self.headers[name]}, {said}" if name in self.headers else said
        self.content += message.get("body", b"")


@post(ENTITY_QUESTIONS, opt={"action": "node.exchange"}, request_max_body_size=MOST_ASKED)
async def answer_entities(
    body: RawBody, actor: Asker, database: Store, courier: Carrier, entities_app: TheEntities, clock: Now
) -> Response[bytes]:
    signed = read_body(body, Signed[EntityQuestion])
    async with database.tenant(actor.tenant) as connection:
        mail = Mail(connection, actor.tenant, courier.folder, clock())
        contract, node = await contract_asked(mail, signed)
    asked, content, answer = signed.body, signed.body.body.encode(), _Answer()

    async def heard() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    scope = {
        "type": "http", "method": asked.method, **path_in(asked.path), "query_string": asked.query.encode("latin-1"),
        "headers": _headers(asked, len(content)), ROOT: asked.root, CONTRACT: contract.id, ACTOR: node,
    }  # fmt: skip
    await entities_app(scope, heard, answer)
    kept = {one: value for one, value in answer.headers.items() if one in _ANSWERED_WITH}
    return Response(
        answer.content, status_code=answer.status, headers=kept, media_type=kept.get("content-type")
    )


def _headers(asked: EntityQuestion, length: int) -> list[tuple[bytes, bytes]]:
    given = [one for one in asked.headers if one[0] in _ASKED_WITH]
    given.append(("content-length", str(length)))
    return [(one.encode("latin-1"), value.encode("latin-1")) for one, value in given]
