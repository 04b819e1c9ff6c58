"""Before the node listens: is this folder for a demonstration, and are its organisations there?"""

from datetime import UTC

from quanyu.act.cases._laid_sql import put_duties
from quanyu.app.demo.duties import DUTIES
from quanyu.app.demo.marker import Marker, check_seed, read_marker, write_marker
from quanyu.app.demo.names import CITY
from quanyu.app.demo.organisations import ORGANISATIONS
from quanyu.app.demo.sources import pause_sensors
from quanyu.app.node import Node
from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import system_actor
from quanyu.core.errors import Conflict
from quanyu.core.messages import text
from quanyu.identity.organisations.service import put_organisations
from quanyu.store import Connection

LOOPBACK = "127.0.0.1"

_ANY_DATA = (
    "select exists (select from dataset) or exists (select from source) or exists (select from entity)"
)


async def at_start(node: Node, language: str) -> list[str]:
    """Nothing for a node that is none. Raises Conflict for a folder with other data, or with another city."""
    if not node.settings.demo:
        return []
    seed = node.settings.demo_seed
    async with node.database.tenant(node.tenant) as connection:
        known = read_marker(node.folder)
        if known is None:
            await _begin(node, connection)
        elif known.departed:
            return []
        else:
            check_seed(known, seed)
            await pause_sensors(connection, node.tenant)
    return [text("app.demo.begun", language, city=CITY, seed=seed)]


def is_demo(node: Node) -> bool:
    """Invented data stays marked as such when the folder is started without --demo; it only stands still then."""
    known = read_marker(node.folder)
    return node.settings.demo if known is None else not known.departed


def outgoing(node: Node) -> Outgoing:
    """The sensors of the demonstration speak to a broker on this machine."""
    if not node.settings.demo:
        return node.outgoing
    return Outgoing((*node.outgoing.allowed, LOOPBACK))


async def _begin(node: Node, connection: Connection) -> None:
    if await connection.fetchval(_ANY_DATA):
        raise Conflict("app.demo.other_data", folder=str(node.folder))
    await put_organisations(connection, system_actor(node.tenant, "demo"), ORGANISATIONS)
    await put_duties(connection, node.tenant, DUTIES)
    begun = node.clock().astimezone(UTC).replace(microsecond=0)
    write_marker(node.folder, Marker(seed=node.settings.demo_seed, begun=begun))
