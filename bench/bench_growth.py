"""What a hundred times as many entities change: `bench_growth.py [LARGE]` asks the same of 10,000 and of LARGE entities.

.venv/bin/python bench/bench_growth.py [1000000]

Also deep pages, memory and disk per million, and what 10,000 registrations cost an operation.
"""

import csv
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import uvloop
from load import sensor

from quanyu.app.node import Node, open_node
from quanyu.app.settings import Settings
from quanyu.app.wiring import at_start
from quanyu.twin import EntityQuery, Near, count, load, query, retrieve
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
    async with node.database.owner() as owner:
        await owner.execute("vacuum (analyze) entity")


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


async def deep(node: Node, entities: int) -> None:
    finder, search = Finder(), Search(tenant=TENANT, query=Query(selectors=OF_TYPE))
    for name in ("first", "again"):
        async with node.database.tenant(TENANT) as connection:
            begun = time.perf_counter()
            page = await find(connection, search, finder, limit=20, offset=entities - 20)
            took = (time.perf_counter() - begun) * 1000
        assert len(page.items) == 20
        print(f"offset {entities - 20:,}, {name} time: {took:.1f} ms")


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
            few = [await asked(node, SMALL) for _ in range(2)]
            await filled(node, Path(folder), SMALL, large)
            many = [await asked(node, large) for _ in range(2)]
            for name in ASKED:
                for when, small, big in zip(("first", "again"), few, many, strict=True):
                    print(
                        f"{name}, {when}: {small[name]:.2f} ms of {SMALL:,}, {big[name]:.2f} ms of {large:,}; "
                        f"ratio {big[name] / small[name]:.2f}"
                    )
            await deep(node, large)
            await weight(node, large)
    registrations()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
