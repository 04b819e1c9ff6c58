"""Carries messages: calls nodes that can be called, fetches from those above when this one cannot be, never gives up."""

import asyncio
import contextlib
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import msgspec

from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import Actor, system_actor
from quanyu.core.clock import Clock
from quanyu.core.errors import Denied, NotFound, QuanyuError, Unavailable
from quanyu.core.waking import woken
from quanyu.federation import _sql
from quanyu.federation.announcing import announcement
from quanyu.federation.messages import MOST, Handler, Letter, Mail, rest
from quanyu.federation.model import (
    Invitation,
    Joining,
    Message,
    NodeCard,
    NodeList,
    Peer,
    Poll,
    Post,
    Receipt,
    Receipts,
    Signed,
    vouched,
)
from quanyu.federation.nodes import Nodes
from quanyu.federation.signature import canonical
from quanyu.store import Connection, Database

PATH = "/federation/v1"
CARD = "node.card"
POLL_SECONDS = 2.0
TALK_SECONDS = 15.0
"""After a letter the next one is often near: so long it is asked for at each look, and not at each fourth."""
MOST_BYTES = 64 * 1024**2
_LOOK_SECONDS = 0.5
_LINGER_SECONDS = 0.05  # many are written at once, and travel in one call
_LISTEN_SECONDS = 5.0
_WAIT_SECONDS = 30.0

_log = logging.getLogger("quanyu.federation")

Answer = TypeVar("Answer")


@dataclass(slots=True, kw_only=True)
class Courier:
    """One for a node; `handlers` say what each kind of message does. What is written leaves at its commit. As soon as a node answers
    again that did not, what waits for it is due: a cut is over when it is over, and not when the longest pause is."""

    database: Database
    tenant: str
    folder: Path
    outgoing: Outgoing
    handlers: Mapping[str, Handler]
    clock: Clock
    _silent: set[str] = field(default_factory=set)
    """Those whose mailbox could not be called last."""
    _written: asyncio.Event = field(default_factory=asyncio.Event)
    _talked: float = -math.inf
    """When a letter last went or came."""

    async def run(self) -> None:
        """Until cancelled."""
        await asyncio.gather(
            self._listen(),
            self._repeat(self._written_or_due, self.deliver),
            self._repeat(self._rested, self.poll),
        )

    async def deliver(self) -> None:
        """Everything that is due, one call to each node; a node that is away delays no other."""
        async with self.database.tenant(self.tenant) as connection:
            due = dict(await _sql.peers_with_post(connection, self.clock()))
            called = [one for one in await _sql.peers(connection) if one.id in due and _callable(one)]
        await asyncio.gather(
            *(self._alone(peer, partial(self._deliver, peer, due[peer.id])) for peer in called)
        )

    async def poll(self) -> None:
        """Fetches what waits at nodes that cannot call this one."""
        async with self.database.tenant(self.tenant) as connection:
            own = await _sql.own_card(connection)
            if own is None or own.body.url is not None:
                return
            asked = [one for one in await _sql.peers(connection) if _callable(one)]
        await asyncio.gather(*(self._alone(peer, partial(self._poll, peer)) for peer in asked))

    async def join(self, actor: Actor, invitation: Invitation) -> Peer:
        """Raises Unavailable or Denied with the other node's words."""
        async with self.database.tenant(self.tenant) as connection:
            own = await self._nodes(connection, actor).own()
        joining = Joining(secret=invitation.secret, card=own)
        card = await self._call(f"{invitation.url}{PATH}/join", joining, Signed[NodeCard])
        async with self.database.tenant(self.tenant) as connection:
            return await self._nodes(connection, actor).joined(invitation, card)

    async def list_of(self, node: str) -> NodeList:
        """The nodes that another one vouches for. Raises Denied where the list is not signed by it."""
        async with self.database.tenant(self.tenant) as connection:
            peer = await self._nodes(connection, system_actor(self.tenant, "federation")).peer(node)
        listed = await self._call(f"{peer.card.body.url}{PATH}/nodes", None, Signed[NodeList])
        if listed.body.publisher != node or not vouched(listed, peer.keys):
            raise Denied("federation.list.unsound", id=node)
        return listed.body

    async def trust(self, actor: Actor, node: str, *, by: str) -> Peer:
        """A node beside this one, as another that is trusted shows it. Raises NotFound where that one does not know it."""
        entries = (await self.list_of(by)).nodes
        url = next((one.card.url for one in entries if one.card.id == node and not one.revoked), None)
        if url is None:
            raise NotFound("federation.node.unknown", id=node)
        listed = next(one.card for one in entries if one.card.id == node)
        card = await self._call(f"{url}{PATH}/node", None, Signed[NodeCard])
        if not {key.id for key in listed.keys} & {key.id for key in card.body.keys}:
            raise Denied("federation.card.unsound", id=node)
        async with self.database.tenant(self.tenant) as connection:
            return await self._nodes(connection, actor).trust(card)

    async def announce(self, actor: Actor) -> None:
        """Tells every node its new card."""
        async with self.database.tenant(self.tenant) as connection:
            card = await self._nodes(connection, actor).own()
            for peer in await _sql.peers(connection):
                if peer.trusted:
                    letter = Letter(to=peer.id, kind=CARD, about=CARD, payload=card)
                    await self._mail(connection).send(actor, letter)

    async def _deliver(self, peer: Peer, tries: int) -> None:
        async with self.database.tenant(self.tenant) as connection:
            post = await _sql.waiting_for(connection, peer.id, self.clock(), MOST)
        if not post:
            return
        sent = self.clock()
        try:
            body = Post(messages=tuple(post), time=sent)
            async with self.database.tenant(self.tenant) as connection:
                announced = await announcement(self._mail(connection), peer.id, canonical(body))
            answer = await self._call(f"{peer.card.body.url}{PATH}/messages", body, Receipts, announced)
        except QuanyuError as error:
            await self._failed(peer, post, tries, error.text("en"))
            return
        async with self.database.tenant(self.tenant) as connection:
            await self._mail(connection).settle(peer, answer.receipts)
            self._talked = _now()
            if peer.fault is not None:
                await _sql.hurry(connection, peer.id, self.clock())
            for message, reason in answer.waiting.items():
                due = self.clock() + rest(tries)
                await _sql.put_off(connection, [message], due=due, fault=reason)
            skew = _skew(answer.time, sent, self.clock())
            await _sql.seen(connection, peer.id, now=self.clock(), skew=skew, fault=None)

    async def _failed(self, peer: Peer, post: list[Message], tries: int, fault: str) -> None:
        now = self.clock()
        async with self.database.tenant(self.tenant) as connection:
            await _sql.put_off(connection, [one.id for one in post], due=now + rest(tries), fault=fault)
            await _sql.seen(connection, peer.id, now=now, skew=None, fault=fault)

    async def _poll(self, peer: Peer, receipts: tuple[Signed[Receipt], ...] = ()) -> None:
        """Again and again as long as something comes; the receipts of one turn travel with the next."""
        while True:
            sent = self.clock()
            async with self.database.tenant(self.tenant) as connection:
                mail = self._mail(connection)
                number = await _sql.next_poll(connection, peer.id, int(sent.timestamp() * 1000))
                own = await mail.own()
                poll = Poll(node=own.id, receiver=peer.id, number=number, time=sent, receipts=receipts)
                signed = mail.signed(poll)
            try:
                post = await self._call(f"{peer.card.body.url}{PATH}/mailbox", signed, Post)
            except QuanyuError as error:
                self._silent.add(peer.id)
                async with self.database.tenant(self.tenant) as connection:
                    await _sql.seen(connection, peer.id, now=self.clock(), skew=None, fault=error.text("en"))
                return
            async with self.database.tenant(self.tenant) as connection:
                if peer.id in self._silent:
                    await _sql.hurry(connection, peer.id, self.clock())
                    self._silent.discard(peer.id)
                taken = await self._mail(connection).take(peer, post.messages, self.handlers)
                skew = _skew(post.time, sent, self.clock())
                await _sql.seen(connection, peer.id, now=self.clock(), skew=skew, fault=None)
            if not taken.receipts:
                return
            self._talked = _now()
            receipts = taken.receipts

    async def _alone(self, peer: Peer, work: Callable[[], Awaitable[None]]) -> None:
        """Whatever one node answers, the turn ends when all calls have ended: none is begun a second time beside the first."""
        try:
            await work()
        except QuanyuError as error:
            _log.warning("messages for %s wait: %s", peer.id, error)
        except Exception:
            _log.exception("messages for %s wait", peer.id)

    async def _call(
        self, url: str, body: object, kind: type[Answer], announced: Mapping[str, str] = MappingProxyType({})
    ) -> Answer:
        method, content = ("GET", b"") if body is None else ("POST", canonical(body))
        headers = {"content-type": "application/json", "accept": "application/json", **announced}
        async with self.outgoing.request(
            method, url, headers=headers, wait=_WAIT_SECONDS, content=content
        ) as response:
            parts = bytearray()
            async for part in response.aiter_bytes():
                parts += part
                if len(parts) > MOST_BYTES:
                    raise Unavailable("federation.call.long", url=url)
        if response.status_code >= 400:
            raise Unavailable(
                "federation.call.refused", url=url, status=response.status_code, said=said_by(bytes(parts))
            )
        try:
            return msgspec.json.decode(bytes(parts), type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Unavailable("federation.call.strange", url=url, reason=str(error)) from error

    def _mail(self, connection: Connection) -> Mail:
        return Mail(connection, self.tenant, self.folder, self.clock())

    def _nodes(self, connection: Connection, actor: Actor) -> Nodes:
        return Nodes(connection, actor, self.folder, self.clock())

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(QuanyuError):
                async with self.database.listening(_sql.CHANNEL, lambda _: self._written.set()) as connection:
                    self._written.set()  # before it was listened for
                    while not connection.is_closed():
                        await asyncio.sleep(_LISTEN_SECONDS)
                        await connection.execute("select 1")
            await asyncio.sleep(_LOOK_SECONDS)

    async def _written_or_due(self) -> None:
        if await woken(self._written, _LOOK_SECONDS):
            await asyncio.sleep(_LINGER_SECONDS)
        self._written.clear()

    async def _rested(self) -> None:
        for _ in range(round(POLL_SECONDS / _LOOK_SECONDS)):
            await asyncio.sleep(_LOOK_SECONDS)
            if _now() - self._talked < TALK_SECONDS:
                return

    async def _repeat(self, rest: Callable[[], Awaitable[None]], turn: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await turn()
            except QuanyuError as error:
                _log.warning("messages wait: %s", error)
            await rest()


def _callable(peer: Peer) -> bool:
    return peer.trusted and peer.card.body.url is not None


def _now() -> float:
    return asyncio.get_running_loop().time()


def _skew(there: datetime, sent: datetime, received: datetime) -> float:
    """How far the other clock is ahead, taking its answer as made half-way."""
    return (there - (sent + (received - sent) / 2)).total_seconds()


def said_by(content: bytes) -> str:
    """The detail of a problem document; nothing for anything else."""
    try:
        problem = msgspec.json.decode(content, type=dict[str, object])
        said = str(problem.get("detail") or problem.get("title") or "")
        return said.replace("\0", "")[:500]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
