"""What an import makes of the catalogue: the entry, its profile, its grade and its lineage, in the import's transaction."""

from collections.abc import Sequence

import msgspec

from quanyu.core.profile import TEMPORAL_TYPES, ColumnProfile, ValueType
from quanyu.govern.catalogue import _sql, service
from quanyu.govern.catalogue.model import DataItem, Description, Entry, Facts, Period, UpdateCycle
from quanyu.govern.engine.model import EngineReport
from quanyu.govern.grading.service import regrade
from quanyu.govern.imports.model import Dataset
from quanyu.govern.lineage.service import of_import, record
from quanyu.store import Connection, enqueue

GRADE_JOB = "govern.grade"

_CYCLES = {str(cycle): cycle for cycle in UpdateCycle}


async def publish_import(
    connection: Connection, tenant: str, dataset: Dataset, report: EngineReport, *,
    import_id: str, author: str = "system", source: str | None = None,
) -> Entry:  # fmt: skip
    """A draft entry at the first import; afterwards what the data says is brought up to date, what people said stays."""
    at = dataset.modified
    known = await _sql.entry(connection, dataset.name, lock=True)
    facts = _facts(dataset, report, import_id, known.facts if known else Facts())
    if known is None:
        said = _first_description(dataset, report)
        entry = await service.create(
            connection, tenant, name=dataset.name, said=said, facts=facts, author=author, at=at
        )
    else:
        said = _brought_up_to_date(known.description, dataset, report)
        entry = msgspec.structs.replace(known, facts=facts)
        entry = await service.take_import(connection, tenant, entry, said, author=author, at=at)
    await _sql.put_profile(connection, dataset.name, report.columns)
    await record(connection, tenant, of_import(report, import_id=import_id, source=source, at=at))
    grading = await regrade(connection, tenant, dataset.name, report.columns, at=at)
    await service.take_grading(connection, tenant, dataset.name, grading, at=at)
    await enqueue(connection, tenant, GRADE_JOB, {"dataset": dataset.name})
    return await service.find(connection, dataset.name)


def _first_description(dataset: Dataset, report: EngineReport) -> Description:
    return Description(
        title=dataset.title,
        organisation=dataset.owner,
        region=dataset.region,
        update_cycle=_CYCLES.get(dataset.update_cycle or "", UpdateCycle.OTHER),
        format=report.sources[0].format if report.sources else "",
        keywords=(report.mapping.type,) if report.mapping else (),
        period=_period(report.columns),
        items=tuple(_item(column) for column in report.columns),
    )


def _brought_up_to_date(said: Description, dataset: Dataset, report: EngineReport) -> Description:
    known = {item.name: item for item in said.items}
    return msgspec.structs.replace(
        said,
        organisation=said.organisation or dataset.owner,
        region=said.region or dataset.region,
        period=_period(report.columns),
        items=tuple(_item(column, known.get(column.name)) for column in report.columns),
    )


def _item(column: ColumnProfile, known: DataItem | None = None) -> DataItem:
    item = known or DataItem(name=column.name, label=column.label, type=column.type)
    length = column.lengths[1] if column.type is ValueType.TEXT else None
    return msgspec.structs.replace(
        item, type=str(column.type), length=length, unit=column.unit or item.unit, semantic=column.semantic
    )


def _facts(dataset: Dataset, report: EngineReport, import_id: str, known: Facts) -> Facts:
    return msgspec.structs.replace(
        known,
        records=dataset.records,
        quarantined=dataset.quarantined,
        score=dataset.score,
        gate=dataset.gate,
        model=dataset.model,
        bytes=sum(source.bytes for source in report.sources),
        import_id=import_id,
        imported=dataset.modified,
        box=_box(report.columns),
    )


def _period(columns: Sequence[ColumnProfile]) -> Period:
    """From the earliest to the latest date of any column; a column of dates to come would stretch it, so say it by hand."""
    dated = [column for column in columns if column.type in TEMPORAL_TYPES]
    starts = [column.minimum[:10] for column in dated if column.minimum]
    ends = [column.maximum[:10] for column in dated if column.maximum]
    return Period(start=min(starts, default=None), end=max(ends, default=None))


def _box(columns: Sequence[ColumnProfile]) -> tuple[float, float, float, float] | None:
    spans = {column.semantic: column for column in columns if column.semantic in {"longitude", "latitude"}}
    if len(spans) < 2:
        return None
    edges = [
        getattr(spans[axis], edge) for edge in ("minimum", "maximum") for axis in ("longitude", "latitude")
    ]
    try:
        west, south, east, north = (float(edge) for edge in edges)
    except (TypeError, ValueError):
        return None
    return west, south, east, north
