"""The only SQL of negotiations and transfers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from quanyu.exchange.dataspace.protocol import Negotiation, Transfer
from quanyu.store import Connection


class NegotiationRow(msgspec.Struct, frozen=True, kw_only=True):
    """`error` tells why the last message of ours has not arrived; it is tried again."""

    pid: str
    consumer_pid: str
    callback: str
    consumer: str
    request: str
    offer: Mapping[str, Any]
    state: Negotiation
    created: datetime
    error: str = ""


class TransferRow(msgspec.Struct, frozen=True, kw_only=True):
    pid: str
    consumer_pid: str
    callback: str
    consumer: str
    agreement: str
    format: str
    state: Transfer
    created: datetime
    error: str = ""


_TABLES: dict[type, str] = {NegotiationRow: "share_negotiation", TransferRow: "share_transfer"}


async def add(connection: Connection, tenant: str, made: NegotiationRow | TransferRow) -> None:
    values = msgspec.structs.asdict(made)
    places = ", ".join(f"${place}" for place in range(2, len(values) + 2))
    await connection.execute(
        f"insert into {_TABLES[type(made)]} (tenant, {', '.join(values)}, modified) "
        f"values ($1, {places}, ${list(values).index('created') + 2})",
        tenant, *values.values(),
    )  # fmt: skip


async def negotiation(
    connection: Connection, *, pid: str | None = None, request: str | None = None,
    consumer: str | None = None, consumer_pid: str | None = None,
) -> NegotiationRow | None:  # fmt: skip
    """By our number, by the request behind it, or by what the consumer calls it; locked."""
    row = await connection.fetchrow(
        f"select {', '.join(NegotiationRow.__struct_fields__)} from share_negotiation "
        "where pid = $1 or request = $2 or (consumer = $3 and consumer_pid = $4) for update",
        pid, request, consumer, consumer_pid,
    )  # fmt: skip
    return msgspec.convert(dict(row), NegotiationRow) if row else None


async def transfer(
    connection: Connection,
    *,
    pid: str | None = None,
    consumer: str | None = None,
    consumer_pid: str | None = None,
) -> TransferRow | None:
    row = await connection.fetchrow(
        f"select {', '.join(TransferRow.__struct_fields__)} from share_transfer "
        "where pid = $1 or (consumer = $2 and consumer_pid = $3) for update",
        pid, consumer, consumer_pid,
    )  # fmt: skip
    return msgspec.convert(dict(row), TransferRow) if row else None


async def open_transfers(connection: Connection, agreement: str) -> list[str]:
    rows = await connection.fetch(
        "select pid from share_transfer where agreement = $1 and state not in ('COMPLETED', 'TERMINATED') order by pid",
        agreement,
    )
    return [row["pid"] for row in rows]


async def move(
    connection: Connection,
    tenant: str,
    found: NegotiationRow | TransferRow,
    state: str,
    *,
    now: datetime,
    error: str = "",
) -> None:
    await connection.execute(
        f"update {_TABLES[type(found)]} set state = $3, error = $4, modified = $5 where tenant = $1 and pid = $2",
        tenant, found.pid, state, error[:500], now,
    )  # fmt: skip
