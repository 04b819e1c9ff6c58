"""ESRI shapefiles: geometry from .shp, attributes from .dbf, coordinate system from .prj."""

import struct
import warnings
from pathlib import Path

import msgspec
import shapefile
from pyproj import CRS
from pyproj.exceptions import CRSError

from quanyu.connect.files.columns import columns_of
from quanyu.connect.files.dbf import (
    DbfTable,
    broken_records,
    dbf_encoding,
    dbf_records,
    decoded_cells,
    field_names,
    memo_faults,
    open_dbf,
)
from quanyu.connect.files.geometries import GEOMETRY, is_geometry, no_geometry
from quanyu.connect.files.model import Landed, Progress
from quanyu.connect.files.sink import Sink, table_faults
from quanyu.connect.files.source import Source, is_full_disk
from quanyu.core.errors import Fault

_NEEDED = (".shx", ".dbf")
_PARTS = (".shp", *_NEEDED, ".prj", ".cpg")


def shapefile_parts(path: Path) -> dict[str, Path]:
    """The files beside `path` that belong to the same shapefile, by ending in small letters."""
    beside = {each.name.lower(): each for each in path.parent.iterdir() if each.is_file()}
    stem = path.stem.lower()
    return {ending: beside[stem + ending] for ending in _PARTS if stem + ending in beside}


def land_shapefile(source: Source) -> Landed:
    """The features of a shapefile; geometry becomes GeoJSON text in the file's own coordinates."""
    parts = shapefile_parts(source.path)
    missing = [ending for ending in _NEEDED if ending not in parts]
    if missing or ".shp" not in parts:
        raise source.invalid("connect.files.shapefile.part", part=", ".join(missing) or ".shp")
    table = open_dbf(source, parts[".dbf"])
    encoding, declared = dbf_encoding(source, table, parts.get(".cpg", source.path.with_suffix(".cpg")))
    columns = columns_of([*field_names(table, encoding), GEOMETRY])
    sink = Sink(source, columns)
    broken: list[Fault] = []
    _refuse_cut(source, parts[".shp"])
    try:
        measured = _read(source, parts, table, encoding, sink, broken)
    except (shapefile.ShapefileException, struct.error, EOFError, ValueError, LookupError, OSError) as error:
        if is_full_disk(error):
            raise
        raise source.invalid("connect.files.shapefile.broken", sink.records + 1, reason=str(error)) from None
    filled = sink.close()
    crs, unnamed = _crs(source, parts.get(".prj"))
    return Landed(
        **filled,
        member=source.member,
        format="shapefile",
        encoding=encoding,
        geometry_column=columns[-1].name,
        crs=source.options.crs or crs,
        broken_lines=broken_records(broken),
        faults=(
            *source.faults,
            *declared,
            *memo_faults(source, table, encoding),
            *unnamed,
            *_measures(source, measured),
            *table_faults(source, filled, 1),
            *broken,
        ),
    )


def _refuse_cut(source: Source, path: Path) -> None:
    """The header tells the length of the file in 16-bit words."""
    with path.open("rb") as file:
        head = file.read(100)
    declared = struct.unpack(">i", head[24:28])[0] * 2 if len(head) == 100 else 100
    if path.stat().st_size < declared:
        reason = f"{path.stat().st_size} < {declared} bytes"
        raise source.invalid("connect.files.shapefile.broken", 0, reason=reason)


def _read(
    source: Source, parts: dict[str, Path], table: DbfTable, encoding: str, sink: Sink, broken: list[Fault]
) -> int:
    """The number of features that have measures."""
    measured = 0
    with (
        warnings.catch_warnings(action="ignore"),
        shapefile.Reader(shp=str(parts[".shp"]), shx=str(parts[".shx"])) as reader,
    ):
        count = len(reader)
        if count != table.records:
            raise source.invalid("connect.files.shapefile.count", shapes=count, records=table.records)
        for record, shape in zip(dbf_records(source, table), reader.iterShapes(), strict=True):
            if record.deleted:
                sink.drop(record.number, "blank", "deleted")
                continue
            measured += any(getattr(shape, "m", ()))
            cells = [*decoded_cells(source, record, encoding, broken), _geometry_text(shape)]
            if is_geometry(cells[-1]):
                sink.add(record.number, cells)
            else:
                sink.reject(no_geometry(source, record.number, cells))
            if record.number % 1_000 == 0:
                source.progress(Progress(stage="read", done=record.number, total=count))
    return measured


def _measures(source: Source, features: int) -> tuple[Fault, ...]:
    """GeoJSON has no place for what is measured along a line; 0 throughout is what programs write for none."""
    return (source.fault("connect.files.shapefile.measures", count=features),) if features else ()


def _geometry_text(shape: "shapefile.Shape") -> str | None:
    if shape.shapeType == shapefile.NULL or not shape.points:
        return None
    if heights := getattr(shape, "z", None):
        shape.points = [(x, y, z) for (x, y), z in zip(shape.points, heights, strict=True)]
    return msgspec.json.encode(shape.__geo_interface__).decode()


def _crs(source: Source, prj: Path | None) -> tuple[str | None, tuple[Fault, ...]]:
    """ "EPSG:4490" from the .prj; one that names no known system is told of."""
    if prj is None:
        return None, (source.fault("connect.files.shapefile.prj"),)
    try:
        known = CRS.from_wkt(prj.read_bytes()[: 64 * 1024].decode("utf-8-sig", "replace"))
        code = known.to_epsg(min_confidence=25)
    except CRSError:
        code, known = None, None
    if code is not None:
        return f"EPSG:{code}", ()
    name = known.name if known else prj.name
    return None, (source.fault("connect.files.shapefile.crs", name=name),)
