"""Bodies as tables: each message is a row of named fields, read and written by the same row."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from quanyu.core.errors import Invalid


class Reader:
    """Reads a body from its begin; what is missing is an Invalid that says where."""

    __slots__ = ("data", "place")

    def __init__(self, data: bytes, place: int = 0) -> None:
        self.data = data
        self.place = place

    @property
    def left(self) -> int:
        return len(self.data) - self.place

    def take(self, size: int) -> bytes:
        if self.left < size:
            raise Invalid("connect.jt808.short", byte=self.place, needed=size, left=self.left)
        taken = self.data[self.place : self.place + size]
        self.place += size
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    read: Callable[[Reader], Any]
    write: Callable[[Any], bytes]


Layout = tuple[Field, ...]


def read(layout: Layout, body: bytes, said: dict[str, Any] | None = None) -> dict[str, Any]:
    """Into `said`, which has what stands before the fault, too. Raises Invalid where the body ends too early."""
    reader, said = Reader(body), {} if said is None else said
    for field in layout:
        said[field.name] = field.read(reader)
    return said


def fitting(layouts: Iterable[Layout], body: bytes) -> Layout | None:
    """The one that reads the body to its last byte."""
    for layout in layouts:
        reader = Reader(body)
        with suppress(Invalid):
            for field in layout:
                field.read(reader)
            if not reader.left:
                return layout
    return None


def write(layout: Layout, values: Mapping[str, Any]) -> bytes:
    return b"".join(field.write(values[field.name]) for field in layout)


def number(name: str, size: int) -> Field:
    return Field(name, lambda reader: reader.number(size), lambda value: int(value).to_bytes(size, "big"))


def word(name: str, words: Mapping[int, str]) -> Field:
    """A byte that stands for a word; one that stands for none is a number."""
    codes = {word: code for code, word in words.items()}

    def take(reader: Reader) -> str | int:
        said = reader.number(1)
        return words.get(said, said)

    return Field(name, take, lambda value: bytes([codes.get(value, value)]))


def text(name: str, size: int | None = None, *, counted: int = 0) -> Field:
    """GBK; of `size` bytes filled with zeros, or with its length in `counted` bytes before it, or to the body's end."""

    def take(reader: Reader) -> str:
        length = reader.number(counted) if counted else reader.left if size is None else size
        return readable(reader.take(length))

    def put(value: str) -> bytes:
        said = value.encode("gbk")
        if counted:
            return len(said).to_bytes(counted, "big") + said
        return said if size is None else said[:size].ljust(size, b"\0")

    return Field(name, take, put)


def octets(name: str, size: int | None = None) -> Field:
    """Bytes as hexadecimal text."""
    return Field(
        name,
        lambda reader: reader.take(reader.left if size is None else size).hex(),
        bytes.fromhex,
    )


def readable(said: bytes) -> str:
    """GBK, without the zeros and blanks that fill a field; no text of a database holds a zero, so one within is a blank."""
    return said.decode("gbk", "replace").replace("\0", " ").strip(" ")
