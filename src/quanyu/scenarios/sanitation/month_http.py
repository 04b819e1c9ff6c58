"""Routes of the month by street: four figures, and the records that each comes from."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import PathParameter

from quanyu.packs import Asker, TheDatabase
from quanyu.scenarios.sanitation import _sql, monthly
from quanyu.scenarios.sanitation.firm import Kind
from quanyu.scenarios.sanitation.model import FindingKind
from quanyu.scenarios.sanitation.quality import Quality, figure_of, figure_of_inspection

_MONTH = "/api/v1/packs/sanitation/months/{day:date}"
_READ = {"action": "entity.read"}

TheDay = Annotated[date, PathParameter()]


class QualityAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """干净, 整洁, 有序, 安全 from 0 to 100; null: nothing to judge it by. `counts` is what they come from."""

    street: str
    clean: float | None
    tidy: float | None
    orderly: float | None
    safe: float | None
    counts: dict[str, float]


class Month(msgspec.Struct, frozen=True, kw_only=True):
    items: list[QualityAnswer]


class AgainstAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A finding and a street that it counts against; `figure`: orderly or safe."""

    id: str
    day: date
    street: str
    figure: str
    kind: str
    value: float
    vehicle: str
    section: str
    begin: datetime


class Against(msgspec.Struct, frozen=True, kw_only=True):
    items: list[AgainstAnswer]


class SweptAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A section over the `days` that were counted: metres planned and swept, and what was swept as a share."""

    street: str
    section: str
    days: int
    length: float
    covered: float
    share: float | None


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    items: list[SweptAnswer]


class ToldAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a firm told: an inspection's finding, or a toilet that is open or not. `figure`: clean or tidy; `case`: what became of it."""

    street: str
    figure: str
    kind: str
    open: bool | None
    at: datetime | None
    firm: str
    code: str
    confidence: float | None
    case: str | None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    items: list[ToldAnswer]


class ShiftAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A shift of every day, in the city's time; `days` of the month that were counted."""

    street: str
    shift: str
    section: str
    vehicle: str
    begin: time
    end: time
    times: int
    days: int


class Shifts(msgspec.Struct, frozen=True, kw_only=True):
    items: list[ShiftAnswer]


@get(_MONTH, opt=_READ)
async def show_month(actor: Asker, database: TheDatabase, day: TheDay) -> Month:
    """Of the month in which the day lies, by street."""
    begin, end = monthly.a_month(day)
    async with database.tenant(actor.tenant) as connection:
        found = await monthly.month(connection, actor.tenant, begin, end)
    return Month(items=[_quality(one) for one in found])


@get(f"{_MONTH}/findings", opt=_READ)
async def list_month_findings(actor: Asker, database: TheDatabase, day: TheDay) -> Against:
    """Those that the streets' figures of the month come from; one on the way counts against each street that its vehicle sweeps."""
    begin, end = monthly.a_month(day)
    async with database.tenant(actor.tenant) as connection:
        plan = await monthly.plan_of(connection, actor.tenant, begin)
        found = await monthly.month_findings(connection, actor.tenant, plan, begin, end)
    return Against(
        items=[
            AgainstAnswer(
                id=row["id"], day=row["day"], street=street, figure=figure_of(FindingKind(row["kind"])), kind=row["kind"], value=row["value"],
                vehicle=row["vehicle"], section=row["section"], begin=row["begun"],
            )
            for street, row in found
        ]
    )  # fmt: skip


@get(f"{_MONTH}/sections", opt=_READ)
async def list_month_sections(actor: Asker, database: TheDatabase, day: TheDay) -> Swept:
    """What clean is counted from: each section, over the days that were counted."""
    async with database.tenant(actor.tenant) as connection:
        rows = await _sql.sections_between(connection, actor.tenant, *monthly.a_month(day))
    return Swept(
        items=[
            SweptAnswer(
                street=row["street"], section=row["section"], days=row["days"], length=row["length"], covered=row["covered"],
                share=min(1.0, row["covered"] / row["length"]) if row["length"] else None,
            )
            for row in rows
        ]
    )  # fmt: skip


@get(f"{_MONTH}/reports", opt=_READ)
async def list_month_reports(actor: Asker, database: TheDatabase, day: TheDay) -> Told:
    """What firms told of inspections and toilets that counts for a street, the newest first."""
    begin, end = monthly.a_month(day)
    async with database.tenant(actor.tenant) as connection:
        plan = await monthly.plan_of(connection, actor.tenant, begin)
        found = [
            _told(street, kind, row)
            for kind in (Kind.INSPECTIONS, Kind.TOILETS)
            for street, row in await monthly.told_of(connection, actor.tenant, plan, kind, begin, end)
        ]
    return Told(items=sorted(found, key=lambda one: (str(one.at), one.code), reverse=True))


@get(f"{_MONTH}/shifts", opt=_READ)
async def list_month_shifts(actor: Asker, database: TheDatabase, day: TheDay) -> Shifts:
    """The plan that orderly and safe are held against: shifts, and the vehicles that have them."""
    begin, end = monthly.a_month(day)
    async with database.tenant(actor.tenant) as connection:
        days = await _sql.days_counted(connection, actor.tenant, begin, end)
        plan = await monthly.plan_of(connection, actor.tenant, begin)
    streets = plan.streets
    return Shifts(
        items=[
            ShiftAnswer(
                street=streets[one.section], shift=one.id, section=one.section, vehicle=one.vehicle, begin=one.begin.time(), end=one.end.time(),
                times=one.times, days=days,
            )
            for one in plan.shifts
            if streets.get(one.section)
        ]
    )  # fmt: skip


def _told(street: str, kind: Kind, row: Mapping[str, Any]) -> ToldAnswer:
    body = row["body"]
    said = "toilet" if kind is Kind.TOILETS else body["kind"]
    return ToldAnswer(
        street=street, figure=figure_of_inspection(said), kind=said, open=body.get("open"), at=row["at"], firm=row["firm"],
        code=row["code"], confidence=body.get("confidence"), case=row["case_id"],
    )  # fmt: skip


def _quality(one: Quality) -> QualityAnswer:
    return QualityAnswer(
        street=one.street,
        clean=one.clean,
        tidy=one.tidy,
        orderly=one.orderly,
        safe=one.safe,
        counts=_counts(one),
    )


def _counts(one: Quality) -> dict[str, float]:
    counts = one.counts
    return {
        "planned": round(counts.planned), "swept": round(counts.swept), "dirt": counts.dirt, "mess": counts.mess,
        "toilets": counts.toilets, "toilets_open": counts.toilets_open, "shifts": counts.shifts,
        "disorder": counts.disorder, "unsafe": counts.unsafe, "vehicles": len(counts.vehicles),
    }  # fmt: skip


routes = (show_month, list_month_findings, list_month_sections, list_month_reports, list_month_shifts)
