"""The query language of 4.9: `parse_q` and `print_q`, each the other's inverse."""

from collections.abc import Collection
from functools import partial

import msgspec

from quanyu.twin.ngsild.query.literals import print_operand, read_operand
from quanyu.twin.ngsild.query.pattern import parse_pattern
from quanyu.twin.ngsild.query.scanner import Scanner, Stored
from quanyu.twin.ngsild.query.tree import (
    All,
    Any,
    Compare,
    Exists,
    Like,
    Link,
    Located,
    Not,
    Operator,
    Path,
    Target,
    Term,
)

_OPERATORS = ("==", "!=", ">=", "<=", ">", "<")


def parse_q(
    text: str, stored: Stored, expand: Collection[str] = (), iri: Stored | None = None, *, what: str = "q"
) -> Term:
    """`what` names the parameter. `expand` are the terms whose values are expanded (`expandValues`), for which `iri` makes the IRI of a term.

    Raises Invalid with the place of the fault.
    """
    return _Parser(Scanner(text, what), stored, frozenset(map(stored, expand)), iri or stored).whole()


def parse_path(text: str, stored: Stored, what: str) -> Path:
    """`a.b[c.d]` alone, as `orderBy` has it."""
    scanner = Scanner(text, what)
    path = _read_path(scanner, stored)
    scanner.expect_end()
    return path


class _Parser:
    """One method a rule of the grammar; AND binds before OR, unless parentheses say otherwise."""

    def __init__(self, scanner: Scanner, stored: Stored, expand: frozenset[str], iri: Stored) -> None:
        self._scanner = scanner
        self._stored = stored
        self._expand = expand
        self._iri = iri

    def whole(self) -> Term:
        term = self._any()
        self._scanner.expect_end()
        return term

    def _any(self) -> Term:
        terms = [self._all()]
        while self._scanner.accept("|"):
            terms.append(self._all())
        return terms[0] if len(terms) == 1 else Any(tuple(terms))

    def _all(self) -> Term:
        terms = [self._term()]
        while self._scanner.accept(";"):
            terms.append(self._term())
        return terms[0] if len(terms) == 1 else All(tuple(terms))

    def _term(self) -> Term:
        if not self._scanner.accept("("):
            return self._leaf()
        self._scanner.deeper()
        term = self._any()
        self._scanner.expect(")")
        self._scanner.shallower()
        return term

    def _leaf(self) -> Term:
        target = _read_target(self._scanner, self._stored)
        if sign := self._scanner.accept("!~=", "~="):
            pattern = parse_pattern(self._read_pattern())
            return Like(target, pattern, positive=sign == "~=")
        if not (sign := self._scanner.accept(*_OPERATORS)):
            return Exists(target)
        expand = partial(_expanded, self._stored, self._iri) if _last_name(target) in self._expand else None
        operator = Operator(sign)
        several = operator in (Operator.EQUAL, Operator.UNEQUAL)
        return Compare(target, operator, read_operand(self._scanner, expand, several=several))

    def _read_pattern(self) -> str:
        """In quotes as a JSON string, or bare up to the next logical operator outside of brackets."""
        scanner = self._scanner
        if scanner.peek() == '"':
            return scanner.quoted()
        begin, nested = scanner.at, 0
        while not scanner.ended:
            here = scanner.peek()
            if here == "\\":
                scanner.at += 1
            elif here in "([":
                nested += 1
            elif here in ")]" and nested:
                nested -= 1
            elif not nested and here in ";|)":
                break
            scanner.at += 1
        scanner.at = min(scanner.at, len(scanner.text))
        return scanner.text[begin : scanner.at]


def _expanded(stored: Stored, iri: Stored, term: str) -> tuple[str, str]:
    return stored(term), iri(term)


def _last_name(target: Target) -> str:
    return _last_name(target.path) if isinstance(target, Link) else target.names[-1]


def _read_target(scanner: Scanner, stored: Stored) -> Target:
    path = _read_path(scanner, stored)
    if path.members or not scanner.accept("{"):
        return path
    if len(path.names) > 1:
        raise scanner.fault("twin.query.link")
    scanner.deeper()
    types = _read_types(scanner, stored)
    inner = _read_target(scanner, stored)
    scanner.expect("}")
    scanner.shallower()
    return Link(path.names[0], types, inner)


def _read_types(scanner: Scanner, stored: Stored) -> tuple[str, ...]:
    """`T1,T2:` where a colon follows before the brace, else none."""
    begin, found = scanner.at, []
    while True:
        found.append(scanner.name())
        if scanner.accept(":"):
            return tuple(map(stored, found))
        if not scanner.accept(","):
            scanner.at = begin
            return ()


def _read_path(scanner: Scanner, stored: Stored) -> Path:
    names = [stored(scanner.name())]
    while scanner.accept("."):
        names.append(stored(scanner.name()))
    if not scanner.accept("["):
        return Path(tuple(names))
    inside = scanner.take_while(lambda one: one != "]")
    scanner.expect("]")
    members = tuple(inside.split("."))
    if not all(members):
        raise scanner.fault("twin.query.member", found=inside[:40])
    return Path(tuple(names), members)


def print_q(term: Term, shown: Stored = str) -> str:
    """The text whose parsing gives this tree again; `shown` is the term of a stored-name."""
    match term:
        case Any(terms):
            return "|".join(_in_parentheses(one, Any, shown) for one in terms)
        case All(terms):
            return ";".join(_in_parentheses(one, (All, Any), shown) for one in terms)
        case Exists(target):
            return print_target(target, shown)
        case Compare(target, operator, operand):
            return f"{print_target(target, shown)}{operator}{print_operand(operand)}"
        case Like(target, pattern, positive):
            quoted = msgspec.json.encode(pattern.text).decode()
            return f"{print_target(target, shown)}{'~=' if positive else '!~='}{quoted}"
        case Not() | Located():
            raise ValueError("the query language of 4.9 has no word for this")


def print_target(target: Target, shown: Stored = str) -> str:
    if isinstance(target, Link):
        types = ",".join(map(shown, target.types)) + ":" if target.types else ""
        return f"{shown(target.name)}{{{types}{print_target(target.path, shown)}}}"
    members = f"[{'.'.join(target.members)}]" if target.members else ""
    return ".".join(map(shown, target.names)) + members


def _in_parentheses(term: Term, kinds: type | tuple[type, ...], shown: Stored) -> str:
    return f"({print_q(term, shown)})" if isinstance(term, kinds) else print_q(term, shown)
