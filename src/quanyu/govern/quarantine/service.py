"""Mending: one record by hand, or many by one change that is seen before it is made; and dismissing."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence

import msgspec

from quanyu.core.errors import Conflict, Invalid
from quanyu.govern.imports import _sql as imports_sql
from quanyu.govern.imports.commit import change_content
from quanyu.govern.imports.service import new_id
from quanyu.govern.quarantine import _sql
from quanyu.govern.quarantine.bulk import fixed_values
from quanyu.govern.quarantine.desk import Desk, Scene, fixes_of, scene_of, selected
from quanyu.govern.quarantine.model import (
    BeforeAfter,
    BulkFix,
    BulkOutcome,
    Dismissal,
    Fix,
    Mend,
    Outcome,
    QuarantinedRow,
    RowId,
    Select,
    State,
)
from quanyu.govern.quarantine.recheck import recheck
from quanyu.govern.scores.counts import count_content
from quanyu.govern.scores.model import Cause

_SHOWN = 50


async def mend(desk: Desk, row_id: RowId, mend: Mend) -> QuarantinedRow:
    """The row with what it still breaks. Raises Conflict where somebody else decided about it meanwhile."""
    async with desk.database.tenant(desk.actor.tenant) as connection:
        scene = await scene_of(connection, desk)
    (row,) = await selected(desk, scene, Select(rows=(row_id,)))
    if row.version != mend.version:
        raise Conflict("govern.quarantine.changed", row=row_id.row)
    unknown = set(mend.edits) - set(row.values)
    if unknown:
        raise Invalid("govern.quarantine.column_unknown", column=", ".join(sorted(unknown)))
    edits = {column: value for column, value in mend.edits.items() if value != row.values[column]}
    await _check_and_put(desk, scene, [msgspec.structs.replace(row, edits=edits)], rule=None)
    (mended,) = await selected(desk, scene, Select(rows=(row_id,)))
    return mended


async def bulk_fix(desk: Desk, fix: BulkFix, *, preview: bool) -> BulkOutcome:
    """With `preview` nothing changes; the outcome is the same."""
    async with desk.database.tenant(desk.actor.tenant) as connection:
        scene = await scene_of(connection, desk)
    rows = await selected(desk, scene, fix.select)
    after = fixed_values(fix, rows)
    changed = [
        (row, values)
        for row, values in zip(rows, after, strict=True)
        if any(value != row.mended_values.get(column) for column, value in values.items())
    ]
    if not preview:
        mended = [msgspec.structs.replace(row, edits=_with(row, values)) for row, values in changed]
        await _check_and_put(desk, scene, mended, rule=fix.name or f"{fix.kind}:{fix.column}")
    shown = tuple(
        BeforeAfter(
            import_id=row.import_id,
            row=row.row,
            line=row.line,
            before=row.mended_values.get(fix.column),
            after=values[fix.column],
        )
        for row, values in changed[:_SHOWN]
    )
    return BulkOutcome(matched=len(rows), changed=len(changed), shown=shown, applied=not preview)


async def dismiss(desk: Desk, dismissal: Dismissal) -> Outcome:
    """The records stay readable, with the reason; they count no more."""
    async with desk.database.tenant(desk.actor.tenant) as connection:
        scene = await scene_of(connection, desk)
    rows = await selected(desk, scene, dismissal.select)
    closed = {(import_id, row): state for import_id, row, state in scene.decisions if State(state).is_closed}
    closed |= {(row.import_id, row.row): State.DISMISSED for row in rows}
    found = await asyncio.to_thread(count_content, desk.folders.data, desk.actor.tenant, scene.parts, closed)
    async with desk.database.tenant(desk.actor.tenant) as connection:
        before = await imports_sql.dataset(connection, desk.dataset, lock=True)
        if before is None or before.version != scene.dataset.version:
            raise Conflict("govern.import.contended", dataset=desk.dataset)
        fixes = fixes_of(desk, rows, state=State.DISMISSED, reason=dismissal.reason)
        await _sql.put(connection, desk.actor.tenant, desk.dataset, fixes)
        after = await change_content(
            connection, desk.actor.tenant, before, new=(), found=found, cause=Cause.DISMISS, now=desk.clock()
        )
    return Outcome(done=len(rows), remaining=after.quarantined)


async def _check_and_put(
    desk: Desk, scene: Scene, rows: Sequence[QuarantinedRow], *, rule: str | None
) -> None:
    work_id = new_id(desk.clock(), "m")
    try:
        checked = await recheck(
            scene.known,
            rows,
            folders=desk.folders,
            work_id=work_id,
            run_engine=desk.run_engine,
            prepare=desk.prepare,
        )
    finally:
        shutil.rmtree(desk.folders.work(work_id), ignore_errors=True)
    fixes = [
        Fix(
            row=row.id,
            state=State.OPEN if checked.remaining.get(row.id) or not row.edits else State.MENDED,
            edits=row.edits,
            faults=checked.remaining.get(row.id, ()),
            reason=row.reason,
            rule=rule,
            released_as=None,
            version=row.version + 1,
            actor=desk.actor.id,
            at=desk.clock(),
        )
        for row in rows
    ]
    async with desk.database.tenant(desk.actor.tenant) as connection:
        now = await _sql.fixes(connection, desk.dataset, [row.id for row in rows], lock=True)
        for row in rows:
            known = now.get(row.id)
            if known is not None and known.version != row.version:
                raise Conflict("govern.quarantine.changed", row=row.row)
        await _sql.put(connection, desk.actor.tenant, desk.dataset, fixes)


def _with(row: QuarantinedRow, values: Mapping[str, str | None]) -> dict[str, str | None]:
    """Edits that lead back to what was read are none."""
    edits = {**row.edits, **values}
    return {name: text for name, text in edits.items() if text != row.values[name]}
