"""What a hundred times as many entities change: `bench_growth.py [LARGE]` asks the same of 10,000 and of LARGE entities.

.venv/bin/python bench/bench_growth.py [1000000]

Also deep pages, memory and disk per million, and what 10,000 registrations cost an operation.
"""

import asyncio
import csv
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import count as count_up
from pathlib import Path
from typing import Any

import msgspec
import uvloop
from load import sensor

from quanyu.app.node import Node, open_node
from quanyu.app.settings import Settings
from quanyu.app.wiring import at_start
from quanyu.twin import EntityQuery, EntityWrite, Near, Op, count, load, query, retrieve, settle
from quanyu.twin.counting import Bookkeeper
from quanyu.twin.find import Finder, find
from quanyu.twin.ngsild.context import CORE
from quanyu.twin.ngsild.query import Query, Selector, parse_q
from quanyu.twin.registrations.forms import stored_form
from quanyu.twin.registrations.index import Index
from quanyu.twin.registrations.model import Kept
from quanyu.twin.registrations.parse import parse
from quanyu.twin.search import Search

TENANT, TYPE = "local", "AirQualityObserved"
SMALL, CHUNK, TIMES = 10_000, 100_000, 100
COME_AND_GO, SECONDS = 100, 5
OF_TYPE = (Selector(types=((TYPE,),)),)

Ask = Callable[[Any, int, int], Awaitable[object]]
"""With a connection, a number by chance, and how many entities there are."""


def _declared(connection: Any, near: int, _: int) -> Awaitable[object]:
    wanted = Query(selectors=OF_TYPE, q=parse_q(f"serial>={near};serial<{near + 20}", CORE.stored))
    search = Search(tenant=TENANT, query=wanted, declared=frozenset({"serial"}))
    return find(connection, search, Finder(), limit=20)


def _near(connection: Any, number: int, entities: int) -> Awaitable[object]:
    """On the middle line of the field, where as many lie around among few as among many: the few are a strip of 1.1 km."""
    place = Near(121 + (number % 1000) / 1000, 31 + entities / 2 / 1_000_000, 500)
    return query(connection, TENANT, EntityQuery(types=(TYPE,), near=place))


ASKED: dict[str, Ask] = {
    "retrieve by id": lambda c, n, _: retrieve(c, TENANT, f"urn:ngsi-ld:{TYPE}:bench:{n}"),
    "20 of a type": lambda c, n, _: query(c, TENANT, EntityQuery(types=(TYPE,))),
    "20 by a declared attribute": _declared,
    "20 within 500 m": _near,
    "20 by text": lambda c, n, _: query(c, TENANT, EntityQuery(text=f"监测点{n}")),
    "count of a type": lambda c, n, _: count(c, TENANT, (TYPE,)),
}


async def filled(node: Node, folder: Path, first: int, last: int) -> None:
    chance, path = random.Random(first), folder / "entities.csv"
    for start in range(first, last, CHUNK):
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(_row(n, chance) for n in range(start, min(last, start + CHUNK)))
        async with node.database.tenant(TENANT) as connection:
            await load(connection, TENANT, [path], import_id="bench", actor="bench")


def _row(number: int, chance: random.Random) -> tuple[Any, ...]:
    source = sensor(number, chance)
    document = {name: value for name, value in source.items() if name not in ("id", "type")}
    document["serial"] = {"type": "Property", "value": number}
    x, y = source["location"]["value"]["coordinates"]
    text = source["name"]["value"]
    return source["id"], TYPE, msgspec.json.encode(document).decode(), x, y, x, y, "", text


async def asked(node: Node, entities: int) -> dict[str, float]:
    """Median milliseconds, of other places each time: at first the database has hardly any of their pages in its memory."""
    chance, found = random.Random(), {}
    for name, ask in ASKED.items():
        times = []
        for _ in range(TIMES):
            async with node.database.tenant(TENANT) as connection:
                number, begun = chance.randrange(entities - 20), time.perf_counter()
                await ask(connection, number, entities)
                times.append((time.perf_counter() - begun) * 1000)
        found[name] = statistics.median(times)
    return found


async def deep(node: Node, entities: int, when: str) -> None:
    """Pages at the end of the list, and anywhere: each is asked for the first time, but for the second."""
    chance = random.Random()
    last = entities - 20
    took = [await _page(node, offset) for offset in (last, last, *chance.choices(range(last), k=TIMES))]
    print(
        f"offset {last:,}, {when}: first {took[0]:.1f} ms, again {took[1]:.1f} ms; "
        f"any offset, p95 {statistics.quantiles(took[2:], n=20)[18]:.1f} ms"
    )


async def _page(node: Node, offset: int) -> float:
    """Milliseconds."""
    async with node.database.tenant(TENANT) as connection:
        begun = time.perf_counter()
        search = Search(tenant=TENANT, query=Query(selectors=OF_TYPE))
        page = await find(connection, search, Finder(), limit=20, offset=offset)
        took = (time.perf_counter() - begun) * 1000
    assert len(page.items) == 20
    return took


async def coming_and_going(node: Node, entities: int) -> None:
    """One of the type comes, another goes, so many times a second, as long as the task is not ended."""
    chance, begun = random.Random(), time.perf_counter()
    for number in count_up(1):
        came = EntityWrite(id=f"urn:ngsi-ld:{TYPE}:bench:{entities + number}", op=Op.REPLACE, types=(TYPE,))
        gone = EntityWrite(id=f"urn:ngsi-ld:{TYPE}:bench:{chance.randrange(entities)}", op=Op.DELETE)
        await node.twin.writer.submit(TENANT, [came, gone])
        await asyncio.sleep(max(0.0, begun + number / COME_AND_GO - time.perf_counter()))


async def weight(node: Node, entities: int) -> None:
    async with node.database.owner() as owner:
        size = await owner.fetchval(
            "select pg_total_relation_size('entity') + pg_total_relation_size('entity_text')"
        )
    process = _resident()
    million = 1_000_000 / entities
    print(f"state on disk, indexes and words: {size * million / 2**20:,.0f} MiB per million entities")
    print(f"node process with {entities:,} entities: {process / 2**20:.0f} MiB (it holds none of them)")


def _resident() -> int:
    """Bytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def registrations() -> None:
    now, costs = datetime.now(UTC), {}
    for number in (10, 10_000):
        index = Index(_registration(n, now) for n in range(number))
        begun = time.process_time()
        for n in range(20_000):
            index.candidates({f"urn:x:{n % number}"}, {f"Type{n % number}"})
        costs[number] = (time.process_time() - begun) / 20_000 * 1e6
    print(
        f"candidates among 10 registrations {costs[10]:.1f} µs, among 10,000 {costs[10_000]:.1f} µs; "
        f"ratio {costs[10_000] / costs[10]:.2f}"
    )


def _registration(number: int, now: datetime) -> Kept:
    source = {
        "id": f"urn:csr:{number}", "type": "ContextSourceRegistration", "endpoint": "http://a.example",
        "information": [{"entities": [{"id": f"urn:x:{number}", "type": f"Type{number}"}]}],
    }  # fmt: skip
    return Kept(registration=parse(stored_form(source, CORE)), created=now, modified=now)


async def main(large: int) -> None:
    with tempfile.TemporaryDirectory(prefix="quanyu-bench-") as folder:
        async with open_node(Settings(data=Path(folder) / "data", declared=("serial",))) as node:
            await at_start(node, "en")
            await filled(node, Path(folder), 0, SMALL)
            await settle(node.database)
            few = [await asked(node, SMALL) for _ in range(2)]
            await filled(node, Path(folder), SMALL, large)
            await deep(node, large, "right after the load")
            await settle(node.database)
            many = [await asked(node, large) for _ in range(2)]
            for name in ASKED:
                for when, small, big in zip(("first", "again"), few, many, strict=True):
                    print(
                        f"{name}, {when}: {small[name]:.2f} ms of {SMALL:,}, {big[name]:.2f} ms of {large:,}; "
                        f"ratio {big[name] / small[name]:.2f}"
                    )
            await deep(node, large, "settled")
            await weight(node, large)
            beside = [
                asyncio.create_task(one)
                for one in (coming_and_going(node, large), Bookkeeper(node.database).run())
            ]
            await asyncio.sleep(SECONDS)
            await deep(node, large, f"while {COME_AND_GO} a second come and go")
            for one in beside:
                one.cancel()
    registrations()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
