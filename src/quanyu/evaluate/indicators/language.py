"""The language of formulas. Nothing of it is ever run as it stands: it is read into a tree, which is checked.

    formula   = product (("+" | "-") product)*
    product   = factor (("*" | "/") factor)*
    factor    = NUMBER | "-" factor | "(" formula ")" | "[" code "]" | measure | call
    measure   = "count" "(" rows ")"
              | ("sum" | "avg" | "min" | "max") "(" name "of" rows ")"
              | "percentile" "(" NUMBER "," name "of" rows ")"
              | "share" "(" condition "of" rows ")"
    rows      = source ("where" condition)?
    source    = word (name ("at" name)?)?
    call      = ("least" | "most") "(" formula ("," formula)* ")"
              | "band" "(" formula ("," NUMBER ":" NUMBER)+ "," "else" ":" NUMBER ")"
              | "blend" "(" NUMBER ":" formula ("," NUMBER ":" formula)* ")"
    condition = both ("or" both)*          both = single ("and" single)*
    single    = "not" single | "(" condition ")" | name test?
    test      = ("=" | "!=" | "<" | "<=" | ">" | ">=") literal | "in" "(" literal ("," literal)* ")"
              | "begins" TEXT | "known" | "unknown"

A name is a word, or stands in "double quotes"; a text stands in 'single quotes'; a doubled quote is the quote itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

from quanyu.evaluate.indicators.tokens import Part, Reader, tokens_of
from quanyu.evaluate.indicators.tree import (
    Among,
    Band,
    Begins,
    Blend,
    Compare,
    Condition,
    Either,
    Every,
    Extreme,
    Flag,
    Formula,
    Kind,
    Known,
    Measure,
    Not,
    Number,
    Operation,
    Reference,
    Source,
)

OF_ENTITIES, OF_DATASETS = frozenset({"entities", "history"}), frozenset({"dataset"})
COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})

_KINDS = frozenset(Kind)


def parse_formula(text: str) -> Formula:
    """Raises Invalid with the place, counted from 1, where it stops making sense."""
    grammar = _Grammar(tokens_of(text))
    formula = grammar.formula()
    if grammar.here.kind != "end":
        raise grammar.refusal("+ - * /")
    return formula


@dataclass(slots=True)
class _Grammar(Reader):
    """One method a rule."""

    def formula(self) -> Formula:
        left = self._product()
        while self.is_sign("+-"):
            left = Operation(self.next().text, left, self._product())
        return left

    def _product(self) -> Formula:
        left = self._factor()
        while self.is_sign("*/"):
            left = Operation(self.next().text, left, self._factor())
        return left

    def _factor(self) -> Formula:
        match self.here.kind, self.here.text:
            case "number", _:
                return Number(self.number())
            case "code", _:
                return Reference(self.next().text)
            case "sign", "-":
                return self._negative()
            case "sign", "(":
                self.next()
                return self.closed(self.formula)
            case "word", word:
                return self._call(word)
        raise self.refusal("number, [indicator], measure")

    def _negative(self) -> Formula:
        self.next()
        if self.here.kind == "number":
            return Number(-self.number())
        return Operation("*", Number(-1.0), self.deeper(self._factor))

    def _call(self, word: str) -> Formula:
        if word in _KINDS:
            return self._bracket(lambda: self._measure(Kind(word)))
        match word:
            case "least" | "most":
                return self._bracket(lambda: Extreme(word, self.several(self.formula)))
            case "band":
                return self._bracket(self._band)
            case "blend":
                return self._bracket(lambda: Blend(self.several(self._weighted)))
        raise self.refusal("number, [indicator], measure")

    def _bracket(self, inner: Callable[[], Part]) -> Part:
        self.next()
        self.needs("(")
        return self.closed(inner)

    def _measure(self, kind: Kind) -> Measure:
        name, rank, part = "", 0.0, None
        match kind:
            case Kind.SHARE:
                part = self.condition()
            case Kind.PERCENTILE:
                rank = self.number()
                self.needs(",")
                name = self.name()
            case Kind.SUM | Kind.AVG | Kind.MIN | Kind.MAX:
                name = self.name()
        if kind is not Kind.COUNT:
            self.needs("of")
        source = self._source()
        where = self.condition() if self.takes("where") else None
        return Measure(kind, source, name, rank, where, part)

    def _source(self) -> Source:
        if self.here.kind != "word":
            raise self.refusal("cases, entities, dataset")
        name = self.next().text
        if name in OF_ENTITIES:
            return Source(name, self.name())
        if name in OF_DATASETS:
            of = self.name()
            return Source(name, of, self.name() if self.takes("at") else "")
        return Source(name)

    def _band(self) -> Band:
        inner, steps = self.formula(), []
        self.needs(",")
        if self.here.text == "else":
            raise self.refusal("50: 10")
        while not self.takes("else"):
            limit = self._before_colon(self.signed)
            steps.append((limit, self.signed()))
            self.needs(",")
        self.needs(":")
        return Band(inner, tuple(steps), self.signed())

    def _weighted(self) -> tuple[float, Formula]:
        return self._before_colon(self.number), self.formula()

    def _before_colon(self, read: Callable[[], float]) -> float:
        value = read()
        self.needs(":")
        return value

    def condition(self) -> Condition:
        parts = [self._both()]
        while self.takes("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Condition:
        parts = [self._single()]
        while self.takes("and"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _single(self) -> Condition:
        if self.takes("not"):
            return Not(self.deeper(self._single))
        if self.takes("("):
            return self.closed(self.condition)
        return self._test(self.name())

    def _test(self, name: str) -> Condition:
        if self.here.kind == "sign" and self.here.text in COMPARISONS:
            return Compare(name, self.next().text, self.literal())
        if self.takes("in"):
            self.needs("(")
            return self.closed(lambda: Among(name, self.several(self.literal)))
        if self.takes("begins"):
            return Begins(name, self.text())
        if self.takes("known"):
            return Known(name)
        return Known(name, known=False) if self.takes("unknown") else Flag(name)
