"""The current records of a dataset, page by page, as a person or a program reads them. Everything here is for a thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from quanyu.core.errors import Invalid
from quanyu.core.page_token import page_token, place_of
from quanyu.govern.grading.masking import Mask
from quanyu.govern.imports.content import PROVENANCE, current_sql, kept_reader
from quanyu.govern.imports.model import Part
from quanyu.govern.quality.quote import name

_IMPORT, _FROM, _FLAGS = "_import", "_from_import", "_flags"
_COMPARE = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


@dataclass(frozen=True, slots=True)
class Condition:
    """`column:op:value` with op one of eq ne lt le gt ge has null; `has` looks for text, `null` takes no value.

    `_import:eq:ID` are the records that came with an import, `_flags:has:RULE` those that break a rule and were accepted.
    """

    column: str
    op: str
    value: str

    @classmethod
    def parse(cls, said: str) -> "Condition":
        column, _, rest = said.partition(":")
        op, _, value = rest.partition(":")
        if not column or op not in {*_COMPARE, "has", "null"}:
            raise Invalid("govern.dataset.filter", filter=said)
        return cls(column, op, value)


class RecordPage(msgspec.Struct, frozen=True, kw_only=True):
    """`masked` names the columns whose values are not shown whole. Each record has `_import`, `_row` and `_line`."""

    items: list[dict[str, Any]]
    next: str | None
    total: int
    masked: tuple[str, ...]


def record_page(
    data: Path,
    tenant: str,
    parts: Sequence[Part],
    *,
    conditions: Sequence[Condition],
    masks: Mapping[str, Mask],
    after: str | None,
    limit: int,
) -> RecordPage:
    """In the order of arrival. Filtering by a masked column is refused: it would tell what the mask hides."""
    with kept_reader(data, tenant) as duck:
        current = current_sql(data, parts)
        if current is None:
            return RecordPage(items=[], next=None, total=0, masked=())
        types = column_types(duck, current)
        where, values = _where(conditions, types, masks)
        total = duck.execute(f"select count(*) from {current}{where}", values).fetchone()
        rows = _page(duck, current, types, where, values, mark(after), limit)
    items = [_masked(row, masks) for row in rows]
    more = len(items) > limit
    return RecordPage(
        items=items[:limit],
        next=token(items[limit - 1]["_import"], items[limit - 1]["_row"]) if more else None,
        total=total[0] if total else 0,
        masked=tuple(column for column in types if column in masks),
    )


def column_types(duck: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    return {row[0]: row[1] for row in duck.execute(f"describe select * from {table}").fetchall()}


def own_columns(types: Mapping[str, str]) -> list[str]:
    return [column for column in types if column not in PROVENANCE]


def token(import_id: str, row: int) -> str:
    return page_token((import_id, row))


def mark(token: str | None) -> tuple[str, int]:
    """The (import, row) that a page begins behind."""
    if token is None:
        return "", -1
    return place_of(token, tuple[str, int], refusal="govern.dataset.mark")


def _page(
    duck: duckdb.DuckDBPyConnection,
    current: str,
    types: Mapping[str, str],
    where: str,
    values: Sequence[str],
    start: tuple[str, int],
    limit: int,
) -> list[dict[str, Any]]:
    shown = ", ".join(map(name, [*own_columns(types), "_import", "_row", "_line"]))
    behind = f"{where}{' and' if where else ' where'} (_import, _row) > (?, ?)"
    found = duck.execute(
        f"select {shown} from {current}{behind} order by _import, _row limit {limit + 1}", [*values, *start]
    )
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _where(
    conditions: Sequence[Condition], types: Mapping[str, str], masks: Mapping[str, Mask]
) -> tuple[str, list[str]]:
    clauses, values = [], []
    askable = _askable(types, masks)
    for condition in conditions:
        if condition.column not in askable:
            raise Invalid("govern.dataset.filter_column", column=condition.column)
        column, type_ = _asked(condition.column, types), types[condition.column]
        match condition.op:
            case "null":
                clauses.append(f"{column} is null")
                continue
            case "has" if type_.endswith("[]"):
                clauses.append(f"list_contains({column}, ?)")
            case "has":
                clauses.append(f"contains(lower({column}::varchar), lower(?))")
            case op:
                clauses.append(f"{column} {_COMPARE[op]} try_cast(? as {type_})")
        values.append(condition.value)
    return (" where " + " and ".join(clauses) if clauses else ""), values


def _askable(types: Mapping[str, str], masks: Mapping[str, Mask]) -> set[str]:
    """A rule that is broken tells of the value that breaks it: where some are masked nobody asks for it."""
    own = {column for column in own_columns(types) if column not in masks}
    return own | {_IMPORT} | (set() if masks else {_FLAGS})


def _asked(column: str, types: Mapping[str, str]) -> str:
    """Of records that were released or merged, the import that they came with."""
    moved = column == _IMPORT and _FROM in types
    return f"coalesce({_FROM}, {_IMPORT})" if moved else name(column)


def _masked(row: dict[str, Any], masks: Mapping[str, Mask]) -> dict[str, Any]:
    return {
        column: mask(str(value)) if value is not None and (mask := masks.get(column)) else value
        for column, value in row.items()
    }
