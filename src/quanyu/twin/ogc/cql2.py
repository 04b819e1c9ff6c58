"""CQL2 text (OGC 21-065r2), the basic part with spatial and temporal comparisons, read into the query tree of NGSI-LD.

What a feature does not have compares with nothing: NOT goes down to the comparisons, where each has its opposite.
"""

import re
from dataclasses import dataclass
from typing import Any as Anything

import shapely

from quanyu.core.errors import Invalid
from quanyu.core.geometry import parse_geometry
from quanyu.twin.ngsild.query import parse_pattern
from quanyu.twin.ngsild.query.literals import moment_of
from quanyu.twin.ngsild.query.scanner import Scanner, Stored
from quanyu.twin.ngsild.query.tree import (
    All,
    Any,
    Between,
    Compare,
    Exists,
    GeoQuery,
    Like,
    Located,
    Not,
    Number,
    OneOf,
    Operator,
    Path,
    Relation,
    Term,
    Text,
    Truth,
    Value,
)
from quanyu.twin.ogc.crs import CRS84, Crs, geometry_from

_OPERATORS = {
    "=": Operator.EQUAL, "<>": Operator.UNEQUAL, "<=": Operator.LESS_EQUAL, ">=": Operator.GREATER_EQUAL,
    "<": Operator.LESS, ">": Operator.GREATER,
}  # fmt: skip
_OPPOSITE = {
    Operator.EQUAL: Operator.UNEQUAL, Operator.UNEQUAL: Operator.EQUAL,
    Operator.LESS: Operator.GREATER_EQUAL, Operator.GREATER_EQUAL: Operator.LESS,
    Operator.GREATER: Operator.LESS_EQUAL, Operator.LESS_EQUAL: Operator.GREATER,
}  # fmt: skip
_MIRRORED = {
    Operator.LESS: Operator.GREATER, Operator.GREATER: Operator.LESS,
    Operator.LESS_EQUAL: Operator.GREATER_EQUAL, Operator.GREATER_EQUAL: Operator.LESS_EQUAL,
}  # fmt: skip
_SPATIAL = {f"S_{one.name}": one for one in Relation if one is not Relation.NEAR}
_TEMPORAL = {"T_BEFORE": Operator.LESS, "T_AFTER": Operator.GREATER, "T_EQUALS": Operator.EQUAL}
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_WKT = re.compile(r"(?:MULTI)?(?:POINT|LINESTRING|POLYGON)(?: Z)?\s*(?=\()", re.IGNORECASE)


def parse_cql2(text: str, stored: Stored, crs: Crs = CRS84) -> Term:
    """`crs` is that of the geometries in it. Raises Invalid with the place of the fault."""
    return _Reader(Scanner(text, "filter"), stored, crs).whole()


def negated(term: Term) -> Term:
    match term:
        case All(terms):
            return Any(tuple(map(negated, terms)))
        case Any(terms):
            return All(tuple(map(negated, terms)))
        case Compare(target, operator, operand):
            return Compare(target, _OPPOSITE[operator], operand)
        case Like(target, pattern, positive):
            return Like(target, pattern, not positive)
        case Not(inner):
            return inner
    return Not(term)


@dataclass(frozen=True, slots=True)
class _Name:
    path: Path


class _Reader:
    """One method a rule of the grammar."""

    def __init__(self, scanner: Scanner, stored: Stored, crs: Crs) -> None:
        self._scanner = scanner
        self._stored = stored
        self._crs = crs

    def whole(self) -> Term:
        term = self._any()
        self._space()
        self._scanner.expect_end()
        return term

    def _any(self) -> Term:
        terms = [self._all()]
        while self._accept("OR"):
            terms.append(self._all())
        return terms[0] if len(terms) == 1 else Any(tuple(terms))

    def _all(self) -> Term:
        terms = [self._factor()]
        while self._accept("AND"):
            terms.append(self._factor())
        return terms[0] if len(terms) == 1 else All(tuple(terms))

    def _factor(self) -> Term:
        self._scanner.deeper()
        if self._accept("NOT"):
            term = negated(self._factor())
        elif self._sign("("):
            term = self._any()
            self._expect(")")
        else:
            term = self._predicate()
        self._scanner.shallower()
        return term

    def _predicate(self) -> Term:
        word = self._peek_word().upper()
        if word in _SPATIAL:
            return self._spatial(_SPATIAL[word])
        if word in _TEMPORAL or word == "T_DURING":
            return self._temporal(word)
        left = self._operand()
        if not isinstance(left, _Name):
            operator = self._operator()
            right = self._name()
            return Compare(right.path, _MIRRORED.get(operator, operator), left)
        path = left.path
        if self._accept("IS"):
            absent = not self._accept("NOT")
            self._expect_word("NULL")
            return Not(Exists(path)) if absent else Exists(path)
        positive = not self._accept("NOT")
        term = self._of_words(path)
        if term is not None:
            return term if positive else negated(term)
        if not positive:
            raise self._scanner.fault("twin.query.unexpected", found="NOT")
        return Compare(path, self._operator(), self._value())

    def _of_words(self, path: Path) -> Term | None:
        if self._accept("LIKE"):
            return Like(path, parse_pattern(_pattern(self._text())))
        if self._accept("BETWEEN"):
            low = self._value()
            self._expect_word("AND")
            return Compare(path, Operator.EQUAL, Between(low, self._value()))
        if self._accept("IN"):
            self._expect("(")
            values = [self._value()]
            while self._sign(","):
                values.append(self._value())
            self._expect(")")
            return Compare(path, Operator.EQUAL, OneOf(tuple(values)))
        return None

    def _spatial(self, relation: Relation) -> Term:
        self._word()
        self._expect("(")
        name = self._name()
        self._expect(",")
        geometry = self._geometry()
        self._expect(")")
        if len(name.path.names) > 1:
            raise self._scanner.fault("twin.query.name", found=".".join(name.path.names))
        return Located(
            GeoQuery(
                relation=relation, geometry=parse_geometry(geometry, "filter"), property=name.path.names[0]
            )
        )

    def _temporal(self, word: str) -> Term:
        self._word()
        self._expect("(")
        path = self._name().path
        self._expect(",")
        if word == "T_DURING":
            self._expect_word("INTERVAL")
            self._expect("(")
            low = self._moment(self._text())
            self._expect(",")
            high = self._moment(self._text())
            self._expect(")")
            term: Term = All((Compare(path, Operator.GREATER, low), Compare(path, Operator.LESS, high)))
        else:
            term = Compare(path, _TEMPORAL[word], self._value())
        self._expect(")")
        return term

    def _geometry(self) -> Anything:
        self._space()
        if self._accept("BBOX"):
            self._expect("(")
            numbers = [self._number()]
            while self._sign(","):
                numbers.append(self._number())
            self._expect(")")
            if len(numbers) not in (4, 6):
                raise self._scanner.fault("twin.ogc.geometry")
            half = len(numbers) // 2
            x1, y1, x2, y2 = *numbers[:2], *numbers[half : half + 2]
            made: Anything = shapely.box(x1, y1, x2, y2)
        else:
            made = self._wkt()
        return geometry_from(made, self._crs)

    def _wkt(self) -> Anything:
        """Up to the bracket that closes it."""
        text, begin = self._scanner.text, self._scanner.at
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
            raise self._scanner.fault("twin.ogc.geometry") from None
        self._scanner.at = end
        return made

    def _operand(self) -> _Name | Value:
        self._space()
        here = self._scanner.peek()
        if here in ("'", "-", "+", ".") or here.isdigit():
            return self._value()
        if self._peek_word().upper() in ("TRUE", "FALSE", "DATE", "TIMESTAMP") and not self._is_name():
            return self._value()
        return self._name()

    def _is_name(self) -> bool:
        """`date` may also be what an attribute is called: then no bracket follows."""
        found = _WORD.match(self._scanner.text, self._scanner.at)
        word = found[0].upper() if found else ""
        rest = self._scanner.text[found.end() :].lstrip() if found else ""
        return word in ("DATE", "TIMESTAMP") and not rest.startswith("(")

    def _name(self) -> _Name:
        self._space()
        if self._scanner.peek() == '"':
            return _Name(Path((self._stored(self._scanner.quoted()),)))
        names = [self._stored(self._scanner.name())]
        while self._scanner.accept("."):
            names.append(self._stored(self._scanner.name()))
        return _Name(Path(tuple(names)))

    def _value(self) -> Value:
        self._space()
        if self._scanner.peek() == "'":
            return Text(self._text())
        if self._accept("TRUE"):
            return Truth(True)
        if self._accept("FALSE"):
            return Truth(False)
        if self._accept("DATE", "TIMESTAMP"):
            self._expect("(")
            moment = self._moment(self._text())
            self._expect(")")
            return moment
        number = self._number()
        return Number(int(number) if number.is_integer() and abs(number) < 2**53 else number)

    def _moment(self, text: str) -> Value:
        found = moment_of(text)
        if found is None:
            raise self._scanner.fault("twin.query.value", found=text[:40])
        return found

    def _number(self) -> float:
        self._space()
        found = _NUMBER.match(self._scanner.text, self._scanner.at)
        if not found or abs(float(found[0])) == float("inf"):
            raise self._scanner.fault("twin.query.value", found=self._scanner.peek(20))
        self._scanner.at = found.end()
        return float(found[0])

    def _text(self) -> str:
        """Between single quotes, doubled where one is meant."""
        self._space()
        self._scanner.expect("'")
        parts = [self._scanner.take_while(lambda one: one != "'")]
        self._scanner.expect("'")
        while self._scanner.accept("'"):
            parts.append(self._scanner.take_while(lambda one: one != "'"))
            self._scanner.expect("'")
        return "'".join(parts)

    def _operator(self) -> Operator:
        self._space()
        found = self._scanner.accept("<>", "<=", ">=", "=", "<", ">")
        if not found:
            raise self._scanner.fault("twin.query.expected", wanted="= <> < <= > >=")
        return _OPERATORS[found]

    def _accept(self, *words: str) -> str:
        word = self._peek_word()
        if word.upper() not in words:
            return ""
        self._scanner.at += len(word)
        return word

    def _peek_word(self) -> str:
        self._space()
        found = _WORD.match(self._scanner.text, self._scanner.at)
        return found[0] if found else ""

    def _word(self) -> None:
        self._scanner.at += len(self._peek_word())

    def _expect_word(self, word: str) -> None:
        if not self._accept(word):
            raise self._scanner.fault("twin.query.expected", wanted=word)

    def _sign(self, sign: str) -> str:
        self._space()
        return self._scanner.accept(sign)

    def _expect(self, sign: str) -> None:
        self._space()
        self._scanner.expect(sign)

    def _space(self) -> None:
        self._scanner.take_while(str.isspace)


def _pattern(text: str) -> str:
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
