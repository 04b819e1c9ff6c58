"""错时共享: spaces of shared yards are booked; none twice, however many ask at once."""

import uuid
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from quanyu.core.clock import CITY_ZONE
from quanyu.core.errors import Conflict, Invalid, NotFound
from quanyu.packs import Connection

_LONGEST = timedelta(days=1)


async def put_yard(
    connection: Connection,
    tenant: str,
    *,
    yard: str,
    name: str,
    spaces: int,
    opens: time,
    closes: time,
    yuan: Decimal,
) -> None:
    await connection.execute(
        """insert into parking_yard values ($1, $2, $3, $4, $5, $6, $7) on conflict (tenant, yard) do update set
        name=excluded.name, spaces=excluded.spaces, opens=excluded.opens, closes=excluded.closes,
        yuan_an_hour=excluded.yuan_an_hour""",
        tenant, yard, name, spaces, opens, closes, yuan,
    )  # fmt: skip


async def book(
    connection: Connection,
    tenant: str,
    *,
    yard: str,
    plate: str,
    begin: datetime,
    end: datetime,
    now: datetime,
    by: str,
) -> tuple[str, Decimal]:
    """The booking and its price. The yard's row is held meanwhile, so that two cannot take the last space.

    Raises NotFound, Invalid where the yard is closed then or a time has no zone, Conflict where it is full.
    """
    if begin.tzinfo is None or end.tzinfo is None:
        raise Invalid("packs.thing.moment")
    row = await connection.fetchrow(
        "select * from parking_yard where tenant=$1 and yard=$2 for update", tenant, yard
    )
    if row is None:
        raise NotFound("packs.thing.unknown", id=yard[:80])
    if not timedelta(0) < end - begin <= _LONGEST or not is_open(row["opens"], row["closes"], begin, end):
        raise Invalid("packs.thing.closed", id=yard)
    if await most_booked(connection, tenant, yard, begin, end) >= row["spaces"]:
        raise Conflict("packs.thing.full", id=yard)
    number = uuid.uuid4().hex
    await connection.execute(
        "insert into parking_booking values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant, number, yard, plate, begin, end, now, by,
    )  # fmt: skip
    return number, price(row["yuan_an_hour"], begin, end)


async def most_booked(connection: Connection, tenant: str, yard: str, begin: datetime, end: datetime) -> int:
    """The most spaces that are taken at any moment of a time: it is at the begin of one of the bookings, or of the time."""
    found: int = await connection.fetchval(
        """with there as (select begun, ended from parking_booking where tenant=$1 and yard=$2 and begun<$4 and ended>$3)
        select coalesce(max((select count(*) from there o where o.begun<=m.at and o.ended>m.at)), 0)
        from (select greatest(begun, $3) as at from there) m""",
        tenant, yard, begin, end,
    )  # fmt: skip
    return found


async def yards(connection: Connection, tenant: str, now: datetime) -> list[tuple[Any, int]]:
    """Each with how many of its spaces nobody has booked for now."""
    rows = await connection.fetch(
        """select y.*, (select count(*) from parking_booking b where b.tenant=y.tenant and b.yard=y.yard and b.begun<=$2 and b.ended>$2) as taken
        from parking_yard y where y.tenant=$1 order by y.yard""",
        tenant, now,
    )  # fmt: skip
    return [(row, max(0, row["spaces"] - row["taken"])) for row in rows]


Place = tuple[datetime, bool, int, str]
"""The moment that a list was begun at, and of a booking: whether it was over, how far it was (in microseconds), and its id."""


async def bookings(
    connection: Connection, tenant: str, now: datetime, *, after: Place | None, limit: int
) -> list[Any]:
    """Those that are not over yet, then those that are, each the next in time first; `running`: for now."""
    since, *behind = after or (now, None, None, None)
    rows: list[Any] = await connection.fetch(
        """select * from (
          select b.*, y.name, y.yuan_an_hour, b.begun<=$3 and b.ended>$3 as running,
            b.ended<=$2 as over, abs(extract(epoch from b.begun-$2)*1000000)::bigint as far
          from parking_booking b join parking_yard y using (tenant, yard) where b.tenant=$1
        ) as told where $4::bool is null or (over, far, id)>($4, $5::bigint, $6)
        order by over, far, id limit $7""",
        tenant, since, now, *behind, limit,
    )  # fmt: skip
    return rows


def masked(plate: str) -> str:
    """Enough to tell two bookings apart, too little to tell whose they are: 沪A***45."""
    return f"{plate[:2]}***{plate[-2:]}"


async def admitted_until(
    connection: Connection, tenant: str, yard: str, plate: str, now: datetime
) -> datetime | None:
    """What the gate asks: until when a vehicle has booked that has booked for now."""
    found: datetime | None = await connection.fetchval(
        "select max(ended) from parking_booking where tenant=$1 and yard=$2 and plate=$3 and begun<=$4 and ended>$4",
        tenant, yard, plate, now,
    )  # fmt: skip
    return found


async def income(connection: Connection, tenant: str, yard: str, begin: datetime, end: datetime) -> Decimal:
    """The owner's line: what was booked from `begin` until before `end`."""
    rows: list[Any] = await connection.fetch(
        """select b.begun, b.ended, y.yuan_an_hour from parking_booking b join parking_yard y using (tenant, yard)
        where b.tenant=$1 and b.yard=$2 and b.begun>=$3 and b.begun<$4""",
        tenant, yard, begin, end,
    )  # fmt: skip
    return sum((price(row["yuan_an_hour"], row["begun"], row["ended"]) for row in rows), Decimal(0))


def is_open(opens: time, closes: time, begin: datetime, end: datetime) -> bool:
    """Whether a whole stay lies within the hours of a yard; equal times are always open."""
    if opens == closes:
        return True
    local = begin.astimezone(CITY_ZONE)
    for day in (local.date() - timedelta(days=1), local.date()):
        since = datetime.combine(day, opens, CITY_ZONE)
        until = datetime.combine(day, closes, CITY_ZONE) + (
            timedelta(days=1) if closes <= opens else timedelta()
        )
        if since <= begin and end <= until:
            return True
    return False


def price(yuan_an_hour: Decimal, begin: datetime, end: datetime) -> Decimal:
    hours = Decimal(int((end - begin).total_seconds())) / 3600
    return (yuan_an_hour * hours).quantize(Decimal("0.01"), ROUND_HALF_UP)
