"""The only SQL of disputes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from quanyu.exchange.disputes.model import Dispute
from quanyu.exchange.parties import Party
from quanyu.store import Connection
from quanyu.workflow import Instance, Position

_COLUMNS = ", ".join(Dispute.__struct_fields__)


async def add(connection: Connection, tenant: str, made: Dispute) -> None:
    values: dict[str, Any] = msgspec.to_builtins(made, builtin_types=(datetime,))
    places = ", ".join(f"${place}" for place in range(2, len(values) + 2))
    await connection.execute(
        f"insert into share_dispute (tenant, {', '.join(values)}) values ($1, {places})",
        tenant,
        *values.values(),
    )


async def dispute(connection: Connection, id: str, *, lock: bool = False) -> Dispute | None:
    row = await connection.fetchrow(
        f"select {_COLUMNS} from share_dispute where id = $1" + (" for update" if lock else ""), id
    )
    return msgspec.convert(dict(row), Dispute) if row else None


async def find(
    connection: Connection, *, bodies: Sequence[str] | None, dataset: str | None, open: bool | None,
    after: tuple[datetime, str], limit: int,
) -> list[Dispute]:  # fmt: skip
    """Newest first."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from share_dispute where ($1::text[] is null or consumer = any($1) or provider = any($1)) "
        "and ($2::text is null or dataset = $2) and ($3::boolean is null or (outcome is null) = $3) "
        "and (created, id) < ($4, $5) order by created desc, id desc limit $6",
        None if bodies is None else list(bodies), dataset, open, *after, limit,
    )  # fmt: skip
    return [msgspec.convert(dict(row), Dispute) for row in rows]


async def mirror(connection: Connection, tenant: str, work: Instance, at: Position, now: datetime) -> None:
    await connection.execute(
        "update share_dispute set state = $3, due = $4, outcome = $5, modified = $6 where tenant = $1 and instance = $2",
        tenant, work.id, at.state, at.deadline.due if at.deadline else None, work.outcome, now,
    )  # fmt: skip


async def note_answer(
    connection: Connection, tenant: str, id: str, answer: str, corrected: int | None
) -> None:
    await connection.execute(
        "update share_dispute set answer = case when $3 = '' then answer else $3 end, "
        "corrected_version = coalesce($4, corrected_version) where tenant = $1 and id = $2",
        tenant, id, answer, corrected,
    )  # fmt: skip


async def holders(connection: Connection, dataset: str, versions_from: int) -> list[tuple[Party, list[str]]]:
    """Bodies that were given this version of a dataset or a later one, with the contracts under which."""
    rows = await connection.fetch(
        "select k.consumer, k.consumer_node, array_agg(distinct c.contract) as contracts from share_call as c "
        "join share_contract as k on k.tenant = c.tenant and k.id = c.contract "
        "where k.dataset = $1 and c.dataset_version >= $2 and c.rows > 0 "
        "group by k.consumer, k.consumer_node order by k.consumer, k.consumer_node",
        dataset, versions_from,
    )  # fmt: skip
    return [
        (Party(organisation=row["consumer"], node=row["consumer_node"]), row["contracts"]) for row in rows
    ]
