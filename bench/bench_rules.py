"""Rules: ten against ten thousand of which a hundred match, and from a sensor's breach to a dispatched case under load, in one run.

.venv/bin/python bench/bench_rules.py [RULES] [SECONDS]
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from quanyu.act.cases.definitions import ensure_definitions
from quanyu.act.rules import Engine, publish, switch
from quanyu.app.node import PACKAGES
from quanyu.connect.outgoing import Outgoing
from quanyu.core.actor import system_actor
from quanyu.core.clock import utc_now
from quanyu.core.process import collect_rarely
from quanyu.identity.organisations.model import Organisation
from quanyu.identity.organisations.service import put_organisations
from quanyu.store import Database, EmbeddedPostgres, connect_owner, embedded_address, migrate
from quanyu.twin import EntityWrite, Op, Writer
from quanyu.twin.history import Archive
from quanyu.twin.subscriptions import Notifier

MATCHING = 100
CHANGES = 600
PACE_SECONDS = 0.004
SENSORS = 2000
BREACHES_A_SECOND = 10
RATES = (300, 1000, 2500, 5000, 6000)
BODY = Organisation.parse(id="power", name="供电公司")
_GROUP = 100
_LOOK_SECONDS = 0.01

_DONE = """
select e.subject from act_rule_event e join case_record c on c.tenant = e.tenant and c.id = e.case_id
where e.rule = 'breach' and c.state = 'handling'
"""


def rule(name: str, subject: dict[str, Any], q: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "title": {"en": name}, "subject": subject, "when": {"q": q}, **more}


def lamp(number: int) -> str:
    return f"urn:ngsi-ld:Lamp:{number}"


def write(id: str, value: float) -> EntityWrite:
    return EntityWrite(
        id=id,
        op=Op.MERGE,
        types=(id.split(":")[2],),
        document={"power": {"type": "Property", "value": value}},
    )


async def publish_all(database: Database, tenant: str, definitions: list[dict[str, Any]]) -> None:
    for start in range(0, len(definitions), 200):
        async with database.tenant(tenant) as connection:
            await ensure_definitions(connection, tenant, now=utc_now())
            await put_organisations(connection, system_actor(tenant, "bench"), [BODY])
            for one in definitions[start : start + 200]:
                name = await publish(connection, tenant, one, by="bench", now=utc_now())
                await switch(connection, tenant, name, on=True, by="bench", now=utc_now())


@asynccontextmanager
async def city(database: Database, tenant: str, definitions: list[dict[str, Any]]) -> AsyncIterator[Writer]:
    """Rules at work, all of them past their first look."""
    await publish_all(database, tenant, definitions)
    notifier = Notifier(database, tenant=tenant, outgoing=Outgoing())
    notifier.follow(Engine(database, tenant, archive=Archive()))
    task = asyncio.create_task(notifier.run())
    await until(database, tenant, "select not exists (select from act_rule where scanned is not null)")
    yield Writer(database)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(database: Database, tenant: str, question: str) -> None:
    while True:
        async with database.tenant(tenant) as connection:
            if await connection.fetchval(question):
                return
        await asyncio.sleep(_LOOK_SECONDS)


async def heard(database: Database, tenant: str, seq: int) -> None:
    await until(database, tenant, f"select seq >= {seq} from reader where name = 'follower:rules'")


async def many_rules(database: Database, tenant: str, total: int, matching: int) -> tuple[float, float]:
    """Milliseconds from a commit until the rules have worked it off, and of CPU, for changes that one rule looks at."""
    kinds: tuple[tuple[dict[str, Any], str], ...] = (
        ({"type": "Bench"}, "power>1e9"), ({"type": "Lamp"}, "colour==\"red\""), ({"type": "Lamp", "ids": ["urn:x:1"]}, "power>1e9"),
    )  # fmt: skip
    definitions = [
        rule(f"lamp-{n}", {"type": "Lamp", "ids": [lamp(n)]}, "power>1e9") for n in range(matching)
    ]
    definitions += [rule(f"other-{n}", *kinds[n % len(kinds)]) for n in range(max(0, total - matching))]
    async with city(database, tenant, definitions) as writer:
        used, begun = time.process_time(), time.perf_counter()
        for number in range(CHANGES):
            await writer.submit(tenant, [write(lamp(number % matching), number)])
            await asyncio.sleep(PACE_SECONDS)
        await heard(database, tenant, CHANGES)
        taken = (time.perf_counter() - begun) / CHANGES * 1000
        used = (time.process_time() - used) / CHANGES * 1000
    print(f"{total:>6} rules, {matching} matching: {used:.2f} ms of CPU and {taken:.2f} ms a change")
    return used, taken


async def load(writer: Writer, tenant: str, rate: int, seconds: float) -> float:
    """Updates of sensors that are well; returns how many a second were written, to the last answer."""
    begun, sent = time.perf_counter(), 0
    pending: set[asyncio.Task[Any]] = set()
    while (passed := time.perf_counter() - begun) < seconds:
        while sent < passed * rate:
            some = [write(f"urn:ngsi-ld:Sensor:{(sent + n) % SENSORS}", sent % 70) for n in range(_GROUP)]
            task = asyncio.create_task(writer.submit(tenant, some))
            pending.add(task)
            task.add_done_callback(pending.discard)
            sent += _GROUP
        await asyncio.sleep(0.005)
    await asyncio.gather(*pending)
    return sent / (time.perf_counter() - begun)


async def breaches(writer: Writer, tenant: str, seconds: float, label: str, begun: dict[str, float]) -> None:
    """They come at their times, however long the one before takes: none when the load has ended."""
    first = time.perf_counter()
    under_way = []
    for number in range(int(seconds * BREACHES_A_SECOND)):
        await asyncio.sleep(max(0.0, first + number / BREACHES_A_SECOND - time.perf_counter()))
        id = f"urn:ngsi-ld:Sensor:{label}-{number}"
        begun[id] = time.perf_counter()
        under_way.append(asyncio.create_task(writer.submit(tenant, [write(id, 100)])))
    await asyncio.gather(*under_way)


async def watch(
    database: Database, tenant: str, begun: dict[str, float], ended: dict[str, float], wanted: set[str]
) -> None:
    """Until all that are wanted have ended."""
    while not wanted or wanted - ended.keys():
        async with database.tenant(tenant) as connection:
            now_known = {row["subject"] for row in await connection.fetch(_DONE)}
        now = time.perf_counter()
        for id in now_known - ended.keys():
            if id in begun:
                ended[id] = now
        await asyncio.sleep(_LOOK_SECONDS)


async def dispatched(database: Database, tenant: str, writer: Writer, rate: int, seconds: float) -> None:
    """From handing the breach to the writer until its case lies with the body."""
    begun: dict[str, float] = {}
    ended: dict[str, float] = {}
    wanted: set[str] = set()
    watcher = asyncio.create_task(watch(database, tenant, begun, ended, wanted))
    used, started = time.process_time(), time.perf_counter()
    written, _ = await asyncio.gather(
        load(writer, tenant, rate, seconds), breaches(writer, tenant, seconds, str(rate), begun)
    )
    took = time.perf_counter() - started
    wanted.update(begun)
    await watcher
    used = (time.process_time() - used) / took
    times = [(ended[id] - begun[id]) * 1000 for id in begun]
    print(
        f"{rate:>6} updates/s wanted, {written:,.0f} written, {len(times)} breaches: dispatched after p50 "
        f"{statistics.median(times):.0f} ms, p99 {statistics.quantiles(times, n=100)[98]:.0f} ms (goal: 2000), "
        f"{used * 100:.0f} % of a core"
    )


async def main(total: int, seconds: float) -> None:
    collect_rarely()  # as a node does
    with tempfile.TemporaryDirectory(prefix="quanyu-bench-") as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres")
        await server.start()
        owner = await connect_owner(embedded_address(server))
        await migrate(owner, PACKAGES)
        await owner.close()
        database = await Database.open(embedded_address(server))
        few = await many_rules(database, "few", 10, 10)
        many = await many_rules(database, "many", total, MATCHING)
        again = await many_rules(database, "again", 10, 10)
        ratios = [mine / min(one, other) for mine, one, other in zip(many, few, again, strict=True)]
        print(f"ratios (goal: at most 1.5): CPU {ratios[0]:.2f}, time {ratios[1]:.2f}")
        breach = rule(
            "breach", {"type": "Sensor"}, "power>75",
            case={"title": "{id} {power}", "dispatch": True, "organisation": BODY.id},
        )  # fmt: skip
        async with city(database, "load", [breach]) as writer:
            for rate in RATES:
                await dispatched(database, "load", writer, rate, seconds)
        await database.close()
        await server.stop()


if __name__ == "__main__":
    asyncio.run(
        main(
            int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, float(sys.argv[2]) if len(sys.argv) > 2 else 10
        )
    )
