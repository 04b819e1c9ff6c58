"""What the levels tell each other of their catalogues, and what is found in all of them."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from quanyu.core.actor import Actor, system_actor
from quanyu.core.clock import Clock
from quanyu.core.errors import Invalid
from quanyu.core.text import search_query
from quanyu.exchange.elements.settled import settled
from quanyu.federation.cascade import _sql
from quanyu.federation.cascade._sql import Found
from quanyu.federation.cascade.model import (
    ENTRIES,
    SUBSCRIBE,
    Entries,
    ListedEntry,
    Subscription,
    listed,
)
from quanyu.federation.messages import Handler, Letter, Mail
from quanyu.federation.model import Envelope, Peer, read_payload
from quanyu.govern.catalogue import _sql as catalogue
from quanyu.identity import organisation_names
from quanyu.store import Connection

MOST = 200
"""Entries in one message."""


async def cascade(mail: Mail) -> int:
    """Takes over what changed in this node's catalogue and tells the others; how many entries moved."""
    connection, moved = mail.connection, await _take_over(mail)
    for peer, shown in await _sql.told_peers(connection):
        entries, end = await _sql.after(connection, shown, without=peer, limit=MOST)
        if end == shown:
            continue
        if entries:
            letter = Letter(to=peer, kind=ENTRIES, about="catalogue", payload=Entries(entries=entries))
            await mail.send(system_actor(mail.tenant, "federation"), letter)
        await _sql.set_shown(connection, peer, end)
        moved += len(entries)
    return moved


async def subscribe(mail: Mail, actor: Actor, node: str, *, on: bool) -> None:
    """Asks a node to tell this one of everything it knows, or no longer."""
    letter = Letter(to=node, kind=SUBSCRIBE, about="catalogue.subscription", payload=Subscription(on=on))
    await mail.send(actor, letter)


async def search(
    connection: Connection, text: str, filters: Mapping[str, str], *, after: tuple[datetime, str] | None, limit: int
) -> list[Found]:  # fmt: skip
    """The newest first. `filters`: level, node, share_type, told_by."""
    conditions = [f"'={name}:{_plain(value)}'" for name, value in filters.items()]
    query = " & ".join([*([search_query(text)] if text.strip() else []), *conditions])
    before, behind = after or (None, None)
    return await _sql.page(connection, query, before=before, behind=behind, limit=limit)


def cascade_kinds(tenant: str, clock: Clock) -> Mapping[str, Handler]:
    """This node and those that it knows itself speak for themselves: what others tell of them counts for nothing."""

    async def take(connection: Connection, peer: Peer, envelope: Envelope, payload: msgspec.Raw) -> None:
        told = read_payload(payload, Entries).entries
        known = await _sql.known(connection, [one.id for one in told])
        spoken_for = await _sql.direct_nodes(connection) - {peer.id}
        news = [one for one in told if one.node not in spoken_for and _is_news(one, known.get(one.id))]
        if news:
            await _sql.put(connection, tenant, news, peer.id)

    async def begin(connection: Connection, peer: Peer, envelope: Envelope, payload: msgspec.Raw) -> None:
        await _sql.set_told(connection, peer.id, read_payload(payload, Subscription).on)

    return {ENTRIES: take, SUBSCRIBE: begin}


async def _take_over(mail: Mail) -> int:
    connection, own = mail.connection, await mail.own()
    changed = dict(await _sql.changed_here(connection, own.id, MOST))
    found = await catalogue.entries(connection, list(changed))
    codes = {item.element for one in found for item in one.description.items if item.element}
    sources = await settled(connection, codes, mail.now)
    owners = {one.description.organisation or "" for one in found}
    english = await organisation_names(connection, owners, "en")
    entries = [
        listed(
            one, sources, node=own.id, level=own.level, region=own.region, uses=changed[one.name],
            owner_en=english.get(one.description.organisation or "", ""),
        )
        for one in found
    ]  # fmt: skip
    gone = [
        msgspec.structs.replace(one, gone=True, version=one.version + 1, modified=mail.now)
        for one in await _sql.gone_here(connection, own.id, MOST)
    ]
    if entries or gone:
        await _sql.put(connection, mail.tenant, [*entries, *gone], own.id)
    return len(entries) + len(gone)


def _is_news(entry: ListedEntry, known: ListedEntry | None) -> bool:
    if entry.id != f"{entry.node}/{entry.name}":
        raise Invalid("federation.payload", reason=f"{entry.id} is no entry of {entry.node}")
    return known is None or entry.supersedes(known)


def _plain(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")
