"""What CQL2 text (OGC 21-065r2) is made of: words, signs, numbers, texts, geometries."""

import re
from typing import Any

import shapely

from quanyu.core.errors import Invalid
from quanyu.twin.ngsild.query.scanner import Scanner

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_WKT = re.compile(r"(?:MULTI)?(?:POINT|LINESTRING|POLYGON)(?: Z)?\s*(?=\()", re.IGNORECASE)


class Words:
    """Each after the space before it. `scanner` knows the place."""

    def __init__(self, scanner: Scanner) -> None:
        self.scanner = scanner

    def accept(self, *words: str) -> str:
        word = self.peek_word()
        if word.upper() not in words:
            return ""
        self.scanner.at += len(word)
        return word

    def peek_word(self) -> str:
        self.space()
        found = _WORD.match(self.scanner.text, self.scanner.at)
        return found[0] if found else ""

    def word(self) -> None:
        self.scanner.at += len(self.peek_word())

    def expect_word(self, word: str) -> None:
        if not self.accept(word):
            raise self.scanner.fault("twin.query.expected", wanted=word)

    def sign(self, sign: str) -> str:
        self.space()
        return self.scanner.accept(sign)

    def expect(self, sign: str) -> None:
        self.space()
        self.scanner.expect(sign)

    def space(self) -> None:
        self.scanner.take_while(str.isspace)

    def wkt(self) -> Any:
        """Up to the bracket that closes it."""
        text, begin = self.scanner.text, self.scanner.at
        head = _WKT.match(text, begin)
        end = head.end() if head else begin
        nested = 0
        while head and end < len(text):
            nested += (text[end] == "(") - (text[end] == ")")
            end += 1
            if not nested:
                break
        try:
            made = shapely.from_wkt(text[begin:end])
        except shapely.errors.ShapelyError:
            raise self.scanner.fault("twin.ogc.geometry") from None
        self.scanner.at = end
        return made

    def is_name(self) -> bool:
        """`date` may also be what an attribute is called: then no bracket follows."""
        found = _WORD.match(self.scanner.text, self.scanner.at)
        word = found[0].upper() if found else ""
        rest = self.scanner.text[found.end() :].lstrip() if found else ""
        return word in ("DATE", "TIMESTAMP") and not rest.startswith("(")

    def number(self) -> float:
        self.space()
        found = _NUMBER.match(self.scanner.text, self.scanner.at)
        if not found or abs(float(found[0])) == float("inf"):
            raise self.scanner.fault("twin.query.value", found=self.scanner.peek(20))
        self.scanner.at = found.end()
        return float(found[0])

    def text(self) -> str:
        """Between single quotes, doubled where one is meant."""
        self.space()
        self.scanner.expect("'")
        parts = [self.scanner.take_while(lambda one: one != "'")]
        self.scanner.expect("'")
        while self.scanner.accept("'"):
            parts.append(self.scanner.take_while(lambda one: one != "'"))
            self.scanner.expect("'")
        return "'".join(parts)


def pattern_of(text: str) -> str:
    r"""Of LIKE: `%` any characters, `_` one, `\` takes away their meaning."""
    if not text:
        raise Invalid("twin.pattern.length", limit=1024)
    parts, escaped = [], False
    for one in text:
        if escaped or one not in "%_\\":
            parts.append(re.escape(one) if one.isascii() else one)
            escaped = False
        elif one == "\\":
            escaped = True
        else:
            parts.append(".*" if one == "%" else ".")
    return f"(?s)^{''.join(parts)}$"
