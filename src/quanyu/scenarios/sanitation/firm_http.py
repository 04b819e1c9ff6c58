"""Routes for the firm's platform and for the city's eyes on it: records in, conformance, cases, the month, tours, books."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import get, post, put
from litestar.params import JSONBody, PathParameter

from quanyu.core.actor import Actor
from quanyu.core.errors import Invalid, NotFound
from quanyu.packs import LOOKS_BACK, Asker, TheClock, TheDatabase, sees_all, settings_of
from quanyu.scenarios.sanitation import _firm_sql, _sql, working
from quanyu.scenarios.sanitation.contract import Contract, Deduction, reconcile, settle
from quanyu.scenarios.sanitation.firm import Conformance, Kind, conformance
from quanyu.scenarios.sanitation.model import FindingKind

_PREFIX = "/api/v1/packs/sanitation"
_READ, _WORK = {"action": "entity.read"}, {"action": "score.manage"}
_OWN, _PUSH = {**_READ, "own": True}, {"action": "source.push", "own": True}
_MOST = 50_000

Firm = Annotated[str, PathParameter(max_length=64)]
TheKind = Annotated[Kind, PathParameter()]
TheId = Annotated[str, PathParameter(max_length=64)]


class WrongAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`record`: its place in what was sent, from 0."""

    record: int
    fault: str


class TakenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    accepted: int
    refused: int
    cases: int
    wrong: list[WrongAnswer]


class KindAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`lag`: seconds from the moment to its arrival; `filled`: share of the records that say each field."""

    kind: str
    received: int
    accepted: int
    lag: float | None
    last: datetime | None
    faults: dict[str, int]
    filled: dict[str, float]
    fits: bool


class ConformanceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`fits`: every kind does, at 98 good records of 100 and within a quarter of an hour."""

    firm: str
    fits: bool
    kinds: list[KindAnswer]
    things: dict[str, int]


class CaseAnswer(msgspec.Struct, frozen=True, kw_only=True):
    case: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the firm's book."""

    finding: str
    kind: FindingKind
    upheld: bool | None = None


class BooksInput(msgspec.Struct, frozen=True, kw_only=True):
    """The firm's book and the pay that it reckons; the contract as in a settlement."""

    firm: str
    base: Decimal
    begin: date
    end: date
    points: dict[FindingKind, Decimal]
    book: list[Entry]
    pay: Decimal
    most: Decimal = Decimal(40)


class DifferenceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    finding: str
    firm: str | None
    city: str | None


class BooksAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`agree`: no difference, and the same pay."""

    agree: bool
    pay: Decimal
    differences: list[DifferenceAnswer]


@put(f"{_PREFIX}/firms/{{firm:str}}/{{kind:str}}", opt=_PUSH, status_code=200)
async def take(
    actor: Asker, database: TheDatabase, clock: TheClock, firm: Firm, kind: TheKind, data: JSONBody[list[Any]]
) -> TakenAnswer:
    """Records of one kind: the good ones are taken, the wrong ones named. An officer of a firm speaks for that one only."""
    require_own(actor, firm)
    if len(data) > _MOST:
        raise Invalid("packs.thing.many", most=_MOST)
    async with database.tenant(actor.tenant) as connection:
        settings = await settings_of(connection, actor.tenant, "sanitation")
        found, cases = await working.take(
            connection, actor.tenant, firm, kind, data, settings=settings, now=clock()
        )
    return TakenAnswer(
        accepted=len(found.accepted), refused=found.refused, cases=cases,
        wrong=[WrongAnswer(record=place, fault=fault) for place, fault in found.wrong],
    )  # fmt: skip


@get(f"{_PREFIX}/firms/{{firm:str}}/conformance", opt=_OWN)
async def show_conformance(
    actor: Asker, database: TheDatabase, clock: TheClock, firm: Firm
) -> ConformanceAnswer:
    """Of the last 31 days, every kind."""
    now = clock()
    async with database.tenant(actor.tenant) as connection:
        if not await sees_all(connection, actor, "sanitation"):
            require_own(actor, firm)
        rows = await _firm_sql.deliveries_of(
            connection, actor.tenant, [firm], now - LOOKS_BACK, now + timedelta(seconds=1)
        )
        things = await _firm_sql.counts(connection, actor.tenant, firm)
    found = [conformance(kind, [row for row in rows if row["kind"] == kind]) for kind in Kind]
    return ConformanceAnswer(
        firm=firm, fits=all(one.fits for one in found), kinds=[_kind(one) for one in found], things=things
    )


@post(f"{_PREFIX}/findings/{{finding:str}}/case", opt=_WORK, status_code=200)
async def make_case(actor: Asker, database: TheDatabase, clock: TheClock, finding: TheId) -> CaseAnswer:
    """The desk sends it out, evidence comes back and is checked like that of any case."""
    async with database.tenant(actor.tenant) as connection:
        return CaseAnswer(case=await working.make_case(connection, actor.tenant, finding, now=clock()))


@post(f"{_PREFIX}/reconciliations", opt=_WORK, status_code=200)
async def compare_books(actor: Asker, database: TheDatabase, data: JSONBody[BooksInput]) -> BooksAnswer:
    async with database.tenant(actor.tenant) as connection:
        rows = await _sql.findings_against(connection, actor.tenant, data.firm, data.begin, data.end)
    ours = [Deduction(finding=row["id"], kind=FindingKind(row["kind"]), upheld=row["upheld"]) for row in rows]
    theirs = [Deduction(finding=one.finding, kind=one.kind, upheld=one.upheld) for one in data.book]
    contract = Contract(firm=data.firm, base=data.base, points=data.points, most=data.most)
    try:
        pay = settle(contract, ours).pay
    except ArithmeticError as error:
        raise Invalid("packs.thing.amount") from error
    found = reconcile(theirs, ours)
    return BooksAnswer(
        agree=not found and pay == data.pay, pay=pay,
        differences=[DifferenceAnswer(finding=one.finding, firm=one.firm, city=one.city) for one in found],
    )  # fmt: skip


def require_own(actor: Actor, firm: str) -> None:
    """Raises NotFound for whom belongs to another organisation."""
    if actor.organisation is not None and firm not in actor.organisations:
        raise NotFound("packs.thing.unknown", id=firm)


def _kind(one: Conformance) -> KindAnswer:
    return KindAnswer(
        kind=one.kind, received=one.received, accepted=one.accepted, lag=one.lag, last=one.last,
        faults=dict(one.faults), filled={name: round(share, 4) for name, share in one.filled.items()}, fits=one.fits,
    )  # fmt: skip


routes = (take, show_conformance, make_case, compare_books)
