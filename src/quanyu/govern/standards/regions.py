"""The region codes of the node: imported from published lists, asked by tree, name and day, exported for the engine."""

import csv
import gzip
import os
from calendar import monthrange
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from quanyu.core.errors import Fault, Invalid
from quanyu.core.regions import RegionHistory, RegionSpan, region_level, region_parent, spans_of, usual_code
from quanyu.core.text import fold_text
from quanyu.govern.standards import _sql, built_in
from quanyu.govern.standards.published import published_regions
from quanyu.store import Connection

Revisions = Mapping[date, Mapping[str, str]]
EXPORT = Path("standards") / "regions.parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionImport:
    """What came of an import: spans are names with their time, several where a code was renamed or came back."""

    codes: int
    spans: int
    ended: int


def read_region_files(paths: Iterable[Path], *, as_of: date) -> tuple[RegionSpan, ...]:
    """Lists with columns Source, Revision (YYYYMM), Code, Name give history; lists of code and name only (province, city,
    area, street files) are taken together as one list issued at `as_of`. Raises Invalid, naming file and line."""
    dated: dict[str, dict[date, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    today: dict[str, str] = {}
    for path in paths:
        rows = tuple(_rows(path))
        if not rows:
            raise Invalid("govern.regions.none", file=path.name)
        for source, day, code, name in rows:
            if day is None:
                today[code] = name
            else:
                dated[source][day][code] = name
    return tuple(_joined(dated, today, as_of))


async def import_regions(connection: Connection, spans: Iterable[RegionSpan], folder: Path) -> RegionImport:
    """Replaces all region codes of the node, in the caller's transaction, and writes the engine's copy."""
    every = list(spans)
    await connection.execute(_sql.CLEAR_REGIONS)
    await connection.copy_records_to_table(
        "region",
        records=[
            (one.code, one.since, one.until, one.name, region_level(one.code).value, region_parent(one.code))
            for one in every
        ],
        columns=["code", "effective_from", "effective_to", "name", "level", "parent"],
    )
    export_regions(every, folder)
    codes = {one.code for one in every}
    current = {one.code for one in every if one.until is None}
    return RegionImport(codes=len(codes), spans=len(every), ended=len(codes - current))


async def ensure_regions(connection: Connection, folder: Path) -> None:
    """A node that nobody gave a list yet knows the published codes, and the engine has its copy of what the node knows."""
    if not await connection.fetchval(_sql.ANY_REGION):
        published = tuple(published_regions())
        known = {span.code for span in published}
        own = (span for span in built_in.regions() if span.code not in known)
        await import_regions(connection, (*published, *own), folder)
    elif not (folder / EXPORT).exists():
        export_regions(await _all_spans(connection), folder)


async def _all_spans(connection: Connection) -> list[RegionSpan]:
    rows = await connection.fetch(_sql.ALL_REGIONS)
    return [RegionSpan(row["code"], row["name"], row["effective_from"], row["effective_to"]) for row in rows]


async def region_history(connection: Connection) -> RegionHistory:
    return RegionHistory(await _all_spans(connection))


async def list_regions(
    connection: Connection, *, parent: str | None, query: str | None, at: date, limit: int, after: str
) -> list[RegionSpan]:
    """Below `parent` ("" for the provinces), or whose code begins with or name holds `query`, good on the day `at`.

    Where nothing was imported: from the few that come with Quanyu.
    """
    wanted = fold_text(query).strip() if query else None
    rows = await connection.fetch(_sql.LIST_REGIONS, at, parent, wanted, after, limit)
    if rows or await connection.fetchval(_sql.ANY_REGION):
        return [
            RegionSpan(row["code"], row["name"], row["effective_from"], row["effective_to"]) for row in rows
        ]
    known = sorted(built_in.regions(), key=lambda one: one.code)
    return [one for one in known if one.code > after and _is_wanted(one, parent, wanted)][:limit]


async def region_names(connection: Connection, codes: Collection[str]) -> dict[str, str]:
    """The newest name of each code, also of one that is no longer in use; unknown codes are left out."""
    rows = await connection.fetch(_sql.REGION_NAMES, list(codes))
    return {row["code"]: row["name"] for row in rows}


def _is_wanted(one: RegionSpan, parent: str | None, wanted: str | None) -> bool:
    below = parent is None or (region_parent(one.code) or "") == parent
    return below and (wanted is None or one.code.startswith(wanted) or wanted in one.name)


def export_regions(spans: Iterable[RegionSpan], folder: Path) -> Path:
    """folder/standards/regions.parquet with code, name, valid_from, valid_to (first day no longer good), put in place whole."""
    every = list(spans)
    table = pa.table(
        {
            "code": [one.code for one in every],
            "name": [one.name for one in every],
            "valid_from": pa.array([one.since for one in every], pa.date32()),
            "valid_to": pa.array([one.until for one in every], pa.date32()),
        }
    )
    target = folder / EXPORT
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    pq.write_table(table, partial, compression="zstd")
    os.replace(partial, target)
    return target


def _joined(sources: Mapping[str, Revisions], today: Mapping[str, str], as_of: date) -> Iterator[RegionSpan]:
    """The source with the most revisions decides; others add the codes that it never had. Today's list ends what it lacks."""
    ranked = sorted(sources.values(), key=lambda revisions: -len(revisions))
    known: set[str] = set()
    for index, revisions in enumerate(ranked):
        with_today = {**revisions, as_of: _continued(revisions, today)} if today and index == 0 else revisions
        spans = [span for span in spans_of(with_today) if span.code not in known]
        yield from spans
        known |= {span.code for span in spans}
    if not ranked and today:
        yield from spans_of({as_of: today})


def _continued(revisions: Revisions, today: Mapping[str, str]) -> dict[str, str]:
    """Today's list, with the codes of a level or part of the country that it does not cover kept as they were."""
    last = revisions[max(revisions)]
    covered = {(len(code), region_level(code), code[:2]) for code in today}
    kept = {
        code: name for code, name in last.items() if (len(code), region_level(code), code[:2]) not in covered
    }
    return {**kept, **today}


def _rows(path: Path) -> Iterator[tuple[str, date | None, str, str]]:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            delimiter = "\t" if ".tsv" in path.name else ","
            for line, row in enumerate(csv.DictReader(file, delimiter=delimiter), start=2):
                yield _row(
                    {(key or "").lower(): value or "" for key, value in row.items()}, f"{path.name}:{line}"
                )
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise Invalid("govern.regions.unreadable", file=path.name, detail=str(error)) from None


def _row(row: Mapping[str, object], where: str) -> tuple[str, date | None, str, str]:
    code, name, revision = (str(row.get(key, "")).strip() for key in ("code", "name", "revision"))
    try:
        usual = usual_code(code)
        day = (
            date(int(revision[:4]), int(revision[4:6]), monthrange(int(revision[:4]), int(revision[4:6]))[1])
            if revision
            else None
        )
    except (Invalid, ValueError):
        usual, day = "", None
    if not usual or not name:
        said: dict[str, object] = {"code": code, "name": name}
        raise Invalid("govern.regions.row", faults=(Fault("govern.regions.row", where, said),), **said)
    return str(row.get("source", "")), day, usual, name
