"""A department's file on its way: imported, its bad records mended and released, its newer version, its traces."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from quanyu.core.actor import Actor, ActorKind
from quanyu.core.clock import utc_now
from quanyu.govern.engine.process import run
from quanyu.govern.imports import service
from quanyu.govern.imports.commit import NoHooks
from quanyu.govern.imports.folders import Folders
from quanyu.govern.imports.model import About, Begun, Dataset, Options, ReceivedFile
from quanyu.govern.imports.run import run_import
from quanyu.govern.imports.upload import hash_file
from quanyu.govern.quarantine.desk import Desk
from quanyu.govern.quarantine.model import BulkFix, FixKind, Release, Select
from quanyu.govern.quarantine.release import release
from quanyu.govern.quarantine.service import bulk_fix
from quanyu.govern.trace.service import trace
from quanyu.store import Database


class City:
    """A node's database and folder in the hands of one officer."""

    def __init__(self, database: Database, folder: Path, tenant: str) -> None:
        self.database, self.folder = database, folder
        self.officer = Actor(
            id="zhang",
            tenant=tenant,
            kind=ActorKind.ACCOUNT,
            organisation="hall",
            roles=frozenset({"data_officer"}),
        )

    async def takes_in(self, path: Path, *, dataset: str) -> Begun:
        begun = await self._received(await hash_file(path, path.name), dataset)
        await run_import(
            self.database, self.folder, tenant=self.officer.tenant, import_id=begun.import_id,
            run_engine=run, hooks=NoHooks(), clock=utc_now,
        )  # fmt: skip
        return begun

    async def dataset(self, name: str) -> Dataset:
        async with self.database.tenant(self.officer.tenant) as connection:
            return await service.dataset(connection, name)

    def desk(self, dataset: str) -> Desk:
        return Desk(
            database=self.database, folders=Folders(self.folder, self.officer.tenant), clock=utc_now,
            actor=self.officer, dataset=dataset, run_engine=run, hooks=NoHooks(),
        )  # fmt: skip

    async def _received(self, file: ReceivedFile, dataset: str) -> Begun:
        async with self.database.tenant(self.officer.tenant) as connection:
            return await service.begin_import(
                connection, actor=self.officer, dataset=dataset, files=[file], options=Options(), about=About(),
                now=datetime.now(UTC),
            )  # fmt: skip


@pytest.fixture
def city(database: Database, folder: Path, tenant: str) -> City:
    return City(database, folder, tenant)


@pytest.fixture
def items(real_data: Path) -> Path:
    """1,135 service items of Guang'an; 884 department codes are no credit code, 871 by their length and 13 by a small letter."""
    return real_data / "gov-service-items-guangan" / "service_items.csv"


@pytest.fixture
def lines(items: Path) -> list[str]:
    return items.read_text(encoding="utf-8-sig").splitlines()


@pytest.fixture
def newer(lines: list[str], tmp_path: Path) -> Path:
    """The same items, the first under another department's name."""
    header, first, *rest = lines
    path = tmp_path / "newer.csv"
    path.write_text("\n".join([header, first.replace("区", "縣", 1), *rest]), encoding="utf-8")
    return path


async def test_codes_of_departments_are_repaired_by_their_proposals_and_the_score_rises(
    city: City, items: Path
) -> None:
    await city.takes_in(items, dataset="items")
    before = await city.dataset("items")
    assert before.records + before.quarantined == 1135
    desk = city.desk("items")
    fix = BulkFix(select=Select(), kind=FixKind.PROPOSAL, column="dept_code", name="from the item code")
    preview = await bulk_fix(desk, fix, preview=True)
    assert (await bulk_fix(desk, fix, preview=False)).changed == preview.changed > 0
    outcome = await release(desk, Release(select=Select()))
    after = await city.dataset("items")
    assert outcome.done == preview.changed
    assert (after.records, after.quarantined) == (
        before.records + outcome.done,
        before.quarantined - outcome.done,
    )
    assert (after.score or 0) > (before.score or 0)


async def test_the_same_file_again_changes_nothing(city: City, items: Path) -> None:
    first = await city.takes_in(items, dataset="items")
    before = await city.dataset("items")
    again = await city.takes_in(items, dataset="items")
    assert (again.import_id, again.unchanged) == (first.import_id, True)
    assert await city.dataset("items") == before


async def test_a_newer_file_changes_records_by_key(city: City, items: Path, newer: Path) -> None:
    await city.takes_in(items, dataset="items")
    before = await city.dataset("items")
    await city.takes_in(newer, dataset="items")
    after = await city.dataset("items")
    assert (after.version, after.records, after.quarantined) == (2, before.records, before.quarantined)


async def test_an_entity_leads_back_to_its_line(city: City, items: Path, lines: list[str]) -> None:
    await city.takes_in(items, dataset="items")
    dataset = await city.dataset("items")
    assert dataset.mapping is not None
    code = _first_accepted(lines)
    entity = f"urn:ngsi-ld:{dataset.mapping.type}:items:{code}"
    found = await trace(city.database, city.folder, city.officer, entity, language="en")
    line = found.steps[-1].fields["line"]
    assert code in lines[line - 1]


def _first_accepted(lines: list[str]) -> str:
    """The item code of the first row whose department code has 18 characters."""
    header = lines[0].split(",")
    rows = (dict(zip(header, line.split(","), strict=False)) for line in lines[1:])
    return next(row["item_code"] for row in rows if len(row["dept_code"]) == 18)
