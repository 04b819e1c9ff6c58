"""Pages by types alone at any offset: where sorting everything leads, and never by reading everything."""

import asyncio
import csv
import itertools
import json
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from quanyu.core.entity import Entity
from quanyu.store import Connection, Database
from quanyu.twin import EntityWrite, Op, Writer, _stretches_sql, counting, load, remove_dataset, stretches
from quanyu.twin.counting import Bookkeeper, fold
from quanyu.twin.find import Finder, find
from quanyu.twin.ngsild.query import Query, Selector, parse_types
from quanyu.twin.provision import Create
from quanyu.twin.search import BEGINNING, Position, Search
from quanyu.twin.withdraw import Withdrawal, withdraw

TYPES, DATASETS = ("A", "B", "C"), ("", "parks", "roads")
AMONG = (None, ["parks"], ["", "roads"], ["nobody"])


@pytest.fixture(autouse=True)
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "STEP", 3)
    monkeypatch.setattr(counting, "MOST", 6)


@dataclass
class City:
    """What there is by our own books: type and dataset by id."""

    things: dict[str, tuple[str, str]] = field(default_factory=dict)

    def listed(self, types: Sequence[str], datasets: Sequence[str] | None) -> list[Position]:
        return sorted(
            (type, id)
            for id, (type, dataset) in self.things.items()
            if type in types and (datasets is None or dataset in datasets)
        )


def _put(id: str, type: str, dataset: str = "") -> EntityWrite:
    return EntityWrite(id=id, op=Op.REPLACE, types=(type,), dataset=dataset)


def _delete(id: str) -> EntityWrite:
    return EntityWrite(id=id, op=Op.DELETE)


async def _assert_every_page_is_where_it_belongs(connection: Connection, tenant: str, city: City) -> None:
    for types, datasets in itertools.product((TYPES, ("B",), ("A", "C")), AMONG):
        expected = city.listed(types, datasets)
        for offset in range(1, len(expected) + 3):
            found = await stretches.before(connection, tenant, types, offset, datasets)
            assert found == (expected[offset - 1] if offset <= len(expected) else None)


async def _assert_counted_in(connection: Connection, tenant: str, city: City) -> None:
    """Nothing is left to be counted in, no stretch is too long, and none is empty."""
    assert not await connection.fetchval("select exists (select from stretch_change)")
    rows = await connection.fetch("select type, low, sum(number)::int as number, min(number)::int as least "
                                  "from stretch group by type, low order by type, low")  # fmt: skip
    assert all(row["least"] > 0 and row["number"] <= counting.MOST for row in rows)
    for type, run in itertools.groupby(rows, key=lambda row: row["type"]):
        own = list(run)
        lows = [row["low"] for row in own]
        ids = [id for _, id in city.listed((type,), None)]
        held = [sum(low <= id and not any(low < other <= id for other in lows) for id in ids) for low in lows]
        assert held == [row["number"] for row in own]
    assert sum(row["number"] for row in rows) == len(city.things)


async def test_entities_come_and_go_and_every_page_is_where_sorting_leads(
    database: Database, tenant: str
) -> None:
    chance, city, finder = random.Random(20), City(), Finder()
    processes = Writer(database), Writer(database)
    for turn in range(40):
        changes = []
        for _ in range(chance.randrange(1, 25)):
            id = f"urn:{chance.randrange(70):02}"
            if chance.random() < (0.35, 0.75)[turn // 10 % 2]:
                city.things.pop(id, None)
                changes.append(_delete(id))
            else:
                type = chance.choice(TYPES)
                known = city.things.get(id)
                city.things[id] = type, known[1] if known else chance.choice(DATASETS)
                changes.append(_put(id, *city.things[id]))
        await chance.choice(processes).submit(tenant, changes)
        async with database.tenant(tenant) as connection:
            if turn % 3 == 0:
                await fold(connection, tenant)
                await _assert_counted_in(connection, tenant, city)
            await _assert_every_page_is_where_it_belongs(connection, tenant, city)
            page = await find(
                connection,
                Search(
                    tenant=tenant,
                    query=Query(selectors=(Selector(types=parse_types("A,B", str)),)),
                    question="q",
                ),
                finder,
                limit=4,
                offset=turn,
            )
            assert [(one.types[0], one.id) for one in page.items] == city.listed("AB", None)[turn : turn + 4]


async def test_whole_types_and_datasets_come_and_go(database: Database, tenant: str, folder: Path) -> None:
    city, other = City(), City()
    writer = Writer(database)
    for name, thing in {f"urn:{n:03}": ("B", "parks") for n in range(5, 30)}.items():
        other.things[name] = thing
    await writer.submit(tenant + "x", [_put(id, *thing) for id, thing in other.things.items()])
    for type in TYPES:
        rows = [
            (f"urn:ngsi-ld:{type}:{dataset}:{n:02}", type)
            for n in range(20)
            for dataset in ("parks", "roads")
        ]
        city.things |= {id: (type, id.split(":")[3]) for id, _ in rows}
        file = folder / f"{type}.csv"
        with file.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows((id, type, json.dumps({}), "", "", "", "", "", "") for id, _ in rows)
        async with database.tenant(tenant) as connection:
            await load(connection, tenant, [file], import_id="i", actor="a")
            await _assert_counted_in(connection, tenant, city)
            await _assert_every_page_is_where_it_belongs(connection, tenant, city)
    gone = folder / "gone.csv"
    gone.write_text("".join(f"urn:ngsi-ld:B:roads:{n:02}\n" for n in range(3, 20)))
    async with database.tenant(tenant) as connection:
        by = Withdrawal(tenant=tenant, dataset="roads", actor="a", cause="i")
        assert await withdraw(connection, gone, by) == 17
        assert await remove_dataset(connection, tenant, "parks", cause="c", actor="a") == 60
        for id, (type, dataset) in list(city.things.items()):
            if dataset == "parks" or (type == "B" and int(id[-2:]) >= 3):
                del city.things[id]
        await _assert_counted_in(connection, tenant, city)
        await _assert_every_page_is_where_it_belongs(connection, tenant, city)
    await writer.submit(tenant, [_delete(id) for id, (type, _) in city.things.items() if type == "A"])
    city.things = {id: thing for id, thing in city.things.items() if thing[0] != "A"}
    async with database.tenant(tenant) as connection:
        await fold(connection, tenant)
        await _assert_counted_in(connection, tenant, city)
        assert await connection.fetchval("select count(*) from stretch where type = 'A'") == 0
    async with database.tenant(tenant + "x") as connection:
        await _assert_every_page_is_where_it_belongs(connection, tenant + "x", other)


async def test_who_writes_past_the_writer_is_in_the_pages_too(database: Database, tenant: str) -> None:
    insert = "insert into entity (tenant, id, type, dataset, doc, version, created, modified) values ($1, $2, $3, $4, '{}', 1, now(), now())"
    city = City({f"urn:{n:02}": (TYPES[n % 3], DATASETS[n % 2]) for n in range(30)})
    async with database.tenant(tenant) as connection:
        await connection.executemany(insert, [(tenant, id, *thing) for id, thing in city.things.items()])
        await _assert_every_page_is_where_it_belongs(connection, tenant, city)
        await connection.execute(
            "update entity set type = 'C', dataset = 'roads' where tenant = $1 and id < 'urn:11'", tenant
        )
        await connection.execute("delete from entity where tenant = $1 and id >= 'urn:25'", tenant)
        city.things |= {id: ("C", "roads") for id in city.things if id < "urn:11"}
        city.things = {id: thing for id, thing in city.things.items() if id < "urn:25"}
        await _assert_every_page_is_where_it_belongs(connection, tenant, city)
        await fold(connection, tenant)
        await _assert_counted_in(connection, tenant, city)
        await _assert_every_page_is_where_it_belongs(connection, tenant, city)


async def test_what_expired_is_in_no_page_before_it_is_swept(database: Database, tenant: str) -> None:
    city = City({f"urn:{n:02}": ("A", "") for n in range(12)})
    writer = Writer(database, clock=lambda: datetime(2020, 1, 1, tzinfo=UTC))
    for id in city.things:
        over = datetime(2020, 1, 2, tzinfo=UTC) if id in ("urn:03", "urn:09") else None
        await writer.submit(
            tenant, [Create(id=id, entity=Entity(id=id, types=("A",), document={}, expires=over))]
        )
    del city.things["urn:03"], city.things["urn:09"]
    async with database.tenant(tenant) as connection:
        await _assert_every_page_is_where_it_belongs(connection, tenant, city)
        await fold(connection, tenant)
        await _assert_every_page_is_where_it_belongs(connection, tenant, city)


@asynccontextmanager
async def _one_moment(database: Database, tenant: str) -> AsyncIterator[Connection]:
    async with database.owner() as connection, connection.transaction(isolation="repeatable_read"):
        yield connection


async def test_pages_are_exact_at_every_moment_while_two_write_and_one_counts_in(
    database: Database, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "_FEW_ENTITIES", 0)
    writing = True

    async def write(seed: int) -> None:
        chance, writer = random.Random(seed), Writer(database)
        for _ in range(40):
            ids = [f"urn:{chance.randrange(300):03}" for _ in range(20)]
            changes = [_delete(id) if chance.random() < 0.4 else _put(id, chance.choice("AB")) for id in ids]
            assert not any(one.error for one in await writer.submit(tenant, changes))

    async def count() -> None:
        while writing:
            await Bookkeeper(database).count()

    async def look() -> int:
        looked = 0
        while writing:
            async with _one_moment(database, tenant) as connection:
                rows = await connection.fetch(
                    "select type, id from entity where tenant = $1 order by type, id", tenant
                )
                for offset in {1, 2, len(rows) // 3, len(rows) // 2, len(rows) - 1, len(rows)} - {-1, 0}:
                    found = await stretches.before(connection, tenant, TYPES, offset)
                    assert found == (tuple(rows[offset - 1]) if offset <= len(rows) else None)
                    looked += 1
        return looked

    both = asyncio.gather(count(), look())
    await asyncio.gather(write(1), write(2))
    writing = False
    _, looked = await both
    assert looked > 20
    async with database.tenant(tenant) as connection:
        rows = await connection.fetch("select id, type from entity")
        await fold(connection, tenant)
        await _assert_counted_in(connection, tenant, City({row["id"]: (row["type"], "") for row in rows}))


async def test_the_node_counts_in_by_itself_what_many_writes_left(
    database: Database, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "_FEW_ENTITIES", 10)
    writer, city = Writer(database), City({f"urn:{n:02}": ("A", "") for n in range(10)})
    await writer.submit(tenant, [_put(id, *thing) for id, thing in city.things.items()])
    await Bookkeeper(database).count()
    async with database.tenant(tenant) as connection:
        assert await connection.fetchval("select sum(number) from stretch_change") == 10
    city.things["urn:99"] = "A", ""
    await writer.submit(tenant, [_put("urn:99", "A")])
    await Bookkeeper(database).count()
    async with database.tenant(tenant) as connection:
        await _assert_counted_in(connection, tenant, city)


async def test_who_asks_counts_in_what_nobody_did(
    database: Database, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stretches, "FOLD_AT", 10)
    city = City({f"urn:{n:02}": ("A", "") for n in range(11)})
    await Writer(database).submit(tenant, [_put(id, *thing) for id, thing in city.things.items()])
    async with database.tenant(tenant) as connection:
        assert await stretches.before(connection, tenant, "A", 7) == ("A", "urn:06")
        await _assert_counted_in(connection, tenant, city)


def _rows_read(plan: dict[str, object]) -> Iterator[tuple[str, float]]:
    """By table, what each of its scans touched."""
    if name := plan.get("Relation Name"):
        passed = float(str(plan["Actual Rows"])) + float(str(plan.get("Rows Removed by Filter", 0)))
        yield str(name), passed * float(str(plan["Actual Loops"]))
    for inner in plan.get("Plans", ()):  # type: ignore[attr-defined]
        yield from _rows_read(inner)


@pytest.mark.parametrize("datasets", [None, ["parks"]])
async def test_the_first_question_deep_in_a_list_reads_few_rows(
    database: Database, tenant: str, datasets: list[str] | None
) -> None:
    """Of 3,000 entities: the beginnings of stretches, one stretch of the index, and whoever came last."""
    ids = [f"urn:{n:04}" for n in range(3000)]
    writer = Writer(database)
    await writer.submit(tenant, [_put(id, "A", "parks") for id in ids])
    async with database.tenant(tenant) as connection:
        await fold(connection, tenant)
        stretched = await connection.fetchval("select count(*) from stretch")
    await writer.submit(tenant, [_put("urn:0007x", "A", "parks"), _delete("urn:0002")])
    given = [tenant, ["A"], 2900] + ([datasets] if datasets else [])
    text = _stretches_sql.BEFORE_AMONG if datasets else _stretches_sql.BEFORE
    async with database.tenant(tenant) as connection:
        await connection.execute("set local enable_seqscan = off")  # other tests' entities fit a page or two
        plan = await connection.fetchval(f"explain (analyze, format json) {text}", *given)
        assert await stretches.before(connection, tenant, "A", 2900, datasets) == ("A", "urn:2899")
    read: dict[str, float] = {}
    for name, rows in _rows_read((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]):
        read[name] = read.get(name, 0) + rows
    assert read["entity"] <= counting.MOST + 2
    assert (read["stretch"], read["stretch_change"]) == (stretched, 4)


async def test_nothing_stands_before_an_offset_beyond_the_end(database: Database, tenant: str) -> None:
    async with database.tenant(tenant) as connection:
        assert await stretches.before(connection, tenant, [], 1) is None
        assert await stretches.before(connection, tenant, ["A"], 1) is None
        page = await find(connection, Search(tenant=tenant, query=Query()), Finder(), limit=2, offset=10**12)
    assert (page.items, page.more, BEGINNING) == ((), False, ("", ""))
