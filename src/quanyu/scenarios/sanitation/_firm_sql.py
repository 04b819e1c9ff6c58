"""The only SQL of what the firm's platform says."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from quanyu.packs import Connection
from quanyu.scenarios.sanitation.firm import Judged, Kind, Record

Row = Mapping[str, Any]


async def put_records(
    connection: Connection, tenant: str, firm: str, kind: Kind, records: Iterable[Record], now: datetime
) -> None:
    """The newest word on each thing stands."""
    await connection.executemany(
        """insert into sanitation_record values ($1, $2, $3, $4, $5, $6, $7) on conflict (tenant, firm, kind, code) do update
        set at=excluded.at, received=excluded.received, body=excluded.body where sanitation_record.at<=excluded.at""",
        [(tenant, firm, kind.value, one.code, one.at or now, now, dict(one.body)) for one in records],
    )


async def put_delivery(
    connection: Connection, tenant: str, firm: str, kind: Kind, judged: Judged, now: datetime
) -> None:
    lags = [(now - one.at).total_seconds() for one in judged.accepted if one.at is not None]
    await connection.execute(
        """insert into sanitation_delivery values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (tenant, firm, kind, received) do update set
          accepted=sanitation_delivery.accepted+excluded.accepted, refused=sanitation_delivery.refused+excluded.refused""",
        tenant, firm, kind.value, now, len(judged.accepted), judged.refused, sum(lags) / len(lags) if lags else None,
        dict(judged.faults), dict(judged.filled),
    )  # fmt: skip


async def deliveries_of(
    connection: Connection, tenant: str, firms: Collection[str] | None, begin: datetime, end: datetime
) -> list[Row]:
    """From `begin` until before `end`, the newest first; `firms` None: of all."""
    rows: list[Row] = await connection.fetch(
        """select * from sanitation_delivery where tenant=$1 and ($2::text[] is null or firm=any($2))
        and received>=$3 and received<$4 order by received desc, firm, kind""",
        tenant, None if firms is None else list(firms), begin, end,
    )  # fmt: skip
    return rows


async def records_of(
    connection: Connection,
    tenant: str,
    kind: Kind,
    begin: datetime | None = None,
    end: datetime | None = None,
) -> list[Row]:
    """Of all firms; from `begin` until before `end` where they are given."""
    rows: list[Row] = await connection.fetch(
        """select firm, code, at, body, case_id from sanitation_record where tenant=$1 and kind=$2
        and ($3::timestamptz is null or at>=$3) and ($4::timestamptz is null or at<$4) order by at, code""",
        tenant, kind.value, begin, end,
    )  # fmt: skip
    return rows


async def counts(connection: Connection, tenant: str, firm: str) -> dict[str, int]:
    """A firm's things by kind."""
    rows = await connection.fetch(
        "select kind, count(*) as count from sanitation_record where tenant=$1 and firm=$2 group by kind",
        tenant, firm,
    )  # fmt: skip
    return {row["kind"]: row["count"] for row in rows}


async def note_case(connection: Connection, tenant: str, firm: str, code: str, case: str) -> None:
    await connection.execute(
        "update sanitation_record set case_id=$4 where tenant=$1 and firm=$2 and kind='inspections' and code=$3",
        tenant, firm, code, case,
    )  # fmt: skip
