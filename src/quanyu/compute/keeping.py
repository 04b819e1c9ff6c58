"""Runs of algorithms are kept, for a while: what went into them may be where somebody was."""

from datetime import datetime

from quanyu.compute.processes import Run
from quanyu.core.actor import Actor
from quanyu.store import Connection, Database


async def keep_run(connection: Connection, actor: Actor, run: Run, *, now: datetime) -> int:
    """Its number."""
    number: int = await connection.fetchval(
        """insert into compute_run(tenant, process, version, inputs, outputs, metrics, at, author)
        values ($1, $2, $3, $4, $5, $6, $7, $8) returning id""",
        actor.tenant, run.process, run.version, run.inputs, run.outputs, run.metrics, now, actor.id,
    )  # fmt: skip
    return number


async def forget_runs(database: Database, tenant: str, *, before: datetime) -> None:
    async with database.tenant(tenant) as connection:
        await connection.execute("delete from compute_run where at < $1", before)
