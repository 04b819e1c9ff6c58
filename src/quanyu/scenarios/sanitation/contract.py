"""What a month's work earns: points off by the contract, disputed ones by their ruling; pay = base × score ÷ 100."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from quanyu.scenarios.sanitation.model import FindingKind

FULL = Decimal(100)
_FEN = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """`points`: off for each finding of a kind. Money in yuan, exact to the fen."""

    firm: str
    base: Decimal
    points: Mapping[FindingKind, Decimal]
    most: Decimal = Decimal(40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduction:
    """`upheld` None: not disputed, or not ruled yet, so that it counts; False: it was taken back."""

    finding: str
    kind: FindingKind
    upheld: bool | None = None

    @property
    def counts(self) -> bool:
        return self.upheld is not False


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What a firm says of a month: what it is blamed for, and the pay that it reckons."""

    firm: str
    pay: Decimal
    received: datetime
    entries: tuple[Deduction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """`deducted`: points by kind, before the limit of the contract."""

    firm: str
    score: Decimal
    pay: Decimal
    deducted: Mapping[FindingKind, Decimal]


@dataclass(frozen=True, slots=True)
class Difference:
    """What only one of two books has, or each has otherwise."""

    finding: str
    firm: str | None
    city: str | None


def settle(contract: Contract, deductions: Iterable[Deduction]) -> Sheet:
    counted: dict[FindingKind, Decimal] = {}
    for one in deductions:
        if one.counts:
            counted[one.kind] = counted.get(one.kind, Decimal(0)) + contract.points.get(one.kind, Decimal(0))
    score = FULL - min(sum(counted.values(), Decimal(0)), contract.most)
    pay = (contract.base * score / FULL).quantize(_FEN, ROUND_HALF_UP)
    return Sheet(firm=contract.firm, score=score, pay=pay, deducted=counted)


def cost_of_each(pay: Decimal, size: float) -> Decimal | None:
    """Exact to the fen; None of nothing."""
    return (pay / Decimal(str(size))).quantize(_FEN, ROUND_HALF_UP) if size > 0 else None


def reconcile(firm: Sequence[Deduction], city: Sequence[Deduction]) -> tuple[Difference, ...]:
    """What counts in the firm's book against what counts in the city's; empty where both agree."""
    theirs, ours = ({one.finding: one.kind.value for one in book if one.counts} for book in (firm, city))
    return tuple(
        Difference(finding, theirs.get(finding), ours.get(finding))
        for finding in sorted(theirs.keys() | ours.keys())
        if theirs.get(finding) != ours.get(finding)
    )
