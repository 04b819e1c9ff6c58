"""The twin's writes and reads, each beside the least that PostgreSQL itself would need for it, in one run.

.venv/bin/python bench/bench_twin.py [ENTITIES]
"""

import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quanyu.core.entity_source import parse_entity
from quanyu.core.geometry import Box
from quanyu.store import Database, EmbeddedPostgres, connect_owner, embedded_address, migrate
from quanyu.twin import EntityQuery, EntityWrite, Near, Op, Writer, count, query, retrieve, settle, write_of

TENANT = "bench"
BATCH = 1000
SENDERS = 4
CLIENTS = 64

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


def sensor(number: int, chance: random.Random) -> dict[str, Any]:
    moment = datetime.now(UTC).isoformat()
    return {
        "id": f"urn:ngsi-ld:AirQualityObserved:bench:{number}",
        "type": "AirQualityObserved",
        "name": {"type": "Property", "value": f"监测点{number}"},
        "pm25": {"type": "Property", "value": chance.randrange(300), "unitCode": "GQ", "observedAt": moment},
        "humidity": {"type": "Property", "value": chance.random(), "observedAt": moment},
        "status": {"type": "Property", "value": "working"},
        "location": {
            "type": "GeoProperty",
            "value": {
                "type": "Point",
                "coordinates": [121 + (number % 1000) / 1000, 31 + number / 1_000_000],
            },
        },
    }


async def batches(database: Database, entities: int) -> None:
    """Whole documents in batches of 1,000 from four senders: parsed and written by us; and the raw upsert with a log row."""
    chance, writer = random.Random(1), Writer(database)
    sources = [sensor(number, chance) for number in range(entities)]

    async def client(first: int) -> None:
        for start in range(first * BATCH, entities, SENDERS * BATCH):
            writes = [write_of(parse_entity(source)) for source in sources[start : start + BATCH]]
            await writer.submit(TENANT, writes)

    for name in ("first", "again"):
        begun = time.perf_counter()
        await asyncio.gather(*map(client, range(SENDERS)))
        ours = entities / (time.perf_counter() - begun)
        begun = time.perf_counter()
        for start in range(0, entities, BATCH):
            part = sources[start : start + BATCH]
            async with database.tenant(TENANT) as connection:
                await connection.execute(RAW, TENANT, [one["id"] for one in part], part)
        raw = entities / (time.perf_counter() - begun)
        print(
            f"batches of {BATCH}, {name}: {ours:,.0f} entities/s; raw upsert with log {raw:,.0f}/s; ratio {ours / raw:.2f}"
        )


async def singles(database: Database, entities: int) -> None:
    """One attribute at a time from 64 clients, each answered after its commit."""
    writer, chance, times = Writer(database), random.Random(2), []

    async def client() -> None:
        for _ in range(300):
            id = f"urn:ngsi-ld:AirQualityObserved:bench:{chance.randrange(entities)}"
            document = {"pm25": {"type": "Property", "value": chance.randrange(300)}}
            write = EntityWrite(id=id, op=Op.MERGE, types=("AirQualityObserved",), document=document)
            begun = time.perf_counter()
            await writer.submit(TENANT, [write])
            times.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    rate = len(times) / (time.perf_counter() - begun)
    p99 = statistics.quantiles(times, n=100)[98] * 1000
    print(f"single updates, {CLIENTS} clients: {rate:,.0f}/s, p99 {p99:.1f} ms")


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


async def main(entities: int) -> None:
    with tempfile.TemporaryDirectory(prefix="quanyu-bench-") as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres")
        await server.start()
        owner = await connect_owner(embedded_address(server))
        await migrate(owner, ("store", "twin"))
        await owner.execute(RAW_TABLE)
        await owner.close()
        database = await Database.open(embedded_address(server))
        await batches(database, entities)
        await settle(database)
        await singles(database, entities)
        await reads(database, entities)
        await database.close()
        await server.stop()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
