"""Nodes as those who look after them see them."""

from datetime import datetime

import msgspec

from quanyu.core.page_token import page_of, place_of
from quanyu.federation import _sql
from quanyu.federation.model import Level, NodeCard, Peer
from quanyu.store import Connection


class NodeView(msgspec.Struct, frozen=True, kw_only=True):
    """`waiting`: messages that have not reached it, `oldest` of them since when; `last`: of the last message either way;
    `skew_seconds`: how far its clock is ahead. `through`: by way of which node requests go to it and come from it."""

    id: str
    name: str
    name_en: str
    level: Level
    region: str
    side: str
    url: str | None
    state: str
    keys: tuple[str, ...]
    version: int
    skew_seconds: float | None = None
    seen: datetime | None = None
    fault: str | None = None
    waiting: int = 0
    oldest: datetime | None = None
    last: datetime | None = None
    through: str = ""


class NodePage(msgspec.Struct, frozen=True, kw_only=True):
    """`total` and `sides` (how many stand where) are of all that were asked for, not of this page."""

    own: NodeView | None
    items: tuple[NodeView, ...]
    next: str | None
    total: int
    sides: dict[str, int]


async def page_of_nodes(
    connection: Connection, *, text: str = "", after: str | None = None, limit: int = 100
) -> NodePage:
    """`text` is part of a name or an id. Raises Invalid for an `after` that no list has given out."""
    place = place_of(after, tuple[str, str], refusal="federation.token") if after else None
    found = await _sql.find_peers(connection, text, place, limit + 1)
    page = page_of(found, limit, lambda one: (one.side, one.id))
    queues = await _sql.queues(connection, [one.id for one in page.items])
    sides, own = await _sql.sides(connection, text), await _sql.own_card(connection)
    return NodePage(
        own=view(own.body, "self", "trusted") if own else None,
        items=tuple(peer_view(one, queues.get(one.id)) for one in page.items),
        next=page.next,
        total=sum(sides.values()),
        sides=sides,
    )


def view(known: NodeCard, side: str, state: str) -> NodeView:
    return NodeView(
        id=known.id, name=known.name, name_en=known.name_en, level=known.level, region=known.region, side=side,
        url=known.url, state=state, keys=tuple(key.id for key in known.keys), version=known.version,
    )  # fmt: skip


def peer_view(peer: Peer, queue: _sql.Queue | None = None) -> NodeView:
    mail = queue or _sql.Queue()
    return msgspec.structs.replace(
        view(peer.card.body, peer.side, peer.state),
        skew_seconds=peer.skew_seconds, seen=peer.seen, fault=peer.fault, waiting=mail.waiting, oldest=mail.oldest,
        last=mail.last, through=peer.through,
    )  # fmt: skip
