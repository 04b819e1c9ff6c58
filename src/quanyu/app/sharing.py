"""Where events of other stages meet the sharing of data."""

from quanyu.app.node import Node
from quanyu.core.actor import system_actor
from quanyu.exchange import upkeep
from quanyu.exchange.dataspace.protocol import Message
from quanyu.exchange.dataspace.service import Teller, note_end, note_request
from quanyu.store import Job


async def follow_work(node: Node, job: Job) -> None:
    async with node.database.tenant(job.tenant) as connection:
        await upkeep.follow(connection, job.tenant, str(job.body["instance"]), clock=node.clock)


async def contract_ended(node: Node, job: Job) -> None:
    async with node.database.tenant(job.tenant) as connection:
        await upkeep.ended(connection, job.tenant, job.body["request"], node.folder, clock=node.clock)
        await note_end(connection, job.tenant, str(job.body["contract"]))


async def request_moved(node: Node, job: Job) -> None:
    async with node.database.tenant(job.tenant) as connection:
        await note_request(connection, job.tenant, str(job.body["request"]), str(job.body["state"]))


async def tell_dataspace(node: Node, job: Job) -> None:
    actor = system_actor(job.tenant, "dataspace")
    teller = Teller(node.database, node.folder, node.outgoing, actor, node.clock())
    said = Message(job.body["message"])
    await teller.tell(
        str(job.body["kind"]), str(job.body["pid"]), said, str(job.body["base"]) or node.settings.url
    )
