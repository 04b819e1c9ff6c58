"""Entities that leave because no accepted record speaks of them any more. Each deletion is logged: their history stays.

`ids` are CSV files in UTF-8 with one id a line. Everything runs in the caller's transaction; answered is how many left.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from quanyu.core.clock import utc_now
from quanyu.store import Connection
from quanyu.twin import _withdraw_sql
from quanyu.twin.counting import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Of which dataset entities leave, who does it, and the import that is the cause."""

    tenant: str
    dataset: str
    actor: str
    cause: str
    now: datetime | None = None


async def withdraw(connection: Connection, ids: Path, by: Withdrawal) -> int:
    """The entities that are listed."""
    return await _leave(connection, ids, by, _withdraw_sql.THESE)


async def keep_only(connection: Connection, ids: Path, by: Withdrawal) -> int:
    """All entities of the dataset that are not listed."""
    return await _leave(connection, ids, by, _withdraw_sql.ALL_OTHERS)


async def retype(connection: Connection, ids: Path, by: Withdrawal, *, type_: str) -> int:
    """What is listed with `type_` and is still there under another type."""
    return await _leave(connection, ids, by, _withdraw_sql.UNDER_ANOTHER_TYPE, type_)


async def has_other_types(connection: Connection, dataset: str, type_: str) -> bool:
    found: bool = await connection.fetchval(_withdraw_sql.OTHER_TYPES, dataset, type_)
    return found


async def _leave(connection: Connection, ids: Path, by: Withdrawal, which: str, *more: str) -> int:
    moment = by.now or utc_now()
    await connection.execute(_withdraw_sql.LISTED)
    await connection.copy_to_table("listed", source=ids, format="csv")
    await connection.execute("analyze listed")
    await connection.execute(which, by.tenant, by.dataset, *more)
    count: int = await connection.fetchval(_withdraw_sql.COUNT)
    if count:
        await connection.execute(_withdraw_sql.DELETE, by.tenant)
        await connection.execute(_withdraw_sql.LAYERS, by.tenant, moment)
        await connection.execute(_withdraw_sql.EMPTY_LAYERS, by.tenant, by.dataset)
        base = await connection.fetchval(_withdraw_sql.FEED, by.tenant, count)
        await connection.execute(_withdraw_sql.LOG, by.tenant, moment, base, by.actor, by.cause)
        await fold(connection, by.tenant)
    await connection.execute(_withdraw_sql.CLEAN)
    return count
