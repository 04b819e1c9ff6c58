"""The only SQL of what is dealt with over the border."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from quanyu.federation.links.model import Link, Standing
from quanyu.store import Connection

_LINK = """
select l.id, l.peer as node, l.under, l.organisation, l.dataset, l.said, l.shown, l.corrected, l.created, l.modified,
       case when m.state = 'refused' then m.fault end as fault
from federation_link l
left join federation_message m on m.tenant = l.tenant and m.direction = 'out' and m.id = l.message
where l.side = 'asks' and l.kind = $1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """`id` of the peer's is answered by `other_id` here. `mark`: of its state."""

    peer: str
    id: str
    other_id: str
    mark: str


async def add(connection: Connection, tenant: str, kind: str, link: Link) -> None:
    await connection.execute(
        """insert into federation_link (tenant, kind, side, peer, id, under, organisation, dataset, said, created, modified)
           values ($1, $2, 'asks', $3, $4, $5, $6, $7, $8, $9, $9)""",
        tenant, kind, link.node, link.id, link.under, link.organisation, link.dataset, link.said, link.created,
    )  # fmt: skip


async def add_answered(
    connection: Connection, tenant: str, kind: str, *, peer: str, id: str, other_id: str, organisation: str, dataset: str,
    now: datetime,
) -> None:  # fmt: skip
    await connection.execute(
        """insert into federation_link (tenant, kind, side, peer, id, other_id, organisation, dataset, created, modified)
           values ($1, $2, 'answers', $3, $4, $5, $6, $7, $8, $8)""",
        tenant, kind, peer, id, other_id, organisation, dataset, now,
    )  # fmt: skip


async def set_message(connection: Connection, kind: str, link: Link, message: str, now: datetime) -> None:
    await connection.execute(
        """update federation_link set message = $4, modified = $5
           where kind = $1 and side = 'asks' and peer = $2 and id = $3""",
        kind, link.node, link.id, message, now,
    )  # fmt: skip


async def show(connection: Connection, kind: str, peer: str, shown: Standing, now: datetime) -> bool:
    """Whether this node has begun that."""
    done = await connection.execute(
        """update federation_link set shown = $4, modified = $5
           where kind = $1 and side = 'asks' and peer = $2 and id = $3""",
        kind, peer, shown.local, msgspec.to_builtins(shown), now,
    )  # fmt: skip
    return bool(done.endswith(" 1"))


async def one(connection: Connection, kind: str, id: str) -> Link | None:
    row = await connection.fetchrow(f"{_LINK} and l.id = $2", kind, id)
    return _link(row) if row else None


async def each(connection: Connection, kind: str, ids: Sequence[str]) -> list[Link]:
    rows = await connection.fetch(f"{_LINK} and l.id = any($2)", kind, list(ids))
    return [_link(row) for row in rows]


async def under(connection: Connection, kind: str, id: str) -> list[Link]:
    """The newest first."""
    rows = await connection.fetch(f"{_LINK} and l.under = $2 order by l.created desc, l.id desc", kind, id)
    return [_link(row) for row in rows]


async def page(
    connection: Connection, kind: str, bodies: tuple[str, ...] | None, *, after: tuple[datetime, str], limit: int
) -> list[Link]:  # fmt: skip
    """The newest first; `bodies` None is all."""
    rows = await connection.fetch(
        f"""{_LINK} and ($2::text[] is null or l.organisation = any($2)) and (l.created, l.id) < ($3, $4)
            order by l.created desc, l.id desc limit $5""",
        kind, bodies, *after, limit,
    )  # fmt: skip
    return [_link(row) for row in rows]


async def about(connection: Connection, kind: str, peer: str, organisation: str, dataset: str) -> list[str]:
    """What a body has begun at that node about that dataset."""
    rows = await connection.fetch(
        """select id from federation_link
           where kind = $1 and side = 'asks' and peer = $2 and organisation = $3 and dataset = $4 order by id""",
        kind, peer, organisation, dataset,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def mark_corrected(
    connection: Connection, kind: str, ids: list[str], said: dict[str, Any], now: datetime
) -> None:
    await connection.execute(
        """update federation_link set corrected = $3, modified = $4
           where kind = $1 and side = 'asks' and id = any($2)""",
        kind, ids, {**said, "at": now.isoformat()}, now,
    )  # fmt: skip


async def answered(connection: Connection, kind: str, peer: str, id: str) -> str | None:
    """What answers here what that node has begun."""
    found: str | None = await connection.fetchval(
        "select other_id from federation_link where kind = $1 and side = 'answers' and peer = $2 and id = $3",
        kind, peer, id,
    )  # fmt: skip
    return found


async def untold(connection: Connection, kind: str, moved: str, limit: int) -> list[Answering]:
    """Those that have moved since the peer was told. `moved`: SQL for a mark of the state of `l.other_id`."""
    rows = await connection.fetch(
        f"""select l.peer, l.id, l.other_id, m.mark from federation_link l cross join lateral ({moved}) as m (mark)
            where l.kind = $1 and l.side = 'answers' and l.told <> m.mark order by l.modified limit $2""",
        kind, limit,
    )  # fmt: skip
    return [Answering(**dict(row)) for row in rows]


async def set_told(connection: Connection, kind: str, told: Answering) -> None:
    await connection.execute(
        "update federation_link set told = $4 where kind = $1 and side = 'answers' and peer = $2 and id = $3",
        kind, told.peer, told.id, told.mark,
    )  # fmt: skip


def _link(row: Any) -> Link:
    return msgspec.convert(dict(row), Link)
