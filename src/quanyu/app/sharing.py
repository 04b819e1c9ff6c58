"""Where events of other stages meet the sharing of data."""

from quanyu.app.node import Node
from quanyu.core.actor import system_actor
from quanyu.exchange import upkeep
from quanyu.exchange.dataspace.desks import Desks
from quanyu.exchange.dataspace.protocol import Message, Side
from quanyu.exchange.dataspace.provider import note_end, note_request
from quanyu.exchange.dataspace.rehearsal import read_rehearsal
from quanyu.exchange.dataspace.telling import Teller, Telling
from quanyu.exchange.disputes import derived
from quanyu.exchange.elements.copies import Copies
from quanyu.govern.catalogue import service as catalogue
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


async def mark_derived(node: Node, job: Job) -> None:
    said = job.body
    async with node.database.tenant(job.tenant) as connection:
        await derived.mark_derived(
            connection, job.tenant, dispute=str(said["dispute"]), dataset=str(said["dataset"]), version=int(said["version"]),
            now=node.clock(),
        )  # fmt: skip


async def look_for_copies(node: Node, job: Job) -> None:
    """Of one element in the whole catalogue, once its source is settled or it has got other names; other nodes hear of it, too."""
    async with node.database.tenant(job.tenant) as connection:
        desk = Copies(connection, system_actor(job.tenant, "sharing"), node.clock())
        await desk.look_for(str(job.body["element"]))
        await catalogue.touch_naming(connection, job.tenant, str(job.body["element"]), at=node.clock())


async def look_at_entry(node: Node, job: Job) -> None:
    """Of all elements in one entry."""
    async with node.database.tenant(job.tenant) as connection:
        desk = Copies(connection, system_actor(job.tenant, "sharing"), node.clock())
        await desk.look_at(str(job.body["dataset"]))


async def tell_dataspace(node: Node, job: Job) -> None:
    actor = system_actor(job.tenant, "dataspace")
    teller = Teller(
        database=node.database, desks=desks_of(node), outgoing=node.outgoing, actor=actor, now=node.clock(), base=node.settings.url
    )  # fmt: skip
    body = job.body
    wanted = Telling(
        kind=str(body["kind"]), side=Side(body.get("side", Side.PROVIDER)), pid=str(body["pid"]), said=Message(body["message"])
    )  # fmt: skip
    await teller.tell(wanted)


def desks_of(node: Node) -> Desks:
    """A rehearsal is read in development mode only."""
    path = node.settings.rehearsal if node.settings.dev else None
    return Desks(node.folder, read_rehearsal(path) if path else None)
