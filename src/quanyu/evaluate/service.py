"""The score sheet of a period: every body with its figures, its grade and the budget that follows from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from quanyu.act.cases.model import Callback
from quanyu.core.clock import city_day
from quanyu.core.errors import Fault, Invalid
from quanyu.evaluate import _sql
from quanyu.evaluate.measures import Rates, Score, Tally, budget, rates, score
from quanyu.evaluate.policy import Policy, parse_policy
from quanyu.identity import organisation_names
from quanyu.store import Connection

MOST_CASES = 1000
_SHOWN = 10


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One body, and one of its systems where budgets are given by system."""

    organisation: str
    name: str
    system: str
    tally: Tally
    rates: Rates
    score: Score
    budget: float | None
    proposed: float | None


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    start: datetime
    end: datetime
    policy: Policy
    lines: tuple[Line, ...]


_Share = Annotated[float, Meta(ge=0, le=1)]


class BudgetRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`used` and `quality` from 0 to 1, where they are measured. Without an `amount` the line is taken back."""

    organisation: str
    year: Annotated[int, Meta(ge=1900, le=9999)]
    amount: Annotated[float, Meta(ge=0, le=1e15)] | None
    system: str = ""
    used: _Share | None = None
    quality: _Share | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What would the sheet be without the answers about some cases, and with others about some?"""

    without: Sequence[str] = ()
    changed: Mapping[str, Callback] = field(default_factory=dict)


AS_IT_IS = Simulation()


async def sheet(
    connection: Connection, tenant: str, start: datetime, end: datetime, *, simulation: Simulation = AS_IT_IS
) -> Sheet:
    """Of the cases reported in the period."""
    last_day = _last_day(start, end)
    judged_by = await policy_on(connection, last_day)
    judging = _sql.Judging(
        tenant=tenant, start=start, end=end, reopen_days=judged_by.reopen_days, without=simulation.without,
        changed=msgspec.to_builtins(simulation.changed),
    )  # fmt: skip
    tallies = {one.organisation: one for one in await _sql.tallies(connection, judging)}
    await _check_judged(connection, judging)
    budgets = await _sql.budgets(connection, last_day.year)
    budgeted = {row["organisation"] for row in budgets}
    names = await organisation_names(connection, {*tallies, *budgeted})
    lines = [_line(tallies.get(row["organisation"]), row, judged_by, names) for row in budgets]
    lines += [_line(tally, {}, judged_by, names) for body, tally in tallies.items() if body not in budgeted]
    lines.sort(key=lambda one: (one.organisation, one.system))
    return Sheet(start=start, end=end, policy=judged_by, lines=tuple(lines))


async def cases_behind(
    connection: Connection, tenant: str, start: datetime, end: datetime, organisation: str, *, after: str = ""
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of at most `MOST_CASES` records that a line was made of, and after which id the next one begins."""
    policy = await policy_on(connection, _last_day(start, end))
    judging = _sql.Judging(tenant=tenant, start=start, end=end, reopen_days=policy.reopen_days)
    found = await _sql.judged(connection, judging, organisation, after=after, limit=MOST_CASES + 1)
    return found[:MOST_CASES], found[MOST_CASES - 1]["id"] if len(found) > MOST_CASES else None


async def _check_judged(connection: Connection, judging: _sql.Judging) -> None:
    """Raises Invalid with every case of a simulation that is not behind the sheet: it would change nothing, unseen."""
    named = {*judging.without, *judging.changed}
    unknown = sorted(named - await _sql.judged_among(connection, judging, named)) if named else []
    if unknown:
        faults = tuple(Fault("evaluate.simulation", "cases", {"id": one[:40]}) for one in unknown[:_SHOWN])
        raise Invalid("evaluate.simulation", faults=faults, id=", ".join(unknown[:_SHOWN]))


def _last_day(start: datetime, end: datetime) -> date:
    """Whose policy and budget count. Raises Invalid where the period is none."""
    if start >= end:
        raise Invalid("evaluate.period", start=start.isoformat(), end=end.isoformat())
    return (end - timedelta(microseconds=1)).date()


async def policy_on(connection: Connection, on: date) -> Policy:
    """The city's own, or the default."""
    body = await _sql.policy(connection, on)
    return Policy() if body is None else parse_policy(body, today=on)


async def publish_policy(
    connection: Connection, tenant: str, source: object, *, by: str, now: datetime
) -> int:
    """From today on where it names no day. Raises Invalid with every fault."""
    policy = parse_policy(source, today=city_day(now))
    body = msgspec.to_builtins(policy)
    return await _sql.publish_policy(connection, tenant, body, valid_from=policy.valid_from, by=by, now=now)


async def budgets_of(connection: Connection, year: int) -> tuple[BudgetRow, ...]:
    return tuple(BudgetRow(year=year, **row) for row in await _sql.budgets(connection, year))


async def put_budgets(connection: Connection, tenant: str, rows: Sequence[BudgetRow]) -> None:
    gone = [(one.organisation, one.year, one.system) for one in rows if one.amount is None]
    kept = [
        (one.organisation, one.year, one.system, one.amount, one.used, one.quality)
        for one in rows if one.amount is not None
    ]  # fmt: skip
    await _sql.remove_budgets(connection, tenant, gone)
    await _sql.put_budgets(connection, tenant, kept)


def _line(tally: Tally | None, row: dict[str, Any], policy: Policy, names: Mapping[str, str]) -> Line:
    counted = tally or Tally(organisation=row["organisation"])
    scored = score(counted, policy, used=row.get("used"), quality=row.get("quality"))
    amount = row.get("amount")
    return Line(
        organisation=counted.organisation, name=names.get(counted.organisation, counted.organisation), system=row.get("system", ""), tally=counted, rates=rates(counted, policy),
        score=scored, budget=amount, proposed=None if amount is None else budget(amount, scored),
    )  # fmt: skip
