"""Tiles are read back by a reader of the protobuf wire format that shares no code with the writer."""

import struct
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from quanyu.twin.map.mvt import (
    GeometryKind,
    TileLayer,
    encode_tile,
    line_commands,
    point_commands,
    polygon_commands,
    varint,
    zigzag,
)

COORDINATE = st.integers(-5000, 9000)
POSITION = st.tuples(COORDINATE, COORDINATE)
PROPERTY = st.one_of(st.text(), st.integers(-(2**62), 2**62), st.booleans(), st.floats(allow_nan=False))


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def wire(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        key, at = read_varint(data, at)
        match key & 7:
            case 0:
                value, at = read_varint(data, at)
            case 1:
                value, at = struct.unpack("<d", data[at : at + 8])[0], at + 8
            case 2:
                size, at = read_varint(data, at)
                value, at = data[at : at + size], at + size
        yield key >> 3, value


def varints(data: bytes) -> list[int]:
    values, at = [], 0
    while at < len(data):
        value, at = read_varint(data, at)
        values.append(value)
    return values


def signed(value: int) -> int:
    return (value >> 1) ^ -(value & 1)


def paths(commands: bytes) -> list[list[tuple[int, int]]]:
    """The lists of positions that a pen draws, each begun by a MoveTo."""
    values, made, x, y, at = varints(commands), [], 0, 0, 0
    while at < len(values):
        command, count = values[at] & 7, values[at] >> 3
        at += 1
        if command == 7:
            continue
        for _ in range(count):
            x, y = x + signed(values[at]), y + signed(values[at + 1])
            at += 2
            if command == 1:
                made.append([])
            made[-1].append((x, y))
    return made


def read_value(data: bytes) -> Any:
    ((number, value),) = wire(data)
    match number:
        case 1:
            return value.decode()
        case 6:
            return signed(value)
        case 7:
            return bool(value)
        case _:
            return value


def read_tile(data: bytes) -> dict[str, list[dict[str, Any]]]:
    tile = {}
    for _, layer in wire(data):
        fields = list(wire(layer))
        keys = [value.decode() for number, value in fields if number == 3]
        values = [read_value(value) for number, value in fields if number == 4]
        name = next(value for number, value in fields if number == 1).decode()
        tile[name] = [
            read_feature(dict(wire(value)), keys, values) for number, value in fields if number == 2
        ]
    return tile


def read_feature(fields: dict[int, Any], keys: list[str], values: list[Any]) -> dict[str, Any]:
    tags = varints(fields.get(2, b""))
    properties = {keys[key]: values[value] for key, value in zip(tags[::2], tags[1::2], strict=True)}
    return {"id": fields.get(1), "kind": fields[3], "paths": paths(fields[4]), "properties": properties}


@given(st.integers(0, 2**64 - 1))
def test_a_varint_reads_back(value: int) -> None:
    assert read_varint(varint(value), 0)[0] == value


@given(st.integers(-(2**62), 2**62))
def test_zigzag_reads_back(value: int) -> None:
    assert signed(zigzag(value)) == value


@given(st.lists(POSITION, min_size=1))
def test_points_read_back(points: list[tuple[int, int]]) -> None:
    assert paths(point_commands(points)) == [[point] for point in points]


@given(st.lists(st.lists(POSITION, min_size=2, max_size=6), max_size=4))
def test_lines_read_back(lines: list[list[tuple[int, int]]]) -> None:
    assert paths(line_commands(lines)) == lines


@given(st.lists(st.lists(POSITION, min_size=3, max_size=6), max_size=4))
def test_rings_read_back(rings: list[list[tuple[int, int]]]) -> None:
    assert paths(polygon_commands(rings)) == rings


@given(st.lists(st.dictionaries(st.text(), PROPERTY, max_size=4), min_size=1, max_size=5))
def test_properties_read_back_with_their_types(rows: list[dict[str, Any]]) -> None:
    layer = TileLayer("停车场")
    for number, row in enumerate(rows):
        layer.add(GeometryKind.POINT, point_commands([(number, 0)]), row, id=number)
    features = read_tile(encode_tile([layer]))["停车场"]
    assert [one["properties"] for one in features] == rows
    assert [[type(value) for value in one["properties"].values()] for one in features] == [
        [type(value) for value in row.values()] for row in rows
    ]


def test_a_tile_without_features_is_empty() -> None:
    assert encode_tile([TileLayer("points")]) == b""


def test_the_example_of_the_specification_is_written_byte_by_byte() -> None:
    """4.3.5.4: the polygon 3,6 8,12 20,34."""
    assert varints(polygon_commands([[(3, 6), (8, 12), (20, 34)]])) == [9, 6, 12, 18, 10, 12, 24, 44, 15]
