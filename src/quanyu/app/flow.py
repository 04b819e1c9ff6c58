"""The way of data through the house, to be read first.

a file, a page of an API, a batch of messages
    │  receive        it lies in the data folder, hashed, and is an import         govern.imports
    ▼  check          land ─► type ─► map ─► judge by rules: accepted or refused   govern.engine (own process)
    ▼  commit         in one transaction: parts and score of the dataset,
    │                 its catalogue entry and lineage, its entities in the twin,
    │                 the evidence, the event                                      here, `Stages.committed`
    ▼  afterwards     matches with other datasets, bins of the map                 wiring.EVENTS
"""

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from quanyu.act.cases.following import works_of_cases
from quanyu.act.imports.service import work_off as work_off_cases
from quanyu.app import tracks
from quanyu.app.demo import is_demo
from quanyu.app.fused import label_fused, write_fused
from quanyu.app.node import Node
from quanyu.connect.sources import Delivery
from quanyu.core.actor import Resource, system_actor
from quanyu.core.errors import Invalid, QuanyuError, Unavailable
from quanyu.core.messages import LANGUAGES
from quanyu.evaluate.indicators.rerun import Bureau, counting_of
from quanyu.govern.catalogue.content_grade import grade_content
from quanyu.govern.catalogue.publication import publish_import
from quanyu.govern.catalogue.service import forget as forget_entry
from quanyu.govern.catalogue.service import reindex
from quanyu.govern.engine.aside import aside
from quanyu.govern.engine.model import EngineJob
from quanyu.govern.engine.process import run as run_engine
from quanyu.govern.fusion.run import run_job
from quanyu.govern.fusion.service import publish as publish_merged
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
from quanyu.govern.imports.run import give_up, run_import
from quanyu.govern.imports.service import begin_import, import_, new_id
from quanyu.govern.imports.tidy import ask_to_tidy, tidy
from quanyu.govern.imports.upload import hash_file, safe_file_name
from quanyu.govern.scores import references
from quanyu.govern.standards.regions import EXPORT as REGIONS
from quanyu.identity import Outcome, append_evidence
from quanyu.packs.finding import installed_packs
from quanyu.packs.service import quality_rules_for
from quanyu.store import Connection, Job
from quanyu.store.jobs import MAX_TRIES
from quanyu.twin import label_dataset, load, remove_dataset, settle
from quanyu.twin.withdraw import Withdrawal, has_other_types, keep_only, retype, withdraw

_LARGE = 20_000
_REINDEXED = 200
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


async def do_import(node: Node, job: Job) -> None:
    """The job behind every import; the last try that fails ends it with its reason."""
    import_id = str(job.body["import"])
    try:
        await work_off_import(node, job.tenant, import_id)
    except Unavailable as error:
        if job.tries >= MAX_TRIES:
            await _give_up(node, job, error)
        raise


async def do_case_import(node: Node, job: Job) -> None:
    """Goes on where it was when the node ended."""
    await work_off_cases(node.database, node.folder, job.tenant, str(job.body["import"]), clock=node.clock)


async def reckon_due_times(node: Node, job: Job) -> None:
    """After a calendar was published: what waited for its holidays."""
    after: str | None = ""
    while after is not None:
        async with node.database.tenant(job.tenant) as connection:
            after = await works_of_cases(connection, job.tenant, node.clock()).reckon(after=after)


async def _give_up(node: Node, job: Job, error: Unavailable) -> None:
    """However long the database stays away: an import that stays open would hold up all later ones of its dataset."""
    while True:
        try:
            await give_up(
                node.database, node.folder, tenant=job.tenant, import_id=str(job.body["import"]),
                clock=node.clock, error=error,
            )  # fmt: skip
        except Unavailable:
            await asyncio.sleep(_LOOK_SECONDS)
        else:
            return


async def tidy_dataset(node: Node, job: Job) -> None:
    await tidy(node.database, node.folder, tenant=job.tenant, dataset=str(job.body["dataset"]))


async def ask_to_tidy_dataset(node: Node, job: Job) -> None:
    """After an import: many small parts become one, when nobody waits for it."""
    await ask_to_tidy(node.database, node.folder, tenant=job.tenant, dataset=str(job.body["dataset"]))


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
            about=About(owner=delivery.owner),
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


async def do_fusion(node: Node, job: Job) -> None:
    """Matches records of several datasets; what it is sure of and what people decide becomes golden entities."""
    await run_job(node.database, node.folder, tenant=job.tenant, name=str(job.body["name"]), clock=node.clock)


async def publish_fused(node: Node, job: Job) -> None:
    """Merged things are entities too, whose attributes say which dataset they come from."""
    async with node.database.tenant(job.tenant) as connection:
        await publish_merged(connection, job.tenant, job.body, write_fused)
        await label_fused(connection, job.tenant, demo=is_demo(node))


async def reindex_catalogue(node: Node, job: Job) -> None:
    """After an upgrade that finds other words: a batch at a time, so that nobody waits long for a row."""
    found = _REINDEXED
    while found == _REINDEXED:
        async with node.database.tenant(job.tenant) as connection:
            found = await reindex(connection, job.tenant, limit=_REINDEXED)


def bureau(node: Node, tenant: str) -> Bureau:
    """Who counts the city's indicators and writes them back to its twin."""
    return Bureau(
        database=node.database, writer=node.twin.writer, tenant=tenant, folder=node.folder, clock=node.clock,
        engine=node.engine,
    )  # fmt: skip


async def count_indicators(node: Node, job: Job) -> None:
    await bureau(node, job.tenant).count(counting_of(job.body))


async def grade_dataset(node: Node, job: Job) -> None:
    """A second look at the grade, at the values themselves instead of the profile."""
    await grade_content(
        node.database, node.folder, tenant=job.tenant, dataset=str(job.body["dataset"]), clock=node.clock
    )


async def refresh_references(node: Node, job: Job) -> None:
    """Reference sets that repeat the dataset are taken anew, for the rules that look into them."""
    await references.refresh_references(
        node.database, node.folder, job.tenant, dataset=str(job.body["dataset"]), clock=node.clock
    )


async def forget_dataset(node: Node, job: Job) -> None:
    """What grew from a removed dataset: its entities go, its catalogue entry is forgotten, its lineage stays."""
    name, actor = str(job.body["dataset"]), str(job.body["actor"])
    async with node.database.tenant(job.tenant) as connection:
        await remove_dataset(connection, job.tenant, name, cause="dataset.removed", actor=actor)
        await forget_entry(connection, job.tenant, name, author=actor, at=node.clock())


async def settle_twin(node: Node, job: Job) -> None:
    """After a large import the twin's tables are put in order, so that maps and counts stay quick."""
    async with node.database.tenant(job.tenant) as connection:
        known = await import_(connection, str(job.body["import"]))
    if known.report and int(known.report["entities"]) >= _LARGE:
        await settle(node.database)
