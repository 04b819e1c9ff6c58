"""`land`: from any file of a department to a table expression that DuckDB reads."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from quanyu.connect.files.foreign import Foreign
from quanyu.connect.files.model import FileOptions, Landed, Watcher
from quanyu.connect.files.signature import Format, detect, has_foreign_ending
from quanyu.connect.files.source import Source, digest
from quanyu.connect.files.text import land_text
from quanyu.connect.files.unpack import Allowance, gunzip, unzip, unzstd
from quanyu.core.errors import Invalid

# The readers are imported when a file asks for them: with all their libraries they take longer than a small file.


_NAMED = 20
"""Members of an archive that are not read are named, up to here."""


def land(path: Path, *, workdir: Path, options: FileOptions, progress: Watcher) -> tuple[Landed, ...]:
    """The tables in `path`: one, or one for each data file in a zip archive.

    Copies and unpacked files go to `workdir`, which must exist and must stay as long as `Landed.sql` is used.
    Raises Invalid, naming file, line and column as far as they exist, for what cannot be read.
    """
    if not path.is_file():
        raise Invalid("connect.files.directory" if path.is_dir() else "connect.files.absent", file=path.name)
    source = Source(path=path, name=path.name, workdir=workdir, options=options, progress=progress)
    with ThreadPoolExecutor(max_workers=1) as beside:
        digesting = beside.submit(digest, _delivered(path))
        tables = _land(source, Allowance(options.limits.expanded), options.limits.nesting)
        sha256, size = digesting.result()
    return tuple(replace(table, sha256=sha256, bytes=size) for table in tables)


def _delivered(path: Path) -> tuple[Path, ...]:
    """The file, a table with its memos, or all parts of a loose shapefile."""
    if path.suffix.lower() == ".dbf":
        from quanyu.connect.files.memo import memo_file

        memos = memo_file(path)
        return (path, memos) if memos else (path,)
    if path.suffix.lower() not in (".shp", ".shx"):
        return (path,)
    from quanyu.connect.files.shapefile_reader import shapefile_parts

    parts = shapefile_parts(path)
    return tuple(parts[ending] for ending in sorted(parts)) or (path,)


def _land(source: Source, allowance: Allowance, nesting: int) -> list[Landed]:
    if not source.path.stat().st_size:
        raise source.invalid("connect.files.empty")
    kind = detect(source.path)
    if not isinstance(kind, Format):
        raise source.invalid(kind.key, kind=kind.kind)
    if kind in (Format.GZIP, Format.ZSTD, Format.ZIP) and nesting < 1:
        raise source.invalid("connect.files.nesting", limit=source.options.limits.nesting)
    match kind:
        case Format.ZIP:
            return _members(source, allowance, nesting)
        case Format.GZIP | Format.ZSTD:
            unpack = gunzip if kind is Format.GZIP else unzstd
            inner = replace(source, path=unpack(source, allowance), name=_inner_name(source.name, kind))
            return _land(inner, allowance, nesting - 1)
    if has_foreign_ending(source.name, kind):
        source = replace(
            source, faults=(*source.faults, source.fault("connect.files.ending", kind=kind.value))
        )
    return [_read(source, kind)]


def _read(source: Source, kind: Format) -> Landed:
    match kind:
        case Format.JSON:
            from quanyu.connect.files.objects import land_objects

            return land_objects(source)
        case Format.WORKBOOK:
            from quanyu.connect.files.spreadsheet import land_workbook

            return land_workbook(source)
        case Format.PARQUET:
            from quanyu.connect.files.parquet import land_parquet

            return land_parquet(source)
        case Format.ARROW | Format.ORC:
            from quanyu.connect.files.parquet import land_arrow, land_orc

            return land_arrow(source) if kind is Format.ARROW else land_orc(source)
        case Format.SHAPEFILE:
            from quanyu.connect.files.shapefile_reader import land_shapefile

            return land_shapefile(source)
        case Format.DBF:
            from quanyu.connect.files.dbf import land_dbf

            return land_dbf(source)
    return land_text(source)


def _members(source: Source, allowance: Allowance, nesting: int) -> list[Landed]:
    members, others = unzip(source, allowance)
    if not members:
        raise source.invalid("connect.files.zip.empty")
    members, foreign = _without_foreign(members)
    others += foreign
    if others:
        told = source.fault("connect.files.zip.others", count=len(others), members=", ".join(others[:_NAMED]))
        source = replace(source, faults=(*source.faults, told))
    landed: list[Landed] = []
    for name, path in members:
        inside = f"{source.member}/{name}" if source.member else name
        member = replace(source, path=path, name=f"{source.name}/{name}", member=inside)
        landed.extend(_land(member, allowance, nesting - 1))
        source = replace(source, faults=())
    return landed


def _without_foreign(members: list[tuple[str, Path]]) -> tuple[list[tuple[str, Path]], list[str]]:
    """What lies beside tables and is none is left out by name; where nothing is a table, the first one tells why."""
    foreign = {
        name: kind
        for name, path in members
        if path.stat().st_size and isinstance(kind := detect(path), Foreign)
    }
    if len(foreign) == len(members):
        return members, []
    kept = [(name, path) for name, path in members if name not in foreign]
    return kept, [f"{name} ({kind.kind})" if kind.kind else name for name, kind in foreign.items()]


def _inner_name(name: str, kind: Format) -> str:
    """ "events.csv.gz" holds "events.csv", and that is what people look for in a message."""
    stem, dot, ending = name.rpartition(".")
    return (
        stem
        if dot and (ending.lower() in ("gz", "gzip") or ending.lower() == kind.value or ending == "zstd")
        else name
    )
