"""The only SQL of the federation's tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from quanyu.federation.model import (
    Envelope,
    Message,
    NodeCard,
    NodeNames,
    NodeState,
    Peer,
    Receipt,
    Side,
    Signed,
)
from quanyu.store import Connection, distance

CHANNEL = "quanyu_letter"

SELF = "self"
_NUMBERED = ("request", "dispute", "return", "referral", "onward", "notice", "call", "case")
"""Kinds of subjects that have a number."""
_NAME, _NAME_EN = "(card -> 'body' ->> 'name')", "(card -> 'body' ->> 'name_en')"
_CALLED = f"strpos(lower(concat_ws(' ', id, {_NAME}, {_NAME_EN})), lower($1)) > 0"
_NODE = "id, side, card, state, poll, skew_seconds, seen, fault, since, through"


async def own_card(connection: Connection) -> Signed[NodeCard] | None:
    row = await connection.fetchval("select card from federation_node where side = 'self'")
    return None if row is None else msgspec.convert(row, Signed[NodeCard])


async def names(
    connection: Connection, *, query: str, ids: Sequence[str] | None, limit: int
) -> dict[str, NodeNames]:
    """Of this node and of those that it knows, by id; `query` is part of an id or name, what it names just so is first."""
    far = distance("$1", (_NAME, _NAME_EN, "id"))
    rows = await connection.fetch(
        f"""select id, {_NAME} as name, coalesce({_NAME_EN}, '') as name_en from federation_node
        where ($1 = '' or {_CALLED}) and ($2::text[] is null or id = any($2))
        order by {far}, id limit $3""",
        query, ids, limit,
    )  # fmt: skip
    return {row["id"]: NodeNames(name=row["name"], name_en=row["name_en"]) for row in rows}


async def put_node(
    connection: Connection, tenant: str, side: Side | str, card: Signed[NodeCard], now: datetime
) -> None:
    await connection.execute(
        """insert into federation_node (tenant, id, side, card, state, since) values ($1, $2, $3, $4, 'trusted', $5)
           on conflict (tenant, id) do update set side = $3, card = $4, state = 'trusted'""",
        tenant, card.body.id, side, msgspec.to_builtins(card), now,
    )  # fmt: skip


async def peers(connection: Connection) -> list[Peer]:
    rows = await connection.fetch(f"select {_NODE} from federation_node where side <> 'self' order by id")
    return [_peer(row) for row in rows]


_ASKED = f"side <> 'self' and {_CALLED}"
_STANDING = "array_position(array['above', 'beside', 'below'], {side})"


async def find_peers(
    connection: Connection, text: str, after: tuple[str, str] | None, limit: int
) -> list[Peer]:
    """Those above first, then those beside and below, by id. Behind `after`: a side and an id."""
    here, behind = _STANDING.format(side="side"), _STANDING.format(side="$2::text")
    rows = await connection.fetch(
        f"""select {_NODE} from federation_node where {_ASKED} and ($2::text is null or ({here}, id) > ({behind}, $3))
        order by {here}, id limit $4""",
        text, *(after or (None, None)), limit,
    )  # fmt: skip
    return [_peer(row) for row in rows]


async def sides(connection: Connection, text: str) -> dict[str, int]:
    """How many stand where."""
    rows = await connection.fetch(
        f"select side, count(*) as nodes from federation_node where {_ASKED} group by side", text
    )
    return {row["side"]: row["nodes"] for row in rows}


async def peer(connection: Connection, node: str, *, lock: bool = False) -> Peer | None:
    row = await connection.fetchrow(
        f"select {_NODE} from federation_node where id = $1 and side <> 'self'{' for update' if lock else ''}",
        node,
    )
    return _peer(row) if row else None


async def set_state(connection: Connection, node: str, state: NodeState) -> None:
    await connection.execute("update federation_node set state = $2 where id = $1", node, state)


async def set_through(connection: Connection, node: str, through: str) -> None:
    await connection.execute("update federation_node set through = $2 where id = $1", node, through)


async def seen(
    connection: Connection, node: str, *, now: datetime, skew: float | None, fault: str | None
) -> None:
    """`skew` None leaves what is known; a fault does not count as seen."""
    await connection.execute(
        """update federation_node set seen = case when $4::text is null then $2 else seen end,
           skew_seconds = coalesce($3, skew_seconds), fault = $4 where id = $1""",
        node, now, skew, fault,
    )  # fmt: skip


async def set_poll(connection: Connection, node: str, number: int) -> None:
    await connection.execute("update federation_node set poll = $2 where id = $1", node, number)


async def next_poll(connection: Connection, node: str, at_least: int) -> int:
    """A number that this node has not used for that peer; kept before it is sent."""
    number: int = await connection.fetchval(
        "update federation_node set poll = greatest(poll + 1, $2) where id = $1 returning poll",
        node,
        at_least,
    )
    return number


async def add_invitation(
    connection: Connection, tenant: str, secret: bytes, *, level: str, side: Side, now: datetime, until: datetime
) -> None:  # fmt: skip
    await connection.execute(
        """insert into federation_invitation (tenant, secret, level, side, made, expires)
           values ($1, $2, $3, $4, $5, $6)""",
        tenant, secret, level, side, now, until,
    )  # fmt: skip


async def use_invitation(
    connection: Connection, secret: bytes, node: str, now: datetime
) -> tuple[str, Side] | None:
    """Level and side; the same node may come twice with it, because its first answer may be lost."""
    row = await connection.fetchrow(
        """update federation_invitation set used_by = $2
           where secret = $1 and expires > $3 and (used_by is null or used_by = $2) returning level, side""",
        secret, node, now,
    )  # fmt: skip
    return (row["level"], Side(row["side"])) if row else None


async def end_invitations(connection: Connection, node: str) -> None:
    """Those that a node has used."""
    await connection.execute("delete from federation_invitation where used_by = $1", node)


async def last_number(connection: Connection, direction: str, node: str, about: str) -> int:
    number: int | None = await connection.fetchval(
        "select max(number) from federation_message where direction = $1 and peer = $2 and about = $3",
        direction, node, about,
    )  # fmt: skip
    return number or 0


async def lock_subject(connection: Connection, tenant: str, direction: str, node: str, about: str) -> None:
    """One writer at a time gives or takes numbers of a subject."""
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", "\n".join((tenant, direction, node, about))
    )


async def add_message(
    connection: Connection, tenant: str, direction: str, message: Message, *, peer: str, now: datetime
) -> None:
    body = message.envelope.body
    await connection.execute(
        """insert into federation_message
             (tenant, direction, id, peer, kind, about, number, envelope, payload, state, at, due)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', $10, $10)
           returning case direction when 'out' then pg_notify($11, '') end""",
        tenant, direction, body.id, peer, body.kind, body.about, body.number,
        msgspec.to_builtins(message.envelope), msgspec.json.decode(message.payload), now, CHANNEL,
    )  # fmt: skip


async def close_message(
    connection: Connection, direction: str, receipt: Signed[Receipt], now: datetime
) -> bool:
    """Whether it was open."""
    closed = await connection.execute(
        """update federation_message set receipt = $3, receipt_hash = $4, state = $5, done = $6, due = null, fault = $7
           where direction = $1 and id = $2 and state = 'waiting'""",
        direction, receipt.body.message, msgspec.to_builtins(receipt), receipt.hash, receipt.body.outcome, now,
        receipt.body.reason or None,
    )  # fmt: skip
    return bool(closed.endswith(" 1"))


async def receipt_of(connection: Connection, direction: str, message: str) -> Signed[Receipt] | None:
    found = await connection.fetchval(
        "select receipt from federation_message where direction = $1 and id = $2", direction, message
    )
    return None if found is None else msgspec.convert(found, Signed[Receipt])


async def waiting_for(connection: Connection, node: str, now: datetime, limit: int) -> list[Message]:
    """In order; of a subject that has to wait nothing comes, so that its order is kept."""
    rows = await connection.fetch(
        """select envelope, payload::text as payload from federation_message m
           where peer = $1 and state = 'waiting' and direction = 'out' and due <= $2
             and not exists (select 1 from federation_message before
                             where before.tenant = m.tenant and before.direction = 'out' and before.peer = m.peer
                               and before.about = m.about and before.number < m.number and before.state = 'waiting'
                               and before.due > $2)
           order by at, number limit $3""",
        node, now, limit,
    )  # fmt: skip
    return [_message(row) for row in rows]


async def put_off(connection: Connection, messages: Sequence[str], *, due: datetime, fault: str) -> None:
    await connection.execute(
        """update federation_message set tries = tries + 1, due = $2, fault = $3
           where direction = 'out' and id = any($1::text[]) and state = 'waiting'""",
        messages, due, fault,
    )  # fmt: skip


async def hurry(connection: Connection, node: str, now: datetime) -> None:
    """What waits for that node is due."""
    await connection.execute(
        "update federation_message set due = $2 where direction = 'out' and peer = $1 and state = 'waiting' and due > $2",
        node, now,
    )  # fmt: skip


async def peers_with_post(connection: Connection, now: datetime) -> list[tuple[str, int]]:
    """Nodes for which something is due, and how often the oldest was tried."""
    rows = await connection.fetch(
        """select peer, max(tries) as tries from federation_message
           where direction = 'out' and state = 'waiting' and due <= $1 group by peer order by peer""",
        now,
    )
    return [(row["peer"], row["tries"]) for row in rows]


async def messages(
    connection: Connection, *, about: str | None = None, peer: str | None = None, state: str | None = None,
    after: str | None = None, limit: int,
) -> list[dict[str, Any]]:  # fmt: skip
    """The newest first; `after`: id of the last one seen. `about` is a subject, or the number of one."""
    numbered = None if about is None else [about, *(f"{kind} {about}" for kind in _NUMBERED)]
    rows = await connection.fetch(
        """select direction, id, peer, kind, about, number, state, at, done, tries, due, fault, receipt_hash
           from federation_message m
           where ($1::text[] is null or about = any($1)) and ($2::text is null or peer = $2)
             and ($5::text is null or state = $5)
             and ($3::text is null or (at, id) < (select at, id from federation_message where id = $3 limit 1))
           order by at desc, id desc limit $4""",
        numbered, peer, after, limit, state,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def exchange(
    connection: Connection, message: str
) -> tuple[str, Signed[Envelope], Signed[Receipt] | None] | None:
    """Peer, envelope and receipt."""
    row = await connection.fetchrow(
        "select peer, envelope, receipt from federation_message where id = $1 order by direction limit 1",
        message,
    )
    if row is None:
        return None
    receipt = None if row["receipt"] is None else msgspec.convert(row["receipt"], Signed[Receipt])
    return row["peer"], msgspec.convert(row["envelope"], Signed[Envelope]), receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What is exchanged with a node: how many messages wait for it, since when the oldest, and when the last one was written."""

    waiting: int = 0
    oldest: datetime | None = None
    last: datetime | None = None


async def queues(connection: Connection, nodes: Sequence[str]) -> dict[str, Queue]:
    """By peer."""
    rows = await connection.fetch(
        """select n.id, w.waiting, w.oldest, l.at as last from federation_node n
           cross join lateral (select count(*) as waiting, min(at) as oldest from federation_message m
                               where m.tenant = n.tenant and m.peer = n.id and m.direction = 'out' and m.state = 'waiting') w
           left join lateral (select at from federation_message m where m.tenant = n.tenant and m.peer = n.id
                              order by at desc limit 1) l on true
           where n.id = any($1)""",
        nodes,
    )
    return {row["id"]: Queue(waiting=row["waiting"], oldest=row["oldest"], last=row["last"]) for row in rows}


_TITLE = "(select e.entry->>'title' from federation_entry e where e.id = {node} || '/' || dataset) as title"
_HERE = _TITLE.format(node="(select n.id from federation_node n where n.side = 'self')")
_TIED = {
    "asked": (
        f"id, dataset, {_TITLE.format(node='peer')}, organisation, created as since",
        "federation_link where peer = $1 and kind = 'request' and side = 'asks' and (shown is null or shown->>'outcome' is null)",
    ),
    "answering": (
        f"id, dataset, {_HERE}, consumer as organisation, created as since",
        "share_request where consumer_node = $1 and outcome is null",
    ),
    "contracts": (
        f"id, dataset, {_HERE}, consumer as organisation, created as since",
        "share_contract where consumer_node = $1 and state in ('active', 'suspended')",
    ),
    "cases": (
        "case_id as id, null as dataset, null as title, null as organisation, since",
        "federation_case where peer = $1",
    ),
    "bodies": (
        "organisation as id, null as dataset, null as title, null as organisation, null as since",
        "federation_body where node = $1",
    ),
    "entries": (
        "id, entry->>'name' as dataset, entry->>'title' as title, entry->>'owner' as organisation, modified as since",
        "federation_entry where told_by = $1 and not gone",
    ),
}
"""What hangs on a node, kind by kind, and where it is."""
_TIES = ", ".join(f"(select count(*) from {source}) as {kind}" for kind, (_, source) in _TIED.items())


async def ties(connection: Connection, node: str) -> dict[str, int]:
    """What hangs on a node: requests both ways that are open, contracts in force for it, cases, bodies, entries it has told of."""
    row = await connection.fetchrow(
        f"""select {_TIES}, (select count(*) from federation_message
                             where peer = $1 and direction = 'out' and state = 'waiting') as waiting""",
        node,
    )
    return dict(row) if row else {}


async def tied(
    connection: Connection, node: str, kind: str, after: str | None, limit: int
) -> list[dict[str, Any]]:
    """What `ties` counts of one kind, by id."""
    columns, source = _TIED[kind]
    rows = await connection.fetch(
        f"select * from (select {columns} from {source}) tied where ($2::text is null or id > $2) order by id limit $3",
        node, after, limit,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def drop_payloads(connection: Connection, before: datetime) -> int:
    """Of what is settled and older; envelope, hash and receipt stay."""
    done = await connection.execute(
        "update federation_message set payload = null where payload is not null and state <> 'waiting' and at < $1",
        before,
    )
    return int(done.rpartition(" ")[2])


def _peer(row: Any) -> Peer:
    return msgspec.convert(dict(row), Peer)


def _message(row: Any) -> Message:
    envelope = msgspec.convert(row["envelope"], Signed[Envelope])
    return Message(envelope=envelope, payload=msgspec.Raw(row["payload"].encode()))
