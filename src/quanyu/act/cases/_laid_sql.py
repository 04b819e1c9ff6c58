"""The only statements on what a city lays down about its cases: their classes, where it ends, who has the duty."""

from collections.abc import Sequence

import asyncpg

from quanyu.act.cases.model import CaseClass, Duty, Extent, Kind
from quanyu.store import Connection

_CLASSES = "select code, parent, kind, titles, words, weight, fields from case_class where valid_to is null"
_DUTIES = "select class, area, organisation from case_duty"


async def put_classes(connection: Connection, tenant: str, classes: Sequence[CaseClass]) -> None:
    await connection.executemany(
        "insert into case_class (tenant, code, parent, kind, titles, words, weight, fields) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (tenant, code) do update set parent = excluded.parent, "
        "kind = excluded.kind, titles = excluded.titles, words = excluded.words, weight = excluded.weight, "
        "fields = excluded.fields",
        [
            (tenant, one.code, one.parent, one.kind.value, dict(one.titles), list(one.words), one.weight, list(one.fields))
            for one in classes
        ],
    )  # fmt: skip


async def classes(connection: Connection) -> list[CaseClass]:
    return [_class(row) for row in await connection.fetch(f"{_CLASSES} order by code")]


async def case_class(connection: Connection, code: str) -> CaseClass | None:
    row = await connection.fetchrow(f"{_CLASSES} and code = $1", code)
    return _class(row) if row else None


async def put_extent(connection: Connection, tenant: str, extent: Extent) -> None:
    await connection.execute(
        "insert into case_extent (tenant, west, south, east, north) values ($1, $2, $3, $4, $5) "
        "on conflict (tenant) do update set west = $2, south = $3, east = $4, north = $5",
        tenant, extent.west, extent.south, extent.east, extent.north,
    )  # fmt: skip


async def put_duties(connection: Connection, tenant: str, duties: Sequence[Duty]) -> None:
    await connection.executemany(
        "insert into case_duty (tenant, class, area, organisation) values ($1, $2, $3, $4) "
        "on conflict (tenant, class, area) do update set organisation = excluded.organisation",
        [(tenant, one.category, one.area, one.organisation) for one in duties],
    )


async def drop_duty(connection: Connection, duty: Duty) -> bool:
    """Whether it was there: one that has gone to another body since is another duty."""
    found = await connection.fetchval(
        "delete from case_duty where class = $1 and area = $2 and organisation = $3 returning true",
        duty.category, duty.area, duty.organisation,
    )  # fmt: skip
    return found is not None


async def all_duties(connection: Connection) -> list[Duty]:
    return [_duty(row) for row in await connection.fetch(f"{_DUTIES} order by class, area")]


async def duties(connection: Connection, category: str, region: str) -> list[Duty]:
    """All that apply, the most exact first."""
    rows = await connection.fetch(
        f"{_DUTIES} where starts_with($1, class) and starts_with($2, area) order by length(class) desc, length(area) desc",
        category, region,
    )  # fmt: skip
    return [_duty(row) for row in rows]


def _duty(row: asyncpg.Record) -> Duty:
    return Duty(category=row["class"], area=row["area"], organisation=row["organisation"])


def _class(row: asyncpg.Record) -> CaseClass:
    return CaseClass(
        code=row["code"], parent=row["parent"], kind=Kind(row["kind"]), titles=row["titles"],
        words=tuple(row["words"]), weight=row["weight"], fields=tuple(row["fields"]),
    )  # fmt: skip
