"""Catalogue search over 100,000 entries: p50 and p95 of each kind of query. Run: python bench/bench_search.py [entries]"""

import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from quanyu.govern.catalogue import _search_sql, _sql, listing
from quanyu.govern.catalogue.model import DataItem, Description, Entry, Facts, ShareType, State, UpdateCycle
from quanyu.govern.catalogue.search import Audience, Facet, Query, View, index
from quanyu.govern.grading.model import Grade
from quanyu.store import Connection, Database, EmbeddedPostgres, connect_owner, embedded_address, migrate

TENANT = "bench"
AREAS = (
    "龙田街道",
    "坑梓街道",
    "马峦街道",
    "碧岭街道",
    "石井街道",
    "江北区",
    "江南区",
    "高新区",
    "临港新区",
    "东湖区",
)
THINGS = (
    *(
        "井盖",
        "路灯",
        "停车场",
        "公交站",
        "垃圾桶",
        "行道树",
        "护栏",
        "红绿灯",
        "消火栓",
        "充电桩",
        "排水管网",
        "公厕",
    ),
    *(
        "医疗机构",
        "学校",
        "养老机构",
        "企业登记",
        "空气质量监测",
        "水质监测",
        "噪声扰民投诉",
        "道路积水",
        "违章建筑",
        "占道经营",
    ),
    *(
        "危险化学品",
        "建筑工地",
        "出租车轨迹",
        "共享单车",
        "图书馆",
        "文化场馆",
        "景区客流",
        "电力负荷",
        "燃气管线",
        "地下管廊",
    ),
)
KINDS = (
    "普查数据",
    "基本信息",
    "巡查记录",
    "处置情况",
    "统计月报",
    "实时状态",
    "台账",
    "名录",
    "监测结果",
    "投诉工单",
)
COLUMNS = (
    "编号",
    "名称",
    "地址",
    "经度",
    "纬度",
    "状态",
    "更新时间",
    "所属单位",
    "联系电话",
    "longitude",
    "latitude",
    "status",
    "name",
)
BODIES = tuple(
    f"{body}{kind}"
    for body in ("城市管理", "交通运输", "生态环境", "卫生健康", "教育", "公安")
    for kind in ("局", "分局")
)


def entry(number: int, chance: random.Random) -> Entry:
    """Titles differ as real ones do: place, thing, kind, and sometimes a rare word."""
    thing = chance.choice(THINGS)
    rare = "窨井沉降" if number % 5000 == 0 else ""
    at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    said = Description(
        title=f"{chance.choice(AREAS)}{rare}{thing}{chance.choice(KINDS)}{number % 97}",
        abstract=f"{chance.choice(BODIES)}掌握的{thing}{chance.choice(KINDS)}，覆盖{chance.choice(AREAS)}，按要求归集。",
        keywords=tuple(chance.sample(THINGS, 2)),
        organisation=f"org{chance.randrange(60):02}",
        region=f"4403{chance.randrange(10):02}",
        share_type=ShareType(chance.choice((1, 1, 2, 2, 2, 3))),
        share_condition="依申请",
        is_open=chance.random() < 0.3,
        update_cycle=chance.choice(tuple(UpdateCycle)),
        format=chance.choice(("csv", "xlsx", "json", "shp")),
        items=tuple(DataItem(name=name, label=name, type="text") for name in chance.sample(COLUMNS, 6)),
    )
    facts = Facts(
        records=number,
        score=chance.uniform(40, 100),
        grade=chance.choice(tuple(Grade)[:4]),
        model=chance.choice(("OffStreetParking", "PointOfInterest", None)),
    )
    return Entry(
        name=f"d{number:06}", resource_code=f"300000/{number:06}", state=State.PUBLISHED, version=1,
        description=said, facts=facts, created=at, modified=at,
    )  # fmt: skip


async def fill(database: Database, entries: int) -> None:
    chance = random.Random(7)
    for start in range(0, entries, 2000):
        async with database.tenant(TENANT) as connection:
            for number in range(start, min(start + 2000, entries)):
                one = entry(number, chance)
                await _sql.put(connection, TENANT, one)
                await _search_sql.put(connection, TENANT, index(one))
            await _search_sql.compact(connection, TENANT)


async def measure(work: Callable[[], Awaitable[object]], times: int = 40) -> tuple[float, float]:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        await work()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken), statistics.quantiles(taken, n=20)[18]


def queries() -> dict[str, Query]:
    return {
        "everything": Query(),
        "one character 盖": Query(text="盖"),
        "two characters 井盖": Query(text="井盖"),
        "rare 窨井沉降": Query(text="窨井沉降"),
        "four characters 噪声扰民": Query(text="噪声扰民"),
        "pinyin jg": Query(text="jg"),
        "pinyin jinggai": Query(text="jinggai"),
        "two words 井盖 龙田": Query(text="井盖 龙田"),
        "column longitude": Query(text="longitude"),
        "井盖, shared freely": Query(text="井盖", filters={Facet.SHARE_TYPE: ("1",)}),
        "one organisation": Query(filters={Facet.ORGANISATION: ("org07",)}),
        "no such word": Query(text="乌有"),
    }


async def compare(connection: Connection) -> None:
    view = View(audiences=frozenset({Audience.OPEN, Audience.PUBLISHED}))
    print(f"{'query':<28}{'found':>8}{'page p50':>10}{'p95':>8}{'+facets p50':>13}{'p95':>8}   ms")
    for name, query in queries().items():
        found = (await listing.counts(connection, query, view)).get("", {}).get("", 0)

        async def page(query: Query = query) -> None:
            await listing.find(connection, query, view, after=None, limit=20)

        async def page_and_facets(query: Query = query) -> None:
            await listing.find(connection, query, view, after=None, limit=20)
            await listing.counts(connection, query, view)

        bare, full = await measure(page), await measure(page_and_facets)
        print(f"{name:<28}{found:>8}{bare[0]:>10.1f}{bare[1]:>8.1f}{full[0]:>13.1f}{full[1]:>8.1f}")


async def main(entries: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres")
        await server.start()
        address = embedded_address(server)
        owner = await connect_owner(address)
        await migrate(owner, ("store", "identity", "connect", "govern"))
        database = await Database.open(address)
        begun = time.perf_counter()
        await fill(database, entries)
        taken = time.perf_counter() - begun
        print(f"{entries} entries written and indexed in {taken:.0f} s ({entries / taken:.0f}/s)")
        await owner.execute("vacuum analyze")
        async with database.tenant(TENANT) as connection:
            await compare(connection)
        await database.close()
        await owner.close()
        await server.stop()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
