"""The broker through HTTP beside the least that PostgreSQL and a bare server would need for it, in one run.

.venv/bin/python bench/bench_twin.py [ENTITIES]

The node is `quanyu start --dev` with a process for each core. What is written is validated, durable when it is answered, and has
its history. The client is outside: wrk (a package of Debian) where it is installed, because it leaves the cores to the node, else,
and for batches, a process of Python (load.py).
"""

import asyncio
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import granian.server.embed
import uvloop
from granian.constants import Interfaces
from least import TABLES, UPSERT, Least, bare
from load import sensor

from quanyu.app.node import Node, open_node
from quanyu.app.settings import MOST_WORKERS, Settings
from quanyu.core.geometry import Box
from quanyu.core.process import collect_rarely
from quanyu.store import Database, connect_owner, embedded_address
from quanyu.twin import EntityQuery, Near, count, query, retrieve, settle

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.running import RunningNode, node_in

TENANT = "local"
BATCH = 200
SECONDS = "6"
WRK = shutil.which("wrk")
_LOADING_SECONDS = 6
"""Until the other processes of the node answer, too."""


@asynccontextmanager
async def served(application: Any) -> AsyncIterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    server = granian.server.embed.Server(
        application,
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


async def seen(port: int, kind: str, connections: int, entities: int) -> dict[str, float]:
    here, asked = Path(__file__), tuple[str | Path, ...]()
    if kind != "batch" and WRK is not None:
        asked = (
            WRK, "-t1", f"-c{connections}", f"-d{SECONDS}s", "-s", here.with_name("load.lua"), f"http://127.0.0.1:{port}",
            "--", kind, str(entities),
        )  # fmt: skip
    else:
        asked = (
            sys.executable, here.with_name("load.py"), str(port), kind, str(connections), SECONDS, str(entities),
        )  # fmt: skip
    client = await asyncio.create_subprocess_exec(*asked, stdout=subprocess.PIPE)
    output, _ = await client.communicate()
    found: dict[str, float] = json.loads(output.splitlines()[-1])
    if found["refused"]:
        raise RuntimeError(f"{found['refused']:,.0f} requests of kind {kind} were refused")
    return found


async def batches(database: Database, port: int, entities: int) -> None:
    chance = random.Random(1)
    sources = [sensor(number, chance) for number in range(entities)]
    for name in ("first", "again"):
        ours = await seen(port, "batch", 8, entities)
        begun = time.perf_counter()
        for start in range(0, entities, BATCH):
            part = sources[start : start + BATCH]
            async with database.tenant(TENANT) as connection:
                await connection.execute(UPSERT, TENANT, [one["id"] for one in part], part)
        raw = entities / (time.perf_counter() - begun)
        print(
            f"batch upsert of {BATCH}, {name}: {ours['rate']:,.0f} entities/s, p99 {ours['p99']:.0f} ms; "
            f"raw upsert with log {raw:,.0f}/s; ratio {ours['rate'] / raw:.2f} (goal >= 0.5)"
        )


async def singles(database: Database, port: int, entities: int) -> None:
    async with served(bare) as bare_port:
        answering = await seen(bare_port, "update", 64, entities)
    async with served(Least(database, TENANT)) as least_port:
        least = await seen(least_port, "update", 64, entities)
    ours = await seen(port, "update", 64, entities)
    print(
        f"one attribute, 64 connections: {ours['rate']:,.0f}/s, p99 {ours['p99']:.0f} ms (goal <= 30); "
        f"bare endpoint {answering['rate']:,.0f}/s; ratio {ours['rate'] / answering['rate']:.2f} (goal >= 0.25); "
        f"least server that writes, without validation, {least['rate']:,.0f}/s; ratio {ours['rate'] / least['rate']:.2f}"
    )


async def answers(port: int, entities: int) -> None:
    for kind, name in (("retrieve", "retrieve by id"), ("query", "20 of a type by q and near")):
        ours = await seen(port, kind, 64, entities)
        print(f"{name} over HTTP, 64 connections: {ours['rate']:,.0f}/s, p99 {ours['p99']:.0f} ms")


async def reads(database: Database, entities: int) -> None:
    chance = random.Random(3)
    some_id = f"urn:ngsi-ld:AirQualityObserved:bench:{entities // 2}"
    box = Box(121.5, 31.0, 121.51, 32.0)
    asked: dict[str, Callable[[Any], Awaitable[object]]] = {
        "retrieve by id": lambda c: retrieve(c, TENANT, some_id),
        "20 of a type": lambda c: query(c, TENANT, EntityQuery(types=("AirQualityObserved",))),
        "20 in a box": lambda c: query(c, TENANT, EntityQuery(types=("AirQualityObserved",), box=box)),
        "20 within 500 m": lambda c: query(
            c,
            TENANT,
            EntityQuery(types=("AirQualityObserved",), near=Near(121 + chance.random(), 31.02, 500)),
        ),
        "20 by text": lambda c: query(c, TENANT, EntityQuery(text=f"监测点{chance.randrange(entities)}")),
        "count of a type": lambda c: count(c, TENANT, ("AirQualityObserved",)),
    }
    for name, ask in asked.items():
        times = []
        for _ in range(100):
            async with database.tenant(TENANT) as connection:
                begun = time.perf_counter()
                await ask(connection)
                times.append((time.perf_counter() - begun) * 1000)
        print(
            f"{name}: p50 {statistics.median(times):.2f} ms, p99 {statistics.quantiles(times, n=100)[98]:.2f} ms"
        )


async def measured(running: RunningNode, node: Node, entities: int) -> None:
    assert node.postgres is not None
    owner = await connect_owner(embedded_address(node.postgres))
    await owner.execute(TABLES)
    await owner.close()
    port = int(running.url.rpartition(":")[2])
    print("client:", "load.py" if WRK is None else "wrk; load.py for batches")
    await asyncio.sleep(_LOADING_SECONDS)
    await batches(node.database, port, entities)
    await settle(node.database)
    await singles(node.database, port, entities)
    await answers(port, entities)
    await reads(node.database, entities)


async def main(entities: int) -> None:
    processes = str(min(len(os.sched_getaffinity(0)), MOST_WORKERS))
    with tempfile.TemporaryDirectory(prefix="quanyu-bench-") as folder:
        data = Path(folder) / "data"
        with node_in(data, "--dev", "--workers", processes) as running:
            async with open_node(Settings(data=data, dev=True), beside=True) as node:
                await measured(running, node, entities)
            running.stop()


if __name__ == "__main__":
    collect_rarely()  # as a node does
    uvloop.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
