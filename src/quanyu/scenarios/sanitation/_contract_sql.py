"""The only SQL of contracts and of the firms' own books."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from quanyu.packs import Connection
from quanyu.scenarios.sanitation.contract import Book, Contract, Deduction
from quanyu.scenarios.sanitation.model import FindingKind


async def put_contract(
    connection: Connection, tenant: str, contract: Contract, *, by: str, at: datetime
) -> None:
    """The newest terms stand."""
    await connection.execute(
        """insert into sanitation_contract values ($1, $2, $3, $4, $5, $6, $7) on conflict (tenant, firm) do update
        set base=excluded.base, most=excluded.most, points=excluded.points, set_by=excluded.set_by, set_at=excluded.set_at""",
        tenant, contract.firm, contract.base, contract.most,
        {kind.value: str(points) for kind, points in contract.points.items()}, by, at,
    )  # fmt: skip


async def contracts_of(
    connection: Connection, tenant: str, firms: Collection[str] | None = None
) -> list[tuple[Contract, datetime]]:
    """By the firm's name, each with when it was set; `firms` None: of all."""
    rows = await connection.fetch(
        "select * from sanitation_contract where tenant=$1 and ($2::text[] is null or firm=any($2)) order by firm",
        tenant, None if firms is None else list(firms),
    )  # fmt: skip
    return [(_contract(row), row["set_at"]) for row in rows]


async def put_book(connection: Connection, tenant: str, month: date, book: Book) -> None:
    await connection.execute(
        """insert into sanitation_book values ($1, $2, $3, $4, $5, $6) on conflict (tenant, firm, month) do update
        set pay=excluded.pay, entries=excluded.entries, received=excluded.received""",
        tenant, book.firm, month, book.pay, {one.finding: one.kind.value for one in book.entries}, book.received,
    )  # fmt: skip


async def book_of(connection: Connection, tenant: str, firm: str, month: date) -> Book | None:
    row = await connection.fetchrow(
        "select * from sanitation_book where tenant=$1 and firm=$2 and month=$3", tenant, firm, month
    )
    if row is None:
        return None
    entries = (Deduction(finding=finding, kind=FindingKind(kind)) for finding, kind in row["entries"].items())
    return Book(firm=firm, pay=_plain(row["pay"]), received=row["received"], entries=tuple(entries))


def _contract(row: Any) -> Contract:
    points = {FindingKind(kind): Decimal(said) for kind, said in row["points"].items()}
    return Contract(firm=row["firm"], base=_plain(row["base"]), most=_plain(row["most"]), points=points)


def _plain(number: Decimal) -> Decimal:
    """Told in digits: the database gives 860,000 as 8.6E+5."""
    return Decimal(f"{number:f}")
