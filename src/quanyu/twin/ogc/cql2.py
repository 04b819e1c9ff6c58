"""CQL2 text (OGC 21-065r2), the basic part with spatial and temporal comparisons, read into the query tree of NGSI-LD.

What a feature does not have compares with nothing: NOT goes down to the comparisons, where each has its opposite.
"""

from dataclasses import dataclass

from quanyu.core.geometry import parse_geometry
from quanyu.twin.ngsild.query import parse_pattern
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
    OneOf,
    Operator,
    Path,
    Relation,
    Term,
    Value,
)
from quanyu.twin.ogc.cql2_values import geometry, moment, value
from quanyu.twin.ogc.cql2_words import Words, pattern_of
from quanyu.twin.ogc.crs import CRS84, Crs

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


def parse_cql2(text: str, stored: Stored, crs: Crs = CRS84) -> Term:
    """`crs` is that of the geometries in it. Raises Invalid with the place of the fault."""
    return _Reader(Words(Scanner(text, "filter")), stored, crs).whole()


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

    def __init__(self, words: Words, stored: Stored, crs: Crs) -> None:
        self._words = words
        self._stored = stored
        self._crs = crs

    def whole(self) -> Term:
        term = self._any()
        self._words.space()
        self._words.scanner.expect_end()
        return term

    def _any(self) -> Term:
        terms = [self._all()]
        while self._words.accept("OR"):
            terms.append(self._all())
        return terms[0] if len(terms) == 1 else Any(tuple(terms))

    def _all(self) -> Term:
        terms = [self._factor()]
        while self._words.accept("AND"):
            terms.append(self._factor())
        return terms[0] if len(terms) == 1 else All(tuple(terms))

    def _factor(self) -> Term:
        self._words.scanner.deeper()
        if self._words.accept("NOT"):
            term = negated(self._factor())
        elif self._words.sign("("):
            term = self._any()
            self._words.expect(")")
        else:
            term = self._predicate()
        self._words.scanner.shallower()
        return term

    def _predicate(self) -> Term:
        word = self._words.peek_word().upper()
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
        if self._words.accept("IS"):
            absent = not self._words.accept("NOT")
            self._words.expect_word("NULL")
            return Not(Exists(path)) if absent else Exists(path)
        positive = not self._words.accept("NOT")
        term = self._of_words(path)
        if term is not None:
            return term if positive else negated(term)
        if not positive:
            raise self._words.scanner.fault("twin.query.unexpected", found="NOT")
        return Compare(path, self._operator(), value(self._words))

    def _of_words(self, path: Path) -> Term | None:
        if self._words.accept("LIKE"):
            return Like(path, parse_pattern(pattern_of(self._words.text())))
        if self._words.accept("BETWEEN"):
            low = value(self._words)
            self._words.expect_word("AND")
            return Compare(path, Operator.EQUAL, Between(low, value(self._words)))
        if self._words.accept("IN"):
            self._words.expect("(")
            values = [value(self._words)]
            while self._words.sign(","):
                values.append(value(self._words))
            self._words.expect(")")
            return Compare(path, Operator.EQUAL, OneOf(tuple(values)))
        return None

    def _spatial(self, relation: Relation) -> Term:
        self._words.word()
        self._words.expect("(")
        name = self._name()
        self._words.expect(",")
        shape = geometry(self._words, self._crs)
        self._words.expect(")")
        if len(name.path.names) > 1:
            raise self._words.scanner.fault("twin.query.name", found=".".join(name.path.names))
        return Located(
            GeoQuery(relation=relation, geometry=parse_geometry(shape, "filter"), property=name.path.names[0])
        )

    def _temporal(self, word: str) -> Term:
        self._words.word()
        self._words.expect("(")
        path = self._name().path
        self._words.expect(",")
        if word == "T_DURING":
            self._words.expect_word("INTERVAL")
            self._words.expect("(")
            low = moment(self._words)
            self._words.expect(",")
            high = moment(self._words)
            self._words.expect(")")
            term: Term = All((Compare(path, Operator.GREATER, low), Compare(path, Operator.LESS, high)))
        else:
            term = Compare(path, _TEMPORAL[word], value(self._words))
        self._words.expect(")")
        return term

    def _operand(self) -> _Name | Value:
        self._words.space()
        here = self._words.scanner.peek()
        if here in ("'", "-", "+", ".") or here.isdigit():
            return value(self._words)
        if (
            self._words.peek_word().upper() in ("TRUE", "FALSE", "DATE", "TIMESTAMP")
            and not self._words.is_name()
        ):
            return value(self._words)
        return self._name()

    def _name(self) -> _Name:
        self._words.space()
        if self._words.scanner.peek() == '"':
            return _Name(Path((self._stored(self._words.scanner.quoted()),)))
        names = [self._stored(self._words.scanner.name())]
        while self._words.scanner.accept("."):
            names.append(self._stored(self._words.scanner.name()))
        return _Name(Path(tuple(names)))

    def _operator(self) -> Operator:
        self._words.space()
        found = self._words.scanner.accept("<>", "<=", ">=", "=", "<", ">")
        if not found:
            raise self._words.scanner.fault("twin.query.expected", wanted="= <> < <= > >=")
        return _OPERATORS[found]
