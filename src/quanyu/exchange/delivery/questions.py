"""Questions that are not written in SQL, put into it: records by filters, 核验. They go the same way as any query."""

from collections.abc import Mapping, Sequence

from quanyu.core.errors import Fault, Invalid
from quanyu.core.page_token import page_token, place_of
from quanyu.exchange.policy import Terms
from quanyu.govern.imports.records import Condition
from quanyu.govern.quality.quote import literal, name, names

_COMPARE = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
MOST_A_PAGE = 10_000


def records_sql(
    dataset: str, terms: Terms, *, columns: Sequence[str], conditions: Sequence[Condition], offset: int, limit: int | None
) -> str:  # fmt: skip
    """In the order in which the records lie, which stays as long as the dataset's version. Raises Invalid with every fault."""
    wanted = tuple(columns) or terms.columns
    named = (*wanted, *(one.column for one in conditions))
    if unknown := tuple(dict.fromkeys(one for one in named if one not in terms.columns)):
        faults = tuple(Fault("exchange.query.not_given", one, {"column": one[:80]}) for one in unknown)
        raise Invalid("exchange.query.not_allowed", faults=faults, count=len(faults))
    where = " and ".join(_condition(one) for one in conditions)
    page = f" limit {limit} offset {offset}" if limit is not None else ""
    return f"select {names(wanted)} from {name(dataset)}{f' where {where}' if where else ''}{page}"


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


def page_after(token: str | None, version: int) -> int:
    """The number of records before a page. Raises Invalid where the dataset has changed since: its pages would not fit."""
    if token is None:
        return 0
    offset, seen = place_of(token, tuple[int, int], refusal="exchange.token")
    if seen != version or offset < 0:
        raise Invalid("exchange.query.changed")
    return offset


def page_mark(offset: int, version: int) -> str:
    return page_token((offset, version))


def _condition(one: Condition) -> str:
    column = name(one.column)
    match one.op:
        case "null":
            return f"{column} is null"
        case "has":
            return f"contains(lower(cast({column} as text)), lower({literal(one.value)}))"
    return f"{column} {_COMPARE[one.op]} {literal(one.value)}"
