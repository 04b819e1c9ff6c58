"""JSON, JSON lines and GeoJSON: a list of objects becomes a table, streamed element by element."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

import msgspec

from quanyu.connect.files.columns import columns_of
from quanyu.connect.files.declared_crs import esri_crs
from quanyu.connect.files.esri import geojson_of, is_esri_feature
from quanyu.connect.files.geometries import GEOMETRY, is_geometry, no_geometry
from quanyu.connect.files.json_records import json_elements, json_lines
from quanyu.connect.files.json_shape import Shape, are_lines, find_shape
from quanyu.connect.files.json_stream import Element, JsonFault, JsonValue
from quanyu.connect.files.model import LINE, Landed, Reject
from quanyu.connect.files.sink import Sink, Table, table_faults
from quanyu.connect.files.source import Source, identifier, quoted
from quanyu.connect.files.text import encoding_faults, valid_text

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DEEPEST = 8
_BEFORE_COLUMNS = 5_000
"""Records that are looked at before the first columns are fixed; later ones may still bring new columns."""


def land_objects(source: Source) -> Landed:
    """The table in a JSON text of any of the usual shapes."""
    readable = valid_text(source)
    lines = are_lines(readable.path)
    table = _Table(source)
    shape = Shape("lines")
    try:
        if not lines:
            shape = find_shape(readable.path, source.options.limits.line)
            table.heading = list(shape.heading) or None
        elements = json_lines(source, readable.path) if lines else json_elements(source, readable.path, shape)
        for element in elements:
            table.take(element)
    except JsonFault as fault:
        raise source.invalid(fault.key, fault.line, fault.column, reason=fault.reason) from None
    except RecursionError:
        raise source.invalid("connect.files.json.deep") from None
    if shape.others:
        told = source.fault(
            "connect.files.json.others", read=".".join(shape.path), others=", ".join(shape.others)
        )
        source = replace(source, faults=(*source.faults, told))
    if not table.labels and not shape.is_features:
        raise source.invalid("connect.files.empty")
    landed = table.close()
    return Landed(
        **landed,
        member=source.member,
        format=_format(table, lines=lines),
        encoding=readable.encoding,
        geometry_column=GEOMETRY if table.features else None,
        crs=source.options.crs or shape.crs or table.crs,
        faults=(
            *source.faults,
            *encoding_faults(source, readable),
            *(
                source.fault("connect.files.json.half", line)
                for line in table.broken[: source.options.limits.listed]
            ),
            *table_faults(source, landed, 1),
        ),
        broken_lines=tuple(sorted({*table.broken, *(place.line for place in readable.transcript.broken)})),
    )


def _format(table: "_Table", *, lines: bool) -> str:
    if table.esri:
        return "esrijson"
    return "geojson" if table.features else "jsonl" if lines else "json"


def flattened(value: JsonValue, prefix: str = "", depth: int = 1) -> Iterator[tuple[str, str | None]]:
    """Paths joined with dots and their values as text. Lists, and objects below the eighth level, stay JSON."""
    if isinstance(value, dict) and value and depth <= _DEEPEST:
        for key, inner in value.items():
            yield from flattened(inner, f"{prefix}.{key}" if prefix else key, depth + 1)
    else:
        yield prefix or "value", value_text(value)


def value_text(value: JsonValue) -> str | None:
    """A JSON value as text: numbers as written, true and false, lists and objects as JSON."""
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return str(value)
    return nested_text(value)


def nested_text(value: object) -> str:
    """A list or object as JSON text."""
    return _ENCODER.encode(value).decode()


Taken = tuple[int, dict[str, str | None]]
"""(line, values by label)"""


@dataclass(slots=True)
class _Table:
    """Collects records whose columns show only as they come; each new set of columns begins a new Parquet part."""

    source: Source
    labels: dict[str, int] = field(default_factory=dict)
    waiting: list[Taken] = field(default_factory=list)
    parts: list[Sink] = field(default_factory=list)
    heading: list[str] | None = None
    features: bool = False
    esri: bool = False
    crs: str | None = None
    refused: list[Reject] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)

    def take(self, element: Element | Reject) -> None:
        if isinstance(element, Reject):
            self.refused.append(element)
            self._flush(_BEFORE_COLUMNS)
            return
        if element.broken:
            self.broken.append(element.line)
        values = self._values(element)
        if values is None:
            return
        reject = self._reject(element, values)
        if reject is not None:
            self.refused.append(reject)
            return
        for label in values:
            self.labels.setdefault(label, len(self.labels))
        self._check_width(element)
        self.waiting.append((element.line, values))
        self._flush(_BEFORE_COLUMNS)

    def _reject(self, element: Element, values: dict[str, str | None]) -> Reject | None:
        """A record that cannot be one: it says nothing, a cell is beyond the limit, or a geometry that RFC 7946 knows nothing of."""
        limit = self.source.options.limits.cell
        if element.value == {} and element.key is None:
            return Reject(element.line, "{}", "connect.files.json.empty")
        for label, text in values.items():
            if text and len(text) > self._cell(label):
                return Reject(element.line, f"{label}: {text}"[:limit], "connect.files.cell.long")
        if self.features and not is_geometry(values.get(GEOMETRY)):
            return no_geometry(self.source, element.line, list(values.values()))
        return None

    def close(self) -> Table:
        self._flush(0)
        if not self.parts:
            self._begin_part()
        for reject in self.refused:
            self.parts[-1].reject(reject)
        tables = [part.close() for part in self.parts]
        columns = tables[-1]["columns"]
        names = ", ".join(identifier(column.name) for column in columns)
        paths = ", ".join(quoted(part.path) for part in self.parts)
        table = tables[-1].copy()
        table["sql"] = f"(SELECT {names}, {LINE} FROM read_parquet([{paths}], union_by_name=true))"
        table["records"] = sum(part["records"] for part in tables)
        return table

    def _cell(self, label: str) -> int:
        """A geometry may be as long as a line; any other cell has the limit of cells."""
        limits = self.source.options.limits
        return limits.line if label == GEOMETRY else limits.cell

    def _values(self, element: Element) -> dict[str, str | None] | None:
        value = element.value
        if isinstance(value, list):
            return self._listed(value)
        if isinstance(value, dict) and _is_feature(value):
            return self._feature(value)
        if isinstance(value, dict) and is_esri_feature(value):
            return self._esri_feature(value)
        keyed = {} if element.key is None else {"key": element.key}
        return keyed | dict(flattened(value))

    def _feature(self, feature: dict[str, JsonValue]) -> dict[str, str | None]:
        self.features = True
        properties = dict(flattened(feature.get("properties"))) if feature.get("properties") else {}
        if GEOMETRY in properties:
            properties[f"properties.{GEOMETRY}"] = properties.pop(GEOMETRY)
        if "id" in feature and "id" not in properties:
            properties = {"id": value_text(feature["id"])} | properties
        return properties | {GEOMETRY: value_text(feature["geometry"])}

    def _esri_feature(self, feature: dict[str, JsonValue]) -> dict[str, str | None]:
        geometry = feature.get("geometry")
        if self.crs is None and isinstance(geometry, dict):
            self.crs = esri_crs(geometry.get("spatialReference"))
        self.esri = True
        shown: dict[str, JsonValue] = {"properties": feature["attributes"], "geometry": geojson_of(geometry)}
        return self._feature(shown)

    def _listed(self, cells: list[JsonValue]) -> dict[str, str | None] | None:
        """A list of lists: the first one names the columns, if it holds distinct words only."""
        if self.heading is None:
            words = [cell for cell in cells if isinstance(cell, str) and cell]
            is_heading = len(set(words)) == len(cells) > 0
            self.heading = words if is_heading else [f"column_{at + 1}" for at in range(len(cells))]
            if is_heading:
                return None
        labels = [*self.heading, *(f"column_{at + 1}" for at in range(len(self.heading), len(cells)))]
        return {label: value_text(cell) for label, cell in zip(labels, cells, strict=False)}

    def _check_width(self, element: Element) -> None:
        limit = self.source.options.limits.columns
        if len(self.labels) > limit:
            key = "connect.files.columns.many"
            raise self.source.invalid(key, element.line, limit + 1, columns=len(self.labels), limit=limit)

    def _flush(self, keep: int) -> None:
        if len(self.waiting) <= keep:
            return
        if not self.parts or len(self.parts[-1].columns) < len(self.labels):
            self._begin_part()
        part = self.parts[-1]
        for line, values in self.waiting:
            part.add(line, [values.get(label) for label in self.labels])
        self.waiting = []

    def _begin_part(self) -> None:
        self.parts.append(Sink(self.source, columns_of(list(self.labels))))


def _is_feature(value: dict[str, JsonValue]) -> bool:
    """A GeoJSON feature, also where its type is not written."""
    if "geometry" not in value:
        return False
    return value.get("type") == "Feature" or isinstance(value.get("properties"), dict)
