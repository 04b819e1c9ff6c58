"""Reading a query text from left to right; every fault says where."""

from collections.abc import Callable

import msgspec

from quanyu.core.errors import Fault, Invalid

MAX_TEXT = 32_768
MAX_DEPTH = 32

Stored = Callable[[str], str]
"""The stored-name of a term, as the request's @context has it."""


class Scanner:
    """`what` is the parameter that is read."""

    def __init__(self, text: str, what: str) -> None:
        self.text = text
        self.what = what
        self.at = 0
        self._depth = 0
        if len(text) > MAX_TEXT:
            raise Invalid("twin.query.long", what=what, limit=MAX_TEXT)
        for place, one in enumerate(text):
            if one == "\0" or "\ud800" <= one <= "\udfff":
                self.at = place
                raise self.fault("twin.query.character")

    @property
    def ended(self) -> bool:
        return self.at >= len(self.text)

    def peek(self, length: int = 1) -> str:
        return self.text[self.at : self.at + length]

    def accept(self, *wanted: str) -> str:
        """The first of `wanted` that stands here, or ''."""
        for one in wanted:
            if self.text.startswith(one, self.at):
                self.at += len(one)
                return one
        return ""

    def expect(self, wanted: str) -> None:
        if not self.accept(wanted):
            raise self.fault("twin.query.expected", wanted=wanted)

    def expect_end(self) -> None:
        if not self.ended:
            raise self.fault("twin.query.unexpected", found=self.peek(20))

    def take_while(self, belongs: Callable[[str], bool]) -> str:
        begin = self.at
        while self.at < len(self.text) and belongs(self.text[self.at]):
            self.at += 1
        return self.text[begin : self.at]

    def name(self) -> str:
        """AttrName: a letter, then letters, digits and `_`."""
        found = self.take_while(_in_name)
        if not found or not found[0].isalpha():
            raise self.fault("twin.query.name", found=(found or self.peek(20)))
        return found

    def quoted(self) -> str:
        """A JSON string (RFC 8259). A lone surrogate or NUL is refused, since no store keeps it."""
        begin = self.at
        self.expect('"')
        while True:
            self.take_while(lambda one: one not in '"\\')
            if not self.accept("\\"):
                break
            self.at += 1
        self.expect('"')
        try:
            value: str = msgspec.json.decode(self.text[begin : self.at], type=str)
            value.encode()
        except (msgspec.DecodeError, UnicodeError):
            value = "\0"
        if "\0" in value:
            self.at = begin
            raise self.fault("twin.query.string")
        return value

    def deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.fault("twin.query.deep", limit=MAX_DEPTH)

    def shallower(self) -> None:
        self._depth -= 1

    def fault(self, key: str, **values: object) -> Invalid:
        where = f"{self.what}:{self.at + 1}"
        return Invalid(
            "twin.query.invalid", what=self.what, at=self.at + 1, faults=(Fault(key, where, values),)
        )


def _in_name(one: str) -> bool:
    return one.isalnum() or one == "_"
