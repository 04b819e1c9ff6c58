"""The records themselves, masked for whoever does not look after them."""

import asyncio
from datetime import datetime
from functools import partial
from typing import Annotated

from litestar import get
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency
from litestar.params import QueryParameter, SkipValidation
from litestar.response import File

from quanyu.core.actor import Actor, ActorKind
from quanyu.core.errors import TooOften
from quanyu.core.rate import RateLimit, network_of
from quanyu.govern.catalogue.service import count_use
from quanyu.govern.imports import _sql
from quanyu.govern.imports.access import masks_for, readable_dataset
from quanyu.govern.imports.export import ExportFormat, export
from quanyu.govern.imports.http.asking import After, AnyRequest, Asker, Folder, Limit, Name, Now, Store
from quanyu.govern.imports.records import Condition, RecordPage, record_page
from quanyu.govern.lineage.service import exported as lineage_of_export
from quanyu.govern.lineage.service import record
from quanyu.store import Connection

ExportLimit = NamedDependency[SkipValidation[RateLimit | None]]

_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSON: "application/json",
    ExportFormat.PARQUET: "application/vnd.apache.parquet",
}


@get("/api/v1/datasets/{name:str}/records", opt={"action": "dataset.read"})
async def records(
    name: Name,
    actor: Asker,
    database: Store,
    folder: Folder,
    clock: Now,
    filters: Annotated[list[str] | None, QueryParameter(name="filter", max_items=20)] = None,
    after: After = None,
    limit: Limit = 50,
) -> RecordPage:
    """`filter` may come several times: `column:op:value`, op one of eq ne lt le gt ge has null.

    Beside the columns, `_import:eq:ID` finds what came with an import, and `_flags:has:RULE` what breaks a rule.
    """
    conditions = [Condition.parse(one) for one in filters or ()]
    async with database.tenant(actor.tenant) as connection:
        dataset = await readable_dataset(connection, actor, name, door="records")
        masks = await masks_for(connection, actor, dataset)
        parts = await _sql.parts(connection, name)
        await count_use(connection, actor.tenant, name, "call", clock())
    read = partial(record_page, conditions=conditions, masks=masks, after=after, limit=limit)
    return await asyncio.to_thread(read, folder, actor.tenant, parts)


@get([f"/api/v1/datasets/{{name:str}}/export.{one}" for one in ExportFormat], opt={"action": "dataset.read"})
async def exported(
    name: Name,
    request: AnyRequest,
    actor: Asker,
    database: Store,
    folder: Folder,
    clock: Now,
    export_limit: ExportLimit = None,
) -> File:
    """All current records as one file; the address says the format. Nobody known may ask for a few at a time only."""
    _check_rate(request, actor, export_limit, clock())
    format_ = ExportFormat(request.url.path.rpartition(".")[2])
    async with database.tenant(actor.tenant) as connection:
        dataset = await readable_dataset(connection, actor, name, door=f"export.{format_}")
        masks = await masks_for(connection, actor, dataset)
        parts = await _sql.parts(connection, name)
        await _note_export(connection, actor, name, format_, clock())
    write = partial(export, format=format_, masks=masks)
    path = await asyncio.to_thread(write, folder, actor.tenant, parts)
    return File(
        path,
        filename=f"{name}.{format_}",
        media_type=_TYPES[format_],
        background=BackgroundTask(path.unlink, missing_ok=True),
    )


def _check_rate(request: AnyRequest, actor: Actor, limit: RateLimit | None, now: datetime) -> None:
    if limit is None or actor.kind is not ActorKind.ANONYMOUS:
        return
    asker = network_of(request.client.host if request.client else "")
    if seconds := limit.wait(asker, now):
        raise TooOften("govern.dataset.too_often", seconds=seconds)


async def _note_export(
    connection: Connection, actor: Actor, name: str, format_: ExportFormat, at: datetime
) -> None:
    """One step of the lineage for each format, however often it is taken."""
    await count_use(connection, actor.tenant, name, "download", at)
    edge = lineage_of_export(name, f"{name}.{format_}", at=at, to=format_)
    await record(connection, actor.tenant, [edge])


routes = (records, exported)
