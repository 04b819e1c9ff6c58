"""What is asked of a contract by one of its ways; what is not written in SQL is put into it and goes the same way as any query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from quanyu.core.errors import Conflict, Fault, Invalid
from quanyu.core.page_token import page_token, place_of
from quanyu.exchange.contracts.model import Contract
from quanyu.exchange.delivery.coverage import Ask
from quanyu.exchange.delivery.formats import Format
from quanyu.exchange.policy import Terms, Way
from quanyu.exchange.policy.grammar import LONGEST, tables_of
from quanyu.govern.imports.records import Condition
from quanyu.govern.quality.quote import literal, name, names

_COMPARE = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
MOST_A_PAGE = 10_000
LONGEST_WAIT = 20

Claims = Annotated[Mapping[str, Annotated[str, msgspec.Meta(max_length=2000)]], msgspec.Meta(max_length=100)]
"""What is claimed of one record: values by column, as text; every column of the contract's key is among them."""


class Inquiry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By SQL its `sql`; by records a page of `columns` with `filters` (`column:op:value`), by file all at once; by check `claims`;
    by changes what has come `after`, for which an answer may `wait` so many seconds.
    """

    way: Way = Way.SQL
    format: Format = Format.JSON
    purpose: Annotated[str, msgspec.Meta(max_length=500)] = ""
    sql: Annotated[str, msgspec.Meta(max_length=LONGEST)] = ""
    columns: Annotated[tuple[str, ...], msgspec.Meta(max_length=1000)] = ()
    filters: Annotated[tuple[str, ...], msgspec.Meta(max_length=20)] = ()
    after: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_A_PAGE)] = 100
    claims: Claims = {}
    wait: Annotated[int, msgspec.Meta(ge=0, le=LONGEST_WAIT)] = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Records of one version of a dataset: where it begins, how many there may be."""

    offset: int
    limit: int
    version: int

    def tail(self, records: int) -> dict[str, Any]:
        """`next`: where the next one begins; None where this one is not full."""
        more = records == self.limit
        return {"next": page_token((self.offset + self.limit, self.version)) if more else None}


def ask_of(contract: Contract, terms: Terms, version: int, inquiry: Inquiry) -> tuple[Ask, Page | None]:
    """`version` is that of the dataset. Raises Invalid with every fault, Conflict for a way that is no question."""
    ask = Ask(
        party=contract.consumer, sql=inquiry.sql, datasets=(contract.dataset,), way=inquiry.way, format=inquiry.format,
        contracts=(contract.id,), purpose=inquiry.purpose,
    )  # fmt: skip
    match inquiry.way:
        case Way.SQL:
            return msgspec.structs.replace(ask, datasets=tuple(sorted(tables_of(inquiry.sql)))), None
        case Way.FILE:
            return msgspec.structs.replace(ask, sql=records_sql(contract.dataset, terms)), None
        case Way.CHECK:
            sql, said = (
                check_sql(contract.dataset, terms, inquiry.claims),
                f"check {', '.join(inquiry.claims)}",
            )
            return msgspec.structs.replace(ask, sql=sql, said=said, masked=False), None
        case Way.RECORDS:
            page = _page(terms, version, inquiry)
            conditions = [Condition.parse(one) for one in inquiry.filters]
            sql = records_sql(
                contract.dataset, terms, columns=inquiry.columns, conditions=conditions, page=page
            )
            return msgspec.structs.replace(ask, sql=sql), page
        case _:
            raise Conflict("exchange.contract.way", id=contract.id, way=inquiry.way.value)


def records_sql(
    dataset: str, terms: Terms, *, columns: Sequence[str] = (), conditions: Sequence[Condition] = (), page: Page | None = None
) -> str:  # fmt: skip
    """In the order in which the records lie, which stays as long as the dataset's version. Raises Invalid with every fault."""
    wanted = tuple(columns) or terms.columns
    named = (*wanted, *(one.column for one in conditions))
    if unknown := tuple(dict.fromkeys(one for one in named if one not in terms.columns)):
        faults = tuple(Fault("exchange.query.not_given", one, {"column": one[:80]}) for one in unknown)
        raise Invalid("exchange.query.not_allowed", faults=faults, count=len(faults))
    where = " and ".join(_condition(one) for one in conditions)
    rows = f" limit {page.limit} offset {page.offset}" if page else ""
    return f"select {names(wanted)} from {name(dataset)}{f' where {where}' if where else ''}{rows}"


def check_sql(dataset: str, terms: Terms, claims: Mapping[str, str]) -> str:
    """Is there a record with exactly these values? Every column of the key must be among them. Raises Invalid."""
    missing = [one for one in terms.check_key if one not in claims]
    unknown = [one for one in claims if one not in terms.columns]
    if missing or unknown:
        faults = tuple(
            Fault(f"exchange.check.{key}", column, {"column": column[:80]})
            for key, columns in (("missing", missing), ("unknown", unknown))
            for column in columns
        )
        raise Invalid("exchange.check.claims", faults=faults, count=len(faults))
    same = " and ".join(f"cast({name(one)} as text) = {literal(value)}" for one, value in claims.items())
    return f"select count(*) > 0 as answer from {name(dataset)} where {same}"


def _page(terms: Terms, version: int, inquiry: Inquiry) -> Page:
    """Raises Invalid where the dataset has changed since the page before: what follows would not fit."""
    if terms.rows is not None and inquiry.limit > terms.rows:
        raise Invalid("exchange.query.page", most=terms.rows)
    if inquiry.after is None:
        return Page(0, inquiry.limit, version)
    offset, seen = place_of(inquiry.after, tuple[int, int], refusal="exchange.token")
    if seen != version or offset < 0:
        raise Invalid("exchange.query.changed")
    return Page(offset, inquiry.limit, version)


def _condition(one: Condition) -> str:
    column = name(one.column)
    match one.op:
        case "null":
            return f"{column} is null"
        case "has":
            return f"contains(lower(cast({column} as text)), lower({literal(one.value)}))"
    return f"{column} {_COMPARE[one.op]} {literal(one.value)}"
