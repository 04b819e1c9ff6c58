"""The only SQL of trials."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from quanyu.exchange.sandbox.model import State, Trial
from quanyu.store import Connection

_LISTED = tuple(name for name in Trial.__struct_fields__ if name != "result")


async def add(connection: Connection, tenant: str, made: Trial) -> None:
    values = msgspec.to_builtins(made, builtin_types=(datetime,), enc_hook=str)
    places = ", ".join(f"${place}" for place in range(2, len(values) + 2))
    await connection.execute(
        f"insert into share_trial (tenant, {', '.join(values)}) values ($1, {places})",
        tenant, *values.values(),
    )  # fmt: skip


async def one(connection: Connection, id: str, *, lock: bool = False) -> Trial | None:
    row = await connection.fetchrow(
        f"select {', '.join((*_LISTED, 'result'))} from share_trial where id = $1"
        + (" for update" if lock else ""),
        id,
    )
    return msgspec.convert(dict(row), Trial) if row else None


async def listed(
    connection: Connection, bodies: Sequence[str] | None, *, contract: str | None, after: tuple[datetime, str], limit: int
) -> list[Trial]:  # fmt: skip
    """Without results, the newest first; `bodies` are a side of them, None is all."""
    rows = await connection.fetch(
        f"select {', '.join(_LISTED)} from share_trial where ($1::text[] is null or consumer = any($1) or provider = any($1)) "
        "and ($2::text is null or contract = $2) and (at, id) < ($3, $4) order by at desc, id desc limit $5",
        None if bodies is None else list(bodies), contract, *after, limit,
    )  # fmt: skip
    return [msgspec.convert(dict(row), Trial) for row in rows]


async def decide(
    connection: Connection, tenant: str, id: str, state: State, *, by: str, reason: str, now: datetime
) -> None:
    """What is withheld is not kept."""
    await connection.execute(
        "update share_trial set state = $3, decided_by = $4, reason = $5, decided_at = $6, "
        "result = case when $3 = 'released' then result end where tenant = $1 and id = $2",
        tenant, id, state, by, reason, now,
    )  # fmt: skip


async def note_taken(connection: Connection, tenant: str, id: str, now: datetime) -> None:
    await connection.execute(
        "update share_trial set taken_at = coalesce(taken_at, $3) where tenant = $1 and id = $2",
        tenant,
        id,
        now,
    )
