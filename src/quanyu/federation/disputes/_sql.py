"""The only SQL of disputes over nodes."""

from datetime import datetime
from typing import Any

import msgspec

from quanyu.federation.disputes.model import DisputeShown, RemoteDispute
from quanyu.store import Connection

_RAISED = """
select d.id, d.peer as node, d.asked, d.organisation, d.dataset, d.raised, d.shown, d.created, d.modified,
       case when m.state = 'refused' then m.fault end as fault
from federation_dispute d
left join federation_message m on m.tenant = d.tenant and m.direction = 'out' and m.id = d.message
where d.role = 'raised'
"""


async def add_raised(connection: Connection, tenant: str, made: RemoteDispute) -> None:
    said = {
        name: getattr(made, name)
        for name in ("record", "field", "current", "claimed", "evidence", "exhibits")
    }
    await connection.execute(
        """insert into federation_dispute (tenant, role, peer, id, asked, organisation, dataset, raised, created, modified)
           values ($1, 'raised', $2, $3, $4, $5, $6, $7, $8, $8)""",
        tenant, made.node, made.id, made.asked, made.organisation, made.dataset, msgspec.to_builtins(said), made.created,
    )  # fmt: skip


async def add_answered(
    connection: Connection, tenant: str, *, peer: str, id: str, dispute: str, organisation: str, dataset: str, now: datetime
) -> None:  # fmt: skip
    await connection.execute(
        """insert into federation_dispute (tenant, role, peer, id, other_id, organisation, dataset, created, modified)
           values ($1, 'answers', $2, $3, $4, $5, $6, $7, $7)""",
        tenant, peer, id, dispute, organisation, dataset, now,
    )  # fmt: skip


async def set_message(connection: Connection, peer: str, id: str, message: str, now: datetime) -> None:
    await connection.execute(
        "update federation_dispute set message = $3, modified = $4 where role = 'raised' and peer = $1 and id = $2",
        peer, id, message, now,
    )  # fmt: skip


async def show(connection: Connection, peer: str, shown: DisputeShown, now: datetime) -> bool:
    """Whether this node has raised that."""
    done = await connection.execute(
        """update federation_dispute set shown = $3, other_id = $4, modified = $5
           where role = 'raised' and peer = $1 and id = $2""",
        peer, shown.local, msgspec.to_builtins(shown), shown.dispute, now,
    )  # fmt: skip
    return bool(done.endswith(" 1"))


async def raised(connection: Connection, id: str) -> RemoteDispute | None:
    row = await connection.fetchrow(f"{_RAISED} and d.id = $1", id)
    return _raised(row) if row else None


async def all_raised(connection: Connection, asked: str) -> list[RemoteDispute]:
    """Under one request, the newest first."""
    rows = await connection.fetch(f"{_RAISED} and d.asked = $1 order by d.created desc, d.id desc", asked)
    return [_raised(row) for row in rows]


async def answered(connection: Connection, peer: str, id: str) -> str | None:
    """The dispute here that answers the one of that node."""
    found: str | None = await connection.fetchval(
        "select other_id from federation_dispute where role = 'answers' and peer = $1 and id = $2", peer, id
    )
    return found


async def untold(connection: Connection, limit: int) -> list[tuple[str, str, str, str]]:
    """Peer, its id, the dispute here and a mark of its state, of those that have moved since the peer was told."""
    rows = await connection.fetch(
        """select l.peer, l.id, l.other_id, m.mark from federation_dispute l
           join share_dispute d on d.tenant = l.tenant and d.id = l.other_id
           cross join lateral (select concat_ws('|', d.modified, d.state, d.answer) as mark) m
           where l.role = 'answers' and l.told <> m.mark order by l.modified limit $1""",
        limit,
    )
    return [(row["peer"], row["id"], row["other_id"], row["mark"]) for row in rows]


async def set_told(connection: Connection, peer: str, id: str, mark: str) -> None:
    await connection.execute(
        "update federation_dispute set told = $3 where role = 'answers' and peer = $1 and id = $2",
        peer, id, mark,
    )  # fmt: skip


def _raised(row: Any) -> RemoteDispute:
    values = dict(row)
    return msgspec.convert({**values.pop("raised"), **values}, RemoteDispute)
