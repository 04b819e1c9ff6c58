"""What each kind of message does here; packages above add theirs in `app/wiring.py`."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from quanyu.core.actor import system_actor
from quanyu.core.clock import Clock
from quanyu.core.errors import Denied
from quanyu.federation.courier import CARD
from quanyu.federation.messages import Handler
from quanyu.federation.model import Envelope, NodeCard, Peer, Signed, read_payload
from quanyu.federation.nodes import Nodes
from quanyu.store import Connection


def own_kinds(tenant: str, folder: Path, clock: Clock) -> Mapping[str, Handler]:
    async def renew(connection: Connection, peer: Peer, envelope: Envelope, payload: msgspec.Raw) -> None:
        card = read_payload(payload, Signed[NodeCard])
        if card.body.id != peer.id:
            raise Denied("federation.card.unsound", id=card.body.id)
        await Nodes(connection, system_actor(tenant, "federation"), folder, clock()).renew(card)

    return {CARD: renew}
