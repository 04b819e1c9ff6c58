"""What leaves the twin when an import comes: by a whole file, an increment, the content once more."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from quanyu.app import flow
from quanyu.app.node import Node
from quanyu.app.settings import Settings
from quanyu.connect.outgoing import Outgoing
from quanyu.connect.sources import Delivery
from quanyu.core.actor import system_actor
from quanyu.core.clock import utc_now
from quanyu.govern.engine.model import AttributeSource, EntityMapping
from quanyu.govern.imports import service
from quanyu.govern.imports.model import About, Dataset, Extent, Import, ImportState, Options
from quanyu.govern.imports.run import run_import
from quanyu.govern.imports.upload import hash_file
from quanyu.identity import EvidenceWriter, IdentitySettings
from quanyu.store import Database
from quanyu.twin import Twin, Writer
from tests.engine import run_here

LOT = EntityMapping(
    type="Lot", key=("code",), attributes=(AttributeSource(attribute="spaces", column="spaces"),)
)


def lots(count: int = 40, **spaces: str) -> str:
    rows = (f"P{n:03},{spaces.get(f'P{n:03}', str(50 + n))},第{n}停车场" for n in range(1, count + 1))
    return "\n".join(["code,spaces,name", *rows]) + "\n"


@dataclass
class Town:
    """A node without its doors: imports are worked off at once."""

    node: Node
    sent: int = 0

    async def sends(
        self,
        text: str,
        *,
        extent: Extent = Extent.WHOLE,
        mapping: EntityMapping | None = LOT,
        key: str = "code",
    ) -> Import:
        self.sent += 1
        path = self.node.folder / f"{self.sent}.csv"
        path.write_text(text)
        options = Options(key=(key,), mapping=mapping)
        async with self.node.database.tenant(self.node.tenant) as connection:
            begun = await service.begin_import(
                connection, actor=system_actor(self.node.tenant, "zhang"), dataset="lots",
                files=[await hash_file(path, path.name)], options=options, about=About(), now=utc_now(), extent=extent,
            )  # fmt: skip
        return await self._done(begun.import_id)

    async def reruns(self, **options: Any) -> Import:
        async with self.node.database.tenant(self.node.tenant) as connection:
            begun = await service.begin_rerun(
                connection, actor=system_actor(self.node.tenant, "zhang"), dataset="lots",
                options=Options(**options), now=utc_now(),
            )  # fmt: skip
        return await self._done(begun.import_id)

    async def dataset(self) -> Dataset:
        async with self.node.database.tenant(self.node.tenant) as connection:
            return await service.dataset(connection, "lots")

    async def entities(self) -> set[str]:
        """Type and key of each."""
        async with self.node.database.tenant(self.node.tenant) as connection:
            ids = [row["id"].split(":") for row in await connection.fetch("select id from entity")]
        return {f"{parts[2]} {parts[4]}" for parts in ids}

    async def logged(self, key: str) -> list[int]:
        """The operations on an entity, as the log numbers them."""
        async with self.node.database.tenant(self.node.tenant) as connection:
            rows = await connection.fetch(
                "select op from change where entity like $1 order by seq", f"%:{key}"
            )
        return [row["op"] for row in rows]

    async def _done(self, import_id: str) -> Import:
        done = await run_import(
            self.node.database, self.node.folder, tenant=self.node.tenant, import_id=import_id,
            run_engine=run_here, hooks=flow.Stages(self.node), clock=utc_now,
        )  # fmt: skip
        assert done.state is ImportState.DONE, done.fault
        return done


@pytest.fixture
def town(database: Database, tenant: str, folder: Path) -> Town:
    node = Node(
        settings=Settings(data=folder, tenant=tenant), identity=IdentitySettings(), database=database, postgres=None,
        evidence=EvidenceWriter(database), twin=Twin(Writer(database)), outgoing=Outgoing(), clock=utc_now,
    )  # fmt: skip
    return Town(node)


async def test_a_whole_file_takes_along_what_it_refuses_and_leaves_what_it_does_not_speak_of(
    town: Town,
) -> None:
    await town.sends(lots(40))
    await town.sends(lots(39, P004="sixty"))
    entities, dataset = await town.entities(), await town.dataset()
    assert len(entities) == 39
    assert "Lot P004" not in entities
    assert "Lot P040" in entities
    assert (dataset.records, dataset.quarantined) == (39, 1)
    assert await town.logged("P004") == [2, 3]


async def test_what_left_comes_back_with_a_good_record(town: Town) -> None:
    await town.sends(lots())
    await town.sends(lots(P004="sixty"))
    await town.sends(lots(P004="60"))
    assert "Lot P004" in await town.entities()
    assert ((await town.dataset()).records, (await town.dataset()).quarantined) == (40, 0)
    assert await town.logged("P004") == [2, 3, 2]


async def test_an_increment_takes_nothing_away(town: Town) -> None:
    await town.sends(lots())
    await town.sends(lots(P004="sixty"), extent=Extent.INCREMENT)
    assert "Lot P004" in await town.entities()
    assert (await town.dataset()).records == 40


async def test_a_rerun_leaves_only_what_it_accepts(town: Town) -> None:
    await town.sends(lots())
    done = await town.reruns(
        types={"spaces": "integer"}, key=("code",), mapping=msgspec.structs.replace(LOT, key=("name",))
    )
    assert (done.source, done.extent) == (None, Extent.CONTENT)
    entities = await town.entities()
    assert len(entities) == 40
    assert "Lot P004" not in entities


async def test_another_type_replaces_the_first_one(town: Town) -> None:
    await town.sends(lots())
    car_park = msgspec.structs.replace(LOT, type="CarPark")
    await town.sends(lots(3), mapping=car_park)
    entities = await town.entities()
    assert {"CarPark P001", "Lot P004"} <= entities
    assert "Lot P001" not in entities
    await town.reruns()
    assert {one.split()[0] for one in await town.entities()} == {"CarPark"}
    assert len(await town.entities()) == 40
    async with town.node.database.tenant(town.node.tenant) as connection:
        layers = await connection.fetch("select type, entities from layer where dataset = 'lots'")
    assert [tuple(row) for row in layers] == [("CarPark", 40)]


async def test_a_thing_that_got_another_name_is_not_there_under_both(town: Town) -> None:
    by_name = msgspec.structs.replace(LOT, key=("name",))
    await town.sends(lots(), mapping=by_name)
    await town.sends(lots().replace("第7停车场", "南站停车场"), mapping=by_name)
    assert len(await town.entities()) == 40


async def test_a_rerun_is_no_source_in_the_lineage_and_repeats_no_files(town: Town) -> None:
    await town.sends(lots())
    reports = [(await town.reruns()).report for _ in range(3)]
    assert [len(report["sources"]) for report in reports if report] == [1, 1, 1]
    async with town.node.database.tenant(town.node.tenant) as connection:
        assert not await connection.fetchval("select count(*) from lineage_edge where from_kind = 'source'")


async def test_after_a_rerun_a_newer_file_counts_what_it_changes(town: Town) -> None:
    await town.sends(lots())
    await town.reruns()
    report = (await town.sends(lots(41, P004="60"))).report
    assert report
    assert report["changes"] == {"new": 1, "changed": 1, "unchanged": 39}


@pytest.mark.parametrize(("whole", "records"), [(True, 39), (False, 40)])
async def test_a_source_takes_away_only_where_it_brings_everything(
    town: Town, tmp_path: Path, whole: bool, records: int
) -> None:
    await town.sends(lots())
    file = tmp_path / "later.csv"
    file.write_text(lots(P004="sixty"))
    delivery = Delivery(
        tenant=town.node.tenant, source="feed", dataset="lots", id="d1", files=(file,), arrived=utc_now(), whole=whole
    )  # fmt: skip
    await flow.deliver(town.node, delivery, inline=True)
    assert ((await town.dataset()).records, len(await town.entities())) == (records, records)
