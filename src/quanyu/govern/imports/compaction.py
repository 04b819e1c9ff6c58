"""Small parts of a dataset become one, and what newer parts replaced is left out, so that reading stays quick however often
a source delivers. The records keep the way back to the import they came with, as released ones do.

The replaced files lose their rows in dataset_part and lie on for a day, because a reader may have begun with them;
`sweep` removes them. Whatever is interrupted before the commit leaves a file that no row names.
"""

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import msgspec

from quanyu.govern.imports.content import current_sql, parquet, paths, reader
from quanyu.govern.imports.folders import Folders
from quanyu.govern.imports.model import Part, PartRole
from quanyu.govern.imports.records import column_types
from quanyu.govern.quality.quote import literal

MANY = 24
"""Accepted parts from which on merging is worth it."""

_LIGHT = 32 * 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Compaction:
    """`new` parts stand for `old` ones. `dead` counts the records of each import that are left out, `settled` the rules
    that they break: what the results of that import no longer count."""

    old: tuple[Part, ...]
    new: tuple[Part, ...]
    dead: Mapping[str, int]
    settled: Mapping[str, Mapping[str, int]]


def is_worth_it(folders: Folders, parts: Sequence[Part], *, records: int) -> bool:
    """Many parts, or more replaced records than current ones."""
    accepted = paths(folders.data, parts, PartRole.ACCEPTED)
    if len(accepted) >= MANY:
        return True
    if not accepted or not paths(folders.data, parts, PartRole.SUPERSEDED):
        return False
    with reader(folders.data, folders.tenant) as duck:
        listed = ", ".join(map(literal, accepted))
        return _count(duck, f"select sum(num_rows) from parquet_file_metadata([{listed}])") > 2 * records


def compact(folders: Folders, dataset: str, parts: Sequence[Part], *, many: int = MANY) -> Compaction | None:
    """Writes the new files beside the old ones; None where nothing is won. Meant for a thread."""
    with reader(folders.data, folders.tenant) as duck:
        run = _run(duck, folders, parts)
        if not run:
            return None
        _records(duck, folders, parts, run)
        dead, settled = _dead(duck)
        if len(run) < many and not dead:
            return None
        called = _next_name(run)
        new = [
            _merged(duck, folders, dataset, called),
            _superseded(duck, folders, dataset, called, parts, run),
        ]
    replaced = [part for part in parts if part in run or part.role is PartRole.SUPERSEDED]
    for part in replaced:
        os.utime(folders.data / part.path)
    made = tuple(msgspec.structs.replace(part, version=run[-1].version) for part in new if part)
    return Compaction(old=tuple(replaced), new=made, dead=dead, settled=settled)


def _run(duck: duckdb.DuckDBPyConnection, folders: Folders, parts: Sequence[Part]) -> list[Part]:
    """The longest row of parts, one after another, that are small or mostly replaced. Releases stay what they are."""
    current = current_sql(folders.data, parts)
    if current is None:
        return []
    live = dict(duck.execute(f"select _import, count(*) from {current} group by 1").fetchall())
    longest: list[Part] = []
    run: list[Part] = []
    for part in (one for one in parts if one.role is PartRole.ACCEPTED):
        path = literal(str(folders.data / part.path))
        rows = max(_count(duck, f"select num_rows from parquet_file_metadata({path})"), 1)
        share = live.get(part.import_id, 0) / rows
        is_light = part.import_id.startswith("i") and (part.bytes * share < _LIGHT or share <= 0.5)
        run = [*run, part] if is_light else []
        longest = max(longest, run, key=len)
    return longest


def _records(
    duck: duckdb.DuckDBPyConnection, folders: Folders, parts: Sequence[Part], run: Sequence[Part]
) -> None:
    """All records of the run, each with the import it came with and whether a newer part replaced it."""
    files = [str(folders.data / part.path) for part in run]
    table = parquet(files, filename="_part")
    moved = {"_from_import", "_from_row"} & set(column_types(duck, table))
    home = (
        "coalesce(_from_import, parse_filename(_part, true)) as _from_import, coalesce(_from_row, _row) as _from_row"
        if moved
        else "parse_filename(_part, true) as _from_import, _row as _from_row"
    )
    dropped = ", ".join(("_part", "_row", *sorted(moved)))
    replaced = paths(folders.data, parts, PartRole.SUPERSEDED)
    gone = f"select parse_filename(part, true) as part, _row from {parquet(replaced)}" if replaced else _NONE
    duck.execute(
        f"""create temp view every as select t.* exclude ({dropped}), {home},
          exists (select 1 from ({gone}) g where g.part = parse_filename(t._part, true) and g._row = t._row) as _dead,
          parse_filename(t._part, true) as _at, t._row as _place
        from {table} t"""
    )


def _dead(duck: duckdb.DuckDBPyConnection) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    dead = dict(duck.execute("select _from_import, count(*) from every where _dead group by 1").fetchall())
    settled: defaultdict[str, dict[str, int]] = defaultdict(dict)
    flags = "select _from_import as home, unnest(_flags) as rule from every where _dead"
    for home, rule, records in duck.execute(f"select *, count(*) from ({flags}) group by all").fetchall():
        settled[home][rule] = records
    return dead, dict(settled)


def _next_name(run: Sequence[Part]) -> str:
    """Sorts behind the newest part of the run and before whatever came later."""
    newest, _, times = run[-1].import_id.partition("_")
    return f"{newest}_{int(times or 0) + 1}"


def _merged(duck: duckdb.DuckDBPyConnection, folders: Folders, dataset: str, called: str) -> Part | None:
    select = (
        "select * exclude (_dead, _at, _place), row_number() over (order by _at, _place) - 1 as _row from every"
        " where not _dead order by _at, _place"
    )
    return _written(
        duck, folders, folders.part(dataset, PartRole.ACCEPTED, called), select, PartRole.ACCEPTED
    )


def _superseded(
    duck: duckdb.DuckDBPyConnection,
    folders: Folders,
    dataset: str,
    called: str,
    parts: Sequence[Part],
    run: Sequence[Part],
) -> Part | None:
    """What still says something about a part that stays."""
    replaced = paths(folders.data, parts, PartRole.SUPERSEDED)
    staying = [part.import_id for part in parts if part.role is PartRole.ACCEPTED and part not in run]
    if not replaced or not staying:
        return None
    listed = ", ".join(map(literal, staying))
    select = (
        f"select distinct part, _row from {parquet(replaced)} where parse_filename(part, true) in ({listed})"
    )
    target = folders.part(dataset, PartRole.SUPERSEDED, called)
    return _written(duck, folders, target, select, PartRole.SUPERSEDED)


def _written(
    duck: duckdb.DuckDBPyConnection, folders: Folders, target: Path, select: str, role: PartRole
) -> Part | None:
    target.parent.mkdir(parents=True, exist_ok=True)
    written = target.with_suffix(".new")
    duck.execute(f"copy ({select}) to {literal(str(written))} (format parquet, compression zstd)")
    if not _count(duck, f"select num_rows from parquet_file_metadata({literal(str(written))})"):
        written.unlink()
        return None
    _synced(written).replace(target)
    return Part(
        import_id=target.stem,
        role=role,
        path=folders.relative(target),
        bytes=target.stat().st_size,
        version=0,
    )


def _synced(path: Path) -> Path:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return path


_NONE = "select ''::varchar as part, 0::bigint as _row limit 0"


def _count(duck: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = duck.execute(sql).fetchone()
    return int(row[0] or 0) if row else 0
