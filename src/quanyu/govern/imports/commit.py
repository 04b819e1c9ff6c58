"""The moment in which a dataset changes: files in place first, then one transaction that everybody sees whole."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

import msgspec

from quanyu.core.errors import Conflict
from quanyu.govern.engine.aside import aside
from quanyu.govern.engine.model import EngineJob, EngineReport
from quanyu.govern.imports import _sql
from quanyu.govern.imports.folders import Folders, put_in_place
from quanyu.govern.imports.leaving import gone_entities, withdraw_refused
from quanyu.govern.imports.model import (
    Dataset,
    DatasetKind,
    Extent,
    Import,
    ImportState,
    Options,
    Part,
    PartRole,
)
from quanyu.govern.quarantine import _sql as quarantine_sql
from quanyu.govern.scores import _sql as scores_sql
from quanyu.govern.scores.counts import Counts, count_content, replace_same
from quanyu.govern.scores.ledger import book
from quanyu.govern.scores.model import Cause, Score
from quanyu.govern.scores.rules import keep_suggested
from quanyu.govern.scores.tally import Contribution, Decided, tally
from quanyu.store import Connection, Database, emit

_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine made of an import, seen from the dataset and its parts as they were when it began."""

    tenant: str
    dataset: Dataset
    import_: Import
    parts: tuple[Part, ...]
    report: EngineReport
    replaced: tuple[tuple[str, int], ...] | None = None  # quarantined rows, where known

    @property
    def is_rerun(self) -> bool:
        return self.import_.extent is Extent.CONTENT


class Changed(Conflict):
    """The dataset is no more as it was when the engine began."""


class Committed(msgspec.Struct, frozen=True, kw_only=True):
    """What others hear inside the transaction. `part_id` is the import, or the release that follows from one; `gone` lists
    the ids of entities that no current record makes any more, where the import is a whole file."""

    tenant: str
    dataset: Dataset
    part_id: str
    actor: str
    report: EngineReport
    cause: Cause
    import_: Import | None = None
    new: tuple[Part, ...] = ()
    gone: Path | None = None

    @property
    def extent(self) -> Extent:
        """A release only adds."""
        return self.import_.extent if self.import_ else Extent.INCREMENT

    @property
    def entities(self) -> tuple[Path, ...] | None:
        """The twin's COPY files, where a mapping is known."""
        folder = self.report.outputs.get("entities")
        return None if folder is None else tuple(sorted(Path(folder).glob("*.csv")))


class Hooks(Protocol):
    """Where the other stages take part; `app/flow.py` says how."""

    async def prepare(self, connection: Connection, dataset: Dataset, job: EngineJob) -> EngineJob:
        """May add what rules look into: region, reference tables."""

    async def committed(self, connection: Connection, committed: Committed) -> None:
        """Inside the transaction; whatever it raises undoes the whole."""


class NoHooks:
    """Imports for themselves."""

    async def prepare(self, connection: Connection, dataset: Dataset, job: EngineJob) -> EngineJob:
        return job

    async def committed(self, connection: Connection, committed: Committed) -> None:
        return None


async def commit_import(
    database: Database, folders: Folders, change: Change, *, hooks: Hooks, now: datetime
) -> None:
    """Raises Changed where the dataset has changed since the engine began. Once committed, again does nothing."""
    report, import_id = change.report, change.import_.id
    reads = sum(part.bytes for part in change.parts)
    new = await aside(partial(_placed, folders, change), reads=reads)
    gone = await aside(partial(_gone, folders, change, new), reads=reads)
    async with database.tenant(change.tenant) as connection:
        closed = await quarantine_sql.closed(connection, change.dataset.name)
    count = partial(count_content, newest=import_id, key=report.key, known_replaced=change.replaced)
    counted = partial(count, folders.data, change.tenant, (*change.parts, *new), closed)
    found = await aside(counted, reads=reads)
    async with database.tenant(change.tenant) as connection:
        before = await _sql.dataset(connection, change.dataset.name, lock=True)
        known = await _sql.import_(connection, import_id, lock=True)
        if known is None or known.state.is_over:
            return
        if before is None or before.version != change.dataset.version:
            raise Changed("govern.import.contended", dataset=change.dataset.name)
        await _sql.enter(connection, import_id, ImportState.COMMITTING, now)
        await keep_suggested(
            connection, change.tenant, before.name, (one.rule for one in report.results), at=now
        )
        if change.is_rerun:
            await scores_sql.forget_results(connection, before.name)
        await scores_sql.add_results(connection, change.tenant, before.name, import_id, report.results)
        await quarantine_sql.supersede(
            connection, change.tenant, before.name, found.replaced, by=known.actor, at=now
        )
        learned = _learned(before, known, report)
        after = await change_content(
            connection, change.tenant, learned, new=new, found=found, cause=Cause.IMPORT, now=now
        )
        committed = Committed(
            tenant=change.tenant, dataset=after, part_id=import_id, actor=known.actor, report=report,
            cause=Cause.IMPORT, import_=known, new=new, gone=gone,
        )  # fmt: skip
        await hooks.committed(connection, committed)
        await _sql.finish(connection, import_id, ImportState.DONE, now, report=stored(report))
        await emit(
            connection,
            change.tenant,
            "dataset.imported",
            {"dataset": after.name, "import": import_id, "version": after.version},
        )


async def change_content(
    connection: Connection,
    tenant: str,
    dataset: Dataset,
    *,
    new: Sequence[Part],
    found: Counts,
    cause: Cause,
    now: datetime,
) -> Dataset:
    """The next version of a locked dataset: its parts, counts, score, trend and ledger. Its results are saved before."""
    version = dataset.version + 1
    await _sql.add_parts(
        connection, tenant, dataset.name, [msgspec.structs.replace(part, version=version) for part in new]
    )
    score = await _score(connection, dataset.name, found)
    after = msgspec.structs.replace(
        dataset,
        version=version,
        records=found.records,
        quarantined=found.quarantined,
        score=score.score,
        modified=now,
    )
    await _sql.save_dataset(connection, after)
    await scores_sql.add_score(connection, tenant, dataset.name, version, score, cause=cause, at=now)
    await book(connection, tenant, dataset.name, score.results, owner=dataset.owner, at=now)
    return after


def stored(report: EngineReport) -> msgspec.Raw:
    """As JSON that PostgreSQL takes: it has no character NUL. Where the engine wrote is nobody's concern any more."""
    kept = msgspec.structs.replace(report, outputs={})
    return msgspec.Raw(_NUL.sub(rb"\1\\ufffd", msgspec.json.encode(kept)))


async def _score(connection: Connection, dataset: str, found: Counts) -> Score:
    results = await scores_sql.results(connection, dataset)
    contributions = [
        Contribution(
            records=max((one.checked for one in own), default=0),
            results=tuple(own),
            decided=found.decided.get(import_id, Decided()),
        )
        for import_id, own in results.items()
    ]
    return tally(contributions, records=found.records, quarantined=found.quarantined)


def _placed(folders: Folders, change: Change) -> tuple[Part, ...]:
    name, import_id = change.dataset.name, change.import_.id
    placed = put_in_place(folders, name, import_id, change.report.outputs)
    if PartRole.SUPERSEDED not in placed and PartRole.ACCEPTED in placed and not change.report.key:
        target = folders.part(name, PartRole.SUPERSEDED, import_id)
        if replace_same(folders.data, change.tenant, change.parts, placed[PartRole.ACCEPTED], target):
            placed[PartRole.SUPERSEDED] = target
    if change.import_.extent is Extent.WHOLE:
        superseded = folders.part(name, PartRole.SUPERSEDED, import_id)
        if withdraw_refused(folders, change.parts, placed, key=change.report.key, superseded=superseded):
            placed[PartRole.SUPERSEDED] = superseded
    return tuple(
        Part(
            import_id=import_id, role=role, path=folders.relative(path), bytes=path.stat().st_size, version=0
        )
        for role, path in placed.items()
    )


def _gone(folders: Folders, change: Change, new: Sequence[Part]) -> Path | None:
    mapping = change.report.mapping
    if change.import_.extent is not Extent.WHOLE or mapping is None or not change.report.key:
        return None
    target = folders.work(change.import_.id) / "gone.csv"
    return gone_entities(
        folders, change.parts, new, mapping=mapping, dataset=change.dataset.name, target=target
    )


def _learned(dataset: Dataset, known: Import, report: EngineReport) -> Dataset:
    """What the next import need not find out again."""
    mapping = report.mapping or dataset.mapping
    reading = msgspec.structs.replace(known.options.over(dataset.options), mapping=None, model=None, key=())
    return msgspec.structs.replace(
        dataset,
        columns=report.columns,
        mapping=mapping,
        model=known.options.model or (mapping.type if mapping else dataset.model),
        key_columns=report.key or dataset.key_columns,
        kind=DatasetKind.OBSERVATIONS if mapping and mapping.time else dataset.kind,
        options=msgspec.convert(msgspec.to_builtins(reading), Options),
    )
