"""Reports through Open311 beside the least that PostgreSQL needs to keep them, in one run.

Run: python -m bench reports

The senders are a process of their own (load_reports.py). Each report is checked, has its case, its work, its inbox line and its
timeline, and is durable when it is answered; the bare rows beside it are one small transaction for each, on as many connections.
"""

import asyncio
import gc
import json
import resource
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import granian.server.embed
import uvloop
from granian.constants import Interfaces

from quanyu.app.http import entrance
from quanyu.app.node import Node, open_node
from quanyu.app.settings import Settings
from quanyu.app.wiring import at_start
from quanyu.core.process import collect_rarely
from quanyu.store import Database

CODE, CONNECTIONS, SECONDS = "C01003", 32, 10
BARE_TABLE = """
create table bare (tenant text, id text, doc jsonb, primary key (tenant, id));
grant all on bare to quanyu_app;
"""
GOAL = 500


@asynccontextmanager
async def served(node: Node) -> AsyncIterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    server = granian.server.embed.Server(
        entrance(node),
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        websockets=False,
    )
    serving = asyncio.create_task(server.serve())
    await asyncio.sleep(0.5)
    yield port
    server.stop()
    await serving


async def reports(port: int) -> dict[str, float]:
    client = await asyncio.create_subprocess_exec(
        sys.executable, Path(__file__).with_name("load_reports.py"), str(port), str(CONNECTIONS), str(SECONDS), CODE,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await client.communicate()
    found: dict[str, float] = json.loads(output)
    return found


async def bare(database: Database) -> float:
    """Transactions of one row a second."""
    done, until = 0, time.perf_counter() + SECONDS / 2

    async def writer(own: int) -> None:
        nonlocal done
        number = 0
        while time.perf_counter() < until:
            number += 1
            async with database.tenant("local") as connection:
                await connection.execute(
                    "insert into bare values ('local', $1, $2)", f"{own}-{number}", {"text": "x" * 200}
                )
            done += 1

    await asyncio.gather(*(writer(own) for own in range(CONNECTIONS)))
    return done / (SECONDS / 2)


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="quanyu-reports-") as scratch:
        async with open_node(Settings(data=Path(scratch) / "data")) as node:
            await at_start(node, "en")
            async with node.database.owner() as owner:
                await owner.execute(BARE_TABLE)
            least = await bare(node.database)
            gc.freeze()
            async with served(node) as port:
                begun = resource.getrusage(resource.RUSAGE_SELF)
                seen = await reports(port)
                ended = resource.getrusage(resource.RUSAGE_SELF)
            spent = (ended.ru_utime - begun.ru_utime + ended.ru_stime - begun.ru_stime) / (
                seen["rate"] * SECONDS
            )
            print(
                f"reports through Open311: {seen['rate']:,.0f}/s (goal {GOAL}), p50 {seen['p50']:.0f} ms, p99 {seen['p99']:.0f} ms; "
                f"{spent * 1000:.2f} ms of this process each; bare transactions of one row {least:,.0f}/s; ratio {seen['rate'] / least:.2f}"
            )


if __name__ == "__main__":
    collect_rarely()  # as a node does
    uvloop.run(main())
