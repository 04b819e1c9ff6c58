"""Routes of contracts, the firms' own books, and a month's settlement: both books beside each other."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import get, post, put
from litestar.params import JSONBody, PathParameter

from quanyu.core.actor import Actor
from quanyu.core.errors import Invalid, NotFound
from quanyu.packs import Asker, Connection, TheClock, TheDatabase, sees_all
from quanyu.scenarios.sanitation import _contract_sql, _sql
from quanyu.scenarios.sanitation.contract import (
    Book,
    Contract,
    Deduction,
    Difference,
    Sheet,
    reconcile,
    settle,
)
from quanyu.scenarios.sanitation.firm_http import Entry, Firm, require_own
from quanyu.scenarios.sanitation.model import FindingKind
from quanyu.scenarios.sanitation.monthly import a_month

_PREFIX = "/api/v1/packs/sanitation"
_OWN, _PUSH = {"action": "entity.read", "own": True}, {"action": "source.push", "own": True}
_WORK = {"action": "score.manage"}
_MOST_YUAN, _MOST_POINTS = Decimal("1e12"), Decimal(100)

TheDay = Annotated[date, PathParameter()]


class ContractInput(msgspec.Struct, frozen=True, kw_only=True):
    """`base`: yuan a month; `most`: points that a month can lose; the others: points off for each finding of that kind."""

    firm: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    base: Decimal
    most: Decimal = Decimal(40)
    late: Decimal = Decimal(0)
    missed: Decimal = Decimal(0)
    incomplete: Decimal = Decimal(0)
    repeated: Decimal = Decimal(0)
    teleporting: Decimal = Decimal(0)
    idle: Decimal = Decimal(0)
    outside: Decimal = Decimal(0)


class ContractAnswer(msgspec.Struct, frozen=True, kw_only=True):
    firm: str
    base: Decimal
    most: Decimal
    points: dict[FindingKind, Decimal]
    set_at: datetime


class Contracts(msgspec.Struct, frozen=True, kw_only=True):
    items: list[ContractAnswer]


class BookInput(msgspec.Struct, frozen=True, kw_only=True):
    """The firm's own: findings that it takes as its fault, and the pay in yuan that it reckons for the month."""

    pay: Decimal
    book: Annotated[list[Entry], msgspec.Meta(max_length=50_000)]


class ResultAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`entry`: points (off, before the limit), score or pay. `gap`: the firm's less the city's; null where the firm has told no book."""

    entry: str
    firm_book: Decimal | None
    city: Decimal
    gap: Decimal | None
    equal: bool | None


class KindAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Findings of a kind that count in either book, `each` so many points."""

    kind: FindingKind
    each: Decimal
    firm_findings: int | None
    firm_points: Decimal | None
    city_findings: int
    city_points: Decimal


class DifferenceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`why`: only_city, only_firm, or otherwise: of another kind. What the city knows of the finding is null where it has none of this id."""

    why: str
    number: str
    kind: str | None
    firm_kind: str | None
    points: Decimal
    day: date | None
    value: float | None
    vehicle: str | None
    section: str | None


class DeductionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`points` off: none where it was taken back. `in_book`: whether the firm's book has it."""

    id: str
    day: date
    kind: str
    value: float
    points: Decimal
    vehicle: str
    section: str
    begin: datetime
    in_book: bool | None
    dispute: str | None
    upheld: bool | None


class SettlementAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Of the month from `month` on, as far as it is counted. `told`: the firm's pay; `received`: when its book came."""

    firm: str
    month: date
    base: Decimal
    most: Decimal
    score: Decimal
    pay: Decimal
    told: Decimal | None
    gap: Decimal | None
    received: datetime | None
    agree: bool | None
    at: datetime
    results: list[ResultAnswer]
    kinds: list[KindAnswer]
    differences: list[DifferenceAnswer]
    deductions: list[DeductionAnswer]


@post(f"{_PREFIX}/contracts", opt=_WORK, status_code=204)
async def set_contract(
    actor: Asker, database: TheDatabase, clock: TheClock, data: JSONBody[ContractInput]
) -> None:
    """The terms from now on, also of months that are settled anew."""
    points = {kind: getattr(data, kind.value) for kind in FindingKind}
    _require_sums([data.base], _MOST_YUAN)
    _require_sums([data.most, *points.values()], _MOST_POINTS)
    contract = Contract(firm=data.firm.strip(), base=data.base, most=data.most, points=points)
    async with database.tenant(actor.tenant) as connection:
        await _contract_sql.put_contract(connection, actor.tenant, contract, by=actor.name, at=clock())


@get(f"{_PREFIX}/contracts", opt=_OWN)
async def list_contracts(actor: Asker, database: TheDatabase) -> Contracts:
    """A firm sees its own."""
    async with database.tenant(actor.tenant) as connection:
        firms = None if await sees_all(connection, actor, "sanitation") else actor.organisations
        found = await _contract_sql.contracts_of(connection, actor.tenant, firms)
    return Contracts(
        items=[
            ContractAnswer(firm=one.firm, base=one.base, most=one.most, points=dict(one.points), set_at=set_at)
            for one, set_at in found
        ]
    )  # fmt: skip


@put(f"{_PREFIX}/firms/{{firm:str}}/books/{{day:date}}", opt=_PUSH, status_code=204)
async def tell_book(
    actor: Asker, database: TheDatabase, clock: TheClock, firm: Firm, day: TheDay, data: JSONBody[BookInput]
) -> None:
    """Of the month in which the day lies; told again it stands instead of the one before."""
    require_own(actor, firm)
    _require_sums([data.pay], _MOST_YUAN)
    entries = tuple(
        Deduction(finding=one.finding[:80], kind=one.kind) for one in data.book if one.upheld is not False
    )
    book = Book(firm=firm, pay=data.pay, received=clock(), entries=entries)
    async with database.tenant(actor.tenant) as connection:
        await _contract_sql.put_book(connection, actor.tenant, a_month(day)[0], book)


@get(f"{_PREFIX}/settlements/{{firm:str}}/{{day:date}}", opt=_OWN)
async def show_settlement(
    actor: Asker, database: TheDatabase, clock: TheClock, firm: Firm, day: TheDay
) -> SettlementAnswer:
    """Of the month in which the day lies: the city's book, the firm's, and where they differ. A firm sees its own."""
    begin, end = a_month(day)
    async with database.tenant(actor.tenant) as connection:
        contract = await _contract_for(connection, actor, firm)
        rows = await _sql.findings_against(connection, actor.tenant, firm, begin, end)
        book = await _contract_sql.book_of(connection, actor.tenant, firm, begin)
    return _settlement(contract, rows, book, begin, clock())


async def _contract_for(connection: Connection, actor: Actor, firm: str) -> Contract:
    """Raises NotFound, also for who belongs to another firm."""
    if not await sees_all(connection, actor, "sanitation"):
        require_own(actor, firm)
    found = await _contract_sql.contracts_of(connection, actor.tenant, [firm])
    if not found:
        raise NotFound("packs.thing.unknown", id=firm)
    return found[0][0]


def _settlement(
    contract: Contract, rows: Sequence[Mapping[str, Any]], book: Book | None, month: date, now: datetime
) -> SettlementAnswer:
    ours = [Deduction(finding=row["id"], kind=FindingKind(row["kind"]), upheld=row["upheld"]) for row in rows]
    city = settle(contract, ours)
    firm = settle(contract, book.entries) if book else None
    found = reconcile(book.entries, ours) if book else ()
    gap = book.pay - city.pay if book else None
    return SettlementAnswer(
        firm=contract.firm, month=month, base=contract.base, most=contract.most, score=city.score, pay=city.pay,
        told=book.pay if book else None, gap=gap, received=book.received if book else None,
        agree=not found and not gap if book else None, at=now,
        results=[
            _result("points", _off(firm) if firm else None, _off(city)),
            _result("score", firm.score if firm else None, city.score),
            _result("pay", book.pay if book else None, city.pay),
        ],
        kinds=_kinds(contract, ours, book),
        differences=_differences(contract, found, {row["id"]: row for row in rows}),
        deductions=_deductions(contract, rows, book),
    )  # fmt: skip


def _off(sheet: Sheet) -> Decimal:
    return sum(sheet.deducted.values(), Decimal(0))


def _result(entry: str, firm: Decimal | None, city: Decimal) -> ResultAnswer:
    gap = None if firm is None else firm - city
    return ResultAnswer(
        entry=entry, firm_book=firm, city=city, gap=gap, equal=None if gap is None else not gap
    )


def _kinds(contract: Contract, ours: Sequence[Deduction], book: Book | None) -> list[KindAnswer]:
    """Those that cost points, or that either book has."""
    answers = []
    for kind in FindingKind:
        each = contract.points.get(kind, Decimal(0))
        city = sum(one.kind is kind and one.counts for one in ours)
        firm = sum(one.kind is kind for one in book.entries) if book else None
        if each or city or firm:
            points = None if firm is None else each * firm
            answers.append(
                KindAnswer(
                    kind=kind, each=each, firm_findings=firm, firm_points=points, city_findings=city, city_points=each * city
                )
            )  # fmt: skip
    return answers


def _differences(
    contract: Contract, found: Sequence[Difference], rows: Mapping[str, Mapping[str, Any]]
) -> list[DifferenceAnswer]:
    return [
        DifferenceAnswer(
            why="only_city" if one.firm is None else "only_firm" if one.city is None else "otherwise",
            number=one.finding, kind=one.city, firm_kind=one.firm, points=_points(contract, one.firm) - _points(contract, one.city),
            day=row.get("day"), value=row.get("value"), vehicle=row.get("vehicle"), section=row.get("section"),
        )
        for one in found
        for row in [rows.get(one.finding, {})]
    ]  # fmt: skip


def _points(contract: Contract, kind: str | None) -> Decimal:
    return contract.points.get(FindingKind(kind), Decimal(0)) if kind else Decimal(0)


def _deductions(
    contract: Contract, rows: Sequence[Mapping[str, Any]], book: Book | None
) -> list[DeductionAnswer]:
    theirs = {one.finding for one in book.entries} if book else None
    return [
        DeductionAnswer(
            id=row["id"], day=row["day"], kind=row["kind"], value=row["value"],
            points=_points(contract, row["kind"]) if row["upheld"] is not False else Decimal(0),
            vehicle=row["vehicle"], section=row["section"], begin=row["begun"],
            in_book=None if theirs is None else row["id"] in theirs, dispute=row["dispute"], upheld=row["upheld"],
        )
        for row in rows
    ]  # fmt: skip


def _require_sums(sums: Sequence[Decimal], most: Decimal) -> None:
    """From nothing to `most`, in hundredths. Raises Invalid."""
    if not all(one.is_finite() and 0 <= one <= most and one == round(one, 2) for one in sums):
        raise Invalid("packs.thing.sum", most=f"{most:f}")


routes = (set_contract, list_contracts, tell_book, show_settlement)
