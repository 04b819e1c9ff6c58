"""A department's file on its way: imported, its bad records mended and released, its newer version, its traces."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from quanyu.core.actor import Actor, ActorKind
from quanyu.core.clock import utc_now
from quanyu.govern.engine.process import run
from quanyu.govern.imports import service
from quanyu.govern.imports.commit import NoHooks
from quanyu.govern.imports.model import About, Begun, Dataset, Import, ImportState, Options
from quanyu.govern.imports.run import run_import
from quanyu.govern.imports.upload import hash_file
from quanyu.store import Database

LOTS = """编号,名称,车位数,经度,纬度
P001,人民广场停车场,120,121.4737,31.2304
P002,南京路停车场,80,121.4800,31.2350
P003,外滩停车场,-5,121.4900,31.2400
P004,徐家汇停车场,六十,121.4370,31.1930
P005,静安寺停车场,60,121.4450,31.2230
"""


@pytest.fixture
def officer(tenant: str) -> Actor:
    return Actor(
        id="zhang",
        tenant=tenant,
        kind=ActorKind.ACCOUNT,
        organisation="traffic",
        roles=frozenset({"data_officer"}),
    )


class City:
    """A node's database and folder in the hands of one officer."""

    def __init__(self, database: Database, folder: Path, officer: Actor) -> None:
        self.database, self.folder, self.officer = database, folder, officer

    async def sends(
        self, name: str, text: str, *, dataset: str = "lots", options: Options | None = None
    ) -> Begun:
        path = self.folder / "uploads" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        file = await hash_file(path, name)
        async with self.database.tenant(self.officer.tenant) as connection:
            return await service.begin_import(
                connection, actor=self.officer, dataset=dataset, files=[file],
                options=options or Options(key=("编号",)), about=About(), now=datetime.now(UTC),
            )  # fmt: skip

    async def imports(self, begun: Begun) -> Import:
        return await run_import(
            self.database, self.folder, tenant=self.officer.tenant, import_id=begun.import_id,
            run_engine=run, hooks=NoHooks(), clock=utc_now,
        )  # fmt: skip

    async def dataset(self, name: str = "lots") -> Dataset:
        async with self.database.tenant(self.officer.tenant) as connection:
            return await service.dataset(connection, name)


@pytest.fixture
def city(database: Database, folder: Path, officer: Actor) -> City:
    return City(database, folder, officer)


async def test_a_file_becomes_a_dataset_and_its_bad_records_lie_in_quarantine(city: City) -> None:
    done = await city.imports(await city.sends("lots.csv", LOTS))
    assert done.state is ImportState.DONE, done.fault
    dataset = await city.dataset()
    assert done.report is not None
    assert (dataset.records, dataset.quarantined) == (done.report["accepted"], done.report["quarantined"])
    assert dataset.records + dataset.quarantined == 5
    assert dataset.score == done.report["score"]
