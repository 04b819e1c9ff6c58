"""From a change to its notification at a real HTTP endpoint: ten subscriptions against ten thousand, in one run.

.venv/bin/python bench/bench_subscriptions.py [SUBSCRIPTIONS]
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import system_actor
from quanyu.core.clock import utc_now
from quanyu.store import Database, EmbeddedPostgres, connect_owner, embedded_address, migrate
from quanyu.twin import EntityWrite, Op, Writer
from quanyu.twin.ngsild.context import CORE
from quanyu.twin.subscriptions import Notifier, service

MATCHING = 100
CHANGES = 600
PACE_SECONDS = 0.004


class Endpoint:
    """Notes when it was told of which value."""

    def __init__(self) -> None:
        self.told: dict[int, list[float]] = {}
        self.heard = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                size = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
                body = json.loads(await reader.readexactly(size))
                now = time.perf_counter()
                for entity in body["data"]:
                    self.told.setdefault(entity["power"]["value"], []).append(now)
                self.heard.set()
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def wait(self, values: Sequence[int], times: int) -> None:
        while any(len(self.told.get(one, ())) < times for one in values):
            self.heard.clear()
            await self.heard.wait()


def subscription(number: int, url: str, **members: Any) -> dict[str, Any]:
    return {
        "id": f"urn:ngsi-ld:Subscription:{number}", "type": "Subscription",
        "notification": {"endpoint": {"uri": url}}, **members,
    }  # fmt: skip


async def subscribe(database: Database, tenant: str, bodies: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(bodies), 500):
        async with database.tenant(tenant) as connection:
            for body in bodies[start : start + 500]:
                draft = service.drafted(body, CORE, now=utc_now())
                await service.create(
                    connection, system_actor(tenant, "bench"), draft, context=None, now=utc_now()
                )


def lamp(number: int, value: int, type: str = "Lamp") -> EntityWrite:
    document = {"power": {"type": "Property", "value": value}}
    return EntityWrite(id=f"urn:ngsi-ld:{type}:{number}", op=Op.MERGE, types=(type,), document=document)


async def one_each(database: Database, tenant: str, endpoint: Endpoint, lamps: int) -> list[float]:
    """Seconds from the commit's answer to the notification, each change concerning one subscription."""
    writer, begun = Writer(database), {}
    for value in range(CHANGES):
        begun[value] = time.perf_counter()
        await writer.submit(tenant, [lamp(value % lamps, value)])
        await asyncio.sleep(PACE_SECONDS)
    await endpoint.wait(range(CHANGES), 1)
    return [endpoint.told[value][0] - begun[value] for value in range(CHANGES)]


async def fan_out(database: Database, tenant: str, endpoint: Endpoint, matching: int) -> float:
    """Milliseconds for each of the notifications of one change that concerns many, until the last one is there."""
    writer, spent = Writer(database), []
    for value in range(10_000, 10_020):
        begun = time.perf_counter()
        await writer.submit(tenant, [lamp(0, value, "Siren")])
        await endpoint.wait([value], matching)
        spent.append((max(endpoint.told[value]) - begun) / matching * 1000)
    return statistics.median(spent)


@asynccontextmanager
async def city(database: Database, tenant: str, total: int, matching: int) -> AsyncIterator[Endpoint]:
    """`matching` subscriptions to one lamp each, as many to sirens, and others that nothing here concerns."""
    endpoint = Endpoint()
    server = await asyncio.start_server(endpoint.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    bodies = [
        subscription(number, url, entities=[{"type": "Lamp", "id": f"urn:ngsi-ld:Lamp:{number}"}])
        for number in range(matching)
    ]
    bodies += [subscription(100_000 + n, url, entities=[{"type": "Siren"}]) for n in range(matching)]
    kinds = (
        {"entities": [{"type": "Bench"}]},
        {"entities": [{"type": "Lamp"}], "watchedAttributes": ["colour"]},
        {"entities": [{"type": "Lamp", "id": "urn:ngsi-ld:Lamp:elsewhere"}], "q": "power>3"},
    )
    bodies += [
        subscription(200_000 + n, url, **kinds[n % len(kinds)]) for n in range(max(0, total - len(bodies)))
    ]
    await subscribe(database, tenant, bodies)
    notifier = Notifier(database, tenant=tenant, outgoing=Outgoing(("127.0.0.0/8",)))
    task = asyncio.create_task(notifier.run())
    await Writer(database).submit(tenant, [lamp(0, -1)])
    await endpoint.wait([-1], 1)
    yield endpoint
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    server.close()


async def measured(database: Database, tenant: str, total: int, matching: int) -> tuple[float, ...]:
    """Median, p99 and CPU of one-to-one in ms, and ms per notification of a fan-out."""
    async with city(database, tenant, total, matching) as endpoint:
        used = time.process_time()
        times = await one_each(database, tenant, endpoint, matching)
        used = (time.process_time() - used) / CHANGES * 1000
        wide = await fan_out(database, tenant, endpoint, matching)
    median, p99 = statistics.median(times) * 1000, statistics.quantiles(times, n=100)[98] * 1000
    print(
        f"{total:>6} subscriptions, {matching} matching: p50 {median:.1f} ms, p99 {p99:.1f} ms, "
        f"{used:.2f} ms of CPU a change; one change to {matching}: {wide:.2f} ms a notification"
    )
    return median, p99, used, wide


async def main(total: int) -> None:
    with tempfile.TemporaryDirectory(prefix="quanyu-bench-") as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres")
        await server.start()
        owner = await connect_owner(embedded_address(server))
        await migrate(owner, ("store", "twin"))
        await owner.close()
        database = await Database.open(embedded_address(server))
        few = await measured(database, "few", 10, 10)
        many = await measured(database, "many", total, MATCHING)
        again = await measured(database, "again", 10, 10)
        base = [min(one, other) for one, other in zip(few, again, strict=True)]
        ratios = ", ".join(
            f"{name} {mine / theirs:.2f}"
            for name, mine, theirs in zip(("p50", "p99", "CPU", "fan-out"), many, base, strict=True)
        )
        print(f"ratios (goal: at most 1.5): {ratios}")
        await database.close()
        await server.stop()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
