"""Looking up one record and what it was read from. Everything here is for a thread."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from quanyu.govern.engine.model import EntityMapping
from quanyu.govern.imports.content import PROVENANCE, current_sql, kept_reader, parquet
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
    with kept_reader(data, tenant) as duck:
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


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """A record as it was read for the import `import_id`; `before` is where a re-run took it from."""

    import_id: str
    row: int
    values: dict[str, str | None]
    source: int = 0
    before: tuple[str, int] | None = None


def reading_chain(data: Path, tenant: str, parts: Sequence[Part], import_id: str, row: int) -> list[Read]:
    """From the newest reading to the one of the file; empty where raw material is kept as the uploaded file only."""
    raw = {part.import_id: str(data / part.path) for part in parts if part.role is PartRole.RAW}
    chain: list[Read] = []
    at: tuple[str, int] | None = (import_id, row)
    with kept_reader(data, tenant) as duck:
        while at is not None and at[0] in raw:
            table = parquet([raw[at[0]]]).removesuffix(")") + ", file_row_number = true)"
            found = _first(duck, f"select * from {table} where file_row_number = ?", [at[1]])
            if found is None:
                break
            came = found.get("_from_import")
            before = (came, found["_from_row"]) if came else None
            chain.append(
                Read(
                    import_id=at[0],
                    row=at[1],
                    values=_own(found),
                    source=found.get("_source") or 0,
                    before=before,
                )
            )
            at = before
    return chain


def _own(record: dict[str, Any]) -> dict[str, Any]:
    return {
        column: value for column, value in record.items() if column not in {*PROVENANCE, "file_row_number"}
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
