"""Looking up one record and what it was read from. Everything here is for a thread."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from quanyu.govern.engine.model import EntityMapping
from quanyu.govern.imports.content import PROVENANCE, current_sql, parquet, reader
from quanyu.govern.imports.model import Part, PartRole
from quanyu.govern.imports.records import column_types
from quanyu.govern.quality.quote import name


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """`import_id` and `row` are of the import the record came with; `part_id` differs where it was released later."""

    values: dict[str, Any]
    part_id: str
    import_id: str
    row: int
    source: int
    line: int | None
    flags: tuple[str, ...]
    matching: int


def newest_record(
    data: Path, tenant: str, parts: Sequence[Part], mapping: EntityMapping, key: Sequence[str]
) -> Found | None:
    """The current record with this key; of several the newest, as in the twin."""
    with reader(data, tenant) as duck:
        current = current_sql(data, parts)
        if current is None or len(key) != len(mapping.key):
            return None
        known = column_types(duck, current)
        if not set(mapping.key) <= set(known):
            return None
        where = " and ".join(f"{name(column)}::varchar = ?" for column in mapping.key)
        newest = f"{name(mapping.time)} desc nulls last, " if mapping.time in known and mapping.time else ""
        found = _first(
            duck,
            f"select *, count(*) over () as _matching from {current} where {where} order by {newest}_import desc, _row desc",
            key,
        )
        return _found(found) if found else None


def raw_values(
    data: Path, tenant: str, parts: Sequence[Part], import_id: str, row: int
) -> dict[str, str | None]:
    """The record as it was read, in text; empty where the raw material is kept as the uploaded file only."""
    raw = [
        str(data / part.path) for part in parts if part.role is PartRole.RAW and part.import_id == import_id
    ]
    if not raw:
        return {}
    with reader(data, tenant) as duck:
        table = parquet(raw).removesuffix(")") + ", file_row_number = true)"
        found = _first(duck, f"select * from {table} where file_row_number = ?", [row])
    return {
        column: value
        for column, value in (found or {}).items()
        if column not in {*PROVENANCE, "file_row_number"}
    }


def _first(duck: duckdb.DuckDBPyConnection, sql: str, values: Sequence[Any]) -> dict[str, Any] | None:
    found = duck.execute(f"{sql} limit 1", list(values))
    names = [column[0] for column in found.description or ()]
    row = found.fetchone()
    return dict(zip(names, row, strict=True)) if row else None


def _found(record: dict[str, Any]) -> Found:
    return Found(
        values={
            column: value for column, value in record.items() if column not in {*PROVENANCE, "_matching"}
        },
        part_id=record["_import"],
        import_id=record.get("_from_import") or record["_import"],
        row=record["_row"] if record.get("_from_row") is None else record["_from_row"],
        source=record["_source"] or 0,
        line=record["_line"],
        flags=tuple(record["_flags"] or ()),
        matching=record["_matching"],
    )
