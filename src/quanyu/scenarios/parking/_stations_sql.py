"""The only SQL of stations: connectors, orders, swaps. `seen`: the operators whose rows are asked for; None: all."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from quanyu.packs import Connection
from quanyu.scenarios.parking.charging import Connector, Lock, Order, OrderStatus, Park, Status
from quanyu.scenarios.parking.swapping import Swap, Work

_SEEN = "tenant=$1 and ($2::text[] is null or operator=any($2))"
_WORK = """
select operator, station, count(*) as swaps, avg(extract(epoch from begun - arrived)) as wait, max(extract(epoch from begun - arrived)) as longest,
  avg(extract(epoch from ended - begun)) as lasted, sum(kwh) as kwh
from parking_swap where tenant=$1 and ($2::text[] is null or operator=any($2)) and begun>=$3 and begun<$4
group by operator, station order by operator, station
"""


async def put_connectors(connection: Connection, tenant: str, connectors: Iterable[Connector]) -> None:
    await connection.executemany(
        """insert into parking_connector(tenant, operator, connector, station, feeder, kw, status, park, bolt, at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (tenant, operator, connector) do update set station=excluded.station, feeder=excluded.feeder,
          kw=excluded.kw, status=excluded.status, park=excluded.park, bolt=excluded.bolt, at=excluded.at
          where parking_connector.at<=excluded.at""",
        [
            (
                tenant, one.operator, one.id, one.station, one.feeder, one.kw, one.status.value, one.park.value,
                one.lock.value, one.at,
            )
            for one in connectors
        ],
    )  # fmt: skip


async def connectors_of(connection: Connection, tenant: str, seen: Sequence[str] | None) -> list[Connector]:
    rows = await connection.fetch(
        f"select * from parking_connector where {_SEEN} order by operator, station, connector", tenant, seen
    )
    return [
        Connector(
            id=row["connector"], operator=row["operator"], station=row["station"], feeder=row["feeder"], kw=row["kw"],
            status=Status(row["status"]), park=Park(row["park"]), lock=Lock(row["bolt"]), at=row["at"],
        )
        for row in rows
    ]  # fmt: skip


async def put_order(connection: Connection, tenant: str, one: Order) -> None:
    await connection.execute(
        """insert into parking_order(tenant, operator, sequence, connector, status, kwh, at) values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (tenant, operator, sequence) do update
        set status=excluded.status, kwh=excluded.kwh, at=excluded.at where parking_order.at<=excluded.at""",
        tenant, one.operator, one.sequence, one.connector, one.status.value, one.kwh, one.at,
    )  # fmt: skip


Place = tuple[datetime, str, str]
"""When, whose, and its sequence."""


async def orders_of(
    connection: Connection, tenant: str, seen: Sequence[str] | None, *, after: Place | None, limit: int
) -> list[Order]:
    """The newest first."""
    rows = await connection.fetch(
        f"""select * from parking_order where {_SEEN} and ($3::timestamptz is null or at<$3 or at=$3 and (operator, sequence)>($4, $5))
        order by at desc, operator, sequence limit $6""",
        tenant, seen, *(after or (None, None, None)), limit,
    )  # fmt: skip
    return [
        Order(
            sequence=row["sequence"], operator=row["operator"], connector=row["connector"], status=OrderStatus(row["status"]),
            kwh=row["kwh"], at=row["at"],
        )
        for row in rows
    ]  # fmt: skip


async def put_swaps(connection: Connection, tenant: str, swaps: Iterable[Swap]) -> None:
    """A swap that has ended does not begin again."""
    await connection.executemany(
        """insert into parking_swap(tenant, operator, sequence, station, arrived, begun, ended, given, taken, kwh)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (tenant, operator, sequence) do update set station=excluded.station, arrived=excluded.arrived,
          begun=excluded.begun, ended=excluded.ended, given=excluded.given, taken=excluded.taken, kwh=excluded.kwh
          where parking_swap.ended is null or excluded.ended is not null""",
        [
            (
                tenant, one.operator, one.sequence, one.station, one.arrived, one.begun, one.ended, one.given, one.taken,
                one.kwh,
            )
            for one in swaps
        ],
    )  # fmt: skip


async def swaps_of(
    connection: Connection,
    tenant: str,
    seen: Sequence[str] | None,
    begin: datetime,
    end: datetime,
    *,
    station: str | None,
    after: Place | None,
    limit: int,
) -> list[Swap]:
    """Begun from `begin` until before `end`, the newest first."""
    rows = await connection.fetch(
        f"""select * from parking_swap where {_SEEN} and begun>=$3 and begun<$4 and ($5::text is null or station=$5)
          and ($6::timestamptz is null or begun<$6 or begun=$6 and (operator, sequence)>($7, $8))
        order by begun desc, operator, sequence limit $9""",
        tenant, seen, begin, end, station, *(after or (None, None, None)), limit,
    )  # fmt: skip
    return [
        Swap(
            sequence=row["sequence"], operator=row["operator"], station=row["station"], arrived=row["arrived"],
            begun=row["begun"], ended=row["ended"], given=row["given"], taken=row["taken"], kwh=row["kwh"],
        )
        for row in rows
    ]  # fmt: skip


async def work_of(
    connection: Connection, tenant: str, seen: Sequence[str] | None, begin: datetime, end: datetime
) -> list[Work]:
    """By operator and station, of the swaps begun from `begin` until before `end`."""
    rows = await connection.fetch(_WORK, tenant, seen, begin, end)
    return [
        Work(
            operator=row["operator"], station=row["station"], swaps=row["swaps"], wait=float(row["wait"]), longest=float(row["longest"]),
            lasted=None if row["lasted"] is None else float(row["lasted"]), kwh=row["kwh"],
        )
        for row in rows
    ]  # fmt: skip
