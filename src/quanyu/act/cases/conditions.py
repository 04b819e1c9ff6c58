"""立案条件: under which limit a class is filed in an area, each with the day from which it counts.

A case takes its limit when it is reported and keeps it; a class given later brings the limit of the day of the report.
"""

from collections.abc import Sequence
from datetime import date

import msgspec

from quanyu.act.cases.model import Condition
from quanyu.core.errors import Fault, Invalid
from quanyu.store import Connection

_COLUMNS = "class, area, urgent, rule, amount, unit, nullif(effective_from, '0001-01-01') as effective_from"

IN_FORCE = """(select distinct on (class, area, urgent) class, area, urgent, rule, amount, unit, effective_from from case_condition
  where tenant = current_setting('quanyu.tenant') and effective_from <= {day} order by class, area, urgent, effective_from desc)"""
"""Of each class and area the newest one of a day; without an amount it has ended."""

_ONE = f"""
select {_COLUMNS} from {IN_FORCE.format(day="$4")} c
where amount is not null and starts_with($1, class) and starts_with($2, area) and (not urgent or $3)
order by urgent desc, length(class) desc, length(area) desc limit 1
"""
_LISTED = f"select {_COLUMNS} from {IN_FORCE.format(day='$1')} c where amount is not null order by class, area, urgent"
_VERSIONS = (
    f"select {_COLUMNS} from case_condition order by class, area, urgent, case_condition.effective_from desc"
)
_PUT = """
insert into case_condition (tenant, class, area, urgent, rule, amount, unit, effective_from)
values ($1, $2, $3, $4, $5, $6, $7, coalesce($8, case when exists (
  select from case_condition where tenant = $1 and class = $2 and area = $3 and urgent = $4) then $9 else '0001-01-01'::date end))
on conflict (tenant, class, area, urgent, effective_from)
do update set rule = excluded.rule, amount = excluded.amount, unit = excluded.unit
"""


async def put_conditions(
    connection: Connection, tenant: str, laid: Sequence[Condition], *, today: date
) -> None:
    """Without a day a condition counts from today on, the first one of its class and area from ever. Raises Invalid with
    every one that would change days gone by."""
    faults = tuple(
        Fault("act.condition.past", one.category, {"class": one.category, "day": str(one.effective_from)})
        for one in laid
        if one.effective_from is not None and one.effective_from < today
    )
    if faults:
        raise Invalid("act.condition.faulty", faults=faults, count=len(faults))
    await connection.executemany(
        _PUT,
        [
            (tenant, one.category, one.area, one.urgent, one.rule, one.amount, one.unit.value, one.effective_from, today)
            for one in laid
        ],
    )  # fmt: skip


async def conditions(connection: Connection, day: date) -> list[Condition]:
    """Those of a day, by class and area, the usual before the urgent."""
    return [msgspec.convert(dict(row), Condition) for row in await connection.fetch(_LISTED, day)]


async def condition_versions(connection: Connection) -> list[Condition]:
    """All there are, also those to come and those that end a limit, the newest of a class and area first."""
    return [msgspec.convert(dict(row), Condition) for row in await connection.fetch(_VERSIONS)]


async def condition(
    connection: Connection, category: str, region: str, *, urgent: bool, day: date
) -> Condition | None:
    """Of the class or the nearest above it, in the smallest area that has one; an urgent one first where that is asked."""
    row = await connection.fetchrow(_ONE, category, region, urgent, day)
    return None if row is None else msgspec.convert(dict(row), Condition)
