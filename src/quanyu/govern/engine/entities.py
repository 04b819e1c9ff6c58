"""Accepted records as entities in the twin's COPY format: id, type, doc, x1, y1, x2, y2, observed, text.

Many entities are several files, in the order of their ids, so that whoever loads them needs room for one at a time.

`doc` holds normalized NGSI-LD attributes by short term; attributes without a value are left out. Of several records with
one key the newest is the entity.
"""

from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

import duckdb
import numpy as np

from quanyu.core.profile import NUMERIC_TYPES, ValueType
from quanyu.govern.engine.landing import PARQUET
from quanyu.govern.engine.model import AttributeSource, EntityMapping, FileFault
from quanyu.govern.engine.places import make_places, told_of_places
from quanyu.govern.quality.quote import literal, name, names

CONTENT_KEY = "_hash"
_INDEXED = 5
_INDEXED_LENGTH = 200


def write_entities(
    connection: duckdb.DuckDBPyConnection,
    *,
    accepted: Path,
    mapping: EntityMapping,
    types: Mapping[str, ValueType],
    dataset: str,
    time_zone: str,
    folder: Path,
    on_written: Callable[[int, int], None],
) -> tuple[int, tuple[FileFault, ...]]:
    """The number of entities written into new files of `folder`, and what is to be told of their places.

    `on_written` hears how many of how many are.
    """
    known = {**types, CONTENT_KEY: ValueType.INTEGER}
    folder.mkdir()
    connection.execute(f"CREATE TEMP VIEW accepted AS SELECT * FROM read_parquet({literal(str(accepted))})")
    places = make_places(connection, mapping)
    members = [_member(source, known, mapping.time, time_zone) for source in _attributes(mapping, known)]
    if places:
        head = f"concat({_doubled_literal(_LOCATION)}, {_doubled(places.geojson)}, '}}')"
        members.append(f"CASE WHEN {places.geojson} IS NOT NULL THEN {head} END")
    doc = f"concat_ws(',', {', '.join(members)})" if members else "''"
    observed = _utc(f"t.{name(mapping.time)}", known[mapping.time], time_zone) if mapping.time else "NULL"
    cells = [
        _quoted(identifier(mapping, dataset)),
        _quoted(literal(mapping.type)),
        f"""concat('"{{', {doc}, '}}"')""",
        *(places.sides if places else ("NULL",) * 4),
        observed,
        _quoted(_words(mapping, known)),
    ]
    number, newest = _newest(connection, mapping)
    records = f"accepted t{newest}"
    if number > AT_ONCE:
        ordered = literal(str(folder / "ordered.parquet"))
        connection.execute(f"COPY (SELECT t.* FROM {records} ORDER BY {cells[0]}) TO {ordered} {PARQUET}")
        records = f"read_parquet({ordered}) t"
    line = ", ',', ".join(cells)
    _write_lines(
        connection,
        f"SELECT concat({line}, chr(10)) FROM {records}{places.join if places else ''}",
        folder,
        lambda written: on_written(written, number),
    )
    return number, told_of_places(connection, places) if places else ()


_LOCATION = '"location":{"type":"GeoProperty","value":'
_SAID = 50_000
_BATCH = 2_048
"""Lines in memory at a time; one with a large polygon may be a megabyte."""

AT_ONCE = 500 * _BATCH
"""Entities of one file."""


def _write_lines(
    connection: duckdb.DuckDBPyConnection, query: str, folder: Path, on_written: Callable[[int], None]
) -> None:
    """Straight from DuckDB's memory: its CSV writer, which looks at each character, takes longer than all the rest."""
    connection.execute("SET arrow_large_buffer_size = true")
    batches = connection.sql(query).to_arrow_reader(_BATCH)
    written = 0
    for number in count():
        with (folder / f"{number:04}.csv").open("wb") as file:
            for batch in batches:
                lines = batch.column(0)
                _, ends, text = lines.buffers()
                ends = np.frombuffer(ends, np.int64)
                file.write(memoryview(text)[ends[lines.offset] : ends[lines.offset + len(lines)]])
                written += len(lines)
                if written // _SAID > (written - len(lines)) // _SAID:
                    on_written(written)
                if written >= (number + 1) * AT_ONCE:
                    break
            else:
                return


def _quoted(text: str) -> str:
    """SQL: the text as a cell of CSV."""
    return f"""concat('"', {_doubled(text)}, '"')"""


def _doubled(text: str) -> str:
    """SQL: the text as it stands inside the quotes of CSV."""
    return f"""replace({text}, '"', '""')"""


def _doubled_literal(text: str) -> str:
    return literal(text.replace('"', '""'))


def _newest(connection: duckdb.DuckDBPyConnection, mapping: EntityMapping) -> tuple[int, str]:
    """How many entities there are, and the join that leaves their newest records; none where each record is one."""
    key = names(mapping.key)
    filled = " AND ".join(f"{name(column)} IS NOT NULL" for column in mapping.key)
    order = f"max_by(_row, ({name(mapping.time)}, _row))" if mapping.time else "max(_row)"
    connection.execute(
        f"CREATE TEMP TABLE newest AS SELECT {order} AS _row FROM accepted WHERE {filled} GROUP BY {key}"
    )
    counted = connection.execute(
        "SELECT count(*), (SELECT count(*) FROM accepted) FROM newest"
    ).fetchone() or (0, 0)
    return counted[0], "" if counted[0] == counted[1] else " SEMI JOIN newest ON newest._row = t._row"


def identifier(mapping: EntityMapping, dataset: str) -> str:
    """Parts of the key are percent-encoded, so that `:` between them is unambiguous."""
    parts = " || ':' || ".join(f"url_encode(t.{name(column)}::VARCHAR)" for column in mapping.key)
    return f"{literal(f'urn:ngsi-ld:{mapping.type}:{dataset}:')} || {parts}"


def _attributes(mapping: EntityMapping, types: Mapping[str, ValueType]) -> list[AttributeSource]:
    """Known columns, each attribute once; the name of the entity with them."""
    sources = list(mapping.attributes)
    if mapping.name and all(source.attribute != "name" for source in sources):
        sources.insert(0, AttributeSource(attribute="name", column=mapping.name))
    once = {source.attribute: source for source in reversed(sources) if source.column in types}
    taken = {"location"} if mapping.geometry or mapping.longitude else set[str]()
    return [source for source in reversed(once.values()) if source.attribute not in taken]


def _member(source: AttributeSource, types: Mapping[str, ValueType], time: str | None, time_zone: str) -> str:
    """`"temperature":{"type":"Property","value":3.2,"unitCode":"CEL","observedAt":"…"}` with its quotes doubled, null without a value."""
    column, type_ = f"t.{name(source.column)}", types[source.column]
    parts = [_doubled_literal(f"{_json(source.attribute)}:" + '{"type":"Property","value":')]
    parts.append(_value(column, type_, time_zone))
    if source.unit:
        parts.append(_doubled_literal(f',"unitCode":{_json(source.unit)}'))
    moment = source.observed_at or time
    if moment in types and moment is not None and moment != source.column:
        observed = _utc(f"t.{name(moment)}", types[moment], time_zone)
        tail = f"""',""observedAt"":""' || {observed} || '""'"""
        parts.append(tail)
    return f"CASE WHEN {column} IS NOT NULL THEN concat({', '.join(parts)}, '}}') END"


def _json(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _value(column: str, type_: ValueType, time_zone: str) -> str:
    if type_ is ValueType.DATETIME:
        return f"""'{{""@type"":""DateTime"",""@value"":""', {_utc(column, type_, time_zone)}, '""}}'"""
    if type_ is ValueType.DATE:
        return f"""'{{""@type"":""Date"",""@value"":""', {column}::VARCHAR, '""}}'"""
    if type_ in NUMERIC_TYPES or type_ is ValueType.BOOLEAN:
        return f"{column}::VARCHAR"
    text, json = f"{column}::VARCHAR", f"to_json({column}::VARCHAR)::VARCHAR"
    plain = f"strlen({json}) = strlen({text}) + 2"  # nothing in it was escaped
    return f"""CASE WHEN {plain} THEN concat('""', {text}, '""') ELSE {_doubled(json)} END"""


def _utc(column: str, type_: ValueType, time_zone: str) -> str:
    """ISO 8601 in UTC; a time without a zone is local to the city."""
    moment = f"{column}::TIMESTAMP" if type_ is ValueType.DATE else column
    zoned = f"CASE WHEN typeof({moment}) = 'TIMESTAMP' THEN timezone({literal(time_zone)}, {moment}::TIMESTAMP) ELSE {moment}::TIMESTAMPTZ END"
    return f"strftime(timezone('UTC', {zoned}), '%Y-%m-%dT%H:%M:%SZ')"


def _words(mapping: EntityMapping, types: Mapping[str, ValueType]) -> str:
    """What people search for: the name and the first texts."""
    texts = [source.column for source in mapping.attributes if types.get(source.column) is ValueType.TEXT]
    chosen = (
        mapping.text or tuple(dict.fromkeys([*([mapping.name] if mapping.name else []), *texts]))[:_INDEXED]
    )
    listed = [f"left(t.{name(column)}::VARCHAR, {_INDEXED_LENGTH})" for column in chosen if column in types]
    return f"concat_ws(' ', {', '.join(listed)})" if listed else "''"
