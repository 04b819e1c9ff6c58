"""The way back: entity, dataset, record, whoever mended it, import, file, line."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
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
from quanyu.govern.trace.records import Found, newest_record, reading_chain
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
    read = partial(reading_chain, folder, actor.tenant, parts)
    chain = await asyncio.to_thread(read, found.import_id, found.row)
    rows = [RowId(import_id=found.import_id, row=found.row)]
    rows += [RowId(import_id=one.before[0], row=one.before[1]) for one in chain if one.before]
    async with database.tenant(actor.tenant) as connection:
        origin = await imports_sql.import_(connection, rows[-1].import_id)
        fixes = await quarantine_sql.fixes(connection, dataset.name, rows)
    way = Way(
        entity=entity, asked=asked, dataset=dataset, found=found, origin=origin, masks=masks,
        fixes=tuple(fix for row in rows if (fix := fixes.get(row)) and fix.edits),
        read=chain[-1].values if chain else {},
        source=chain[-1].source if chain else found.source,
    )  # fmt: skip
    return Trace(
        entity=entity, dataset=dataset.name, records=found.matching, steps=tuple(_steps(way, language))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """All that was found on the way back. `fixes` are newest first, `read` is the record as the file has it, `source` the number of that file."""

    entity: str
    asked: EntityName
    dataset: Dataset
    found: Found
    fixes: tuple[Fix, ...]
    origin: Import | None
    read: Mapping[str, Any]
    source: int
    masks: Mapping[str, Mask]


def masked(values: Mapping[str, Any], masks: Mapping[str, Mask]) -> dict[str, Any]:
    return {
        column: mask(str(value)) if value is not None and (mask := masks.get(column)) else value
        for column, value in values.items()
    }


def _steps(way: Way, language: str) -> Iterator[Step]:
    dataset, found = way.dataset, way.found
    yield step(StepKind.ENTITY, language, id=way.entity, type=way.asked.type)
    yield step(
        StepKind.DATASET, language, at=dataset.modified, name=dataset.name, title=dataset.title,
        owner=dataset.owner or "–", version=dataset.version, score=dataset.score,
    )  # fmt: skip
    values = masked(found.values, way.masks)
    yield step(
        StepKind.RECORD, language, row=found.row, number=found.row + 1, part=found.part_id, flags=list(found.flags),
        values=values,
    )  # fmt: skip
    for fix in way.fixes:
        edits = masked(fix.edits, way.masks)
        yield step(
            StepKind.MENDED,
            language,
            at=fix.at,
            actor=fix.actor,
            reason=fix.reason,
            rule=fix.rule,
            edits=edits,
        )
    if way.origin is not None:
        yield from _source_steps(way.origin, way, language)


def _source_steps(origin: Import, way: Way, language: str) -> Iterator[Step]:
    yield step(
        StepKind.IMPORT,
        language,
        at=origin.arrived,
        id=origin.id,
        what=_what(origin, way.dataset),
        actor=origin.actor,
        source=origin.source or "",
    )
    file = _file(origin, way.source)
    if file is None:
        return
    yield step(
        StepKind.FILE, language, name=file.name, member=file.member or "", bytes=file.bytes, sha256=file.sha256,
        encoding=file.encoding or "",
    )  # fmt: skip
    read = masked(way.read, way.masks)
    said = " | ".join("" if value is None else str(value) for value in read.values())
    yield step(StepKind.LINE, language, file=file.name, line=way.found.line, values=read, said=said)


def _what(origin: Import, dataset: Dataset) -> str:
    """The file that somebody sent; what a source brings, or several files, is called as the dataset."""
    return origin.files[0].name if len(origin.files) == 1 and origin.source is None else dataset.title


def _file(origin: Import, source: int) -> SourceReport | None:
    listed = msgspec.convert((origin.report or {}).get("sources", []), list[SourceReport])
    return listed[source] if source < len(listed) else None
