"""What each durable job and event does; `wiring.JOBS` and `wiring.EVENTS` say which is whose."""

import asyncio

from quanyu.act.cases.following import works_of_cases
from quanyu.act.imports.service import work_off as work_off_cases
from quanyu.app.demo import is_demo
from quanyu.app.flow import work_off_import
from quanyu.app.fused import label_fused, write_fused
from quanyu.app.node import Node
from quanyu.core.errors import Unavailable
from quanyu.evaluate.indicators.rerun import Bureau, counting_of
from quanyu.exchange.openness.service import withdraw_all
from quanyu.govern.catalogue.content_grade import grade_content
from quanyu.govern.catalogue.service import forget as forget_entry
from quanyu.govern.catalogue.service import reindex
from quanyu.govern.fusion.run import run_job
from quanyu.govern.fusion.service import publish as publish_merged
from quanyu.govern.imports.run import give_up
from quanyu.govern.imports.service import import_
from quanyu.govern.imports.tidy import ask_to_tidy, tidy
from quanyu.govern.scores import references
from quanyu.store import Job
from quanyu.store.jobs import MAX_TRIES
from quanyu.twin import remove_dataset, settle

_LARGE = 20_000
_REINDEXED = 200
_LOOK_SECONDS = 0.3


async def do_import(node: Node, job: Job) -> None:
    """The job behind every import; the last try that fails ends it with its reason."""
    import_id = str(job.body["import"])
    try:
        await work_off_import(node, job.tenant, import_id)
    except Unavailable as error:
        if job.tries >= MAX_TRIES:
            await _give_up(node, job, error)
        raise


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


async def do_case_import(node: Node, job: Job) -> None:
    """Goes on where it was when the node ended."""
    await work_off_cases(node.database, node.folder, job.tenant, str(job.body["import"]), clock=node.clock)


async def reckon_due_times(node: Node, job: Job) -> None:
    """After a calendar was published: what waited for its holidays."""
    after: str | None = ""
    while after is not None:
        async with node.database.tenant(job.tenant) as connection:
            after = await works_of_cases(connection, job.tenant, node.clock()).reckon(after=after)


async def tidy_dataset(node: Node, job: Job) -> None:
    await tidy(node.database, node.folder, tenant=job.tenant, dataset=str(job.body["dataset"]))


async def ask_to_tidy_dataset(node: Node, job: Job) -> None:
    """After an import: many small parts become one, when nobody waits for it."""
    await ask_to_tidy(node.database, node.folder, tenant=job.tenant, dataset=str(job.body["dataset"]))


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
    """What grew from a removed dataset: its entities and open files go, its catalogue entry is forgotten, its lineage stays."""
    name, actor = str(job.body["dataset"]), str(job.body["actor"])
    async with node.database.tenant(job.tenant) as connection:
        await remove_dataset(connection, job.tenant, name, cause="dataset.removed", actor=actor)
        await withdraw_all(connection, node.folder, job.tenant, name)
        await forget_entry(connection, job.tenant, name, author=actor, at=node.clock())


async def settle_twin(node: Node, job: Job) -> None:
    """After a large import the twin's tables are put in order, so that maps and counts stay quick."""
    async with node.database.tenant(job.tenant) as connection:
        known = await import_(connection, str(job.body["import"]))
    if known.report and int(known.report["entities"]) >= _LARGE:
        await settle(node.database)
