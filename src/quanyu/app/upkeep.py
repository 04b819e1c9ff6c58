"""What keeps a node tidy by itself: room for tomorrow, what is past its time, history that grows cold."""

import asyncio
import contextlib
import logging
from datetime import timedelta

import asyncpg
import duckdb

from quanyu.act.photos import Album
from quanyu.act.photos.service import sweep as sweep_photos
from quanyu.app.node import Node
from quanyu.compute.city_roads import NETWORKS
from quanyu.compute.keeping import forget_runs
from quanyu.core.errors import Invalid, Unavailable
from quanyu.federation import drop_payloads
from quanyu.govern.imports.tidy import sweep_leftovers
from quanyu.packs._sql import states as pack_states
from quanyu.store import forget_done
from quanyu.twin import partitions_ahead
from quanyu.twin.history.forget import forget_erased
from quanyu.twin.history.seal import seal

_DAY = 24 * 3600
_JOBS_KEPT = timedelta(days=7)
_RUNS_KEPT = timedelta(days=90)
_BEFORE_THE_FIRST = 600  # a node that was started is busy enough

_log = logging.getLogger("quanyu.upkeep")


async def daily(node: Node) -> None:
    await asyncio.sleep(_BEFORE_THE_FIRST)
    while True:
        with contextlib.suppress(Unavailable):
            await make_partitions(node)
            await sweep(node)
            await seal_log(node)
        await asyncio.sleep(_DAY)


async def warm(node: Node) -> None:
    """Where a pack is on, the roads of the city are read before anybody asks for a way, when the node has settled."""
    async with node.database.tenant(node.tenant) as connection:
        wanted = any(row["enabled"] for row in (await pack_states(connection, node.tenant)).values())
    if wanted:
        await NETWORKS.warm(node.database, node.tenant)


async def seal_log(node: Node) -> None:
    """Days that have grown cold become files, what was erased leaves them. A fault is told, and tried again tomorrow."""
    first_kept = node.clock().date() - timedelta(days=node.settings.history_days)
    try:
        await seal(node.database, node.folder, before=first_kept)
        await forget_erased(node.database, node.folder)
    except (OSError, duckdb.Error, asyncpg.PostgresError, Invalid):
        _log.exception("the log is not sealed")


async def sweep(node: Node) -> None:
    now = node.clock()
    await sweep_leftovers(node.database, node.folder, tenant=node.tenant, now=now)
    await sweep_photos(node.database, Album(node.folder), node.tenant, now=now)
    await forget_done(node.database, before=now - _JOBS_KEPT)
    await forget_runs(node.database, node.tenant, before=now - _RUNS_KEPT)
    kept_since = now - timedelta(days=node.settings.message_days)
    await drop_payloads(node.database, node.tenant, before=kept_since)


async def make_partitions(node: Node) -> None:
    async with node.database.system() as connection:
        await partitions_ahead(connection)
