"""Accepted records as entities in the twin's COPY format: id, type, doc, x1, y1, x2, y2, observed, text.

`doc` holds normalized NGSI-LD attributes by short term; attributes without a value are left out. Of several records with
one key the newest is the entity.
"""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from quanyu.core.profile import NUMERIC_TYPES, ValueType
from quanyu.govern.engine.model import AttributeSource, EntityMapping
from quanyu.govern.engine.places import make_places
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
    path: Path,
) -> int:
    """The number of entities written."""
    known = {**types, CONTENT_KEY: ValueType.INTEGER}
    connection.execute(f"CREATE TEMP VIEW accepted AS SELECT * FROM read_parquet({literal(str(accepted))})")
    has_places = make_places(connection, mapping)
    place = "LEFT JOIN places p ON p._row = t._row" if has_places else ""
    sides = "p.x1, p.y1, p.x2, p.y2" if has_places else "NULL, NULL, NULL, NULL"
    members = [_member(source, known, mapping.time, time_zone) for source in _attributes(mapping, known)]
    if has_places:
        members.append("""'"location":{"type":"GeoProperty","value":' || p.geojson || '}'""")
    doc = f"'{{' || concat_ws(',', {', '.join(members)}) || '}}'" if members else "'{}'"
    observed = _utc(f"t.{name(mapping.time)}", known[mapping.time], time_zone) if mapping.time else "NULL"
    query = (
        f"SELECT {identifier(mapping, dataset)}, {literal(mapping.type)}, {doc}, {sides}, {observed}, {_words(mapping, known)}"
        f" FROM accepted t JOIN newest USING (_row) {place}"
    )
    _newest(connection, mapping)
    connection.execute(
        f"COPY ({query}) TO {literal(str(path))} (FORMAT csv, HEADER false, QUOTE '\"', ESCAPE '\"')"
    )
    counted = connection.execute("SELECT count(*) FROM newest").fetchone()
    return counted[0] if counted else 0


def _newest(connection: duckdb.DuckDBPyConnection, mapping: EntityMapping) -> None:
    key = names(mapping.key)
    filled = " AND ".join(f"{name(column)} IS NOT NULL" for column in mapping.key)
    order = f"max_by(_row, ({name(mapping.time)}, _row))" if mapping.time else "max(_row)"
    connection.execute(
        f"CREATE TEMP TABLE newest AS SELECT {order} AS _row FROM accepted WHERE {filled} GROUP BY {key}"
    )


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
    """`"temperature":{"type":"Property","value":3.2,"unitCode":"CEL","observedAt":"…"}`, null without a value."""
    column, type_ = f"t.{name(source.column)}", types[source.column]
    tail = literal(f',"unitCode":{_json(source.unit)}') if source.unit else "''"
    moment = source.observed_at or time
    if moment in types and moment is not None and moment != source.column:
        observed = _utc(f"t.{name(moment)}", types[moment], time_zone)
        tail += f""" || coalesce(',"observedAt":"' || {observed} || '"', '')"""
    head = literal(f"{_json(source.attribute)}:" + '{"type":"Property","value":')
    return f"{head} || {_value(column, type_, time_zone)} || {tail} || '}}'"


def _json(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _value(column: str, type_: ValueType, time_zone: str) -> str:
    if type_ is ValueType.DATETIME:
        return f"""'{{"@type":"DateTime","@value":"' || {_utc(column, type_, time_zone)} || '"}}'"""
    if type_ is ValueType.DATE:
        return f"""'{{"@type":"Date","@value":"' || {column}::VARCHAR || '"}}'"""
    if type_ in NUMERIC_TYPES or type_ is ValueType.BOOLEAN:
        return f"{column}::VARCHAR"
    return f"to_json({column}::VARCHAR)::VARCHAR"


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
