"""A JSON text read value by value, so that a list of millions never stands in memory whole."""

import codecs
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Self

from quanyu.connect.files.decode import REPLACEMENT
from quanyu.connect.files.model import MEBIBYTE

JsonValue = dict[str, "JsonValue"] | list["JsonValue"] | str | int | Decimal | bool | None

_SPACES = " \t\n\r"
_ESCAPED_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_HALF = re.compile("[\ud800-\udfff]")
"""Of a character that JSON writes as two; alone it is none, and nothing can keep it."""


@dataclass(frozen=True, slots=True)
class Element:
    """A value and the line it begins on; `key` is its name where it is a member of an object.

    `lossy` is its text where not all of it can be kept, for the reason `why`.
    `broken`: it held halves of characters, in place of which now stands U+FFFD.
    """

    line: int
    value: JsonValue
    key: str | None = None
    lossy: str | None = None
    why: str = ""
    broken: bool = False


TWICE = "connect.files.json.twice"
"""A name stands twice with different values, of which only the last can be kept."""
BEYOND = "connect.files.json.beyond"
"""A number has more figures, or a larger exponent, than any number here may have."""


class Decoder:
    """JSON with floats as Decimal, so that "1.10" stays "1.10"; `lossy` (the reason) and `broken` are of the last value."""

    def __init__(self) -> None:
        self.lossy, self.broken = "", False
        self._json = json.JSONDecoder(
            parse_float=Decimal, parse_constant=str, object_pairs_hook=self._members
        )
        self._careful = json.JSONDecoder(
            parse_int=partial(self._number, int),
            parse_float=partial(self._number, Decimal),
            parse_constant=str,
            object_pairs_hook=self._members,
        )

    def value(self, text: str, at: int = 0) -> tuple[JsonValue, int]:
        """The value at `at` and where it ends. Raises ValueError and RecursionError."""
        self.lossy, self.broken = "", False
        value: JsonValue
        try:
            value, end = self._json.raw_decode(text, at)
        except json.JSONDecodeError:
            raise
        except (ValueError, InvalidOperation):
            value, end = self._careful.raw_decode(text, at)
        return (self._whole(value) if _ESCAPED_HALF.search(text, at, end) else value), end

    def _number(self, kind: Callable[[str], int | Decimal], text: str) -> int | Decimal | str:
        try:
            return kind(text)
        except (ValueError, InvalidOperation):
            self.lossy = BEYOND
            return text

    def _whole(self, value: JsonValue) -> JsonValue:
        match value:
            case str():
                text, halves = _HALF.subn(REPLACEMENT, value)
                self.broken |= halves > 0
                return text
            case list():
                return [self._whole(one) for one in value]
            case dict():
                return {str(self._whole(name)): self._whole(one) for name, one in value.items()}
        return value

    def _members(self, pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
        members = dict(pairs)
        if len(members) < len(pairs) and any(members[name] != value for name, value in pairs):
            self.lossy = self.lossy or TWICE
        return members


class JsonFault(Exception):
    """The text is no JSON at this place, or, with a `key`, one that cannot be kept."""

    def __init__(self, line: int, column: int, reason: str, key: str = "connect.files.json.broken") -> None:
        super().__init__(reason)
        self.line, self.column, self.reason, self.key = line, column, reason, key


class Cursor:
    """A place in a UTF-8 JSON file."""

    def __init__(self, path: Path, longest: int) -> None:
        self._file = path.open("rb")
        self._json = Decoder()
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._longest = longest
        self._buffer = ""
        self._at = 0
        self._ended = False
        self._counted_to = 0
        self._line = 1
        self._column = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def done(self) -> int:
        """Bytes read so far."""
        return self._file.tell()

    @property
    def line(self) -> int:
        self._line += self._buffer.count("\n", self._counted_to, self._at)
        self._counted_to = self._at
        return self._line

    def peek(self) -> str:
        """The next character that is no space, or "" at the end."""
        while True:
            while self._at < len(self._buffer) and self._buffer[self._at] in _SPACES:
                self._at += 1
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._refill():
                return ""

    def value(self) -> JsonValue:
        """The value that begins here."""
        return self.element().value

    def element(self, key: str | None = None) -> Element:
        """The same with its line; `key` is its name."""
        self.peek()
        line = self.line
        while True:
            try:
                value, end = self._json.value(self._buffer, self._at)
            except json.JSONDecodeError as error:
                if self._refill():
                    continue
                raise self._fault(error) from None
            if end < len(self._buffer) or not self._refill():
                lossy = self._buffer[self._at : end] if self._json.lossy else None
                self._at = end
                return Element(line, value, key, lossy, self._json.lossy, self._json.broken)

    def elements(self) -> Iterator[None]:
        """Stop at each element of the list that begins here; the caller takes the element."""
        self._expect("[")
        while self.peek() != "]":
            yield
            if self.peek() != "]":
                self._expect(",")
        self._at += 1

    def members(self) -> Iterator[str]:
        """Stop at each value of the object that begins here, naming its key; the caller takes the value."""
        self._expect("{")
        while self.peek() != "}":
            if self.peek() != '"':
                raise self._fault("a member name is missing")
            key = str(self.value())
            self._expect(":")
            yield key
            if self.peek() != "}":
                self._expect(",")
        self._at += 1

    def end(self) -> None:
        """Nothing may follow."""
        if self.peek():
            raise self._fault("something follows the end of the document")

    def _expect(self, character: str) -> None:
        if self.peek() != character:
            raise self._fault(f"{character!r} is missing")
        self._at += 1

    def _refill(self) -> bool:
        """Read on; False at the end of the file. What is behind is forgotten."""
        if self._ended:
            return False
        if len(self._buffer) - self._at > self._longest:
            raise self._fault("a value is longer than the limit")
        chunk = self._file.read(max(MEBIBYTE, len(self._buffer) - self._at))
        self._ended = not chunk
        if chunk:
            self._forget()
        self._buffer += self._decoder.decode(chunk, final=self._ended)
        return bool(chunk)

    def _forget(self) -> None:
        """Drop what is behind, and remember where in its line the rest begins."""
        self._line, self._counted_to = self.line, 0
        line_start = self._buffer.rfind("\n", 0, self._at) + 1
        self._column = (self._at - line_start) + (0 if line_start else self._column)
        self._buffer = self._buffer[self._at :]
        self._at = 0

    def _fault(self, problem: Exception | str) -> JsonFault:
        at, reason = self._at, str(problem)
        if isinstance(problem, json.JSONDecodeError):
            at, reason = problem.pos, problem.msg
        line = self.line + self._buffer.count("\n", self._at, at)
        line_start = self._buffer.rfind("\n", 0, at) + 1
        return JsonFault(line, at - line_start + 1 + (0 if line_start else self._column), reason)
