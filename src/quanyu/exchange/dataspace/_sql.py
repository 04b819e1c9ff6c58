"""The only SQL of negotiations, transfers and connectors."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from quanyu.exchange.dataspace.model import Connector, Kind, NegotiationRow, Row, TransferRow
from quanyu.exchange.dataspace.protocol import Side
from quanyu.store import Connection

_TABLES: dict[type, str] = {NegotiationRow: "share_negotiation", TransferRow: "share_transfer"}


async def add(connection: Connection, tenant: str, made: Row) -> None:
    values = msgspec.to_builtins(made, builtin_types=(datetime,))
    places = ", ".join(f"${place}" for place in range(2, len(values) + 2))
    await connection.execute(
        f"insert into {_TABLES[type(made)]} (tenant, {', '.join(values)}, modified) "
        f"values ($1, {places}, ${list(values).index('created') + 2})",
        tenant, *values.values(),
    )  # fmt: skip


async def lock_pid(connection: Connection, tenant: str, consumer: str, other_pid: str) -> None:
    """Until the transaction ends: the same first message twice at once is one negotiation."""
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"dsp|{tenant}|{consumer}|{other_pid}"
    )


async def one(connection: Connection, kind: type[Kind], side: Side, pid: str) -> Kind | None:
    """By our number; locked."""
    return await _found(connection, kind, "side = $1 and pid = $2", side, pid)


async def begun(connection: Connection, kind: type[Kind], consumer: str, other_pid: str) -> Kind | None:
    """What a consumer has begun with us under its own number; locked."""
    return await _found(
        connection, kind, "side = 'provider' and consumer = $1 and other_pid = $2", consumer, other_pid
    )


async def of_request(connection: Connection, request: str) -> NegotiationRow | None:
    return await _found(connection, NegotiationRow, "side = 'provider' and request = $1", request)


async def agreed(connection: Connection, agreement: str) -> NegotiationRow | None:
    """The negotiation of ours as consumer that ended in an agreement of this id; locked."""
    return await _found(
        connection, NegotiationRow, "side = 'consumer' and agreement ->> '@id' = $1", agreement
    )


async def listed(
    connection: Connection, kind: type[Kind], bodies: Sequence[str] | None, *, after: tuple[datetime, str], limit: int
) -> list[Kind]:  # fmt: skip
    """Ours as consumer, the newest first; `bodies` None is all."""
    rows = await connection.fetch(
        f"select {_columns(kind)} from {_TABLES[kind]} where side = 'consumer' "
        "and ($1::text[] is null or consumer = any($1)) and (created, pid) < ($2, $3) order by created desc, pid desc limit $4",
        None if bodies is None else list(bodies), *after, limit,
    )  # fmt: skip
    return [msgspec.convert(dict(row), kind) for row in rows]


async def open_transfers(connection: Connection, agreement: str) -> list[str]:
    rows = await connection.fetch(
        "select pid from share_transfer where side = 'provider' and agreement = $1 "
        "and state not in ('COMPLETED', 'TERMINATED') order by pid",
        agreement,
    )
    return [row["pid"] for row in rows]


async def put(connection: Connection, tenant: str, found: Row, *, now: datetime, **changed: Any) -> None:
    """Members of the row; their names come from the service, never from outside."""
    places = ", ".join(f"{name} = ${place}" for place, name in enumerate(changed, 4))
    await connection.execute(
        f"update {_TABLES[type(found)]} set {places}, modified = $3 where tenant = $1 and pid = $2",
        tenant, found.pid, now, *changed.values(),
    )  # fmt: skip


async def move(
    connection: Connection, tenant: str, found: Row, state: str, *, now: datetime, **changed: Any
) -> None:
    """To a state, whatever was under way having arrived; a new state is noted as a step."""
    steps = list(msgspec.to_builtins(found.steps))
    if state != found.state:
        steps.append({"state": state, "at": now.isoformat()})
    await put(
        connection,
        tenant,
        found,
        now=now,
        **{"sending": "", "error": "", **changed},
        state=state,
        steps=steps,
    )


async def add_connector(connection: Connection, tenant: str, made: Connector, secret: bytes | None) -> bool:
    """Whether its id was free."""
    done = await connection.execute(
        "insert into share_connector (tenant, id, title, url, participant, secret, organisation, created) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
        tenant, made.id, made.title, made.url, made.participant, secret, made.organisation, made.created,
    )  # fmt: skip
    return bool(done.endswith(" 1"))


async def connectors(connection: Connection, bodies: Sequence[str] | None) -> list[Connector]:
    rows = await connection.fetch(
        f"select {_columns(Connector)} from share_connector where ($1::text[] is null or organisation = any($1)) order by id",
        None if bodies is None else list(bodies),
    )
    return [msgspec.convert(dict(row), Connector) for row in rows]


async def connector(connection: Connection, id: str) -> tuple[Connector, bytes | None] | None:
    row = await connection.fetchrow(
        f"select {_columns(Connector)}, secret from share_connector where id = $1", id
    )
    if row is None:
        return None
    values: Mapping[str, Any] = dict(row)
    return msgspec.convert({**values, "secret": None}, Connector, strict=False), values["secret"]


async def remove_connector(connection: Connection, id: str) -> None:
    await connection.execute("delete from share_connector where id = $1", id)


async def _found(connection: Connection, kind: type[Kind], condition: str, *values: str) -> Kind | None:
    row = await connection.fetchrow(
        f"select {_columns(kind)} from {_TABLES[kind]} where {condition} for update", *values
    )
    return msgspec.convert(dict(row), kind) if row else None


def _columns(kind: type[msgspec.Struct]) -> str:
    return ", ".join(kind.__struct_fields__)
