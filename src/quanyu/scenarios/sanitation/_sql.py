"""The only SQL of the tables of street cleaning."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from quanyu.packs import Connection
from quanyu.scenarios.sanitation.coverage import Coverage
from quanyu.scenarios.sanitation.model import Finding, Section


async def put_coverage(
    connection: Connection,
    tenant: str,
    day: date,
    sections: Sequence[Section],
    covered: Mapping[str, Coverage],
    now: datetime,
) -> None:
    await connection.execute("delete from sanitation_coverage where tenant=$1 and day=$2", tenant, day)
    await connection.executemany(
        "insert into sanitation_coverage values ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            (tenant, day, one.id, one.street, one.grade, covered[one.id].length, covered[one.id].covered, now)
            for one in sections
        ],
    )


async def put_findings(connection: Connection, tenant: str, day: date, findings: Iterable[Finding]) -> None:
    """A finding that is there already keeps its dispute and its ruling; one that is no more goes unless it is disputed."""
    rows = [
        (
            tenant, finding_id(day, one), day, one.kind.value, one.vehicle, one.section, one.shift, one.begin, one.end, one.value,
        )
        for one in findings
    ]  # fmt: skip
    await connection.execute(
        "delete from sanitation_finding where tenant=$1 and day=$2 and dispute is null and not id=any($3::text[])",
        tenant, day, [row[1] for row in rows],
    )  # fmt: skip
    await connection.executemany(
        """insert into sanitation_finding(tenant, id, day, kind, vehicle, section, shift, begun, ended, value)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (tenant, id) do update set value=excluded.value""",
        rows,
    )


async def coverage_of(connection: Connection, tenant: str, day: date) -> list[Any]:
    rows: list[Any] = await connection.fetch(
        "select * from sanitation_coverage where tenant=$1 and day=$2 order by section", tenant, day
    )
    return rows


async def findings_of(connection: Connection, tenant: str, begin: date, end: date) -> list[Any]:
    """From `begin` until before `end`."""
    rows: list[Any] = await connection.fetch(
        "select * from sanitation_finding where tenant=$1 and day>=$2 and day<$3 order by day, begun, id",
        tenant, begin, end,
    )  # fmt: skip
    return rows


async def findings_against(
    connection: Connection, tenant: str, firm: str, begin: date, end: date
) -> list[Any]:
    """From `begin` until before `end`, of the firm's vehicles and of those that no firm has told of."""
    rows: list[Any] = await connection.fetch(
        """with told as (
          select distinct coalesce(body->>'terminal', body->>'vehicle') as vehicle, firm from sanitation_record
          where tenant=$1 and kind in ('vehicles', 'plan')
        )
        select * from sanitation_finding f where tenant=$1 and day>=$2 and day<$3
          and (vehicle in (select vehicle from told where firm=$4) or not exists (select from told where told.vehicle=f.vehicle))
        order by day, begun, id""",
        tenant, begin, end, firm,
    )  # fmt: skip
    return rows


def finding_id(day: date, one: Finding) -> str:
    said = f"{day}/{one.kind}/{one.vehicle}/{one.section}/{one.shift}/{one.begin.isoformat()}"
    return f"{day:%Y%m%d}-{sha256(said.encode()).hexdigest()[:12]}"


async def finding_of(connection: Connection, tenant: str, id_: str) -> Any:
    return await connection.fetchrow(
        "select * from sanitation_finding where tenant=$1 and id=$2", tenant, id_
    )


async def note_case(connection: Connection, tenant: str, id_: str, case: str) -> None:
    await connection.execute(
        "update sanitation_finding set case_id=$3 where tenant=$1 and id=$2", tenant, id_, case
    )


async def coverage_between(connection: Connection, tenant: str, begin: date, end: date) -> list[Any]:
    """Metres by street, from `begin` until before `end`."""
    rows: list[Any] = await connection.fetch(
        """select street, sum(length) as length, sum(covered) as covered from sanitation_coverage
        where tenant=$1 and day>=$2 and day<$3 group by street""",
        tenant, begin, end,
    )  # fmt: skip
    return rows


async def sections_between(connection: Connection, tenant: str, begin: date, end: date) -> list[Any]:
    """Days that were counted and metres of each section that lies on a street, from `begin` until before `end`."""
    rows: list[Any] = await connection.fetch(
        """select street, section, count(*) as days, sum(length) as length, sum(covered) as covered from sanitation_coverage
        where tenant=$1 and day>=$2 and day<$3 and street<>'' group by street, section order by street, section""",
        tenant, begin, end,
    )  # fmt: skip
    return rows


async def days_counted(connection: Connection, tenant: str, begin: date, end: date) -> int:
    found: int = await connection.fetchval(
        "select count(distinct day) from sanitation_coverage where tenant=$1 and day>=$2 and day<$3",
        tenant, begin, end,
    )  # fmt: skip
    return found
