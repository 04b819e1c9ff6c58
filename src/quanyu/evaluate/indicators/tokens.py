"""The words of a formula, and a reader that goes from one to the next."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from quanyu.core.errors import Invalid
from quanyu.evaluate.indicators.tree import WORDS, Literal

LONGEST = 4000
MOST_TOKENS = 500
DEEPEST = 40

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>[^\W\d]\w*)|(?P<name>"(?:[^"\x00]|"")+")"""
    r"""|(?P<text>'(?:[^'\x00]|'')*')|\[(?P<code>[\w.-]+)\]|(?P<sign><=|>=|!=|[-+*/=<>(),:]))"""
)

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Token:
    """`place` is counted from 1."""

    kind: str
    text: str
    place: int


def tokens_of(text: str) -> list[Token]:
    """Ends with one of kind `end`. Raises Invalid."""
    found: list[Token] = []
    place, length = 0, len(text.rstrip())
    while place < length:
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise Invalid("evaluate.formula.sign", place=place + 1, found=text[place:].strip()[:20])
        found.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup) + 1))
        place = match.end()
    if length > LONGEST or len(found) > MOST_TOKENS:
        raise Invalid("evaluate.formula.long", most=MOST_TOKENS)
    return [*found, Token("end", "", length + 1)]


@dataclass(slots=True)
class Reader:
    tokens: list[Token]
    at: int = 0
    depth: int = 0

    @property
    def here(self) -> Token:
        return self.tokens[self.at]

    def next(self) -> Token:
        token = self.here
        self.at += 1
        return token

    def is_sign(self, among: str) -> bool:
        return self.here.kind == "sign" and self.here.text in among

    def takes(self, text: str) -> bool:
        """Whether this sign or word of the language comes next; it is then behind."""
        if self.here.text == text and self.here.kind in ("sign", "word"):
            self.at += 1
            return True
        return False

    def needs(self, text: str) -> None:
        if not self.takes(text):
            raise self.refusal(text)

    def refusal(self, wanted: str) -> Invalid:
        found = self.here.text or "…"
        return Invalid("evaluate.formula.expected", place=self.here.place, wanted=wanted, found=found[:40])

    def closed(self, inner: Callable[[], Part]) -> Part:
        """What stands before the closing bracket."""
        found = self.deeper(inner)
        self.needs(")")
        return found

    def deeper(self, inner: Callable[[], Part]) -> Part:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Invalid("evaluate.formula.deep", place=self.here.place, most=DEEPEST)
        found = inner()
        self.depth -= 1
        return found

    def several(self, one: Callable[[], Part]) -> tuple[Part, ...]:
        found = [one()]
        while self.takes(","):
            found.append(one())
        return tuple(found)

    def number(self) -> float:
        if self.here.kind != "number":
            raise self.refusal("number")
        value = float(self.here.text)
        if value == float("inf"):
            raise self.refusal("number")
        self.at += 1
        return value

    def signed(self) -> float:
        return -self.number() if self.takes("-") else self.number()

    def name(self) -> str:
        if self.here.kind == "name":
            return self.next().text[1:-1].replace('""', '"')
        if self.here.kind == "word" and self.here.text not in WORDS:
            return self.next().text
        raise self.refusal("name")

    def text(self) -> str:
        if self.here.kind != "text":
            raise self.refusal("'text'")
        return self.next().text[1:-1].replace("''", "'")

    def literal(self) -> Literal:
        if self.here.kind == "text":
            return self.text()
        if self.takes("true"):
            return True
        return False if self.takes("false") else self.signed()
