"""More processes of one node that answer on its port, so that it uses more than one core (record 0032).

What runs beside the web application runs in the first process alone; the others answer requests, share its database and
end with it. One that ends by itself is started again.
"""

import asyncio
import contextlib
import logging
import signal
import sys

from quanyu.app.health import REQUESTS
from quanyu.app.http import entrance
from quanyu.app.lasting import lasting
from quanyu.app.lines import Lines
from quanyu.app.memory import be_sparing, give_back
from quanyu.app.node import open_node
from quanyu.app.server import server_for
from quanyu.app.settings import Settings, handed
from quanyu.app.stopping import GRACE_SECONDS, asked_to_stop, end
from quanyu.app.wiring import in_worker
from quanyu.core.modules import do_without_pandas
from quanyu.core.process import undisturbed
from quanyu.query.opening import DUCKDB
from quanyu.store import dying_with_parent
from quanyu.twin import Common

_PAUSE_SECONDS = 0.5
_STOP_SECONDS = GRACE_SECONDS + 5

_log = logging.getLogger("quanyu.workers")


async def keep(settings: Settings, common: Common) -> None:
    """As many processes as the settings say, this one among them; until cancelled, then they end."""
    tasks = [asyncio.create_task(_keep_one(settings, common, part)) for part in range(1, settings.workers)]
    try:
        await asyncio.gather(asyncio.Event().wait(), *tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _keep_one(settings: Settings, common: Common, part: int) -> None:
    while True:
        process = await _started(settings, common, part)
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            await _stopped(process)
            raise
        _log.warning("a worker ended with %s and is started again", code)
        await asyncio.sleep(_PAUSE_SECONDS)


async def _started(settings: Settings, common: Common, part: int) -> asyncio.subprocess.Process:
    """The settings go through a pipe, because there are secrets among them. `part`: of the figures for /metrics."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "quanyu.app.worker", str(common.file), str(REQUESTS.file), str(part),
        stdin=asyncio.subprocess.PIPE, pass_fds=(common.file, REQUESTS.file), start_new_session=True,
        preexec_fn=dying_with_parent(signal.SIGTERM),  # ends it without a word, also while it still starts
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(handed(settings))
    with contextlib.suppress(ConnectionError):
        await process.stdin.drain()
    process.stdin.close()
    return process


async def _stopped(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def work(settings: Settings, common: Common) -> None:
    """What such a process does, until it is asked to stop."""
    be_sparing()
    if settings.engine == DUCKDB:
        do_without_pandas()  # Spark Connect needs it
    asked = asked_to_stop()
    async with open_node(settings, worker=True, common=common) as node:
        lines = Lines()
        with undisturbed():
            server = server_for(settings, entrance(node, lines))
        background = [asyncio.create_task(lasting(part)) for part in (*in_worker(node), give_back)]
        serving = asyncio.create_task(server.serve())
        stopping = asyncio.create_task(asked.stop.wait())
        await asyncio.wait({serving, stopping, *background}, return_when=asyncio.FIRST_COMPLETED)
        server.stop()
        lines.end()
        await asyncio.wait({serving}, timeout=GRACE_SECONDS)
        await end(serving, stopping, *background)
