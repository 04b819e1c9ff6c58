"""The only SQL of the road segments of a twin."""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from quanyu.store import Connection

Row = Mapping[str, Any]

VALUES = ("averageVehicleSpeed", "maximumAllowedSpeed", "oneway", "status")
_READ = (
    "select id, doc#>>'{location,value}' as place, "
    + ", ".join(f"doc#>>'{{{name},value}}' as \"{name}\"" for name in VALUES)
    + " from entity where tenant=$1 and type='RoadSegment'"
)
_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Mark:
    """`number`: the last change of the twin. `segments`: how many there are."""

    number: int
    segments: int


async def mark_of(connection: Connection, tenant: str) -> Mark:
    row = await connection.fetchrow(
        """select coalesce((select n from feed where tenant=$1), 0) as number, coalesce(sum(entities), 0)::bigint as segments
        from layer where tenant=$1 and type='RoadSegment'""",
        tenant,
    )
    return Mark(row["number"], row["segments"])


async def changed_between(connection: Connection, tenant: str, after: int, until: int) -> set[str] | None:
    """Identifiers; None where the log no longer goes back so far."""
    if not await connection.fetchval(
        "select exists (select from change where tenant=$1 and seq=$2)", tenant, after + 1
    ):
        return None
    rows = await connection.fetch(
        "select distinct entity from change where tenant=$1 and type='RoadSegment' and seq>$2 and seq<=$3",
        tenant, after, until,
    )  # fmt: skip
    return {row["entity"] for row in rows}


def every_segment(connection: Connection, tenant: str) -> AsyncIterator[Row]:
    found: AsyncIterator[Row] = connection.cursor(_READ, tenant, prefetch=_BATCH).__aiter__()
    return found


async def segments(connection: Connection, tenant: str, ids: Collection[str]) -> list[Row]:
    """Those that are still there."""
    rows: list[Row] = await connection.fetch(f"{_READ} and id=any($2::text[])", tenant, list(ids))
    return rows
