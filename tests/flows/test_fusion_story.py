"""Three departments' car parks become one list: sure pairs by themselves, doubtful ones by a person, wrong ones undone."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import msgspec
import pytest

from quanyu.core.clock import utc_now
from quanyu.core.errors import Conflict, NotFound
from quanyu.govern.fusion import _sql, service
from quanyu.govern.fusion.model import Decision, Golden, Job, Source
from quanyu.govern.fusion.run import run_job
from quanyu.store import Connection, Database

REGISTER = [
    ("P001", "江州市人民广场地下停车场", 120.1000, 30.2000, 120),
    ("P002", "江州市第一人民医院停车场", 120.1100, 30.2100, 300),
    ("P003", "江州火车站南广场停车场", 120.1300, 30.2400, 80),
    ("P004", "江州市体育中心1号停车场", 120.1600, 30.2600, 60),
]
OPERATOR = [
    ("a1", "人民广场地下停车场", 120.1003, 30.2002, 118),
    ("a2", "江州第一人民医院停车场", 120.1102, 30.2101, 310),
    ("a3", "江州站南停车楼", 120.1312, 30.2409, 75),
    ("a4", "滨江公园停车场", 120.1900, 30.2900, 20),
]


def source(dataset: str) -> Source:
    return Source(
        dataset=dataset,
        key="code",
        name="name",
        longitude="lon",
        latitude="lat",
        attributes={"totalSpotNumber": "spaces"},
    )


JOB = Job(name="lots", type="OffStreetParking", sources=(source("register"), source("operator")), keep=0.05)


class City:
    def __init__(self, database: Database, folder: Path, tenant: str) -> None:
        self.database, self.folder, self.tenant = database, folder, tenant

    async def has(self, dataset: str, rows: Sequence[tuple[str, str, float, float, int]]) -> None:
        """A dataset as imports leave it: a row in the book and an accepted file."""
        path = self.folder / "datasets" / self.tenant / dataset / "accepted" / "i1.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect() as duck:
            duck.execute("create table t (code text, name text, lon double, lat double, spaces bigint)")
            duck.executemany("insert into t values (?, ?, ?, ?, ?)", rows)
            duck.execute(
                f"copy (select *, row_number() over () - 1 as _row from t) to '{path}' (format parquet)"
            )
        async with self.database.tenant(self.tenant) as connection:
            await connection.execute(
                "insert into dataset (tenant, name, title, created, modified) values ($1, $2, $2, now(), now()) on conflict do nothing",
                self.tenant, dataset,
            )  # fmt: skip
            await connection.execute(
                """insert into dataset_part (tenant, dataset, import, role, path, bytes, version)
                values ($1, $2, 'i1', 'accepted', $3, 1, 1) on conflict do nothing""",
                self.tenant, dataset, path.relative_to(self.folder).as_posix(),
            )  # fmt: skip

    async def matches(self, job: Job = JOB) -> service.Outcome:
        async with self.database.tenant(self.tenant) as connection:
            await service.save_job(connection, self.tenant, job, at=utc_now())
        return await run_job(self.database, self.folder, tenant=self.tenant, name=job.name, clock=utc_now)

    async def goldens(self) -> list[Golden]:
        async with self.database.tenant(self.tenant) as connection:
            return await _sql.goldens(connection, job="lots", after="", limit=None)

    async def decides(self, left: str, right: str, decision: Decision) -> None:
        async with self.database.tenant(self.tenant) as connection:
            pairs = await _sql.candidates(connection, job="lots", state=None, least=0, after=None, limit=100)
            number = next(one.id for one in pairs if {one.left.id, one.right.id} == {left, right})
            await service.decide(connection, self.tenant, number, decision, author="zhang", at=utc_now())

    async def undoes(self, golden: str) -> None:
        async with self.database.tenant(self.tenant) as connection:
            await service.undo(connection, self.tenant, golden)


@pytest.fixture
async def city(database: Database, folder: Path, tenant: str) -> City:
    city = City(database, folder, tenant)
    await city.has("register", REGISTER)
    await city.has("operator", OPERATOR)
    return city


def members(golden: Golden) -> set[str]:
    return {record.id for record in golden.members}


async def test_sure_pairs_are_merged_and_doubtful_ones_wait(city: City) -> None:
    outcome = await city.matches()
    merged = [members(golden) for golden in await city.goldens()]
    assert {"register/P001", "operator/a1"} in merged
    assert {"register/P002", "operator/a2"} in merged
    assert (outcome.records, outcome.merged, outcome.open >= 1) == (8, 2, True)


async def test_each_attribute_of_the_merged_thing_says_whose_it_is(city: City) -> None:
    await city.matches()
    square = next(golden for golden in await city.goldens() if "register/P001" in members(golden))
    spaces = square.attributes["totalSpotNumber"]
    assert square.id.startswith("urn:ngsi-ld:OffStreetParking:fused:")
    assert (spaces.value, spaces.dataset, spaces.others) == (120, "register", (("operator", "a1", 118),))


async def test_the_same_run_again_changes_nothing(city: City) -> None:
    await city.matches()
    before = await city.goldens()
    again = await city.matches()
    assert again.merged == 0
    assert await city.goldens() == before


async def test_a_person_merges_a_doubtful_pair_and_takes_it_back(city: City) -> None:
    await city.matches()
    before = await city.goldens()
    await city.decides("register/P003", "operator/a3", Decision.SAME)
    made = next(golden for golden in await city.goldens() if "register/P003" in members(golden))
    await city.undoes(made.id)
    assert await city.goldens() == before


async def test_different_stays_different_in_the_next_run(city: City) -> None:
    await city.matches()
    await city.decides("register/P003", "operator/a3", Decision.DIFFERENT)
    await city.matches(msgspec.structs.replace(JOB, merge=0.05))
    assert not any(members(golden) >= {"register/P003", "operator/a3"} for golden in await city.goldens())


async def test_an_undo_restores_the_smaller_things_exactly(city: City) -> None:
    await city.has("map", [("m1", "人民广场停车场(地下)", 120.1001, 30.2001, 119)])
    await city.matches()
    before = await city.goldens()
    wider = msgspec.structs.replace(JOB, sources=(*JOB.sources, source("map")), merge=1.0)
    await city.matches(wider)
    await city.decides("register/P001", "map/m1", Decision.SAME)
    square = next(golden for golden in await city.goldens() if "map/m1" in members(golden))
    assert len(square.members) == 3
    await city.undoes(square.id)
    assert await city.goldens() == before


async def test_what_was_set_by_hand_is_not_lost_by_an_undo(city: City) -> None:
    await city.matches()
    golden = (await city.goldens())[0]
    async with city.database.tenant(city.tenant) as connection:
        await service.set_value(connection, city.tenant, golden.id, "totalSpotNumber", 121, at=utc_now())
    with pytest.raises(Conflict):
        await city.undoes(golden.id)
    async with city.database.tenant(city.tenant) as connection:
        await service.set_value(connection, city.tenant, golden.id, "totalSpotNumber", None, at=utc_now())
    await city.undoes(golden.id)
    assert golden.id not in {one.id for one in await city.goldens()}


async def test_new_values_of_the_sources_reach_the_merged_thing(city: City) -> None:
    await city.matches()
    await city.has(
        "register", [(code, name, lon, lat, spaces + 1) for code, name, lon, lat, spaces in REGISTER]
    )
    await city.matches()
    square = next(golden for golden in await city.goldens() if "register/P001" in members(golden))
    assert square.attributes["totalSpotNumber"].value == 121


async def test_merged_things_are_handed_to_whoever_keeps_entities(city: City) -> None:
    handed: list[str] = []

    async def write(
        connection: Connection, tenant: str, written: Sequence[Golden], removed: Sequence[str]
    ) -> None:
        handed.extend(golden.id for golden in written)

    await city.matches()
    ids = [golden.id for golden in await city.goldens()]
    async with city.database.tenant(city.tenant) as connection:
        await service.publish(connection, city.tenant, {"written": ids, "removed": []}, write)
    assert handed == ids


async def test_another_tenant_sees_nothing_of_it(city: City) -> None:
    await city.matches()
    golden = (await city.goldens())[0]
    async with city.database.tenant("elsewhere") as connection:
        with pytest.raises(NotFound):
            await service.find_golden(connection, golden.id)
