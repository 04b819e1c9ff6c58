"""Search in one catalogue of 100,000 entries that 100 nodes have told of (goal: under 50 ms)."""

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from quanyu.app.node import PACKAGES
from quanyu.federation.cascade import _sql
from quanyu.federation.cascade.model import ListedEntry
from quanyu.federation.cascade.service import search
from quanyu.federation.model import Level
from quanyu.store import Database, EmbeddedPostgres, connect_owner, embedded_address, migrate

NODES, EACH, ROUNDS = 100, 1_000, 40
TENANT = "donghai"
THINGS = (
    "井盖",
    "停车场",
    "公交站",
    "水质监测",
    "企业名录",
    "低保对象",
    "学校",
    "医院",
    "路灯",
    "垃圾中转站",
)
BODIES = ("住建局", "民政局", "生态环境局", "交通运输局", "卫生健康委", "教育局")
QUERIES = ("井盖", "低保 民政", "jg", "水质监测", "青川 17", "")
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with opened(Path(folder)) as database:
            await fill(database)
            for query in QUERIES:
                times = [await timed(database, query) for _ in range(ROUNDS)]
                p50, p95 = statistics.median(times), sorted(times)[int(ROUNDS * 0.95)]
                print(f"{query or 'everything':12} p50 {p50:6.1f} ms   p95 {p95:6.1f} ms")


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Database]:
    server = EmbeddedPostgres(folder / "postgres")
    await server.start()
    address = embedded_address(server)
    owner = await connect_owner(address)
    await migrate(owner, PACKAGES)
    await owner.close()
    database = await Database.open(address)
    try:
        yield database
    finally:
        await database.close()
        await server.stop()


async def fill(database: Database) -> None:
    chance = random.Random(7)
    began = time.perf_counter()
    for number in range(NODES):
        node = f"county-{number}"
        async with database.tenant(TENANT) as connection:
            await _sql.put(connection, TENANT, [entry(node, place, chance) for place in range(EACH)], node)
    async with database.owner() as owner:
        await owner.execute("vacuum analyze federation_entry")
    print(f"{NODES * EACH:,} entries of {NODES} nodes taken in {time.perf_counter() - began:.0f} s")


def entry(node: str, place: int, chance: random.Random) -> ListedEntry:
    thing, body = chance.choice(THINGS), chance.choice(BODIES)
    return ListedEntry(
        id=f"{node}/{place}", node=node, level=Level.COUNTY, region="510822", name=str(place), version=1,
        modified=SINCE + timedelta(seconds=chance.randrange(10**7)), gone=False, resource_code=f"3/{place:06}",
        title=f"{node} {thing}台账{place}", abstract=f"{body}管理的{thing}位置、数量与状态", keywords=(thing,),
        owner=f"青川{body}", share_type=chance.randint(1, 3), share_condition="", share_basis="", is_open=False,
        update_cycle="daily", imported=None, records=place, score=90.0, uses=0, items=(),
    )  # fmt: skip


async def timed(database: Database, query: str) -> float:
    began = time.perf_counter()
    async with database.tenant(TENANT) as connection:
        found = await search(connection, query, {}, after=None, limit=20)
    assert found
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    asyncio.run(main())
