"""Measures over the records of a dataset, by the day that a column names."""

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from quanyu.evaluate.indicators.compute import Wanted, compute
from quanyu.evaluate.indicators.dataset_records import dataset_records
from quanyu.evaluate.indicators.definitions import publish
from quanyu.evaluate.indicators.periods import Period, PeriodKind
from quanyu.evaluate.indicators.records import Drill
from quanyu.query import DuckEngine
from quanyu.store import Connection, Database
from tests.unit.evaluate.indicators.test_definitions import parse_definition, said

NOW = datetime(2026, 4, 20, 3, tzinfo=UTC)
RECORDS = """
select n as _row, 'x' as _flags, timestamp '2026-01-31 23:30:00' + n * interval '1 hour' as "受理时间",
  case when n % 3 = 0 then '满意' when n % 3 = 1 then '不满意' end as "满意度", (n * 10)::varchar as minutes
from range(6) t(n)
"""


async def kept(connection: Connection, tenant: str, folder: Path) -> None:
    """Six requests around the end of January, as an import leaves them."""
    path = Path("datasets") / tenant / "requests" / "first.parquet"
    (folder / path).parent.mkdir(parents=True)
    with duckdb.connect() as engine:
        engine.sql(RECORDS).write_parquet(str(folder / path))
    await connection.execute(
        "insert into dataset (tenant, name, title, created, modified) values ($1, 'requests', 'r', $2, $2)",
        tenant,
        NOW,
    )
    await connection.execute(
        "insert into dataset_import (tenant, id, dataset, state, fingerprint, files, options, actor, arrived) "
        "values ($1, 'first', 'requests', 'done', 'f', '[]', '{}', 'me', $2)", tenant, NOW,
    )  # fmt: skip
    await connection.execute(
        "insert into dataset_part (tenant, dataset, import, role, path, bytes, version) values ($1, 'requests', 'first', 'accepted', $2, 1, 1)",
        tenant, str(path),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("formula", "january", "february"),
    [("count(dataset requests at 受理时间)", 1, 5), ("share(满意度 = '满意' of dataset requests at 受理时间 where 满意度 known)", 1, 1 / 3),
     ("sum(minutes of dataset requests at 受理时间)", 0, 150), ("percentile(50, minutes of dataset requests at 受理时间 where minutes > 10)", None, 35),
     ("avg(minutes of dataset requests at 受理时间 where weather = 1)", None, None), ("count(dataset ships at day)", None, None)],
)  # fmt: skip
async def test_records_count_in_the_month_of_their_day(
    database: Database, tenant: str, folder: Path, formula: str, january: float | None, february: float | None
) -> None:
    async with database.tenant(tenant) as connection:
        await kept(connection, tenant, folder)
        await publish(connection, tenant, said(formula), by="me", now=NOW)
        done = await compute(connection, tenant, folder, Wanted(), now=NOW)
    found = {one.period.start: one.value for one in done.values}
    assert found.get(date(2026, 1, 1)) == january
    assert found.get(date(2026, 2, 1)) == february


async def test_the_rows_behind_a_number_are_as_many_as_it_says(
    database: Database, tenant: str, folder: Path
) -> None:
    measure = parse_definition(
        said("share(满意度 = '满意' of dataset requests at 受理时间 where 满意度 known)")
    ).measures[0]
    february = Period(PeriodKind.MONTH, date(2026, 2, 1))
    async with database.tenant(tenant) as connection:
        await kept(connection, tenant, folder)
        whole = await dataset_records(
            connection, DuckEngine(folder), folder, Drill(measure=measure, period=february, limit=2)
        )
        rest = await dataset_records(
            connection, DuckEngine(folder), folder, Drill(measure=measure, period=february, after=whole[2])
        )
        part = await dataset_records(
            connection, DuckEngine(folder), folder, Drill(measure=measure, period=february, part=True)
        )
    assert (whole[0], len(whole[1]), len(rest[1]), rest[2], part[0]) == (3, 2, 1, None, 1)
    assert part[1][0].facts == {"满意度": "满意"}
