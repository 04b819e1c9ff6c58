"""The way of data through the house, to be read first.

a file, a page of an API, a batch of messages
    │  receive        it lies in the data folder, hashed, and is an import         govern.imports
    ▼  check          land ─► type ─► map ─► judge by rules: accepted or refused   govern.engine (own process)
    ▼  commit         in one transaction: parts and score of the dataset,
    │                 its catalogue entry and lineage, its entities in the twin,
    │                 the evidence, the event                                      here, `Stages.committed`
    ▼  afterwards     matches with other datasets, bins of the map                 jobs, by wiring.EVENTS
"""

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from quanyu.app import tracks
from quanyu.app.demo import is_demo
from quanyu.app.node import Node
from quanyu.connect.sources import Delivery
from quanyu.core.actor import Resource, system_actor
from quanyu.core.errors import Invalid, QuanyuError
from quanyu.core.messages import LANGUAGES
from quanyu.govern.catalogue.publication import publish_import
from quanyu.govern.engine.aside import aside
from quanyu.govern.engine.model import EngineJob
from quanyu.govern.engine.process import run as run_engine
from quanyu.govern.imports._sql import dataset as find_dataset
from quanyu.govern.imports.commit import Committed
from quanyu.govern.imports.folders import Folders
from quanyu.govern.imports.leaving import made_entities
from quanyu.govern.imports.model import (
    About,
    Dataset,
    Extent,
    FaultNote,
    Import,
    ImportState,
    Options,
)
from quanyu.govern.imports.run import run_import
from quanyu.govern.imports.service import begin_import, import_, new_id
from quanyu.govern.imports.upload import hash_file, safe_file_name
from quanyu.govern.standards.regions import EXPORT as REGIONS
from quanyu.identity import Outcome, append_evidence
from quanyu.packs.finding import installed_packs
from quanyu.packs.service import quality_rules_for
from quanyu.store import Connection
from quanyu.twin import label_dataset, load
from quanyu.twin.withdraw import Withdrawal, has_other_types, keep_only, retype, withdraw

_LOOK_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Stages:
    """Where the other stages take part in an import."""

    node: Node

    async def prepare(self, connection: Connection, dataset: Dataset, job: EngineJob) -> EngineJob:
        """What rules look into besides the file itself."""
        tables = dict(job.tables)
        if (regions := self.node.folder / REGIONS).exists():
            tables["regions"] = str(regions)
        wanted = await quality_rules_for(
            connection, self.node.tenant, dataset.name, installed_packs(), at=self.node.clock()
        )
        known = {rule.name for rule in job.rules} | set(job.switched_off)
        rules = (*job.rules, *(rule for rule in wanted if rule.name not in known))
        return msgspec.structs.replace(job, tables=tables, rules=rules)

    async def committed(self, connection: Connection, committed: Committed) -> None:
        """Inside the transaction of the import: all of this is seen with it, or none of it."""
        tenant, name = committed.tenant, committed.dataset.name
        await publish_import(
            connection, tenant, committed.dataset, committed.report,
            import_id=committed.part_id, author=committed.actor,
            source=committed.import_.source if committed.import_ else None,
        )  # fmt: skip
        if committed.entities is not None:
            titles = dict.fromkeys(LANGUAGES, committed.dataset.title)
            await label_dataset(connection, tenant, name, titles=titles, demo=is_demo(self.node))
            await load(
                connection, tenant, committed.entities, import_id=committed.part_id, actor=committed.actor
            )
        await self._take_away(connection, committed)
        await append_evidence(
            connection,
            system_actor(tenant, committed.actor),
            "dataset.import",
            Resource("dataset", name, tenant, committed.dataset.owner),
            Outcome.DONE,
            {"import": committed.part_id, "accepted": committed.report.accepted},
        )

    async def _take_away(self, connection: Connection, committed: Committed) -> None:
        """What leaves the twin with an import.

        A whole file takes the entities of records that it brings and that are refused now; the content once more
        leaves only what it makes; an increment of a source, and a release, take nothing. A thing that comes under
        another type is not there twice.
        """
        by = Withdrawal(
            tenant=committed.tenant, dataset=committed.dataset.name, actor=committed.actor, cause=committed.part_id
        )  # fmt: skip
        mapping = committed.report.mapping
        if committed.extent is Extent.CONTENT:
            await keep_only(connection, await self._made(committed), by)
            return
        if committed.gone is not None:
            await withdraw(connection, committed.gone, by)
        if mapping is not None and await has_other_types(connection, by.dataset, mapping.type):
            await retype(connection, await self._made(committed), by, type_=mapping.type)

    async def _made(self, committed: Committed) -> Path:
        folders = Folders(self.node.folder, committed.tenant)
        made = partial(
            made_entities,
            folders,
            committed.new,
            mapping=committed.report.mapping,
            dataset=committed.dataset.name,
            target=folders.work(committed.part_id) / "made.csv",
        )
        return await aside(made, reads=sum(part.bytes for part in committed.new))


async def work_off_import(node: Node, tenant: str, import_id: str) -> Import:
    return await run_import(
        node.database,
        node.folder,
        tenant=tenant,
        import_id=import_id,
        run_engine=run_engine,
        hooks=Stages(node),
        clock=node.clock,
        memory=node.settings.engine_memory,
    )


async def deliver(node: Node, delivery: Delivery, *, inline: bool) -> int:
    """What a source brought takes the way of every upload. Returns the records read; a refused import is raised.

    A source of an organisation feeds the datasets of that organisation only.
    """
    await _check_owner(node, delivery)
    kept = Folders(node.folder, delivery.tenant).upload(new_id(delivery.arrived, "u"))
    files = [
        await hash_file(path, path.name) for path in await asyncio.to_thread(_copied, delivery.files, kept)
    ]
    async with node.database.tenant(delivery.tenant) as connection:
        first_tracks = (
            delivery.kind == tracks.KIND and await find_dataset(connection, delivery.dataset) is None
        )
        begun = await begin_import(
            connection,
            actor=system_actor(delivery.tenant, f"source {delivery.source}"),
            dataset=delivery.dataset,
            files=files,
            options=tracks.OPTIONS if first_tracks else Options(),
            about=About(title=delivery.title, owner=delivery.owner),
            now=delivery.arrived,
            source=delivery.source,
            extent=Extent.WHOLE if delivery.whole else Extent.INCREMENT,
        )
        if first_tracks:
            await tracks.require_terminals(connection, delivery.tenant, delivery.dataset, at=delivery.arrived)
    if begun.unchanged:
        shutil.rmtree(kept, ignore_errors=True)
    follow = work_off_import if inline else wait_for_import
    done = await follow(node, delivery.tenant, begun.import_id)
    if done.state is ImportState.FAILED:
        raise refusal(done.fault)
    return int(done.report["read"]) if done.report and not begun.unchanged else 0


async def _check_owner(node: Node, delivery: Delivery) -> None:
    if delivery.owner is None:
        return
    async with node.database.tenant(delivery.tenant) as connection:
        known = await find_dataset(connection, delivery.dataset)
    if known is not None and known.owner != delivery.owner:
        raise Invalid(
            "app.source.other_owner", source=delivery.source, dataset=delivery.dataset, owner=delivery.owner
        )


def _copied(files: Sequence[Path], folder: Path) -> list[Path]:
    """Where uploads lie, so that the import can be taken up again after whatever ends this process."""
    folder.mkdir(parents=True, mode=0o700)
    return [Path(shutil.copy2(file, folder / safe_file_name(file.name))) for file in files]


async def wait_for_import(node: Node, tenant: str, import_id: str) -> Import:
    """Its job does the work; this only waits for the end."""
    while True:
        async with node.database.tenant(tenant) as connection:
            known = await import_(connection, import_id)
        if known.state.is_over:
            return known
        await asyncio.sleep(_LOOK_SECONDS)


def refusal(fault: FaultNote | None) -> QuanyuError:
    return Invalid(fault.key, **fault.values) if fault else Invalid("app.import.failed", reason="")
