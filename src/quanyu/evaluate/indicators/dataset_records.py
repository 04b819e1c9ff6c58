"""The rows of a dataset that a number was counted from."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from quanyu.core.page_token import page_token, place_of
from quanyu.evaluate.indicators.checking import fields_of
from quanyu.evaluate.indicators.dataset_counting import Table, opened
from quanyu.evaluate.indicators.records import MOST, Drill, Record
from quanyu.evaluate.indicators.statement import Arguments, condition_sql
from quanyu.govern.imports import _sql
from quanyu.govern.imports.model import Part
from quanyu.govern.quality.quote import name
from quanyu.query import Engine
from quanyu.store import Connection

Found = tuple[int, list[Record], str | None]


async def dataset_records(connection: Connection, engine: Engine, folder: Path, drill: Drill) -> Found:
    """As `records`; nothing where there is no such dataset, or none with these columns."""
    parts = await _sql.parts(connection, drill.measure.source.of)
    return await asyncio.to_thread(_found, engine, folder, parts, drill)


def _found(engine: Engine, folder: Path, parts: Sequence[Part], drill: Drill) -> Found:
    after = place_of(drill.after, int, refusal="evaluate.records.token") if drill.after else 0
    with opened(engine, folder, parts) as table:
        columns = list(dict.fromkeys(column for column, _ in fields_of(drill.measure)))
        if table is None or not table.has(drill.measure.source.at, *columns):
            return 0, [], None
        return _page(table, drill, columns, after)


def _page(table: Table, drill: Drill, columns: list[str], after: int) -> Found:
    arguments = Arguments()
    said = [condition_sql(one, table.column, arguments) for one in drill.conditions]
    if at := drill.measure.source.at:
        first, until = (arguments.put(day, "timestamp") for day in (drill.period.start, drill.period.end))
        said.append(f"{table.moment(at)} >= {first} and {table.moment(at)} < {until}")
    where = " and ".join(said) or "true"
    ((total,),) = table.rows(f"select count(*) from {table.content} where {where}", arguments.values)
    limit = max(1, min(drill.limit, MOST))
    shown = "".join(f", {name(column)}" for column in columns)
    rows = table.rows(
        f"select _import || ' ' || _row{shown} from {table.content} where {where} "
        f"order by _import, _row limit {limit} offset {max(0, after)}",
        arguments.values,
    )
    items = [
        Record(id=row[0], kind="row", title=row[0], at=None, facts=dict(zip(columns, row[1:], strict=True)))
        for row in rows
    ]
    return total, items, page_token(after + limit) if after + limit < total else None
