"""Who this node is, whom it trusts, and how one joins: by an invitation that somebody carries over."""

import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import msgspec

from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import Conflict, Denied, Invalid, NotFound
from quanyu.federation import _sql
from quanyu.federation.keys import add_key, read_keys
from quanyu.federation.model import (
    ADDRESS,
    NAME,
    Invitation,
    Joining,
    Level,
    NodeCard,
    NodeEntry,
    NodeList,
    NodeState,
    Peer,
    Side,
    Signed,
    sign,
    sound_card,
    vouched,
)
from quanyu.federation.signature import Suite
from quanyu.identity import Outcome, append_evidence
from quanyu.store import Connection

INVITED_FOR = timedelta(days=7)
_OTHER_SIDE = {Side.ABOVE: Side.BELOW, Side.BELOW: Side.ABOVE, Side.BESIDE: Side.BESIDE}
_RANK = {level: rank for rank, level in enumerate(Level)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """How a node calls itself."""

    id: str
    name: str
    level: Level
    region: str
    url: str | None
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class Nodes:
    """Bound to one transaction; `folder` holds the keys."""

    connection: Connection
    actor: Actor
    folder: Path
    now: datetime

    @property
    def tenant(self) -> str:
        return self.actor.tenant

    async def init(self, identity: Identity, suite: Suite) -> Signed[NodeCard]:
        """Gives the node an identity, or changes its name and address; its keys stay. Raises Invalid, Conflict for another id."""
        if not re.fullmatch(NAME, identity.id):
            raise Invalid("federation.self.name", id=identity.id[:60])
        if identity.url is not None and not re.fullmatch(ADDRESS, identity.url):
            raise Invalid("federation.self.url", url=identity.url[:200])
        known = await _sql.own_card(self.connection)
        if known is not None and known.body.id != identity.id:
            raise Conflict("federation.self.other", id=known.body.id)
        if not read_keys(self.folder, self.tenant):
            add_key(self.folder, self.tenant, suite)
        return await self._publish(identity, 1 if known is None else known.body.version + 1)

    async def rotate(self, suite: Suite) -> Signed[NodeCard]:
        """A new key; the card is signed by it and by the older ones, so that who knew those takes it."""
        card = (await self.own()).body
        add_key(self.folder, self.tenant, suite)
        identity = Identity(
            id=card.id, name=card.name, level=card.level, region=card.region, url=card.url, name_en=card.name_en,
        )  # fmt: skip
        return await self._publish(identity, card.version + 1)

    async def own(self) -> Signed[NodeCard]:
        """Raises NotFound before the node has an identity."""
        card = await _sql.own_card(self.connection)
        if card is None:
            raise NotFound("federation.self.none")
        return card

    async def invite(self, level: Level) -> str:
        """A text for the node that shall join: higher or lower than this one by its level."""
        card = (await self.own()).body
        if card.url is None:
            raise Invalid("federation.invite.no_url")
        secret = secrets.token_urlsafe(24)
        until = self.now + INVITED_FOR
        await _sql.add_invitation(
            self.connection, self.tenant, _hashed(secret), level=level, side=_side(card.level, level),
            now=self.now, until=until,
        )  # fmt: skip
        await self._note("node.invite", card.id, {"level": level, "until": until})
        invitation = Invitation(url=card.url, node=card.id, key=card.keys[0].id, secret=secret, expires=until)
        return urlsafe_b64encode(msgspec.json.encode(invitation)).decode()

    async def admit(self, joining: Joining) -> Signed[NodeCard]:
        """The other end of `join`. Raises Denied for an invitation that is unknown, used or over, and for the name of another
        node: who is trusted already comes again with a key that is known. The secret first: strangers are to cost nothing.
        """
        card = joining.card.body
        invited = await _sql.use_invitation(self.connection, _hashed(joining.secret), card.id, self.now)
        if invited is None:
            raise Denied("federation.invitation.unknown")
        known = await _sql.peer(self.connection, card.id)
        is_other = known is not None and known.trusted and not vouched(joining.card, known.keys)
        if is_other or not sound_card(joining.card):
            raise Denied("federation.card.unsound", id=card.id)
        level, side = invited
        if card.level != level:
            raise Denied("federation.invitation.level", level=level)
        own = await self.own()
        if card.id == own.body.id:
            raise Conflict("federation.self.other", id=card.id)
        await self._trust(side, joining.card)
        return own

    async def joined(self, invitation: Invitation, card: Signed[NodeCard]) -> Peer:
        """The answer of the inviting node: it must be the one that the invitation names."""
        if card.body.id != invitation.node or not vouched(card, card.body.keys):
            raise Denied("federation.card.unsound", id=card.body.id)
        if invitation.key not in {key.id for key in card.body.keys} or not sound_card(card):
            raise Denied("federation.card.unsound", id=card.body.id)
        own = (await self.own()).body
        await self._trust(_OTHER_SIDE[_side(card.body.level, own.level)], card)
        return await self.peer(card.body.id)

    async def renew(self, card: Signed[NodeCard]) -> None:
        """A newer card of a known node, signed by a key that was trusted before. An older one changes nothing."""
        known = await self.peer(card.body.id)
        if card.body.version <= known.card.body.version:
            return
        if not sound_card(card) or not vouched(card, known.keys):
            raise Denied("federation.card.unsound", id=card.body.id)
        await _sql.put_node(self.connection, self.tenant, known.side, card, self.now)
        await self._note("node.renew", card.body.id, {"version": card.body.version})

    async def trust(self, card: Signed[NodeCard]) -> Peer:
        """A node beside this one, whose card a level above vouches for or somebody has carried over."""
        if not sound_card(card):
            raise Denied("federation.card.unsound", id=card.body.id)
        await self._trust(Side.BESIDE, card)
        return await self.peer(card.body.id)

    async def revoke(self, node: str) -> None:
        """Its messages are refused from now on, and nothing is sent to it. The invitation that it used opens no door again."""
        await self.peer(node)
        await _sql.end_invitations(self.connection, node)
        await _sql.set_state(self.connection, node, NodeState.REVOKED)
        await self._note("node.revoke", node, {})

    async def lead(self, node: str, *, through: str) -> None:
        """By way of `through` requests go to that node and come from it; '' is directly. Raises NotFound, Denied for a revoked
        one, Conflict for itself."""
        await self.peer(node)
        if through == node:
            raise Conflict("federation.through.itself", id=node)
        if through and not (await self.peer(through)).trusted:
            raise Denied("federation.node.revoked", id=through)
        await _sql.set_through(self.connection, node, through)
        await self._note("node.through", node, {"through": through})

    async def peer(self, node: str) -> Peer:
        """Raises NotFound."""
        found = await _sql.peer(self.connection, node)
        if found is None:
            raise NotFound("federation.node.unknown", id=node)
        return found

    async def published(self) -> Signed[NodeList]:
        """The list that this level vouches for: itself and everyone it knows below."""
        own = await self.own()
        below = [one for one in await _sql.peers(self.connection) if one.side is Side.BELOW]
        entries = (
            NodeEntry(card=own.body, revoked=False),
            *(NodeEntry(card=one.card.body, revoked=not one.trusted) for one in below),
        )
        listed = NodeList(publisher=own.body.id, time=self.now, nodes=entries)
        return sign(listed, read_keys(self.folder, self.tenant)[0])

    async def _publish(self, identity: Identity, version: int) -> Signed[NodeCard]:
        keys = read_keys(self.folder, self.tenant)
        card = NodeCard(
            id=identity.id, name=identity.name, level=identity.level, region=identity.region,
            url=identity.url, keys=tuple(key.public for key in keys), version=version, name_en=identity.name_en,
        )  # fmt: skip
        signed = sign(card, *keys)
        await _sql.put_node(self.connection, self.tenant, _sql.SELF, signed, self.now)
        await self._note("node.init", identity.id, {"version": version, "key": keys[0].public.id})
        return signed

    async def _trust(self, side: Side, card: Signed[NodeCard]) -> None:
        await _sql.put_node(self.connection, self.tenant, side, card, self.now)
        detail = {"side": side, "keys": [key.id for key in card.body.keys]}
        await self._note("node.trust", card.body.id, detail)

    async def _note(self, act: str, node: str, detail: Mapping[str, object]) -> None:
        resource = Resource("node", node, self.tenant)
        await append_evidence(
            self.connection, self.actor, "node.manage", resource, Outcome.DONE, {"act": act, **detail}
        )


def read_invitation(text: str) -> Invitation:
    """Raises Invalid."""
    try:
        return msgspec.json.decode(urlsafe_b64decode(text.strip()), type=Invitation)
    except (ValueError, msgspec.MsgspecError) as error:
        raise Invalid("federation.invitation.unreadable") from error


def _side(own: Level, other: Level) -> Side:
    """Where the other stands: departments and companies are below every level of government."""
    if own == other:
        return Side.BESIDE
    return Side.BELOW if _RANK[other] > _RANK[own] else Side.ABOVE


def _hashed(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
