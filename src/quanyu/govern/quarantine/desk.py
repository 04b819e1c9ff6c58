"""Where quarantined records are looked at: rows of files and decisions of people put together."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import msgspec

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock, city_day
from quanyu.core.errors import NotFound, TooLarge
from quanyu.govern.engine.model import EngineJob, SourceReport
from quanyu.govern.imports import _sql as imports_sql
from quanyu.govern.imports import service as imports
from quanyu.govern.imports.commit import Hooks
from quanyu.govern.imports.folders import Folders
from quanyu.govern.imports.model import Dataset, Part
from quanyu.govern.imports.watch import RunEngine
from quanyu.govern.quarantine import _sql
from quanyu.govern.quarantine.model import Fix, QuarantinedRow, RuleCount, Select, State, explained
from quanyu.govern.quarantine.recheck import Known
from quanyu.govern.quarantine.rows import Counted, Decisions, StoredRow, Wanted, counted_rows, stored_rows
from quanyu.govern.scores.references import reference_tables
from quanyu.govern.scores.rules import rules_in_force
from quanyu.store import Connection, Database

MOST = 100_000
"""Rows that one decision may concern."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What somebody needs who works on quarantined records of one dataset."""

    database: Database
    folders: Folders
    clock: Clock
    actor: Actor
    dataset: str
    run_engine: RunEngine
    hooks: Hooks
    language: str = "zh-CN"

    async def prepare(self, job: EngineJob) -> EngineJob:
        async with self.database.tenant(self.actor.tenant) as connection:
            return await self.hooks.prepare(connection, await imports.dataset(connection, self.dataset), job)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The dataset at one moment; `known.dataset.version` tells whether it is still that moment."""

    known: Known
    decisions: Decisions
    sources: dict[str, tuple[SourceReport, ...]]

    @property
    def parts(self) -> tuple[Part, ...]:
        return self.known.parts

    @property
    def dataset(self) -> Dataset:
        return self.known.dataset


async def scene_of(connection: Connection, desk: Desk) -> Scene:
    dataset = await imports.dataset(connection, desk.dataset)
    today = city_day(desk.clock())
    in_force = await rules_in_force(connection, dataset.name, on=today)
    return Scene(
        known=Known(
            dataset=dataset,
            parts=await imports_sql.parts(connection, dataset.name),
            rules=tuple(rule.body for rule in in_force if rule.enabled),
            tables=await reference_tables(connection, desk.folders.data),
            as_of=today,
        ),
        decisions=await _sql.states(connection, dataset.name),
        sources=await imports_sql.sources(connection, dataset.name),
    )


async def page(
    desk: Desk, wanted: Wanted, *, after: tuple[str, int], limit: int
) -> tuple[list[QuarantinedRow], list[RuleCount], Mapping[str, int]]:
    """Rows; open rows of the whole dataset, or of the import, by rule, most first; all of them by state."""
    async with desk.database.tenant(desk.actor.tenant) as connection:
        scene = await scene_of(connection, desk)
    read = partial(counted_rows, desk.folders.data, desk.actor.tenant, scene.parts, scene.decisions, wanted)
    stored, counted = await asyncio.to_thread(read, after=after, limit=limit)
    return await _fixed(desk, scene, stored), _titled(scene, counted), counted.states


def _titled(scene: Scene, counted: Counted) -> list[RuleCount]:
    titles = titles_of(scene)
    return [
        RuleCount(
            rule=rule,
            title_zh=titles.get(rule, ("", ""))[0],
            title_en=titles.get(rule, ("", ""))[1],
            rows=rows,
            proposals=proposals,
        )
        for rule, (rows, proposals) in counted.rules.items()
    ]


async def selected(desk: Desk, scene: Scene, select: Select) -> list[QuarantinedRow]:
    """All rows that are meant and not closed. Raises TooLarge beyond MOST, NotFound for a listed row that is none."""
    wanted = Wanted(rule=select.rule, query=select.query, import_id=select.import_id, rows=select.rows)
    rows = await rows_of(desk, scene, wanted, after=("", -1), limit=MOST + 1)
    if len(rows) > MOST:
        raise TooLarge("govern.quarantine.too_many", limit=MOST)
    missing = set(select.rows) - {row.id for row in rows}
    if missing:
        first = min(missing)
        raise NotFound("govern.quarantine.unknown", row=first.row, id=first.import_id)
    return rows


async def rows_of(
    desk: Desk, scene: Scene, wanted: Wanted, *, after: tuple[str, int], limit: int
) -> list[QuarantinedRow]:
    read = partial(stored_rows, desk.folders.data, desk.actor.tenant, scene.parts, scene.decisions, wanted)
    return await _fixed(desk, scene, await asyncio.to_thread(read, after=after, limit=limit))


async def _fixed(desk: Desk, scene: Scene, stored: Sequence[StoredRow]) -> list[QuarantinedRow]:
    """With what people have decided about them."""
    async with desk.database.tenant(desk.actor.tenant) as connection:
        fixes = await _sql.fixes(connection, desk.dataset, [row.id for row in stored])
    titles = titles_of(scene)
    return [_shown(row, fixes.get(row.id), scene, titles, desk.language) for row in stored]


def _shown(
    row: StoredRow, fix: Fix | None, scene: Scene, titles: dict[str, tuple[str, str]], language: str
) -> QuarantinedRow:
    files = scene.sources.get(row.id.import_id, ())
    faults = fix.faults if fix and fix.edits else row.faults
    shown = QuarantinedRow(
        import_id=row.id.import_id,
        row=row.id.row,
        state=State.OPEN,
        file=files[row.source].name if row.source is not None and row.source < len(files) else "",
        source=row.source,
        line=row.line,
        values=row.values,
        edits={},
        faults=tuple(explained(fault, titles, language) for fault in faults),
    )
    if fix is None:
        return shown
    return msgspec.structs.replace(
        shown,
        state=fix.state,
        edits=fix.edits,
        version=fix.version,
        reason=fix.reason,
        actor=fix.actor,
        at=fix.at,
    )


def titles_of(scene: Scene) -> dict[str, tuple[str, str]]:
    return {rule.name: (rule.title_zh, rule.title_en) for rule in scene.known.rules}


def fixes_of(
    desk: Desk,
    rows: Sequence[QuarantinedRow],
    *,
    state: State,
    reason: str = "",
    released_as: str | None = None,
) -> list[Fix]:
    """The next decision about rows whose edits and faults stay as they are."""
    return [
        Fix(
            row=row.id, state=state, edits=row.edits, faults=row.faults, reason=reason or row.reason, rule=None,
            released_as=released_as, version=row.version + 1, actor=desk.actor.id, at=desk.clock(),
        )
        for row in rows
    ]  # fmt: skip
