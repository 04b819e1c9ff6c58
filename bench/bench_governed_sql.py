"""Queries under a contract beside the same queries on bare DuckDB. Run: python bench/bench_governed_sql.py [millions of rows]

Everything is in it that a call passes: contracts found, query read and rewritten, ledger and evidence written, the answer as Arrow.
Each pair is run in turn in one process; the ratio is of the medians.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from quanyu.app.node import PACKAGES
from quanyu.core.actor import Actor, ActorKind
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.delivery.coverage import Ask
from quanyu.exchange.delivery.engine import Engines
from quanyu.exchange.delivery.formats import Format
from quanyu.exchange.delivery.service import Deliveries
from quanyu.exchange.parties import Deal, Party
from quanyu.exchange.policy import Condition, Mask, MaskKind, Operator, Terms, Way
from quanyu.exchange.policy.terms import Unit
from quanyu.govern.catalogue import service as catalogue
from quanyu.govern.catalogue.model import DataItem, Description, Facts, ShareType
from quanyu.govern.imports import _sql as imports_sql
from quanyu.govern.imports.model import Part, PartRole
from quanyu.identity import ensure_tenant
from quanyu.query import DuckEngine
from quanyu.query.model import BATCH_ROWS
from quanyu.store import Connection, Database, EmbeddedPostgres, connect_owner, embedded_address, migrate

TENANT, CALLS, ROUNDS = "bench", "calls", 5
NOW = datetime(2026, 11, 21, tzinfo=UTC)
COLUMNS = ("id", "kind", "district", "phone", "name", "born", "at_time", "amount")
MASKS = {
    "phone": Mask(kind=MaskKind.HASH), "name": Mask(kind=MaskKind.TRUNCATE, keep=1),
    "born": Mask(kind=MaskKind.GENERALISE, unit=Unit.MONTH),
}  # fmt: skip
MOST = Condition(column="district", op=Operator.LT, value=94)
SUITE = (
    "select kind, count(*) as n from calls group by kind",
    "select district, kind, avg(amount) as mean from calls group by district, kind",
    "select date_trunc('day', at_time) as d, count(*) as n, sum(amount) as total from calls where amount > 500 group by 1",
    "select id, phone, name, amount from calls order by amount desc limit 100",
    "select count(distinct phone) as people from calls where kind = 3",
    "select id, phone, born, amount from calls where id = 4567890",
    "select a.district, count(*) as n from calls a join calls b on a.id = b.id where b.kind = 7 group by a.district",
    "select kind, stddev(amount) as s, max(amount) as m from calls where district between 10 and 20 group by kind order by s",
    "with t as (select district, sum(amount) as total from calls group by district) select * from t order by total desc limit 5",
    "select id, district, amount from calls where amount > 999",
)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Database]:
    server = EmbeddedPostgres(folder / "postgres")
    await server.start()
    try:
        owner = await connect_owner(embedded_address(server))
        await migrate(owner, PACKAGES)
        await owner.close()
        database = await Database.open(embedded_address(server))
        yield database
        await database.close()
    finally:
        await server.stop()


def generate(path: Path, millions: int) -> None:
    path.parent.mkdir(parents=True)
    duckdb.execute(
        f"""copy (select i as id, (i % 12)::int as kind, (hash(i) % 100)::int as district,
        (13000000000 + hash(i) % 900000000)::varchar as phone, '张' || (i % 5000) as name,
        date '1950-01-01' + (hash(i * 3) % 20000)::int as born, timestamp '2026-01-01' + to_seconds((i * 3)::bigint) as at_time,
        (hash(i * 7) % 100000) / 100.0 as amount, i as _row, 'm' as _source, i as _line, 0::ubigint as _hash
        from range({millions}000000) t(i)) to '{path}' (format parquet, compression zstd)"""
    )


async def prepare(connection: Connection, folder: Path, parquet: Path) -> None:
    await ensure_tenant(connection, TENANT)
    await connection.execute(
        "insert into dataset (tenant, name, title, owner, kind, version, score, gate, created, modified) "
        "values ($1, $2, $2, 'civil', 'entities', 1, 100, 0, $3, $3)",
        TENANT, CALLS, NOW,
    )  # fmt: skip
    part = Part(
        import_id="m", role=PartRole.ACCEPTED, path=str(parquet.relative_to(folder)), bytes=1, version=1
    )
    await imports_sql.add_parts(connection, TENANT, CALLS, [part])
    items = tuple(DataItem(name=one, label=one, type="text") for one in COLUMNS)
    said = Description(title=CALLS, organisation="civil", share_type=ShareType.UNCONDITIONAL, items=items)
    await catalogue.create(
        connection, TENANT, name=CALLS, said=said, facts=Facts(records=1, score=100), author="b", at=NOW
    )
    await connection.execute("update catalogue_entry set state = 'published', published = $1", NOW)


async def contract(database: Database, folder: Path, actor: Actor, **changes: object) -> str:
    terms = Terms(
        columns=COLUMNS, purpose="p", basis="b", starts=NOW - timedelta(days=1), ends=NOW + timedelta(days=1), ways=(Way.SQL,),
        **changes,  # type: ignore[arg-type]
    )  # fmt: skip
    async with database.tenant(TENANT) as connection:
        desk = Contracts(connection, actor, NOW)
        made = await desk.draft(Deal(provider="civil", consumer=Party(organisation="county")), CALLS, folder)
        version = await desk.propose(made.id, terms, by="civil", columns=COLUMNS)
        await desk.decide(made.id, version, accept=True, by="county")
    return made.id


async def governed(deliveries: Deliveries, actor: Actor, sql: str, id: str) -> float:
    began = time.perf_counter()
    ask = Ask(
        party=Party(organisation="county"),
        sql=sql,
        datasets=(CALLS,),
        way=Way.SQL,
        format=Format.ARROW,
        contracts=(id,),
    )
    async for _ in deliveries.stream(await deliveries.begin(actor, ask)):
        pass
    return time.perf_counter() - began


def bare(duck: duckdb.DuckDBPyConnection, sql: str) -> float:
    began = time.perf_counter()
    for _ in duck.cursor().sql(sql).to_arrow_reader(BATCH_ROWS):
        pass
    return time.perf_counter() - began


async def main(millions: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name in ("tmp", "keys"):
            (folder / name).mkdir()
        parquet = folder / "datasets" / TENANT / CALLS / "accepted" / "m.parquet"
        generate(parquet, millions)
        duck = duckdb.connect(config={"memory_limit": "1GB", "threads": "2"})
        duck.execute("set parquet_metadata_cache = true")
        duck.execute(f"create view {CALLS} as select {', '.join(COLUMNS)} from read_parquet('{parquet}')")
        async with opened(folder) as database:
            await measure(database, folder, parquet, duck)
        duck.close()


async def measure(database: Database, folder: Path, parquet: Path, duck: duckdb.DuckDBPyConnection) -> None:
    actor = Actor(id="b", tenant=TENANT, kind=ActorKind.ACCOUNT, organisation="county")
    async with database.tenant(TENANT) as connection:
        await prepare(connection, folder, parquet)
    deliveries = Deliveries(database, folder, Engines(DuckEngine(folder)), lambda: NOW)
    plans = {
        "masks": await contract(database, folder, actor, masks=MASKS),
        "masks + rows 94 %": await contract(database, folder, actor, masks=MASKS, where=(MOST,)),
    }
    print(f"{'query':<60}{'bare ms':>9}" + "".join(f"{name:>20}" for name in plans))
    ratios: dict[str, list[float]] = {name: [] for name in plans}
    for sql in SUITE:
        times: dict[str, list[float]] = {"bare": [], **{name: [] for name in plans}}
        for _ in range(ROUNDS):
            times["bare"].append(await asyncio.to_thread(bare, duck, sql))
            for name, id in plans.items():
                times[name].append(await governed(deliveries, actor, sql, id))
        base = statistics.median(times["bare"])
        shown = f"{sql[:58]:<60}{base * 1000:>9.1f}"
        for name in plans:
            found = statistics.median(times[name])
            ratios[name].append(found / base)
            shown += f"{found / base:>10.2f} x{(found - base) * 1000:>+6.0f}ms"
        print(shown, flush=True)
    for name, found in ratios.items():
        print(f"{name}: median {statistics.median(found):.2f} x, worst {max(found):.2f} x")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10))
