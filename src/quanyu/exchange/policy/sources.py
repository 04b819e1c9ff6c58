"""A dataset as a contract gives it: its columns, its rows, only groups that are large enough. As SQL of our own making."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from quanyu.exchange.policy.grouping import RECORD
from quanyu.exchange.policy.masks import Parameters, masked_sql
from quanyu.exchange.policy.terms import Anonymity, Condition, MaskKind, Operator, Terms
from quanyu.govern.quality.quote import literal, name, names

_COMPARE = {
    Operator.EQ: "=", Operator.NE: "<>", Operator.LT: "<", Operator.LE: "<=", Operator.GT: ">", Operator.GE: ">=",
}  # fmt: skip
PLACE = ("governed import", "governed row")
"""Columns of a governed source that say where a record lies; no query can name them."""

_COARSER = (MaskKind.HIDE, MaskKind.TRUNCATE, MaskKind.GENERALISE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A dataset under the terms of one or several contracts: `columns` with their DuckDB types.

    `source` is a trusted table expression that also has `_import` and `_row`; `key` the secret of the contract.
    """

    dataset: str
    columns: Mapping[str, str]
    terms: Terms
    key: bytes
    source: str

    @property
    def given(self) -> tuple[str, ...]:
        return tuple(one for one in self.terms.columns if one in self.columns)

    @property
    def view(self) -> str:
        """What it is called in a governed query, where no dataset can be called so."""
        return f"governed:{self.dataset.lower()}"


def source_sql(
    relation: Relation, early: Collection[str], parameters: Parameters, *, with_record: bool, with_place: bool = False
) -> str:  # fmt: skip
    """`early` are the columns, in lower case, that are masked here already."""
    shown = [
        f"{_masked(relation, one, parameters)} as {name(one)}" if one.lower() in early else name(one)
        for one in relation.given
    ]
    if with_record:
        shown.append(f"hash(_import, _row) as {name(RECORD)}")
    if with_place:
        shown += [f"{own} as {name(one)}" for own, one in zip(("_import", "_row"), PLACE, strict=True)]
    where = " and ".join(condition_sql(one, relation.columns) for one in relation.terms.where)
    groups = relation.terms.anonymity
    return (
        f"select {', '.join(shown)} from {relation.source}"
        + (f" where {where}" if where else "")
        + (f" qualify {_grouped(relation, groups, parameters)}" if groups else "")
    )


def condition_sql(condition: Condition, columns: Mapping[str, str]) -> str:
    """What cannot be compared is not given: neither null nor a value that is none of the column's type."""
    column, type_ = name(condition.column), columns[condition.column]
    match condition.op:
        case Operator.KNOWN:
            return f"{column} is not null"
        case Operator.UNKNOWN:
            return f"{column} is null"
        case Operator.STARTS:
            return f"starts_with({column}::varchar, {literal(str(condition.value))})"
        case Operator.IN:
            assert isinstance(condition.value, tuple)
            return f"{column} in ({', '.join(_cast(one, type_) for one in condition.value)})"
        case op:
            return f"{column} {_COMPARE[op]} {_cast(condition.value, type_)}"


def _cast(value: object, type_: str) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"try_cast({literal(text)} as {type_})"


def _masked(relation: Relation, column: str, parameters: Parameters) -> str:
    mask = relation.terms.masks[column]
    return masked_sql(name(column), relation.columns[column], mask, relation.key, parameters)


def _grouped(relation: Relation, groups: Anonymity, parameters: Parameters) -> str:
    """k-anonymity of what is shown: columns that are made coarser count as they are shown."""
    masks = relation.terms.masks
    shown = [
        _masked(relation, one, parameters) if one in masks and masks[one].kind in _COARSER else names([one])
        for one in groups.columns
    ]
    return f"count(*) over (partition by {', '.join(shown)}) >= {groups.k}"
