"""The only SQL of measured speeds by hour of the day."""

from collections.abc import Sequence
from datetime import datetime

from quanyu.store import Connection

Row = tuple[int, str, float, float]


async def keep_speeds(connection: Connection, tenant: str, rows: Sequence[Row], *, now: datetime) -> None:
    """Hour (0 to 23, of the city), segment, metres and seconds that were driven on it: in place of all that was told before."""
    await connection.execute("delete from road_speed where tenant=$1", tenant)
    hours, segments, metres, seconds = (
        (list(column) for column in zip(*rows, strict=True)) if rows else ([],) * 4
    )
    await connection.execute(
        """insert into road_speed(tenant, hour, segment, metres, seconds)
        select $1, * from unnest($2::smallint[], $3::text[], $4::float8[], $5::float8[])""",
        tenant, hours, segments, metres, seconds,
    )  # fmt: skip
    await connection.execute(
        "insert into road_speed_told values ($1, $2) on conflict (tenant) do update set at=excluded.at", tenant, now
    )  # fmt: skip


async def told(connection: Connection, tenant: str) -> datetime | None:
    """When it was told last."""
    at: datetime | None = await connection.fetchval("select at from road_speed_told where tenant=$1", tenant)
    return at


async def kmh_at(connection: Connection, tenant: str, hour: int) -> dict[str, float]:
    """Of each segment that was driven in that hour."""
    rows = await connection.fetch(
        "select segment, metres/seconds*3.6 as kmh from road_speed where tenant=$1 and hour=$2 and seconds>0", tenant, hour
    )  # fmt: skip
    return {row["segment"]: row["kmh"] for row in rows}
