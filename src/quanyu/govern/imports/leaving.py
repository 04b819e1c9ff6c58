"""What leaves a dataset with a whole file: earlier versions of records that the file brings and that are refused now, and
the entities that no current record speaks of any more. Plain files of the data folder, meant for a thread."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from quanyu.govern.engine.entities import identifier
from quanyu.govern.engine.model import EntityMapping
from quanyu.govern.imports.content import current_sql, parquet, reader
from quanyu.govern.imports.folders import Folders
from quanyu.govern.imports.model import Part, PartRole
from quanyu.govern.imports.records import column_types
from quanyu.govern.quality.quote import literal, name, names


def withdraw_refused(
    folders: Folders,
    before: Sequence[Part],
    placed: Mapping[PartRole, Path],
    *,
    key: Sequence[str],
    superseded: Path,
) -> int:
    """Adds to `superseded` the current records of `before` whose key a refused record has; again, it adds nothing."""
    current, refused = current_sql(folders.data, before), placed.get(PartRole.QUARANTINE)
    if current is None or refused is None or not key:
        return 0
    with reader(folders.data, folders.tenant) as duck:
        types, read = column_types(duck, current), column_types(duck, parquet([str(refused)]))
        if not set(key) <= set(types) & set(read):
            return 0
        said = ", ".join(f"now.{name(column)}::varchar" for column in key)
        texts = ", ".join(_as_accepted(column, types[column]) for column in key)
        known = f"select part, _row from {parquet([str(superseded)])}" if superseded.exists() else _NONE
        duck.execute(
            f"""create temp table leaving as select now._import as part, now._row from {current} as now
            where ({said}) in (select {texts} from {parquet([str(refused)])} q)
              and (now._import, now._row) not in (select parse_filename(part, true), _row from ({known}))"""
        )
        count = _count(duck, "select count(*) from leaving")
        if count:
            superseded.parent.mkdir(parents=True, exist_ok=True)
            written = superseded.with_suffix(".new")
            duck.execute(
                f"copy (from leaving union all {known}) to {literal(str(written))} (format parquet, compression zstd)"
            )
            os.replace(written, superseded)
    return count


def gone_entities(
    folders: Folders,
    before: Sequence[Part],
    new: Sequence[Part],
    *,
    mapping: EntityMapping,
    dataset: str,
    target: Path,
) -> Path | None:
    """Writes the ids of entities that were made of records which `new` supersedes and that no current record makes."""
    replaced = [folders.data / part.path for part in new if part.role is PartRole.SUPERSEDED]
    current = current_sql(folders.data, [*before, *new])
    earlier = current_sql(folders.data, before)
    if not replaced or current is None or earlier is None:
        return None
    with reader(folders.data, folders.tenant) as duck:
        if not set(mapping.key) <= set(column_types(duck, earlier)):
            return None
        gone = f"select parse_filename(part, true) as part, _row from {parquet([str(path) for path in replaced])}"
        key = names(mapping.key)
        left = f"select {key} from {earlier} o semi join ({gone}) g on o._import = g.part and o._row = g._row"
        _copy_ids(duck, f"{left} except select {key} from {current}", mapping, dataset, target)
    return target if target.stat().st_size else None


def made_entities(
    folders: Folders, new: Sequence[Part], *, mapping: EntityMapping | None, dataset: str, target: Path
) -> Path:
    """Writes the ids of the entities that the accepted records of `new` make."""
    target.parent.mkdir(parents=True, exist_ok=True)
    current = current_sql(folders.data, [part for part in new if part.role is PartRole.ACCEPTED])
    if current is None or mapping is None:
        target.write_bytes(b"")
        return target
    with reader(folders.data, folders.tenant) as duck:
        _copy_ids(duck, f"select {names(mapping.key)} from {current}", mapping, dataset, target)
    return target


_NONE = "select ''::varchar as part, 0::bigint as _row limit 0"


def _copy_ids(
    duck: duckdb.DuckDBPyConnection, keys: str, mapping: EntityMapping, dataset: str, target: Path
) -> None:
    filled = " and ".join(f"t.{name(column)} is not null" for column in mapping.key)
    duck.execute(
        f"copy (select distinct {identifier(mapping, dataset)} from ({keys}) t where {filled})"
        f" to {literal(str(target))} (format csv, header false)"
    )


def _as_accepted(column: str, type_: str) -> str:
    """The text of a refused record's cell as it would read had it been accepted; dates in other forms stay as they are."""
    text = f"trim(q.{name(column)})"
    return f"coalesce(try_cast({text} as {type_})::varchar, {text})"


def _count(duck: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = duck.execute(sql).fetchone()
    return int(row[0]) if row else 0
