"""The score sheet of a period: every body with its figures, its grade and the budget that follows from them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from quanyu.core.errors import Invalid
from quanyu.evaluate import _sql
from quanyu.evaluate.measures import Rates, Score, Tally, budget, rates, score
from quanyu.evaluate.policy import Policy, parse_policy
from quanyu.store import Connection

MOST_CASES = 1000


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One body, and one of its systems where budgets are given by system."""

    organisation: str
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


class BudgetRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`used` and `quality` from 0 to 1, where they are measured."""

    organisation: str
    year: int
    amount: float
    system: str = ""
    used: float | None = None
    quality: float | None = None


async def sheet(
    connection: Connection, tenant: str, start: datetime, end: datetime, *, without: Sequence[str] = ()
) -> Sheet:
    """Of the cases reported in the period; `without` leaves the answers about these cases out (simulation)."""
    if start >= end:
        raise Invalid("evaluate.period", start=start.isoformat(), end=end.isoformat())
    last_day = (end - timedelta(microseconds=1)).date()
    judged_by = await policy_on(connection, last_day)
    tallies = {
        one.organisation: one for one in await _sql.tallies(connection, tenant, start, end, without=without)
    }
    budgets = await _sql.budgets(connection, last_day.year)
    lines = [_line(tallies.get(row["organisation"]), row, judged_by) for row in budgets]
    budgeted = {row["organisation"] for row in budgets}
    lines += [_line(tally, {}, judged_by) for name, tally in tallies.items() if name not in budgeted]
    lines.sort(key=lambda one: (one.organisation, one.system))
    return Sheet(start=start, end=end, policy=judged_by, lines=tuple(lines))


async def cases_behind(
    connection: Connection, tenant: str, start: datetime, end: datetime, organisation: str
) -> list[dict[str, Any]]:
    """The records that a line was made of, at most `MOST_CASES`."""
    return await _sql.judged(connection, tenant, start, end, organisation, MOST_CASES)


async def policy_on(connection: Connection, on: date) -> Policy:
    """The city's own, or the default."""
    body = await _sql.policy(connection, on)
    return Policy() if body is None else parse_policy(body)


async def publish_policy(
    connection: Connection, tenant: str, source: object, *, by: str, now: datetime
) -> int:
    """Raises Invalid with every fault."""
    policy = parse_policy(source)
    body = msgspec.to_builtins(policy)
    return await _sql.publish_policy(connection, tenant, body, valid_from=policy.valid_from, by=by, now=now)


async def put_budgets(connection: Connection, tenant: str, rows: Sequence[BudgetRow]) -> None:
    await _sql.put_budgets(
        connection, tenant,
        [(one.organisation, one.year, one.system, one.amount, one.used, one.quality) for one in rows],
    )  # fmt: skip


def _line(tally: Tally | None, row: dict[str, Any], policy: Policy) -> Line:
    counted = tally or Tally(organisation=row["organisation"])
    scored = score(counted, policy, used=row.get("used"), quality=row.get("quality"))
    amount = row.get("amount")
    return Line(
        organisation=counted.organisation, system=row.get("system", ""), tally=counted, rates=rates(counted, policy),
        score=scored, budget=amount, proposed=None if amount is None else budget(amount, scored),
    )  # fmt: skip
