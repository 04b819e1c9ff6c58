"""The only SQL of requests."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from quanyu.exchange.parties import Party
from quanyu.exchange.requests.model import Answer, Application, Commitment, Effect, Referred, Request
from quanyu.store import Connection
from quanyu.workflow import Instance, Position

_COLUMNS = (
    "id, instance, dataset, title, consumer, consumer_node, provider, state, holder, due, outcome, contract, author, "
    "created, modified"
)


async def add(connection: Connection, tenant: str, made: Request, said: Application) -> None:
    await connection.execute(
        "insert into share_request (tenant, id, instance, dataset, title, consumer, consumer_node, provider, body, state, author, "
        "created, modified) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)",
        tenant, made.id, made.instance, made.dataset, made.title, made.consumer.organisation, made.consumer.node, made.provider,
        msgspec.to_builtins(said), made.state, made.author, made.created,
    )  # fmt: skip


async def request(connection: Connection, id: str, *, lock: bool = False) -> Request | None:
    row = await connection.fetchrow(
        f"select {_COLUMNS} from share_request where id = $1" + (" for update" if lock else ""), id
    )
    return _request(row) if row else None


async def parts(
    connection: Connection, id: str
) -> tuple[Application, Answer | None, Commitment | None, Effect | None]:
    row = await connection.fetchrow(
        "select body, answer, commitment, effect from share_request where id = $1", id
    )
    return (
        msgspec.convert(row["body"], Application), msgspec.convert(row["answer"], Answer | None),
        msgspec.convert(row["commitment"], Commitment | None), msgspec.convert(row["effect"], Effect | None),
    )  # fmt: skip


async def referred(connection: Connection, id: str) -> tuple[Referred, ...]:
    found = await connection.fetchval("select referred from share_request where id = $1", id)
    return msgspec.convert(found or (), tuple[Referred, ...])


async def find(
    connection: Connection, *, bodies: Sequence[str] | None, side: str | None, dataset: str | None, state: str | None,
    open: bool | None, desk: bool, after: tuple[datetime, str], limit: int,
) -> list[Request]:  # fmt: skip
    """Newest first; `side` consumer or provider narrows to what these bodies ask for, or are asked for; `desk` to what the
    authority has to move."""
    rows = await connection.fetch(
        f"select {_COLUMNS} from share_request where ($1::text[] is null "
        "or (consumer = any($1) and consumer_node = '' and coalesce($2, 'consumer') = 'consumer') "
        "or (provider = any($1) and coalesce($2, 'provider') = 'provider')) "
        "and ($3::text is null or dataset = $3) and ($4::text is null or state = $4) "
        "and ($5::boolean is null or (outcome is null) = $5) and (not $6 or (holder is null and outcome is null)) "
        "and (created, id) < ($7, $8) order by created desc, id desc limit $9",
        None if bodies is None else list(bodies), side, dataset, state, open, desk, *after, limit,
    )  # fmt: skip
    return [_request(row) for row in rows]


async def mirror(connection: Connection, tenant: str, work: Instance, at: Position, now: datetime) -> None:
    """Where the work of a request or a dispute stands."""
    await connection.execute(
        "update share_request set state = $3, holder = $4, due = $5, outcome = $6, modified = $7 "
        "where tenant = $1 and instance = $2",
        tenant, work.id, at.state, at.organisation, at.deadline.due if at.deadline else None, work.outcome, now,
    )  # fmt: skip


async def put(connection: Connection, tenant: str, id: str, column: str, value: Any) -> None:
    """One of body, answer, commitment, effect, contract, referred; the name comes from the service, never from outside."""
    await connection.execute(
        f"update share_request set {column} = $3 where tenant = $1 and id = $2",
        tenant, id, value if isinstance(value, str) else msgspec.to_builtins(value),
    )  # fmt: skip


async def effects(
    connection: Connection, dataset: str, *, before: tuple[datetime, str], limit: int
) -> list[dict[str, Any]]:
    """成效 of finished uses of a dataset, newest first."""
    rows = await connection.fetch(
        "select id, provider, consumer, consumer_node, title, effect, contract, modified as at from share_request "
        "where dataset = $1 and outcome = 'done' and effect is not null and (modified, id) < ($2, $3) "
        "order by modified desc, id desc limit $4",
        dataset, *before, limit,
    )  # fmt: skip
    return [dict(row) for row in rows]


def _request(row: asyncpg.Record) -> Request:
    values = dict(row)
    consumer = Party(organisation=values.pop("consumer"), node=values.pop("consumer_node"))
    return Request(consumer=consumer, **values)
