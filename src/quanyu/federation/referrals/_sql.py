"""The only SQL of federation_referral."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from quanyu.federation.model import Message
from quanyu.federation.referrals.model import Referral
from quanyu.store import Connection
from quanyu.workflow import Instance

_COLUMNS = "id, instance, peer, local, way, owner, organisation, dataset, title, state, due, outcome, opinion, created, modified"


async def add(connection: Connection, tenant: str, made: Referral, message: str, payload: object) -> None:
    await connection.execute(
        """insert into federation_referral (tenant, id, instance, peer, local, way, owner, organisation, dataset, title, message, payload,
             state, due, created, modified)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)""",
        tenant, made.id, made.instance, made.peer, made.local, list(made.way), made.owner, made.organisation, made.dataset, made.title,
        message, payload, made.state, made.due, made.created,
    )  # fmt: skip


async def one(connection: Connection, id: str, *, lock: bool = False) -> Referral | None:
    row = await connection.fetchrow(
        f"select {_COLUMNS} from federation_referral where id = $1{' for update' if lock else ''}", id
    )
    return msgspec.convert(dict(row), Referral) if row else None


async def find(
    connection: Connection, *, open: bool | None, after: tuple[datetime, str], limit: int
) -> Sequence[Referral]:
    """The newest first."""
    rows = await connection.fetch(
        f"""select {_COLUMNS} from federation_referral
            where ($1::boolean is null or (outcome is null) = $1) and (created, id) < ($2, $3)
            order by created desc, id desc limit $4""",
        open, *after, limit,
    )  # fmt: skip
    return [msgspec.convert(dict(row), Referral) for row in rows]


async def move(connection: Connection, id: str, work: Instance, opinion: str, now: datetime) -> None:
    at = work.positions[0]
    await connection.execute(
        "update federation_referral set state = $2, due = $3, outcome = $4, opinion = $5, modified = $6 where id = $1",
        id, at.state, at.deadline.due if at.deadline else None, work.outcome, opinion, now,
    )  # fmt: skip


async def message(connection: Connection, id: str) -> Message:
    """As it came: the envelope that its sender signed, and what it said."""
    row = await connection.fetchrow(
        """select m.envelope, r.payload::text as payload from federation_referral r
           join federation_message m on m.tenant = r.tenant and m.direction = 'in' and m.id = r.message where r.id = $1""",
        id,
    )
    return msgspec.convert(
        {"envelope": row["envelope"], "payload": msgspec.Raw(row["payload"].encode())}, Message
    )
