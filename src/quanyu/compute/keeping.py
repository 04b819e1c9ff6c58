"""How long runs of algorithms are kept: what went into them may be where somebody was."""

from datetime import datetime

from quanyu.store import Database


async def forget_runs(database: Database, tenant: str, *, before: datetime) -> None:
    async with database.tenant(tenant) as connection:
        await connection.execute("delete from compute_run where at < $1", before)
