"""Runs a node in the foreground: API, portal and jobs, until SIGINT or SIGTERM."""

import asyncio
import contextlib

from quanyu.app import workers
from quanyu.app.http import entrance
from quanyu.app.lasting import lasting
from quanyu.app.lines import Lines
from quanyu.app.memory import give_back
from quanyu.app.node import Node, open_node
from quanyu.app.operations.restoration import restore_if_asked, until_asked
from quanyu.app.server import server_for
from quanyu.app.settings import ADDRESS, Settings
from quanyu.app.start import Say, Starting
from quanyu.app.stopping import GRACE_SECONDS, Asked, end
from quanyu.app.wiring import at_start, handlers, in_background
from quanyu.core.errors import Invalid
from quanyu.core.messages import text
from quanyu.core.modules import do_without_pandas
from quanyu.core.process import undisturbed
from quanyu.identity import any_password_set
from quanyu.query.opening import DUCKDB
from quanyu.store import Worker
from quanyu.twin import Common


async def serve(settings: Settings, database: Starting | None, asked: Asked, say: Say, language: str) -> bool:
    """True where it wants to be started again. `database`: of this folder, where it is starting already. Raises as `start`."""
    if settings.engine == DUCKDB:
        do_without_pandas()  # Spark Connect needs it
    await restore_if_asked(settings, say, language)
    common = Common.made() if settings.workers > 1 else None
    async with open_node(settings, starting=database, common=common) as node:
        await _check_address(node)
        for line in await at_start(node, language):
            say(line)
        if settings.dev:
            say(f"\x1b[1;31m{text('app.start.dev', language)}\x1b[0m")
        return await _run(node, common, asked, say)


async def _run(node: Node, common: Common | None, asked: Asked, say: Say) -> bool:
    lines = Lines()
    with undisturbed():
        server = server_for(node.settings, entrance(node, lines))
    worker = asyncio.create_task(lasting(Worker(node.database, handlers(node)).run))
    parts = [asyncio.create_task(lasting(part)) for part in (*in_background(node), give_back)]
    vital = [worker]
    if node.postgres is not None:
        vital.append(asyncio.create_task(node.postgres.supervise()))
    if common is not None:
        vital.append(asyncio.create_task(workers.keep(node.settings, common)))
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(asked.stop.wait())
    hurrying = asyncio.create_task(asked.hurry.wait())
    again = asyncio.create_task(until_asked(node.folder))
    await _until_listening(node.settings, serving)
    (node.folder / ADDRESS).write_text(node.settings.local_url, encoding="utf-8")
    say(f"Quanyu 全域: {node.settings.url}")
    await asyncio.wait({serving, stopping, again, *vital}, return_when=asyncio.FIRST_COMPLETED)
    server.stop()
    lines.end()
    await asyncio.wait({serving, hurrying}, timeout=GRACE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    wanted = again.done() and not asked.stop.is_set()
    await end(serving, *vital, *parts, stopping, again, hurrying)
    return wanted


async def _until_listening(settings: Settings, serving: asyncio.Task[object]) -> None:
    while not serving.done():
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(settings.local_host, settings.port)
            writer.close()
            return
        await asyncio.sleep(0.02)


async def _check_address(node: Node) -> None:
    if node.settings.loopback:
        return
    if node.settings.dev:
        raise Invalid("app.start.dev_loopback")
    if not await any_password_set(node.database, node.tenant):
        raise Invalid("app.start.loopback_only")
