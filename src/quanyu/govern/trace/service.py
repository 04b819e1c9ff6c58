"""The way back: entity, dataset, record, whoever mended it, import, file, line."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import NotFound
from quanyu.govern.engine.model import SourceReport
from quanyu.govern.grading.masking import Mask
from quanyu.govern.imports import _sql as imports_sql
from quanyu.govern.imports.access import masks_for
from quanyu.govern.imports.model import Dataset, Import
from quanyu.govern.quarantine import _sql as quarantine_sql
from quanyu.govern.quarantine.model import Fix, RowId
from quanyu.govern.trace.model import EntityName, Step, StepKind, Trace, step
from quanyu.govern.trace.records import Found, newest_record, raw_values
from quanyu.identity import require
from quanyu.store import Database


async def trace(database: Database, folder: Path, actor: Actor, entity: str, *, language: str) -> Trace:
    """Raises NotFound where no current record speaks of the entity. Personal values are masked as everywhere."""
    asked = EntityName.parse(entity)
    async with database.tenant(actor.tenant) as connection:
        dataset = await imports_sql.dataset(connection, asked.dataset)
        if dataset is None or dataset.mapping is None:
            raise NotFound("govern.trace.unknown", entity=entity)
        resource = Resource("dataset", id=dataset.name, tenant=actor.tenant, organisation=dataset.owner)
        await require(connection, actor, "trace.read", resource)
        parts = await imports_sql.parts(connection, dataset.name)
        masks = await masks_for(connection, actor, dataset)
    found = await asyncio.to_thread(newest_record, folder, actor.tenant, parts, dataset.mapping, asked.key)
    if found is None:
        raise NotFound("govern.trace.unknown", entity=entity)
    async with database.tenant(actor.tenant) as connection:
        origin = await imports_sql.import_(connection, found.import_id)
        row = RowId(import_id=found.import_id, row=found.row)
        fix = (await quarantine_sql.fixes(connection, dataset.name, [row])).get(row)
    read = await asyncio.to_thread(raw_values, folder, actor.tenant, parts, found.import_id, found.row)
    steps = _steps(asked, entity, dataset, found, fix, origin, masked(read, masks), masks, language)
    return Trace(entity=entity, dataset=dataset.name, records=found.matching, steps=tuple(steps))


def masked(values: Mapping[str, Any], masks: Mapping[str, Mask]) -> dict[str, Any]:
    return {
        column: mask(str(value)) if value is not None and (mask := masks.get(column)) else value
        for column, value in values.items()
    }


def _steps(
    asked: EntityName,
    entity: str,
    dataset: Dataset,
    found: Found,
    fix: Fix | None,
    origin: Import | None,
    read: Mapping[str, Any],
    masks: Mapping[str, Mask],
    language: str,
) -> list[Step]:
    values = masked(found.values, masks)
    steps = [
        step(StepKind.ENTITY, language, id=entity, type=asked.type),
        step(
            StepKind.DATASET, language, at=dataset.modified, name=dataset.name, title=dataset.title, owner=dataset.owner or "",
            version=dataset.version, score=dataset.score,
        ),
        step(StepKind.RECORD, language, row=found.row, part=found.part_id, flags=list(found.flags), values=values),
    ]  # fmt: skip
    if fix is not None and fix.released_as == found.part_id:
        edits = masked(fix.edits, masks)
        steps.append(
            step(
                StepKind.MENDED,
                language,
                at=fix.at,
                actor=fix.actor,
                reason=fix.reason,
                rule=fix.rule,
                edits=edits,
            )
        )
    if origin is not None:
        steps += _source_steps(origin, found, read, language)
    return steps


def _source_steps(origin: Import, found: Found, read: Mapping[str, Any], language: str) -> list[Step]:
    listed = msgspec.convert((origin.report or {}).get("sources", []), list[SourceReport])
    file = listed[found.source] if found.source < len(listed) else None
    steps = [
        step(
            StepKind.IMPORT,
            language,
            at=origin.arrived,
            id=origin.id,
            actor=origin.actor,
            source=origin.source or "",
        )
    ]
    if file is None:
        return steps
    steps.append(
        step(
            StepKind.FILE, language, name=file.name, member=file.member or "", bytes=file.bytes, sha256=file.sha256,
            encoding=file.encoding or "",
        )
    )  # fmt: skip
    said = " | ".join("" if value is None else str(value) for value in read.values())
    steps.append(step(StepKind.LINE, language, file=file.name, line=found.line, values=dict(read), said=said))
    return steps
