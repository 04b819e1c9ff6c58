"""Routes of street cleaning."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody, PathParameter

from quanyu.core.errors import Invalid
from quanyu.packs import Asker, DataFolder, TheClock, TheDatabase, settings_of
from quanyu.scenarios.sanitation import _sql, service
from quanyu.scenarios.sanitation.contract import Contract, Deduction, cost_of_each, settle
from quanyu.scenarios.sanitation.model import FindingKind

NAME = "sanitation"
_PREFIX = f"/api/v1/packs/{NAME}"
_READ = {"action": "entity.read"}
_WORK = {"action": "score.manage"}

TheDay = Annotated[date, PathParameter()]


class DayAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`share` of all planned metres that was swept; null where nothing is planned."""

    day: date
    sections: int
    fixes: int
    share: float | None
    findings: int


class CountedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A day as it was counted last, and when; `share` null where it was not."""

    day: date
    sections: int
    share: float | None
    findings: int
    counted: datetime | None


class SectionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    section: str
    street: str
    grade: int
    length: float
    covered: float
    share: float


class Coverages(msgspec.Struct, frozen=True, kw_only=True):
    items: list[SectionAnswer]


class SettlementInput(msgspec.Struct, frozen=True, kw_only=True):
    """Days from `begin` until before `end`. `points` off by kind of finding; money in yuan; `area` under the contract in m²."""

    firm: str
    base: Decimal
    begin: date
    end: date
    points: dict[FindingKind, Decimal]
    most: Decimal = Decimal(40)
    area: Annotated[float, msgspec.Meta(gt=0)] | None = None


class SettlementAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`kilometres` that were swept, each day's on its own; what one of them cost, and a km² of the contract's area: null where there is
    none."""

    firm: str
    score: Decimal
    pay: Decimal
    deducted: dict[FindingKind, Decimal]
    findings: int
    kilometres: float
    cost_per_km: Decimal | None
    cost_per_km2: Decimal | None


@post(f"{_PREFIX}/days/{{day:date}}", opt=_WORK, status_code=200)
async def count_day(
    actor: Asker, database: TheDatabase, folder: DataFolder, clock: TheClock, day: TheDay
) -> DayAnswer:
    """Counts a day from the plan and the tracks that are there now; again as often as one likes."""
    async with database.tenant(actor.tenant) as connection:
        settings = await settings_of(connection, actor.tenant, NAME)
    done = await service.count_day(database, actor.tenant, folder, day, settings=settings, now=clock())
    return DayAnswer(
        day=done.day, sections=done.sections, fixes=done.fixes, share=done.share, findings=done.findings
    )


@get(f"{_PREFIX}/days/{{day:date}}", opt=_READ)
async def show_day(actor: Asker, database: TheDatabase, day: TheDay) -> CountedAnswer:
    async with database.tenant(actor.tenant) as connection:
        rows = await _sql.coverage_of(connection, actor.tenant, day)
        found = await _sql.findings_of(connection, actor.tenant, day, day + timedelta(days=1))
    metres = sum(row["length"] for row in rows)
    share = sum(row["covered"] for row in rows) / metres if metres else None
    return CountedAnswer(
        day=day, sections=len(rows), share=share, findings=len(found), counted=max((row["counted"] for row in rows if row["counted"]), default=None)
    )  # fmt: skip


@get(f"{_PREFIX}/days/{{day:date}}/coverage", opt=_READ)
async def show_coverage(actor: Asker, database: TheDatabase, day: TheDay) -> Coverages:
    async with database.tenant(actor.tenant) as connection:
        rows = await _sql.coverage_of(connection, actor.tenant, day)
    return Coverages(
        items=[
            SectionAnswer(
                section=row["section"], street=row["street"], grade=row["grade"], length=row["length"],
                covered=row["covered"], share=min(1.0, row["covered"] / row["length"]) if row["length"] else 0.0,
            )
            for row in rows
        ]
    )  # fmt: skip


@post(f"{_PREFIX}/settlements", opt=_WORK, status_code=200)
async def settlement(
    actor: Asker, database: TheDatabase, data: JSONBody[SettlementInput]
) -> SettlementAnswer:
    """The sheet of a time by the contract's rule; every point is a finding that can be opened."""
    async with database.tenant(actor.tenant) as connection:
        rows = await _sql.findings_against(connection, actor.tenant, data.firm, data.begin, data.end)
        streets = await _sql.coverage_between(connection, actor.tenant, data.begin, data.end)
    book = [Deduction(finding=row["id"], kind=FindingKind(row["kind"]), upheld=row["upheld"]) for row in rows]
    contract = Contract(firm=data.firm, base=data.base, points=data.points, most=data.most)
    try:
        sheet = settle(contract, book)
        swept = sum(row["covered"] for row in streets) / 1000
        per_km, per_km2 = (
            cost_of_each(sheet.pay, swept),
            cost_of_each(sheet.pay, (data.area or 0) / 1_000_000),
        )
    except ArithmeticError as error:
        raise Invalid("packs.thing.amount") from error
    return SettlementAnswer(
        firm=sheet.firm, score=sheet.score, pay=sheet.pay, deducted=dict(sheet.deducted), findings=len(book),
        kilometres=round(swept, 3), cost_per_km=per_km, cost_per_km2=per_km2,
    )  # fmt: skip


routes = (count_day, show_day, show_coverage, settlement)
