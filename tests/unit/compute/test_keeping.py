"""Runs go when their time is over."""

from datetime import UTC, datetime, timedelta

from quanyu.compute.keeping import forget_runs
from quanyu.store import Database

NOW = datetime(2026, 11, 21, tzinfo=UTC)


async def test_a_run_goes_with_what_went_into_it_once_it_is_old(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        for days in (91, 1):
            await connection.execute(
                "insert into compute_run (tenant, process, version, inputs, outputs, metrics, at, author) "
                "values ($1, 'tours', '1', '{}', '{}', '{}', $2, 'a')",
                tenant, NOW - timedelta(days=days),
            )  # fmt: skip
    await forget_runs(database, tenant, before=NOW - timedelta(days=90))
    async with database.tenant(tenant) as connection:
        assert await connection.fetchval("select array_agg(at) from compute_run") == [NOW - timedelta(days=1)]
