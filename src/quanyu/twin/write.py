"""Writes a group of changes in one transaction: state, words, counters and log, or nothing."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from quanyu.store import Connection
from quanyu.twin import _write_sql
from quanyu.twin.fold import Plan, fold
from quanyu.twin.rows import batch_of
from quanyu.twin.state import Change, State


async def write(connection: Connection, tenant: str, changes: Sequence[Change], *, now: datetime) -> Plan:
    """Inside the caller's transaction; the entities are locked first. How each change ended stands in `outcomes`."""
    known = await read(connection, tenant, {one.id for one in changes}, lock=True)
    plan = fold(changes, known, now)
    if plan.log:
        batch = batch_of(tenant, plan, now)
        await connection.execute(batch.statement, *batch.arguments)
    return plan


async def read(
    connection: Connection, tenant: str, ids: Collection[str], *, lock: bool = False
) -> dict[str, State]:
    """Those of the entities that exist. `lock`: until the transaction ends."""
    if not ids:
        return {}
    statement = _write_sql.LOCK if lock else _write_sql.READ
    return {row["id"]: _state(row) for row in await connection.fetch(statement, tenant, sorted(ids))}


def _state(row: Mapping[str, Any]) -> State:
    return State(
        types=tuple(row["types"] or (row["type"],)),
        document=row["doc"],
        created=row["created"],
        renewed=row["renewed"],
        scope=tuple(row["scope"] or ()),
        dataset=row["dataset"],
        expires=row["expires"],
        due=row["due"],
        observed=row["observed"],
        version=row["version"],
    )
