"""Parquet, Arrow (Feather) and ORC: columns come typed and leave as text; nested values as JSON, GeoParquet geometry as GeoJSON."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import orc
from shapely import from_wkb, to_geojson
from shapely.errors import ShapelyError

from quanyu.connect.files.columns import columns_of
from quanyu.connect.files.geometries import no_geometry
from quanyu.connect.files.model import Column, Landed, Progress
from quanyu.connect.files.objects import nested_text
from quanyu.connect.files.sink import Sink, table_faults
from quanyu.connect.files.source import Source, is_full_disk

_BATCH_ROWS = 10_000
_UNREADABLE = "\0"
"""Stands where the bytes of a geometry are none."""


@dataclass(frozen=True, slots=True)
class _Typed:
    """A file whose columns have types. `total` is None where only reading tells."""

    format: str
    schema: pa.Schema
    batches: Iterable[pa.RecordBatch]
    total: int | None


def land_parquet(source: Source) -> Landed:
    """The table of a Parquet file. It is read to its end, so that a broken page shows here and not later."""
    return _landed(source, "Parquet", _parquet)


def land_arrow(source: Source) -> Landed:
    """The table of an Arrow file (Feather V2) or stream."""
    return _landed(source, "Arrow", _arrow)


def land_orc(source: Source) -> Landed:
    return _landed(source, "ORC", _orc)


def _landed(source: Source, name: str, opened: Callable[[Path], _Typed]) -> Landed:
    try:
        return _land(source, opened(source.path))
    except (pa.ArrowException, OSError, EOFError, ValueError, OverflowError) as error:
        if is_full_disk(error):
            raise
        reason = (str(error).splitlines() or ["?"])[0]
        raise source.invalid("connect.files.parquet.broken", format=name, reason=reason) from None


def _parquet(path: Path) -> _Typed:
    file = pq.ParquetFile(path)
    batches = file.iter_batches(batch_size=_BATCH_ROWS)
    return _Typed("parquet", file.schema_arrow, batches, file.metadata.num_rows)


def _arrow(path: Path) -> _Typed:
    """Batches are as large as who wrote them made them. A file that is mapped and cut meanwhile would end the process."""
    opened = pa.OSFile(str(path))
    is_file = opened.read(6) == b"ARROW1"
    opened.seek(0)
    if not is_file:
        stream = pa.ipc.open_stream(opened)
        return _Typed("arrow", stream.schema, _sliced(stream), None)
    file = pa.ipc.open_file(opened)
    batches = (file.get_batch(at) for at in range(file.num_record_batches))
    return _Typed("arrow", file.schema, _sliced(batches), None)


def _orc(path: Path) -> _Typed:
    file = orc.ORCFile(path)
    return _Typed(
        "orc", file.schema, _sliced(file.read_stripe(at) for at in range(file.nstripes)), file.nrows
    )


def _sliced(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for at in range(0, batch.num_rows, _BATCH_ROWS):
            yield batch.slice(at, _BATCH_ROWS)


def _land(source: Source, file: _Typed) -> Landed:
    names = list(file.schema.names)
    limit = source.options.limits.columns
    if len(names) > limit:
        raise source.invalid("connect.files.columns.many", 1, limit + 1, columns=len(names), limit=limit)
    columns = columns_of(names)
    geometry, crs = _geometry(file.schema, columns)
    place = next((column.position for column in columns if column.name == geometry), None)
    sink = Sink(source, columns)
    for batch in file.batches:
        batch.validate(full=True)  # what lies in the file is believed otherwise, and leads out of memory
        texts = [
            _geometry_texts(values) if column.name == geometry else _texts(values)
            for column, values in zip(columns, batch.columns, strict=True)
        ]
        for line, cells in enumerate(zip(*texts, strict=True), start=sink.records + sink.rejected + 1):
            if place is not None and cells[place] == _UNREADABLE:
                sink.reject(no_geometry(source, line, list(cells)))
            else:
                sink.add(line, list(cells))
        source.progress(Progress(stage="read", done=sink.records, total=file.total))
    table = sink.close()
    return Landed(
        **table, member=source.member, format=file.format, geometry_column=geometry, crs=source.options.crs or crs,
        faults=(*source.faults, *table_faults(source, table, 1)),
    )  # fmt: skip


def _texts(values: "pa.Array") -> list[str | None]:
    kind = values.type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return [None if value is None else bytes(value).hex() for value in values.to_pylist()]
    if pa.types.is_nested(kind):
        return [None if value is None else nested_text(value) for value in values.to_pylist()]
    if pa.types.is_dictionary(kind):
        return _texts(values.dictionary_decode())
    texts: list[str | None] = _in_usual_figures(values).cast(pa.string()).to_pylist()
    return texts


def _in_usual_figures(values: "pa.Array") -> "pa.Array":
    """Moments in microseconds, and times of day in seconds where nothing is lost: what other files say."""
    kind = values.type
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return values.cast(pa.timestamp("us", kind.tz), safe=False)
    if pa.types.is_time(kind):
        try:
            return values.cast(pa.time32("s"))
        except pa.ArrowInvalid:
            return values
    return values


def _geometry_texts(values: "pa.Array") -> Iterable[str | None]:
    for value in values.to_pylist():
        try:
            yield to_geojson(from_wkb(value)) if value else None
        except ShapelyError:
            yield _UNREADABLE


def _geometry(schema: pa.Schema, columns: tuple[Column, ...]) -> tuple[str | None, str | None]:
    """Name and coordinate system of the primary geometry column that GeoParquet metadata declare."""
    packed = (schema.metadata or {}).get(b"geo")
    if packed is None:
        return None, None
    try:
        declared = json.loads(packed)
        primary = declared["primary_column"]
        identified = (declared["columns"][primary].get("crs") or {}).get("id") or {}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None, None
    name = next((column.name for column in columns if column.label == primary), None)
    crs = (
        f"{identified['authority']}:{identified['code']}"
        if {"authority", "code"} <= set(identified)
        else None
    )
    return name, crs
