"""The only SQL of what a firm says against a finding, and what is ruled."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from quanyu.packs import Connection

Rows = list[Any]


async def vehicles_of(connection: Connection, tenant: str, firms: Collection[str]) -> frozenset[str]:
    """Terminals of the firms' vehicles, as they have told them."""
    rows = await connection.fetch(
        """select distinct coalesce(body->>'terminal', body->>'vehicle') as vehicle from sanitation_record
        where tenant=$1 and firm=any($2::text[]) and kind in ('vehicles', 'plan')""",
        tenant, list(firms),
    )  # fmt: skip
    return frozenset(row["vehicle"] for row in rows if row["vehicle"])


async def undisputed(connection: Connection, tenant: str, day: date) -> Rows:
    rows: Rows = await connection.fetch(
        "select * from sanitation_finding where tenant=$1 and day=$2 and dispute is null order by begun, id",
        tenant,
        day,
    )
    return rows


async def disputed(connection: Connection, tenant: str, *, is_open: bool, limit: int) -> Rows:
    """Those that wait for a ruling first, the oldest of them first; then the newest."""
    rows: Rows = await connection.fetch(
        """select * from sanitation_finding where tenant=$1 and dispute is not null and (upheld is null or not $2)
        order by upheld is not null, case when upheld is null then disputed_at end, ruled_at desc nulls last, id limit $3""",
        tenant, is_open, limit,
    )  # fmt: skip
    return rows


async def dispute(
    connection: Connection,
    tenant: str,
    id_: str,
    reason: str,
    *,
    by: str,
    at: datetime,
    evidence: dict[str, Any],
) -> bool:
    """False where it is ruled upon already."""
    done: str = await connection.execute(
        """update sanitation_finding set dispute=$3, disputed_by=$4, disputed_at=$5, evidence=$6
        where tenant=$1 and id=$2 and upheld is null""",
        tenant, id_, reason, by, at, evidence,
    )  # fmt: skip
    return done.endswith(" 1")


async def rule(
    connection: Connection, tenant: str, id_: str, *, upheld: bool, reason: str, by: str, at: datetime
) -> bool:
    """False where nobody disputes it."""
    done: str = await connection.execute(
        """update sanitation_finding set upheld=$3, ruling=$4, ruled_by=$5, ruled_at=$6
        where tenant=$1 and id=$2 and dispute is not null""",
        tenant, id_, upheld, reason, by, at,
    )  # fmt: skip
    return done.endswith(" 1")
