"""Which entity stands before an offset, in the order of lists, however deep (migration 0078, decision 0031)."""

from collections.abc import Collection

from quanyu.store import Connection
from quanyu.twin import _stretches_sql
from quanyu.twin.counting import fold
from quanyu.twin.search import Position, listed

FOLD_AT = 5000
"""Entities that came or went; placing fewer each time is quicker than counting them in."""


async def before(
    connection: Connection,
    tenant: str,
    types: Collection[str],
    offset: int,
    datasets: Collection[str] | None = None,
) -> Position | None:
    """The last of the first `offset` entities with one of these as their first type; None where there are not so many."""
    if datasets is None:
        row = await connection.fetchrow(_stretches_sql.BEFORE, tenant, sorted(types), offset)
    else:
        given = (tenant, sorted(types), offset, listed(datasets))
        row = await connection.fetchrow(_stretches_sql.BEFORE_AMONG, *given)
    if row is None:
        return None
    if (row["uncounted"] or 0) > FOLD_AT:
        await fold(connection, tenant)
    return row["type"], row["id"]
