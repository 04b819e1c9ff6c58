"""The log of what moves is kept for an hour: a demonstration that runs for weeks must not fill a disk."""

from datetime import timedelta

from quanyu.app.node import Node
from quanyu.twin import trim_log

KEPT = timedelta(hours=1)
MOVING = ("sanitation-vehicles", "car-parks")


async def shorten_log(node: Node) -> None:
    async with node.database.tenant(node.tenant) as connection:
        await trim_log(connection, node.tenant, datasets=MOVING, before=node.clock() - KEPT)
