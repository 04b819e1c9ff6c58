"""One way for whatever is dealt with over the border: what is said here is done there, what happens there is shown here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.core.errors import Conflict, NotFound
from quanyu.exchange.contracts._sql import number
from quanyu.exchange.parties import node_actor
from quanyu.federation.links import _sql
from quanyu.federation.links.model import Link, Standing
from quanyu.federation.messages import Handler, Letter, Mail
from quanyu.federation.model import Envelope, Peer, read_payload
from quanyu.store import Connection

MOST = 100
"""Told in one turn."""

Shown = TypeVar("Shown", bound=Standing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter(Generic[Shown]):
    """One kind of what is dealt with. `initial`: of its numbers here; `unknown`: what is said where there is none.

    `letter`: the message that shows how it stands; `view`: how the one that answers, with that id here, stands now, for the peer
    that calls it `local`; `moved`: SQL for a mark that changes with it, of `l.other_id`.
    """

    kind: str
    initial: str
    unknown: str
    letter: str
    shown: type[Shown]
    moved: str
    view: Callable[[Mail, Actor, str, str], Awaitable[Shown]]

    async def number(self, mail: Mail) -> str:
        return await number(mail.connection, self.initial, mail.now)

    async def begin(self, mail: Mail, actor: Actor, link: Link, *, letter: str, payload: object) -> Link:
        """What is wrong with it is said at the other node."""
        await self.add(mail, link)
        return await self.say(mail, actor, link, letter=letter, payload=payload)

    async def add(self, mail: Mail, link: Link) -> None:
        """Without a word to the node that answers: what is said reaches it by way of another."""
        await _sql.add(mail.connection, mail.tenant, self.kind, link)

    async def act(self, mail: Mail, actor: Actor, link: Link, name: str, *, letter: str, payload: object) -> Link:  # fmt: skip
        """Raises Conflict for what the other node does not offer now."""
        if link.shown is None or name not in link.shown["acts"]:
            raise Conflict("federation.request.act", act=name[:40], id=link.id)
        return await self.say(mail, actor, link, letter=letter, payload=payload)

    async def say(self, mail: Mail, actor: Actor, link: Link, *, letter: str, payload: object) -> Link:
        message = await mail.send(actor, self._letter(link.node, letter, link.id, payload))
        await _sql.set_message(mail.connection, self.kind, link, message, mail.now)
        return await self.one(mail.connection, link.id)

    async def one(self, connection: Connection, id: str) -> Link:
        """Raises NotFound."""
        found = await _sql.one(connection, self.kind, id)
        if found is None:
            raise NotFound(self.unknown, id=id[:40])
        return found

    async def find(self, connection: Connection, id: str) -> Link | None:
        return await _sql.one(connection, self.kind, id)

    async def answer(
        self, connection: Connection, tenant: str, *, peer: str, id: str, other_id: str, organisation: str, dataset: str,
        now: datetime,
    ) -> None:  # fmt: skip
        """Notes what here answers what that node has begun."""
        await _sql.add_answered(
            connection, tenant, self.kind, peer=peer, id=id, other_id=other_id, organisation=organisation, dataset=dataset,
            now=now,
        )  # fmt: skip

    async def is_answered(self, connection: Connection, peer: str, id: str) -> bool:
        return await _sql.answered(connection, self.kind, peer, id) is not None

    async def answered(self, connection: Connection, peer: str, id: str) -> str:
        """What answers here. Raises NotFound."""
        found = await _sql.answered(connection, self.kind, peer, id)
        if found is None:
            raise NotFound(self.unknown, id=id[:40])
        return found

    async def tell(self, mail: Mail) -> int:
        """Shows every asking node how it stands here; how many have moved."""
        untold = await _sql.untold(mail.connection, self.kind, self.moved, MOST)
        for one in untold:
            actor = node_actor(mail.tenant, one.peer)
            shown = await self.view(mail, actor, one.id, one.other_id)
            await mail.send(actor, self._letter(one.peer, self.letter, one.id, shown))
            await _sql.set_told(mail.connection, self.kind, one)
        return len(untold)

    def hear(self, clock: Clock) -> Handler:
        async def show(connection: Connection, peer: Peer, envelope: Envelope, payload: msgspec.Raw) -> None:
            shown = read_payload(payload, self.shown)
            if not await _sql.show(connection, self.kind, peer.id, shown, clock()):
                raise NotFound(self.unknown, id=shown.local[:40])

        return show

    def _letter(self, to: str, kind: str, id: str, payload: object) -> Letter:
        return Letter(to=to, kind=kind, about=f"{self.kind} {id}", payload=payload, purpose="sharing")
