"""The only SQL of what is live: readings, stays, drives."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from quanyu.packs import Connection
from quanyu.scenarios.parking.occupancy import Stay
from quanyu.scenarios.parking.readings import Format, Move, Reading


async def put_readings(
    connection: Connection, tenant: str, readings: Iterable[Reading], form: Format
) -> None:
    """The same moment told again is the newer truth."""
    await connection.executemany(
        """insert into parking_reading values ($1, $2, $3, $4, $5, $6)
        on conflict (tenant, lot, at) do update set free=excluded.free, spaces=excluded.spaces, format=excluded.format""",
        [(tenant, one.lot, one.at, one.free, one.spaces, form.value) for one in readings],
    )


async def readings_of(connection: Connection, tenant: str, begin: datetime, end: datetime) -> list[Reading]:
    rows = await connection.fetch(
        "select lot, at, free, spaces from parking_reading where tenant=$1 and at>$2 and at<=$3", tenant, begin, end
    )  # fmt: skip
    return [Reading(lot=row["lot"], at=row["at"], free=row["free"], spaces=row["spaces"]) for row in rows]


async def spaces_told(
    connection: Connection, tenant: str, lots: Sequence[str], begin: datetime, end: datetime
) -> dict[str, int]:
    """How many spaces each of these lots has, as the newest reading that says it has it: one step into the index a lot."""
    rows = await connection.fetch(
        """select wanted.lot, told.spaces from unnest($2::text[]) as wanted(lot) cross join lateral (
          select spaces from parking_reading as r where r.tenant=$1 and r.lot=wanted.lot and at>$3 and at<=$4 and spaces>0
          order by at desc limit 1) as told""",
        tenant, lots, begin, end,
    )  # fmt: skip
    return {row["lot"]: row["spaces"] for row in rows}


async def forget_readings(connection: Connection, tenant: str, before: datetime) -> None:
    await connection.execute("delete from parking_reading where tenant=$1 and at<$2", tenant, before)


async def put_moves(connection: Connection, tenant: str, moves: Iterable[tuple[Move, str]]) -> None:
    """Each with the hash of its plate. Who leaves ends the stay that is open."""
    for move, plate in moves:
        if move.enters:
            await connection.execute(
                "insert into parking_stay values ($1, $2, $3, $4, null) on conflict do nothing",
                tenant, move.lot, plate, move.at,
            )  # fmt: skip
        else:
            await connection.execute(
                """update parking_stay set ended=$4 where tenant=$1 and lot=$2 and plate=$3 and begun=(
                  select max(begun) from parking_stay where tenant=$1 and lot=$2 and plate=$3 and begun<$4 and ended is null)""",
                tenant, move.lot, plate, move.at,
            )  # fmt: skip


async def stays_of(
    connection: Connection, tenant: str, begin: datetime, end: datetime
) -> dict[str, list[Stay]]:
    """By lot, of those that lie in the time at least in part; who is still there stays until its end."""
    rows = await connection.fetch(
        """select lot, begun, coalesce(ended, $3) as ended from parking_stay
        where tenant=$1 and begun<$3 and coalesce(ended, $3)>$2 order by lot, begun""",
        tenant, begin, end,
    )  # fmt: skip
    stays: dict[str, list[Stay]] = {}
    for row in rows:
        stays.setdefault(row["lot"], []).append(Stay(row["begun"], row["ended"]))
    return stays


async def put_drives(
    connection: Connection,
    tenant: str,
    day: date,
    rows: Sequence[tuple[int, str, float, float, float, float]],
) -> None:
    """Hour, segment, metres, seconds, length, seconds when free: all of a day anew."""
    await connection.execute("delete from parking_drive where tenant=$1 and day=$2", tenant, day)
    await connection.executemany(
        "insert into parking_drive values ($1, $2, $3, $4, $5, $6, $7, $8)",
        [(tenant, day, *row) for row in rows],
    )


async def drives_of(
    connection: Connection, tenant: str, begin: date, end: date, hours: Sequence[int]
) -> list[Mapping[str, Any]]:
    """From `begin` until before `end`."""
    rows: list[Mapping[str, Any]] = await connection.fetch(
        "select * from parking_drive where tenant=$1 and day>=$2 and day<$3 and hour=any($4::int[]) order by day, segment",
        tenant, begin, end, list(hours),
    )  # fmt: skip
    return rows


async def days_of(connection: Connection, tenant: str, limit: int) -> list[date]:
    """Those that were counted, the newest first."""
    rows = await connection.fetch(
        "select distinct day from parking_drive where tenant=$1 order by day desc limit $2", tenant, limit
    )
    return [row["day"] for row in rows]


async def drives_by_hour(
    connection: Connection, tenant: str, begin: date, end: date
) -> list[tuple[int, str, float, float]]:
    """Hour, segment, metres and seconds of all days from `begin` until `end`, and it."""
    rows = await connection.fetch(
        """select hour, segment, sum(metres) as metres, sum(seconds) as seconds from parking_drive
        where tenant=$1 and day between $2 and $3 group by hour, segment""",
        tenant, begin, end,
    )  # fmt: skip
    return [(row["hour"], row["segment"], row["metres"], row["seconds"]) for row in rows]
