"""Mapbox Vector Tiles 2.1, written by hand: a protobuf of varints and length-delimited parts.

https://github.com/mapbox/vector-tile-spec/tree/master/2.1 — the section of the specification stands in the docstrings.
Coordinates are whole numbers of the tile's own grid, y downwards.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from struct import pack

EXTENT = 4096

Value = str | int | float | bool
Ring = Sequence[tuple[int, int]]


class GeometryKind(IntEnum):
    """4.3.4, the type of a feature."""

    POINT = 1
    LINE = 2
    POLYGON = 3


_MOVE_TO, _LINE_TO, _CLOSE = 1, 2, 7


def varint(value: int) -> bytes:
    """An unsigned number, seven bits a byte, the lowest first."""
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    made.append(value)
    return bytes(made)


def zigzag(value: int) -> int:
    """4.3.2: small numbers of either sign become small unsigned ones."""
    return value << 1 if value >= 0 else (-value << 1) - 1


def point_commands(points: Sequence[tuple[int, int]]) -> bytes:
    """4.3.5.2: one MoveTo for all points."""
    return _path(_MOVE_TO, points, (0, 0))[0]


def line_commands(lines: Iterable[Ring]) -> bytes:
    """4.3.5.3: each line is a MoveTo and a LineTo; lines of fewer than two positions are left out."""
    made, at = bytearray(), (0, 0)
    for line in lines:
        if len(line) > 1:
            start, at = _path(_MOVE_TO, line[:1], at)
            rest, at = _path(_LINE_TO, line[1:], at)
            made += start + rest
    return bytes(made)


def polygon_commands(rings: Iterable[Ring]) -> bytes:
    """4.3.5.4: rings without their closing position; outer rings clockwise on the screen, holes the other way."""
    made, at = bytearray(), (0, 0)
    for ring in rings:
        if len(ring) > 2:
            start, at = _path(_MOVE_TO, ring[:1], at)
            rest, at = _path(_LINE_TO, ring[1:], at)
            made += start + rest + varint(_CLOSE | 1 << 3)
    return bytes(made)


def hexagon_commands(x: int, y: int, half_width: int, half_height: int) -> bytes:
    """A hexagon by its middle, standing on a corner: what counts are drawn with, thousands to a tile."""
    return b"\x09" + varint(zigzag(x)) + varint(zigzag(y - half_height)) + _around(half_width, half_height)


@cache
def _around(width: int, height: int) -> bytes:
    """From the upper corner clockwise, and closed."""
    slope, side = height // 2, 2 * (height - height // 2)
    steps = (width, slope, 0, side, -width, slope, -width, -slope, 0, -side)
    return (
        varint(_LINE_TO | 5 << 3) + b"".join(varint(zigzag(step)) for step in steps) + varint(_CLOSE | 1 << 3)
    )


def _path(
    command: int, points: Sequence[tuple[int, int]], at: tuple[int, int]
) -> tuple[bytes, tuple[int, int]]:
    """One command with its parameters, relative to `at`, and where the pen is then."""
    made = bytearray(varint(command | len(points) << 3))
    x, y = at
    for nx, ny in points:
        made += varint(zigzag(nx - x)) + varint(zigzag(ny - y))
        x, y = nx, ny
    return bytes(made), (x, y)


@dataclass(slots=True)
class TileLayer:
    """4.1: features with their properties; keys and values are written once and referred to by number."""

    name: str
    extent: int = EXTENT
    _keys: dict[str, int] = field(default_factory=dict)
    _values: dict[tuple[type, Value], int] = field(default_factory=dict)
    _features: list[bytes] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._features)

    def add(
        self, kind: GeometryKind, commands: bytes, properties: Mapping[str, Value], id: int | None = None
    ) -> None:
        """4.2; a feature without geometry is left out."""
        if not commands:
            return
        tags = bytearray()
        for key, value in properties.items():
            tags += varint(self._keys.setdefault(key, len(self._keys)))
            tags += varint(self._values.setdefault((type(value), value), len(self._values)))
        body = bytearray()
        if id is not None:
            body += b"\x08" + varint(id)
        if tags:
            body += _part(2, bytes(tags))
        body += b"\x18" + varint(kind) + _part(4, commands)
        self._features.append(bytes(body))

    def encode(self) -> bytes:
        parts = [b"\x78\x02", _part(1, self.name.encode())]  # field 15, version 2
        parts += [_part(2, feature) for feature in self._features]
        parts += [_part(3, key.encode()) for key in self._keys]
        parts += [_part(4, _value(value)) for _, value in self._values]
        parts.append(b"\x28" + varint(self.extent))
        return b"".join(parts)


def encode_tile(layers: Iterable[TileLayer]) -> bytes:
    """4.1: layers without features are left out; a tile of none is no byte at all."""
    return b"".join(_part(3, layer.encode()) for layer in layers if len(layer))


def _part(number: int, body: bytes) -> bytes:
    """A length-delimited field."""
    return varint(number << 3 | 2) + varint(len(body)) + body


def _value(value: Value) -> bytes:
    """4.4."""
    match value:
        case bool():
            return b"\x38" + varint(value)
        case int() if value >= 0:
            return b"\x28" + varint(value)
        case int():
            return b"\x30" + varint(zigzag(value))
        case float():
            return b"\x19" + pack("<d", value)
        case str():
            return _part(1, value.encode())
