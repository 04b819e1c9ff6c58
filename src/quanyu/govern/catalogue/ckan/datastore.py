"""datastore_search: records of a dataset, filtered, sorted, cut. For a thread."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quanyu.core.errors import Fault, Invalid
from quanyu.govern.catalogue.ckan.arguments import Arguments
from quanyu.govern.grading.masking import Mask
from quanyu.govern.imports.content import current_sql, kept_reader
from quanyu.govern.imports.model import Part
from quanyu.govern.imports.records import column_types, own_columns
from quanyu.govern.quality.quote import name as quoted

MOST_RECORDS = 32_000

_ORDER = re.compile(r"\s+(asc|desc)$", re.IGNORECASE)

_TYPES = {
    "VARCHAR": "text", "BIGINT": "int8", "INTEGER": "int4", "DOUBLE": "float8", "BOOLEAN": "bool", "DATE": "date",
    "TIMESTAMP": "timestamp", "TIMESTAMP WITH TIME ZONE": "timestamptz", "TIME": "time",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordQuery:
    resource_id: str
    limit: int = 100
    offset: int = 0
    filters: Mapping[str, Any] = field(default_factory=dict)
    words: str | Mapping[str, Any] = ""
    fields: Sequence[str] = ()
    sort: Sequence[str] = ()
    include_total: bool = True


def record_query(arguments: Arguments) -> RecordQuery:
    return RecordQuery(
        resource_id=arguments.needed("resource_id"),
        limit=arguments.number("limit", 100, most=MOST_RECORDS),
        offset=arguments.number("offset", 0, most=2**31),
        filters=arguments.mapping("filters"),
        words=arguments.text_or_mapping("q"),
        fields=arguments.words("fields"),
        sort=arguments.words("sort"),
        include_total=arguments.flag("include_total", default=True),
    )


def search(
    folder: Path, tenant: str, parts: Sequence[Part], query: RecordQuery, masks: Mapping[str, Mask]
) -> dict[str, Any]:
    """A masked column is shown masked and can be neither filtered nor sorted by: that would tell what it hides."""
    with kept_reader(folder, tenant) as duck:
        current = current_sql(folder, parts)
        if current is None:
            return _answer(query, {}, [], 0)
        types = column_types(duck, current)
        columns = own_columns(types)
        shown = _checked(query.fields, columns) or columns
        open_columns = [column for column in columns if column not in masks]
        where, values = _where(query, open_columns)
        order = ", ".join([*_order(query.sort, open_columns), "_import", "_row"])
        numbered = f"(select *, row_number() over (order by _import, _row) as _id from {current})"
        rows = duck.execute(
            f"select {', '.join(map(quoted, ['_id', *shown]))} from {numbered}{where} order by {order} limit ? offset ?",
            [*values, query.limit, query.offset],
        ).fetchall()
        total = _total(duck, numbered, where, values) if query.include_total else None
    records = [_record(["_id", *shown], row, masks) for row in rows]
    return _answer(query, {column: types[column] for column in shown}, records, total)


def _where(query: RecordQuery, columns: Sequence[str]) -> tuple[str, list[Any]]:
    clauses: list[str] = []
    values: list[Any] = []
    for column, wanted in query.filters.items():
        _checked([column], columns)
        options = wanted if isinstance(wanted, list) else [wanted]
        clauses.append(
            f"{quoted(column)}::varchar in ({', '.join('?' for _ in options)})" if options else "false"
        )
        values += [_text(option) for option in options]
    for column, words in _words(query.words, columns):
        clauses.append(f"contains(lower({column}), lower(?))")
        values.append(words)
    return (" where " + " and ".join(clauses) if clauses else ""), values


def _words(words: str | Mapping[str, Any], columns: Sequence[str]) -> list[tuple[str, str]]:
    """Every word must stand somewhere in the record, or in the named column."""
    if isinstance(words, str):
        anywhere = "concat_ws(' ', " + ", ".join(f"{quoted(column)}::varchar" for column in columns) + ")"
        return [(anywhere, word) for word in words.split()] if columns else []
    return [
        (f"{quoted(column)}::varchar", _text(word))
        for column, word in words.items()
        if _checked([column], columns)
    ]


def _order(sort: Sequence[str], columns: Sequence[str]) -> list[str]:
    ordered = []
    for one in sort:
        column, direction = (
            _ORDER.sub("", one.strip()).strip('"'),
            "desc" if one.lower().endswith(" desc") else "asc",
        )
        _checked([column], [*columns, "_id"])
        ordered.append(f"{quoted(column)} {direction}")
    return ordered


def _checked(wanted: Sequence[str], columns: Sequence[str]) -> list[str]:
    unknown = [column for column in wanted if column not in columns]
    if unknown:
        faults = tuple(
            Fault("govern.catalogue.ckan.no_field", where=column, values={"field": column})
            for column in unknown
        )
        raise Invalid("govern.catalogue.ckan.no_field", faults=faults, field=", ".join(unknown))
    return list(wanted)


def _total(duck: Any, table: str, where: str, values: Sequence[Any]) -> int:
    row = duck.execute(f"select count(*) from {table}{where}", values).fetchone()
    return int(row[0])


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _record(names: Sequence[str], row: Sequence[Any], masks: Mapping[str, Mask]) -> dict[str, Any]:
    return {
        name: mask(str(value)) if value is not None and (mask := masks.get(name)) else value
        for name, value in zip(names, row, strict=True)
    }


def _answer(
    query: RecordQuery, types: Mapping[str, str], records: list[dict[str, Any]], total: int | None
) -> dict[str, Any]:
    fields = [
        {"id": "_id", "type": "int"},
        *({"id": name, "type": _TYPES.get(type_, "text")} for name, type_ in types.items()),
    ]
    counted = {} if total is None else {"total": total, "total_was_estimated": False}
    return {
        "resource_id": query.resource_id, "fields": fields, "records": records, "records_format": "objects",
        "limit": query.limit, "offset": query.offset, "include_total": query.include_total, **counted,
    }  # fmt: skip
