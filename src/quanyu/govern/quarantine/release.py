"""Mended records go back into the dataset as a small part of their own, each with the line it came from."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pyarrow

from quanyu.core.errors import Conflict, Invalid
from quanyu.govern.engine.model import RuleResult, SourceReport
from quanyu.govern.imports import _sql as imports_sql
from quanyu.govern.imports.commit import Committed, change_content
from quanyu.govern.imports.content import reader
from quanyu.govern.imports.folders import put_in_place, remove_parts
from quanyu.govern.imports.model import Part
from quanyu.govern.imports.service import new_id
from quanyu.govern.quality.quote import literal
from quanyu.govern.quality.rules import Rule
from quanyu.govern.quarantine import _sql
from quanyu.govern.quarantine.desk import Desk, Scene, fixes_of, scene_of, selected, titles_of
from quanyu.govern.quarantine.model import Outcome, QuarantinedRow, Release, State, explained
from quanyu.govern.quarantine.recheck import Rechecked, recheck
from quanyu.govern.scores import _sql as scores_sql
from quanyu.govern.scores.counts import count_content
from quanyu.govern.scores.model import Cause
from quanyu.store import Connection, emit

_TIMES = 3
_SHOWN = 50


async def release(desk: Desk, wanted: Release) -> Outcome:
    """Rows that pass leave quarantine; the others stay with what they still break.

    With `accept` all go, broken rules and all: they are flagged with what they break, and the reason is kept.
    """
    if wanted.accept and not wanted.reason.strip():
        raise Invalid("govern.quarantine.reason")
    part_id = new_id(desk.clock(), "r")
    try:
        for _ in range(_TIMES):
            try:
                return await _released(desk, wanted, part_id)
            except Conflict:
                remove_parts(desk.folders, desk.dataset, part_id)
        raise Conflict("govern.import.contended", dataset=desk.dataset)
    finally:
        shutil.rmtree(desk.folders.work(part_id), ignore_errors=True)


async def _released(desk: Desk, wanted: Release, part_id: str) -> Outcome:
    async with desk.database.tenant(desk.actor.tenant) as connection:
        scene = await scene_of(connection, desk)
    rows = await selected(desk, scene, wanted.select)
    checked = await recheck(
        scene.known, rows, folders=desk.folders, work_id=part_id, run_engine=desk.run_engine,
        prepare=desk.prepare, accept=wanted.accept,
    )  # fmt: skip
    passed = [row for row in checked.sent if not checked.remaining.get(row.id)]
    remaining = [_with_faults(desk, scene, row, checked) for row in rows if checked.remaining.get(row.id)]
    if passed and checked.report is not None:
        await _commit(desk, scene, checked, passed, part_id, wanted.reason)
    return Outcome(
        done=len(passed),
        remaining=len(remaining),
        part_id=part_id if passed else None,
        rows=tuple(remaining[:_SHOWN]),
    )


async def _commit(
    desk: Desk, scene: Scene, checked: Rechecked, passed: Sequence[QuarantinedRow], part_id: str, reason: str
) -> None:
    assert checked.report is not None
    tenant, now = desk.actor.tenant, desk.clock()
    new, flags = await asyncio.to_thread(_written, desk, checked, part_id)
    closed = {(import_id, row): state for import_id, row, state in scene.decisions if State(state).is_closed}
    closed |= {(row.import_id, row.row): State.RELEASED for row in passed}
    found = await asyncio.to_thread(count_content, desk.folders.data, tenant, (*scene.parts, *new), closed)
    async with desk.database.tenant(tenant) as connection:
        before = await imports_sql.dataset(connection, desk.dataset, lock=True)
        if before is None or before.version != scene.dataset.version:
            raise Conflict("govern.import.contended", dataset=desk.dataset)
        await scores_sql.add_results(
            connection, tenant, before.name, part_id, _results(scene.known.rules, flags)
        )
        fixes = fixes_of(desk, passed, state=State.RELEASED, reason=reason, released_as=part_id)
        await _sql.put(connection, tenant, before.name, fixes)
        after = await change_content(
            connection, tenant, before, new=new, found=found, cause=Cause.RELEASE, now=now
        )
        committed = Committed(
            tenant=tenant,
            dataset=after,
            part_id=part_id,
            actor=desk.actor.id,
            report=checked.report,
            cause=Cause.RELEASE,
            new=new,
        )
        await desk.hooks.committed(connection, committed)
        await emit(
            connection,
            tenant,
            "dataset.released",
            {"dataset": after.name, "part": part_id, "records": len(passed)},
        )


async def _sources(connection: Connection, passed: Sequence[QuarantinedRow]) -> tuple[SourceReport, ...]:
    """The files that the records came with: a release has none of its own."""
    origins = [
        await imports_sql.import_(connection, one) for one in sorted({row.import_id for row in passed})
    ]
    reports = [origin.report for origin in origins if origin is not None and origin.report]
    return tuple(
        msgspec.convert(one, SourceReport) for report in reports for one in report.get("sources", ())
    )


def _written(desk: Desk, checked: Rechecked, part_id: str) -> tuple[tuple[Part, ...], Counter[str]]:
    """The part in its place, and how many of its records break which rule all the same."""
    assert checked.report is not None
    outputs = {
        name: path for name, path in checked.report.outputs.items() if name in {"accepted", "superseded"}
    }
    target = Path(outputs["accepted"])
    written = target.with_name("released.parquet")
    with reader(desk.folders.data, desk.folders.tenant) as duck:
        duck.register("origin", _origin(checked))
        duck.execute(
            f"""copy (select a.* exclude (_source, _line), o.source as _source, o.line as _line,
              o.import as _from_import, o.row as _from_row
            from read_parquet({literal(str(target))}) a join origin o on o.place = a._row)
            to {literal(str(written))} (format parquet, compression zstd)"""
        )
        flags = duck.execute(
            f"select flag, count(*) from (select unnest(_flags) as flag from read_parquet({literal(str(written))})) group by 1"
        ).fetchall()
    placed = put_in_place(desk.folders, desk.dataset, part_id, outputs | {"accepted": str(written)})
    parts = tuple(
        Part(
            import_id=part_id,
            role=role,
            path=desk.folders.relative(path),
            bytes=path.stat().st_size,
            version=0,
        )
        for role, path in placed.items()
    )
    return parts, Counter(dict(flags))


def _origin(checked: Rechecked) -> pyarrow.Table:
    """The line and file of each record as they were in its import; files are numbered as in that import."""
    sent = checked.sent
    return pyarrow.table(
        {
            "place": pyarrow.array(range(len(sent)), pyarrow.int64()),
            "source": pyarrow.array([row.source for row in sent], pyarrow.uint32()),
            "line": pyarrow.array([row.line for row in sent], pyarrow.int64()),
            "import": pyarrow.array([row.import_id for row in sent], pyarrow.string()),
            "row": pyarrow.array([row.row for row in sent], pyarrow.int64()),
        }
    )


def _results(rules: Sequence[Rule], flags: Counter[str]) -> list[RuleResult]:
    """Records that were checked already add nothing to what was checked, only what they still break."""
    return [
        RuleResult(rule=rule, checked=0, violations=flags[rule.name], score=0.0)
        for rule in rules
        if flags[rule.name]
    ]


def _with_faults(desk: Desk, scene: Scene, row: QuarantinedRow, checked: Rechecked) -> QuarantinedRow:
    titles = titles_of(scene)
    told = tuple(explained(fault, titles, desk.language) for fault in checked.remaining[row.id])
    return msgspec.structs.replace(row, faults=told)
