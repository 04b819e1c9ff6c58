"""Where events of other stages meet the sharing of data."""

from quanyu.app.node import Node
from quanyu.exchange import upkeep
from quanyu.store import Job


async def follow_work(node: Node, job: Job) -> None:
    async with node.database.tenant(job.tenant) as connection:
        await upkeep.follow(connection, job.tenant, str(job.body["instance"]), clock=node.clock)


async def contract_ended(node: Node, job: Job) -> None:
    async with node.database.tenant(job.tenant) as connection:
        await upkeep.ended(connection, job.tenant, job.body["request"], node.folder, clock=node.clock)
