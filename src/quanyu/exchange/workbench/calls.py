"""Functions over tables in a question: `from f((select …), value => 1)`, each taken out of it before the rest is read.

What is taken out leaves blanks, so that every fault keeps its place in what was written.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlglot
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from quanyu.core.errors import Fault, Invalid
from quanyu.exchange.policy.grammar import DIALECT, LONGEST

_BEFORE = (TokenType.FROM, TokenType.JOIN)
_ALIASES = (TokenType.ALIAS, TokenType.VAR, TokenType.IDENTIFIER)
_GIVES = (TokenType.FARROW, TokenType.COLON_EQ)
_INK = re.compile(r"[^\n]")

Value = bool | float | int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`table` stands for its answer in the question; `tables` are the questions in its brackets, each at its place."""

    function: str
    table: str
    tables: tuple[str, ...]
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Question:
    sql: str
    calls: tuple[Call, ...] = ()


def question(sql: str, functions: Collection[str]) -> Question:
    """Calls within a call stay in its tables. Raises Invalid for one whose brackets hold something else than queries and values."""
    rest, calls = sql, list[Call]()
    for name, inside, after in reversed(list(_calls(_tokens(sql), functions))):
        call = _call(sql, name.text.lower(), f"#{len(calls) + 1}", inside)
        end = inside[-1].end + 1
        shown = f'"{call.table}"' if after in _ALIASES else f'"{call.table}" as {call.function}'
        rest = rest[: name.start] + _as_wide(shown, rest[name.start : end]) + rest[end:]
        calls.append(call)
    return Question(rest, tuple(calls))


def _tokens(sql: str) -> Sequence[Token]:
    """None of what cannot be read: who reads the whole says so."""
    try:
        return sqlglot.tokenize(sql, read=DIALECT) if len(sql) <= LONGEST else ()
    except TokenError:
        return ()


def _calls(
    tokens: Sequence[Token], functions: Collection[str]
) -> Iterator[tuple[Token, Sequence[Token], TokenType | None]]:
    """The name, the brackets with all in them, and what kind of word comes after them."""
    place = 1
    while place < len(tokens) - 1:
        begin, place = place, place + 1
        if tokens[begin].text.lower() in functions and tokens[begin - 1].token_type in _BEFORE:
            end = _closing(tokens, begin + 1)
            if end is not None:
                place = end + 1
                after = tokens[place].token_type if place < len(tokens) else None
                yield tokens[begin], tokens[begin + 1 : place], after


def _closing(tokens: Sequence[Token], begin: int) -> int | None:
    """The bracket that closes the one at `begin`; None where there is none."""
    depth = 0
    for place in range(begin, len(tokens)):
        depth += _step(tokens[place])
        if depth == 0:
            return place if place > begin else None
    return None


def _step(token: Token) -> int:
    return {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)


def _call(sql: str, function: str, table: str, inside: Sequence[Token]) -> Call:
    tables, values = list[str](), dict[str, Value]()
    for argument in _arguments(inside[1:-1]):
        if argument[0].token_type is TokenType.L_PAREN and _closing(argument, 0) == len(argument) - 1:
            begin, end = argument[0].end + 1, argument[-1].start
            tables.append(_INK.sub(" ", sql[:begin]) + sql[begin:end])
        elif len(argument) > 2 and argument[1].token_type in _GIVES:
            values[argument[0].text.lower()] = _value(function, argument[2:])
        else:
            raise _wrong(function, argument)
    return Call(function=function, table=table, tables=tuple(tables), values=values)


def _arguments(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """What stands between commas of the outermost bracket."""
    depth, begin = 0, 0
    for place, token in enumerate(tokens):
        depth += _step(token)
        if token.token_type is TokenType.COMMA and depth == 0:
            yield tokens[begin:place] or tokens[place : place + 1]
            begin = place + 1
    if begin < len(tokens):
        yield tokens[begin:]


def _value(function: str, tokens: Sequence[Token]) -> Value:
    match [one.token_type for one in tokens]:
        case [TokenType.STRING]:
            return tokens[0].text
        case [TokenType.TRUE | TokenType.FALSE as said]:
            return said is TokenType.TRUE
        case [TokenType.NUMBER]:
            return _number(tokens[0].text)
        case [TokenType.DASH, TokenType.NUMBER]:
            return -_number(tokens[1].text)
    raise _wrong(function, tokens)


def _number(text: str) -> float | int:
    return int(text) if text.isdigit() else float(text)


def _wrong(function: str, tokens: Sequence[Token]) -> Invalid:
    first = tokens[0]
    where = f"{first.line}:{max(first.col - len(first.text) + 1, 1)}"
    values: dict[str, object] = {"function": function, "near": first.text[:40]}
    return Invalid(
        "exchange.query.argument", faults=(Fault("exchange.query.argument", where, values),), **values
    )


def _as_wide(shown: str, written: str) -> str:
    """So many lines, and what follows in the same column."""
    *lines, last = written.split("\n")
    return shown + "\n" * len(lines) + " " * (len(last) if lines else len(last) - len(shown))
