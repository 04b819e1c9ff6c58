"""The only SQL of what is given back."""

from datetime import datetime
from typing import Any

import msgspec

from quanyu.exchange.returns.model import ListedReturn, Return, Rule, State
from quanyu.store import Connection

_RETURN = (
    "select id, contract, dataset, provider, consumer, records, note, state, rule, taken, import_id, reason, author, decided_by, "
    "created, modified from share_return"
)
_LISTED = (
    "select id, contract, dataset, provider, consumer, jsonb_array_length(records) as given, note, state, taken, reason, created, "
    "modified from share_return"
)


async def add(connection: Connection, tenant: str, made: Return, key: str) -> str:
    """Its id, or that of the same one before."""
    found: str | None = await connection.fetchval(
        """insert into share_return
             (tenant, id, contract, dataset, provider, consumer, key, records, note, state, author, created, modified)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
           on conflict (tenant, contract, key) do nothing returning id""",
        tenant, made.id, made.contract, made.dataset, made.provider, made.consumer, key,
        [dict(one) for one in made.records], made.note, made.state, made.author, made.created,
    )  # fmt: skip
    if found is None:
        found = await connection.fetchval(
            "select id from share_return where contract = $1 and key = $2", made.contract, key
        )
    assert found is not None
    return found


async def one(connection: Connection, id: str, *, lock: bool = False) -> Return | None:
    row = await connection.fetchrow(f"{_RETURN} where id = $1{' for update' if lock else ''}", id)
    return _return(row) if row else None


async def page(
    connection: Connection, bodies: tuple[str, ...] | None, *, after: tuple[datetime, str], limit: int
) -> list[ListedReturn]:
    """Of either side, the newest first; `bodies` None is all."""
    rows = await connection.fetch(
        f"""{_LISTED} where ($1::text[] is null or provider = any($1) or consumer = any($1)) and (created, id) < ($2, $3)
            order by created desc, id desc limit $4""",
        bodies, *after, limit,
    )  # fmt: skip
    return [msgspec.convert(dict(row), ListedReturn) for row in rows]


async def decide(
    connection: Connection, id: str, state: State, *, rule: Rule | None, taken: int, import_id: str | None, reason: str, by: str,
    now: datetime,
) -> None:  # fmt: skip
    await connection.execute(
        """update share_return set state = $2, rule = $3, taken = $4, import_id = $5, reason = $6, decided_by = $7, modified = $8
           where id = $1""",
        id, state, rule, taken, import_id, reason, by, now,
    )  # fmt: skip


def _return(row: Any) -> Return:
    return msgspec.convert(dict(row), Return)
