"""The only SQL of requests over nodes."""

from datetime import datetime
from typing import Any

import msgspec

from quanyu.exchange.requests.model import Application
from quanyu.federation.sharing.model import Asked, Shown
from quanyu.store import Connection

_ASKED = """
select r.id, r.peer as node, r.organisation, r.dataset, r.title, r.application, r.shown, r.corrected, r.created, r.modified,
       case when m.state = 'refused' then m.fault end as fault
from federation_request r
left join federation_message m on m.tenant = r.tenant and m.direction = 'out' and m.id = r.message
where r.role = 'asked'
"""


async def add(
    connection: Connection, tenant: str, role: str, *, peer: str, id: str, organisation: str, application: Application,
    other_id: str | None, now: datetime,
) -> None:  # fmt: skip
    await connection.execute(
        """insert into federation_request
             (tenant, role, peer, id, other_id, organisation, dataset, title, application, created, modified)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)""",
        tenant, role, peer, id, other_id, organisation, application.dataset, application.title,
        msgspec.to_builtins(application), now,
    )  # fmt: skip


async def set_message(connection: Connection, peer: str, id: str, message: str, now: datetime) -> None:
    await connection.execute(
        """update federation_request set message = $3, modified = $4
           where role = 'asked' and peer = $1 and id = $2""",
        peer, id, message, now,
    )  # fmt: skip


async def show(connection: Connection, peer: str, shown: Shown, now: datetime) -> bool:
    """Whether this node has asked that."""
    done = await connection.execute(
        """update federation_request set shown = $3, other_id = $4, modified = $5
           where role = 'asked' and peer = $1 and id = $2""",
        peer, shown.local, msgspec.to_builtins(shown), shown.request, now,
    )  # fmt: skip
    return bool(done.endswith(" 1"))


async def asked_for(connection: Connection, peer: str, organisation: str, dataset: str) -> list[str]:
    """Requests of a body to that node for that dataset."""
    rows = await connection.fetch(
        "select id from federation_request where role = 'asked' and peer = $1 and organisation = $2 and dataset = $3 order by id",
        peer, organisation, dataset,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def mark_corrected(connection: Connection, ids: list[str], said: dict[str, Any], now: datetime) -> None:
    await connection.execute(
        "update federation_request set corrected = $2, modified = $3 where role = 'asked' and id = any($1)",
        ids, {**said, "at": now.isoformat()}, now,
    )  # fmt: skip


async def asked(connection: Connection, id: str) -> Asked | None:
    row = await connection.fetchrow(f"{_ASKED} and r.id = $1", id)
    return _asked(row) if row else None


async def all_asked(
    connection: Connection, bodies: tuple[str, ...] | None, *, after: tuple[datetime, str], limit: int
) -> list[Asked]:
    """The newest first."""
    rows = await connection.fetch(
        f"""{_ASKED} and ($1::text[] is null or r.organisation = any($1)) and (r.created, r.id) < ($2, $3)
            order by r.created desc, r.id desc limit $4""",
        bodies, *after, limit,
    )  # fmt: skip
    return [_asked(row) for row in rows]


async def answered(connection: Connection, peer: str, id: str) -> str | None:
    """The request here that answers the one of that node."""
    found: str | None = await connection.fetchval(
        "select other_id from federation_request where role = 'answers' and peer = $1 and id = $2", peer, id
    )
    return found


async def untold(connection: Connection, limit: int) -> list[tuple[str, str, str, str]]:
    """Peer, its id, the request here and a mark of its state, of those that have moved since the peer was told."""
    rows = await connection.fetch(
        """select l.peer, l.id, l.other_id, m.mark from federation_request l
           join share_request r on r.tenant = l.tenant and r.id = l.other_id
           left join share_contract c on c.tenant = r.tenant and c.id = r.contract
           cross join lateral (select concat_ws('|', r.modified, c.modified, c.state) as mark) m
           where l.role = 'answers' and l.told <> m.mark order by l.modified limit $1""",
        limit,
    )
    return [(row["peer"], row["id"], row["other_id"], row["mark"]) for row in rows]


async def set_told(connection: Connection, peer: str, id: str, mark: str) -> None:
    await connection.execute(
        "update federation_request set told = $3 where role = 'answers' and peer = $1 and id = $2",
        peer, id, mark,
    )  # fmt: skip


async def use_nonce(connection: Connection, tenant: str, peer: str, nonce: str, now: datetime) -> bool:
    """Whether it is new."""
    done = await connection.execute(
        "insert into federation_nonce (tenant, peer, nonce, at) values ($1, $2, $3, $4) on conflict do nothing",
        tenant, peer, nonce, now,
    )  # fmt: skip
    return bool(done.endswith(" 1"))


async def forget_nonces(connection: Connection, before: datetime) -> None:
    await connection.execute("delete from federation_nonce where at < $1", before)


def _asked(row: Any) -> Asked:
    return msgspec.convert(dict(row), Asked)
