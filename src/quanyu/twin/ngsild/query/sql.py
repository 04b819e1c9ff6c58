"""The SQL that narrows: every entity that fits a query fulfils it; the evaluator decides about the rest.

All data go as parameters, names of attributes too: the text depends on the shape of the query alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any as Anything

import asyncpg

from quanyu.twin.ngsild.query.geo import search_box
from quanyu.twin.ngsild.query.jsonpath import key, places, predicate, starting
from quanyu.twin.ngsild.query.names import steps
from quanyu.twin.ngsild.query.tree import (
    SYSTEM_NAMES,
    All,
    Any,
    Compare,
    Exists,
    GeoQuery,
    Like,
    Link,
    Located,
    Not,
    Query,
    ScopePattern,
    ScopeQuery,
    Selector,
    Target,
    Term,
)
from quanyu.twin.ngsild.query.types import named_types


@dataclass(frozen=True, slots=True)
class _Clause:
    """`{}` in the text stands for one of the values, in order."""

    text: str
    values: tuple[Anything, ...] = ()


_TRUE = _Clause("true")


@dataclass(slots=True)
class Parameters:
    """The values of a statement; `add` answers the placeholder."""

    values: list[Anything]

    def add(self, value: Anything) -> str:
        self.values.append(value)
        return f"${len(self.values)}"


Hidden = Mapping[str, list[str]]
"""By attribute the datasets in whose entities it is not there for who asks."""

_NOTHING: Hidden = {}


def condition(query: Query, parameters: Parameters, hidden: Hidden = _NOTHING) -> str:
    """Over the columns of `entity`; 'true' where nothing can be said."""
    clause = _both([
        _either([_selector(one) for one in query.selectors]) if query.selectors else _TRUE,
        _Clause("doc ?| {}::text[]", (list(query.attributes),)) if query.attributes else _TRUE,
        _scope(query.scope) if query.scope is not None else _TRUE,
        _term(query.q, hidden) if query.q is not None else _TRUE,
        _geo(query.geo, hidden) if query.geo is not None else _TRUE,
    ])  # fmt: skip
    return clause.text.format(*map(parameters.add, clause.values))


def is_exact(query: Query) -> bool:
    """Whether the condition alone decides, so that the database can count."""
    return (
        query.q is None
        and query.geo is None
        and query.scope is None
        and all(
            one.pattern is None and all(len(names) == 1 for names in one.types) for one in query.selectors
        )
    )


def _selector(selector: Selector) -> _Clause:
    parts = []
    if selector.ids:
        parts.append(_Clause("id = any({}::text[])", (list(selector.ids),)))
    if selector.pattern is not None and selector.pattern.prefix:
        parts.append(_Clause("starts_with(id, {}::text)", (selector.pattern.prefix,)))
    if selector.types:
        names = list(named_types(selector.types))
        parts.append(_Clause("type = any({}::text[]) or types && {}::text[]", (names, names)))
    return _both(parts)


def _scope(query: ScopeQuery) -> _Clause:
    return _either([_both([_pattern(one) for one in patterns]) for patterns in query])


def _pattern(pattern: ScopePattern) -> _Clause:
    if pattern.below or "+" in pattern.levels:
        return _Clause("scope is not null")
    return _Clause("scope && {}::text[]", (_spellings(pattern.levels),))


def _spellings(levels: tuple[str, ...]) -> list[str]:
    plain = "/".join(levels)
    return [f"/{plain}", plain, f"/{plain}/", f"{plain}/"]


def _geo(geo: GeoQuery, hidden: Hidden) -> _Clause:
    box = search_box(geo) if geo.property == "location" else None
    if box is None:
        return _where_seen(_Clause("doc ? {}::text", (geo.property,)), geo.property, hidden)
    near = _Clause("bbox && {}::box", (asyncpg.Box((box.x2, box.y2), (box.x1, box.y1)),))
    return _where_seen(near, geo.property, hidden)


def _where_seen(clause: _Clause, name: str, hidden: Hidden) -> _Clause:
    """How long the search takes must not tell, either, what is veiled."""
    if clause is _TRUE or name not in hidden:
        return clause
    return _both([_Clause("dataset <> all({}::text[])", (hidden[name],)), clause])


def _term(term: Term, hidden: Hidden) -> _Clause:
    match term:
        case All(terms):
            first, *rest = (_term(one, hidden) for one in terms)
            return _both([first, *map(_unestimated, rest)])
        case Any(terms):
            return _either([_term(one, hidden) for one in terms])
        case Not():
            return _TRUE  # what a narrowing leaves over may still not fit
        case Located(geo):
            return _geo(geo, hidden)
        case Like(target, pattern, True) if pattern.prefix:
            clause = _leaf(target, starting(pattern.prefix))
        case Exists(target) | Like(target):
            clause = _leaf(target, "")
        case Compare(target, operator, operand):
            clause = _leaf(target, predicate(operator, operand))
    return _where_seen(clause, next(steps(target)), hidden)


def _unestimated(clause: _Clause) -> _Clause:
    """The planner takes every jsonpath for one in a thousand; two of them, and it reads whole types to sort them."""
    return clause if clause is _TRUE else _Clause(f"coalesce({clause.text}, false)", clause.values)


def _leaf(target: Target, test: str) -> _Clause:
    """`test` is a jsonpath predicate with `%` for what is compared; '' where only the presence counts."""
    if isinstance(target, Link):
        return _Clause("doc ? {}::text", (target.name,))
    names = [name for name in target.names if name not in SYSTEM_NAMES]
    if not names:
        return _TRUE
    path = "$" + "".join(map(key, names))
    if test and names == list(target.names):
        path += f" ? ({places(target, test)})"
    return _Clause("doc @? {}::jsonpath", (path,))


def _both(parts: list[_Clause]) -> _Clause:
    kept = [one for one in parts if one is not _TRUE]
    return _joined(kept, " and ") if kept else _TRUE


def _either(parts: list[_Clause]) -> _Clause:
    return _TRUE if any(one is _TRUE for one in parts) else _joined(parts, " or ")


def _joined(parts: list[_Clause], word: str) -> _Clause:
    text = word.join(f"({one.text})" for one in parts)
    return _Clause(text, tuple(value for one in parts for value in one.values))
