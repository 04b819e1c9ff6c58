"""Nodes as tenants of one database, each with keys of its own, between whom messages are carried by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from quanyu.core.actor import Actor, system_actor
from quanyu.core.errors import Invalid
from quanyu.federation import _sql
from quanyu.federation.cascade import cascade_kinds
from quanyu.federation.kinds import own_kinds
from quanyu.federation.messages import Handler, Letter, Mail
from quanyu.federation.model import Envelope, Joining, Level, Message, Peer, Receipts
from quanyu.federation.nodes import Identity, Nodes, read_invitation
from quanyu.federation.signature import Suite
from quanyu.store import Connection, Database

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


@dataclass
class Node:
    """`heard`: payloads that its handler took. `more`: other kinds of messages that it knows."""

    database: Database
    tenant: str
    folder: Path
    heard: list[object] = field(default_factory=list)
    more: Mapping[str, Handler] = field(default_factory=dict)

    @property
    def actor(self) -> Actor:
        return system_actor(self.tenant, "test")

    @property
    def kinds(self) -> Mapping[str, Handler]:
        async def hear(connection: Connection, peer: Peer, envelope: Envelope, payload: msgspec.Raw) -> None:
            said = msgspec.json.decode(payload)
            if said == "nonsense":
                raise Invalid("federation.payload", reason="nonsense")
            if said == "a bug":
                raise RuntimeError(said)
            self.heard.append(said)

        own = own_kinds(self.tenant, self.folder, lambda: NOW)
        return {**own, **cascade_kinds(self.tenant, lambda: NOW), **self.more, "note": hear}

    async def send(self, to: "Node", payload: object, about: str = "matter") -> str:
        async with self.database.tenant(self.tenant) as connection:
            letter = Letter(to=await to.name(), kind="note", about=about, payload=payload)
            return await Mail(connection, self.tenant, self.folder, NOW).send(self.actor, letter)

    async def name(self) -> str:
        async with self.database.tenant(self.tenant) as connection:
            return (await Mail(connection, self.tenant, self.folder, NOW).own()).id

    async def post(self, to: "Node") -> list[Message]:
        async with self.database.tenant(self.tenant) as connection:
            return await _sql.waiting_for(connection, await to.name(), NOW, 100)

    async def take(self, sender: "Node", post: list[Message]) -> Receipts:
        async with self.database.tenant(self.tenant) as connection:
            peer = await _sql.peer(connection, await sender.name())
            assert peer is not None
            return await Mail(connection, self.tenant, self.folder, NOW).take(peer, post, self.kinds)

    async def settle(self, receiver: "Node", answer: Receipts) -> None:
        async with self.database.tenant(self.tenant) as connection:
            peer = await _sql.peer(connection, await receiver.name())
            assert peer is not None
            await Mail(connection, self.tenant, self.folder, NOW).settle(peer, answer.receipts)

    async def carry(self, to: "Node") -> Receipts:
        answer = await to.take(self, await self.post(to))
        await self.settle(to, answer)
        return answer

    async def state(self, message: str) -> str:
        async with self.database.tenant(self.tenant) as connection:
            found = await _sql.messages(connection, about=None, peer=None, after=None, limit=100)
        return next(str(one["state"]) for one in found if one["id"] == message)


async def make(database: Database, folder: Path, name: str, level: Level, url: str | None = None) -> Node:
    node = Node(database, f"{folder.name}-{name}", folder / name)
    async with database.system() as connection:
        await connection.execute(
            "insert into tenant (id, name) values ($1, $1) on conflict do nothing", node.tenant
        )
    async with database.tenant(node.tenant) as connection:
        identity = Identity(id=name, name=name, level=level, region="", url=url)
        suite = Suite.SM2 if level is Level.CITY else Suite.ED25519
        await Nodes(connection, node.actor, node.folder, NOW).init(identity, suite)
    return node


async def introduce(upper: Node, lower: Node, level: Level) -> None:
    async with upper.database.tenant(upper.tenant) as connection:
        invitation = read_invitation(await Nodes(connection, upper.actor, upper.folder, NOW).invite(level))
    async with lower.database.tenant(lower.tenant) as connection:
        card = await Nodes(connection, lower.actor, lower.folder, NOW).own()
    async with upper.database.tenant(upper.tenant) as connection:
        joining = Joining(secret=invitation.secret, card=card)
        answer = await Nodes(connection, upper.actor, upper.folder, NOW).admit(joining)
    async with lower.database.tenant(lower.tenant) as connection:
        await Nodes(connection, lower.actor, lower.folder, NOW).joined(invitation, answer)
