"""The broker through HTTP beside the least that PostgreSQL and a bare server would need for it, in one run.

.venv/bin/python bench/bench_twin.py [ENTITIES]

The node is `quanyu start --dev` with a process for each core, the client a process of its own (load.py). What is written is validated,
durable when it is answered, and has its history.
"""

import asyncio
import json
import os
import random
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
_LOADING_SECONDS = 6
"""Until the other processes of the node answer, too."""

RAW_TABLE = """
create table raw (tenant text, id text, doc jsonb, primary key (tenant, id));
create table raw_log (tenant text, seq bigint generated always as identity, id text, doc jsonb, primary key (tenant, seq));
grant all on raw, raw_log to quanyu_app;
"""
RAW = """
with u as (insert into raw select $1, * from unnest($2::text[], $3::jsonb[])
  on conflict (tenant, id) do update set doc = raw.doc || excluded.doc)
insert into raw_log (tenant, id, doc) select $1, * from unnest($2::text[], $3::jsonb[])
"""


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """The least that answers a request."""
    await receive()
    await send({"type": "http.response.start", "status": 204, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


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
    client = await asyncio.create_subprocess_exec(
        sys.executable, Path(__file__).with_name("load.py"),
        str(port), kind, str(connections), SECONDS, str(entities), stdout=subprocess.PIPE,
    )  # fmt: skip
    output, _ = await client.communicate()
    found: dict[str, float] = json.loads(output)
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
                await connection.execute(RAW, TENANT, [one["id"] for one in part], part)
        raw = entities / (time.perf_counter() - begun)
        print(
            f"batch upsert of {BATCH}, {name}: {ours['rate']:,.0f} entities/s, p99 {ours['p99']:.0f} ms; "
            f"raw upsert with log {raw:,.0f}/s; ratio {ours['rate'] / raw:.2f} (goal >= 0.5)"
        )


async def singles(port: int, entities: int) -> None:
    async with served(bare) as bare_port:
        least = await seen(bare_port, "update", 64, entities)
    ours = await seen(port, "update", 64, entities)
    print(
        f"one attribute, 64 connections: {ours['rate']:,.0f}/s, p99 {ours['p99']:.0f} ms (goal <= 30); "
        f"bare endpoint {least['rate']:,.0f}/s; ratio {ours['rate'] / least['rate']:.2f} (goal >= 0.25)"
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
    await owner.execute(RAW_TABLE)
    await owner.close()
    port = int(running.url.rpartition(":")[2])
    await asyncio.sleep(_LOADING_SECONDS)
    await batches(node.database, port, entities)
    await settle(node.database)
    await singles(port, entities)
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
