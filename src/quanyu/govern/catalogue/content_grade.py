"""The second look at a dataset's grade, after its import: at the values themselves, not only at the profile."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from quanyu.core.clock import Clock
from quanyu.core.profile import ColumnProfile, ValueType
from quanyu.govern.catalogue import _sql, datasets, service
from quanyu.govern.grading.service import regrade
from quanyu.govern.imports.content import current_sql, reader
from quanyu.govern.imports.model import Part
from quanyu.govern.imports.records import column_types
from quanyu.govern.quality.quote import name as quoted
from quanyu.store import Database

LOOKED_AT = 2_000
_LOOKED_TYPES = frozenset({ValueType.TEXT, ValueType.INTEGER})


async def grade_content(database: Database, folder: Path, *, tenant: str, dataset: str, clock: Clock) -> None:
    """For the worker (job `govern.grade`). Doing it again changes nothing."""
    async with database.tenant(tenant) as connection:
        profile = await _sql.profile(connection, dataset)
        parts = await datasets.parts(connection, dataset)
    values = await asyncio.to_thread(values_of, folder, tenant, parts, profile)
    async with database.tenant(tenant) as connection:
        await service.hold(connection, dataset)
        grading = await regrade(connection, tenant, dataset, profile, at=clock(), values=values)
        await service.take_grading(connection, tenant, dataset, grading, at=clock())


def values_of(
    folder: Path, tenant: str, parts: Sequence[Part], profile: Sequence[ColumnProfile]
) -> Mapping[str, Sequence[str]]:
    """Up to LOOKED_AT values of each column, drawn from all records by a fixed seed. For a thread."""
    with reader(folder, tenant) as duck:
        current = current_sql(folder, parts)
        if current is None:
            return {}
        types = column_types(duck, current)
        names = [column.name for column in profile if column.type in _LOOKED_TYPES and column.name in types]
        if not names:
            return {}
        shown = ", ".join(f"{quoted(name)}::varchar" for name in names)
        rows = duck.execute(
            f"select {shown} from {current} using sample reservoir({LOOKED_AT} rows) repeatable (7)"
        ).fetchall()
    return {name: [row[index] for row in rows if row[index]] for index, name in enumerate(names)}
