"""The temporal evolution of a sensor: aggregates, values and the newest of 10,000 points, hot, sealed and both.

Run: python bench/bench_history.py [entities]
"""

import asyncio
import gc
import json
import resource
import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from quanyu.core.actor import Actor, ActorKind
from quanyu.core.process import collect_rarely
from quanyu.store import Database, EmbeddedPostgres, connect_owner, embedded_address, migrate
from quanyu.twin.history import Archive
from quanyu.twin.history.seal import seal
from quanyu.twin.history.sealed import day_path
from quanyu.twin.http import Door, NgsiApp
from quanyu.twin.http.sight import WholeTenant
from quanyu.twin.writer import Writer

TENANT = "bench"
POINTS = 10_000
DAYS = 10
PACKAGES = ("store", "identity", "connect", "govern", "twin")

FILL = """
insert into change (tenant, seq, entity, type, ts, observed, op, attrs)
select $1, (p - 1) * $2 + e, 'urn:ngsi-ld:Sensor:' || e, 'Sensor', t.ts, t.ts, 1, jsonb_build_object(
  'temperature', jsonb_build_object('type', 'Property', 'value', round((20 + 8 * sin(p / 300.0 + e))::numeric, 2),
                                    'unitCode', 'CEL', 'observedAt', to_char(t.ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')))
from generate_series(1, $2::int) e, generate_series(1, $3::int) p,
     lateral (select $4::timestamptz + (p - 1) * $5::interval + e * interval '1 millisecond' as ts) t
"""
KNOWN = """
insert into entity (tenant, id, type, doc, version, created, modified)
select $1, 'urn:ngsi-ld:Sensor:' || e, 'Sensor', '{"temperature": {"type": "Property", "value": 1}}', 1, $3, $3 from generate_series(1, $2::int) e
"""


async def main(entities: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = EmbeddedPostgres(folder / "postgres")
        await server.start()
        try:
            owner = await connect_owner(embedded_address(server))
            await migrate(owner, PACKAGES)
            await owner.close()
            database = await Database.open(embedded_address(server))
            await measured(database, folder, entities)
            await database.close()
            gc.unfreeze()
        finally:
            await server.stop()


async def measured(database: Database, folder: Path, entities: int) -> None:
    today = datetime.now(UTC).date()
    first = today - timedelta(days=DAYS - 1)
    await fill(database, first, entities)
    app = application(database, folder)
    gc.freeze()  # as a node does
    await asked(app, "all in the database", entities)
    for before, title in ((today, f"{DAYS - 1} days sealed"), (today + timedelta(days=1), "all sealed")):
        cpu, began = cpu_seconds(), time.perf_counter()
        days = await seal(database, folder, before=before)
        rows, seconds = sum(one.rows for one in days), time.perf_counter() - began
        size = sum(day_path(folder, TENANT, one.day).stat().st_size for one in days)
        print(
            f"sealed {rows:,} rows in {seconds:.1f} s ({rows / seconds:,.0f}/s, own CPU {cpu_seconds() - cpu:.1f} s), "
            f"{size / rows:.1f} B a row in {len(days)} files"
        )
        await asked(app, title, entities)


async def fill(database: Database, first: date, entities: int) -> None:
    began = time.perf_counter()
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    async with database.owner() as connection:
        for number in range(DAYS):
            day = first + timedelta(days=number)
            bounds = f"from ('{day} 00:00+00') to ('{day + timedelta(days=1)} 00:00+00')"
            name = f"change_{day:%Y%m%d}"
            await connection.execute(
                f"create table if not exists {name} partition of change for values {bounds}"
            )
        step = timedelta(days=DAYS) / POINTS - timedelta(milliseconds=100)
        await connection.execute(FILL, TENANT, entities, POINTS, start, step)
        await connection.execute(KNOWN, TENANT, entities, start)
        await connection.execute("vacuum analyze change")
        size = await connection.fetchval(
            "select sum(pg_total_relation_size(inhrelid)) from pg_inherits where inhparent = 'change'::regclass"
        )
    rows = entities * POINTS
    print(
        f"{rows:,} rows of {entities} entities in {time.perf_counter() - began:.0f} s, {size / rows:.0f} B a row with indexes"
    )


def application(database: Database, folder: Path) -> NgsiApp:
    async def authorize(scope: object, action: str) -> Actor:
        return Actor(id="bench", tenant=TENANT, kind=ActorKind.ACCOUNT, roles=frozenset({"data_officer"}))

    archive = Archive(folder=folder, page=POINTS)
    door = Door(database=database, writer=Writer(database), sight=WholeTenant(), history=archive)
    return NgsiApp(door, authorize)


async def asked(app: NgsiApp, title: str, entities: int) -> None:
    one = "temporal/entities/urn:ngsi-ld:Sensor:7?attrs=temperature"
    some = "temporal/entities?type=Sensor&limit=100&timerel=after&timeAt=2000-01-01T00:00:00Z&lastN=1"
    print(f"-- {title}")
    for what, target in (
        (
            f"{POINTS:,} points by hour, 4 methods",
            f"{one}&options=aggregatedValues&aggrMethods=avg,min,max,stddev&aggrPeriodDuration=PT1H",
        ),
        (
            f"{POINTS:,} points by day, 1 method",
            f"{one}&options=aggregatedValues&aggrMethods=avg&aggrPeriodDuration=P1D",
        ),
        (f"{POINTS:,} points as temporalValues", f"{one}&options=temporalValues"),
        ("lastN=20 of one entity", f"{one}&lastN=20"),
        ("lastN=1 of 20 entities", some.replace("limit=100", "limit=20")),
    ):
        times, status, size, cpu = [], 0, 0, cpu_seconds()
        for _ in range(9 if "one" in what or "points" in what else 3):
            began = time.perf_counter()
            status, size = await get(app, target)
            times.append((time.perf_counter() - began) * 1000)
        own = (cpu_seconds() - cpu) / len(times) * 1000
        print(
            f"{what:40} p50 {statistics.median(times):7.1f} ms  least {min(times):7.1f} ms  own CPU {own:6.1f} ms"
            f"  {status}  {size:,} B"
        )


async def get(app: NgsiApp, target: str) -> tuple[int, int]:
    path, _, query = target.partition("?")
    sent: list[Any] = []
    scope = {
        "type": "http", "method": "GET", "path": f"/ngsi-ld/v1/{path}", "raw_path": f"/ngsi-ld/v1/{path}".encode(),
        "query_string": query.encode(), "headers": [],
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    body = sent[1]["body"]
    if sent[0]["status"] >= 400:
        raise SystemExit(json.loads(body)["detail"])
    return sent[0]["status"], len(body)


def cpu_seconds() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


if __name__ == "__main__":
    collect_rarely()  # as a node does
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 50))
