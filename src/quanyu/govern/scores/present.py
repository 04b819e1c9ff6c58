"""What the rules in force find in all records that a dataset holds now; the score is of the imports, as they came."""

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from quanyu.core.errors import Invalid
from quanyu.govern.imports import _sql as imports_sql
from quanyu.govern.imports.content import PROVENANCE, current_sql, paths
from quanyu.govern.imports.model import Dataset, PartRole
from quanyu.govern.quality.rules import Rule
from quanyu.govern.quality.whole import Found, Looked, look
from quanyu.govern.scores import _sql
from quanyu.govern.scores.references import reference_tables
from quanyu.query import Engine
from quanyu.store import Connection


async def found_now(
    connection: Connection, engine: Engine, folder: Path, dataset: Dataset, *, on: date
) -> list[Found]:
    """The rules in force, over as long as the engine takes. Raises what `found_by` raises."""
    rules = [one.body for one in await _sql.rules(connection, dataset.name, on=on) if one.enabled]
    return await found_by(connection, engine, folder, dataset, rules, on=on)


async def found_by(
    connection: Connection, engine: Engine, folder: Path, dataset: Dataset, rules: Sequence[Rule], *, on: date
) -> list[Found]:
    """Raises Invalid for a dataset without records, Failed."""
    parts = await imports_sql.parts(connection, dataset.name)
    content = current_sql(folder, parts)
    if content is None:
        raise Invalid("govern.score.no_records", dataset=dataset.name)
    looked = Looked(
        content=content,
        files=(*paths(folder, parts, PartRole.ACCEPTED), *paths(folder, parts, PartRole.SUPERSEDED)),
        types={one.name: one.type for one in dataset.columns if one.name not in PROVENANCE},
        tables=await reference_tables(connection, folder),
        as_of=on,
    )
    return await asyncio.to_thread(look, engine, looked, rules)
