"""A question under a contract over the border: asked signed, answered as a stream, and what arrived is compared with what left."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import httpx
import msgspec
from cryptography.hazmat.primitives import hashes

from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import Conflict, Denied, Unavailable
from quanyu.exchange.delivery.origins import ORIGINS, read_origins
from quanyu.exchange.delivery.questions import Inquiry
from quanyu.federation import _sql as nodes_sql
from quanyu.federation.courier import PATH, Courier, said_by
from quanyu.federation.messages import Letter, Mail
from quanyu.federation.model import Peer, Signed, vouched
from quanyu.federation.sharing import _sql
from quanyu.federation.sharing.model import (
    FRESH,
    RECEIVED,
    Arrived,
    Asked,
    Asking,
    Question,
)
from quanyu.federation.signature import canonical
from quanyu.govern.lineage import service as lineage
from quanyu.govern.lineage.model import Edge, Node, NodeKind
from quanyu.identity import Outcome, append_evidence

QUESTIONS = f"{PATH}/questions"
ENTITY_QUESTIONS = f"{QUESTIONS}/entities"
_WAIT_SECONDS = 60.0
_CALL = "x-quanyu-call"
_PLAIN_JSON = {"content-type": "application/json"}
_SAID = (_CALL, ORIGINS, "x-quanyu-next", "x-quanyu-more", "x-quanyu-whole")


Put = TypeVar("Put", bound=Asking)


@dataclass(slots=True)
class Incoming:
    """An answer that has begun."""

    courier: Courier
    actor: Actor
    node: str
    asked: Asked
    _response: httpx.Response
    _stack: AsyncExitStack
    _size: int = 0
    _digest: hashes.Hash = field(default_factory=lambda: hashes.Hash(hashes.SM3()))
    _content: hashes.Hash = field(default_factory=lambda: hashes.Hash(hashes.SHA256()))

    @property
    def call(self) -> str:
        """As the owner counts it; empty where nothing was given."""
        return str(self._response.headers.get(_CALL, ""))

    @property
    def status(self) -> int:
        return self._response.status_code

    def header(self, name: str) -> str | None:
        found: str | None = self._response.headers.get(name)
        return found

    @property
    def media_type(self) -> str:
        return str(self._response.headers.get("content-type", "application/octet-stream"))

    @property
    def headers(self) -> dict[str, str]:
        return {one: self._response.headers[one] for one in _SAID if one in self._response.headers}

    async def stream(self) -> AsyncIterator[bytes]:
        """Raises Unavailable where the other node cuts it, e.g. because the contract has ended."""
        async with self._stack:
            try:
                async for part in self._response.aiter_bytes():
                    self._size += len(part)
                    self._digest.update(part)
                    self._content.update(part)
                    yield part
            except (httpx.HTTPError, httpx.StreamError) as error:
                raise Unavailable("federation.delivery.cut", call=self.call) from error
        if self.call:
            await self._confirm()

    async def whole(self) -> bytes:
        """Of an answer that is known to be small."""
        return b"".join([part async for part in self.stream()])

    async def records(self) -> list[dict[str, Any]]:
        """Of an answer in JSON that is known to be small."""
        items: list[dict[str, Any]] = msgspec.json.decode(await self.whole())["items"]
        return items

    async def _confirm(self) -> None:
        """Tells the owner what has arrived, and notes the same here; an import of just these bytes will be known to come of it."""
        arrived = Arrived(call=self.call, bytes=self._size, sm3=self._digest.finalize().hex())
        courier = self.courier
        async with courier.database.tenant(courier.tenant) as connection:
            mail = Mail(connection, courier.tenant, courier.folder, courier.clock())
            about = f"call {self.call}"
            await mail.send(self.actor, Letter(to=self.node, kind=RECEIVED, about=about, payload=arrived))
            origins = msgspec.to_builtins(read_origins(self.header(ORIGINS) or "[]"))
            detail = {
                "request": self.asked.id, "node": self.node, "sm3": arrived.sm3, "bytes": self._size, "origins": origins,
            }  # fmt: skip
            resource = Resource("share", self.call, courier.tenant, self.asked.organisation)
            await append_evidence(connection, self.actor, "share.received", resource, Outcome.DONE, detail)
            file = Node(kind=NodeKind.FILE, id=self._content.finalize().hex())
            came = Edge(
                origin=theirs(self.node, self.asked.dataset),
                target=file,
                at=mail.now,
                detail={"call": self.call},
            )
            await lineage.record(connection, courier.tenant, [came])


def theirs(node: str, dataset: str) -> Node:
    """A dataset of another node, as lineage here knows it: called as in the catalogue over all levels."""
    return Node(kind=NodeKind.DATASET, id=f"{node}/{dataset}")


async def put(courier: Courier, actor: Actor, asked: Asked, inquiry: Inquiry) -> Incoming:
    """Raises Conflict before there is a contract, Unavailable or Denied with the other node's words."""
    incoming = await put_to(courier, actor, asked, QUESTIONS, partial(Question, inquiry=inquiry))
    if incoming.status >= 400:
        raise Denied("federation.question.refused", said=said_by(await incoming.whole()))
    return incoming


async def put_to(
    courier: Courier, actor: Actor, asked: Asked, door: str, question: Callable[..., Asking]
) -> Incoming:
    """`question` is made with who asks whom for what. Raises Conflict before there is a contract, Unavailable."""
    contract = asked.shown.contract if asked.shown else None
    if contract is None:
        raise Conflict("federation.request.no_contract", id=asked.id)
    async with courier.database.tenant(courier.tenant) as connection:
        mail = Mail(connection, courier.tenant, courier.folder, courier.clock())
        peer = await nodes_sql.peer(connection, asked.node)
        if peer is None or not peer.trusted or peer.card.body.url is None:
            raise Unavailable("federation.node.unreachable", id=asked.node)
        made = question(
            sender=(await mail.own()).id, receiver=peer.id, nonce=secrets.token_urlsafe(18), time=mail.now,
            organisation=asked.organisation, person=actor.name or actor.id, contract=contract.id,
        )  # fmt: skip
        content = canonical(mail.signed(made))
    stack, url = AsyncExitStack(), f"{peer.card.body.url}{door}"
    call = courier.outgoing.request("POST", url, headers=_PLAIN_JSON, wait=_WAIT_SECONDS, content=content)
    response = await stack.enter_async_context(call)
    return Incoming(courier, actor, peer.id, asked, response, stack)


async def believe(mail: Mail, signed: Signed[Put]) -> Peer:
    """Who asks, once. Raises Denied for a stranger, a stale question and one that was asked before."""
    question = signed.body
    peer = await nodes_sql.peer(mail.connection, question.sender)
    own = (await mail.own()).id
    if peer is None or not peer.trusted or question.receiver != own or not vouched(signed, peer.keys):
        raise Denied("federation.question.unknown")
    off = timedelta(seconds=peer.skew_seconds or 0.0)
    if abs(question.time - off - mail.now) > FRESH:
        raise Denied("federation.question.stale", minutes=int(FRESH.total_seconds() // 60))
    if not await _sql.use_nonce(mail.connection, mail.tenant, peer.id, question.nonce, mail.now):
        raise Denied("federation.question.replayed")
    return peer


async def forget_old_questions(mail: Mail) -> int:
    """Their time would not be believed any more; nobody is told."""
    await _sql.forget_nonces(mail.connection, mail.now - 4 * FRESH)
    return 0
