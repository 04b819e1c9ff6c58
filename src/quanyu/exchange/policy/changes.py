"""What is otherwise than in an earlier version of a dataset, as a contract shows it: a relation like any other, governed like any other.

Rows are narrowed before they are compared: a record that the contract does not give any more is gone. Columns of which nothing is shown
are not compared, and coarse ones as they are shown, so that no change of what a mask hides is told. Redacted text is compared as it is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from quanyu.core.errors import Denied
from quanyu.exchange.policy.masks import masked_sql
from quanyu.exchange.policy.sources import Relation, condition_sql
from quanyu.exchange.policy.terms import MaskKind, Terms
from quanyu.govern.quality.quote import literal, name

CHANGE = "_change"
"""The column that says what became of a record."""

PUT, GONE = "put", "gone"

_EQUAL_STAYS_EQUAL = (MaskKind.HASH, MaskKind.TOKEN)
_COARSE = (MaskKind.TRUNCATE, MaskKind.GENERALISE)
_PLACE = ("_import", "_row")


def check_tellable(terms: Terms, dataset: str, key: Sequence[str]) -> None:
    """Raises Denied where a consumer could not tell which of its records a change is about."""
    if terms.aggregates_only or terms.anonymity:
        raise Denied("exchange.changes.figures")
    if not key:
        raise Denied("exchange.changes.no_key", dataset=dataset)
    masked = {one for one, mask in terms.masks.items() if mask.kind not in _EQUAL_STAYS_EQUAL}
    if hidden := [one for one in key if one not in terms.columns or one in masked]:
        raise Denied("exchange.changes.key", columns=", ".join(hidden))


def changed(relation: Relation, key: Sequence[str], before: str, known: Mapping[str, str]) -> Relation:
    """Records to be put as they are now, and those that are gone, of which the key alone is told.

    `before` is the earlier version as a table expression, `known` its columns.
    """
    now = f"(select * from {relation.source}{_narrowed(relation)})"
    earlier = f"(select {_cells(relation, known)} from {before}{_narrowed(relation)})"
    put = [f"put.{name(one)}" for one in relation.given]
    gone = [f"gone.{name(one)}" if one in key else "null" for one in relation.given]
    same = _same(_sides(relation, "put", key), _sides(relation, "gone", key))
    same_key = _same((f"put.{name(one)}" for one in key), (f"gone.{name(one)}" for one in key))
    source = (
        f"(select {_row('put', PUT, put)} from {now} as put anti join {earlier} as gone on {same} "
        f"union all select {_row('gone', GONE, gone)} from {earlier} as gone anti join {now} as put on {same_key})"
    )
    terms = msgspec.structs.replace(relation.terms, columns=(CHANGE, *relation.given), where=())
    return Relation(
        dataset=relation.dataset, columns={**relation.columns, CHANGE: "VARCHAR"}, terms=terms, key=relation.key, source=source
    )  # fmt: skip


def _row(side: str, change: str, cells: Sequence[str]) -> str:
    return ", ".join((f"{literal(change)} as {CHANGE}", *cells, *(f"{side}.{one}" for one in _PLACE)))


def _cells(relation: Relation, known: Mapping[str, str]) -> str:
    """An earlier version may lack a column, or have had another type for it."""
    needed = dict.fromkeys((*relation.given, *(one.column for one in relation.terms.where)))
    cells = (
        f"try_cast({name(one) if one in known else 'null'} as {relation.columns[one]}) as {name(one)}"
        for one in needed
    )
    return ", ".join((*cells, *_PLACE))


def _narrowed(relation: Relation) -> str:
    where = " and ".join(condition_sql(one, relation.columns) for one in relation.terms.where)
    return f" where {where}" if where else ""


def _sides(relation: Relation, side: str, key: Sequence[str]) -> Iterator[str]:
    """What of a record is compared; its key first, whatever is shown of it."""
    yield from (f"{side}.{name(one)}" for one in key)
    for column in relation.given:
        mask, cell = relation.terms.masks.get(column), f"{side}.{name(column)}"
        if mask is not None and mask.kind in _COARSE:
            yield masked_sql(cell, relation.columns[column], mask, relation.key, {})
        elif mask is None or mask.kind is not MaskKind.HIDE:
            yield cell


def _same(put: Iterable[str], gone: Iterable[str]) -> str:
    return " and ".join(f"{one} is not distinct from {other}" for one, other in zip(put, gone, strict=True))
