"""The SQL that narrows: every entity that fits a query fulfils it; the evaluator decides about the rest.

All data go as parameters, names of attributes too: the text depends on the shape of the query alone.
"""

from collections.abc import Mapping

import asyncpg

from quanyu.twin.ngsild.query.clause import TRUE, Clause, Parameters, both, either
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

Hidden = Mapping[str, list[str]]
"""By attribute the datasets in whose entities it is not there for who asks."""

_NOTHING: Hidden = {}


def condition(query: Query, parameters: Parameters, hidden: Hidden = _NOTHING) -> str:
    """Over the columns of `entity`; 'true' where nothing can be said."""
    clause = both([
        either([_selector(one) for one in query.selectors]) if query.selectors else TRUE,
        Clause("doc ?| {}::text[]", (list(query.attributes),)) if query.attributes else TRUE,
        _scope(query.scope) if query.scope is not None else TRUE,
        _term(query.q, hidden) if query.q is not None else TRUE,
        _geo(query.geo, hidden) if query.geo is not None else TRUE,
    ])  # fmt: skip
    return parameters.written(clause)


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


def _selector(selector: Selector) -> Clause:
    parts = []
    if selector.ids:
        parts.append(Clause("id = any({}::text[])", (list(selector.ids),)))
    if selector.pattern is not None and selector.pattern.prefix:
        parts.append(Clause("starts_with(id, {}::text)", (selector.pattern.prefix,)))
    if selector.types:
        names = list(named_types(selector.types))
        parts.append(Clause("type = any({}::text[]) or types && {}::text[]", (names, names)))
    return both(parts)


def _scope(query: ScopeQuery) -> Clause:
    return either([both([_pattern(one) for one in patterns]) for patterns in query])


def _pattern(pattern: ScopePattern) -> Clause:
    if pattern.below or "+" in pattern.levels:
        return Clause("scope is not null")
    return Clause("scope && {}::text[]", (_spellings(pattern.levels),))


def _spellings(levels: tuple[str, ...]) -> list[str]:
    plain = "/".join(levels)
    return [f"/{plain}", plain, f"/{plain}/", f"{plain}/"]


def _geo(geo: GeoQuery, hidden: Hidden) -> Clause:
    box = search_box(geo) if geo.property == "location" else None
    if box is None:
        return _where_seen(Clause("doc ? {}::text", (geo.property,)), geo.property, hidden)
    near = Clause("bbox && {}::box", (asyncpg.Box((box.x2, box.y2), (box.x1, box.y1)),))
    return _where_seen(near, geo.property, hidden)


def _where_seen(clause: Clause, name: str, hidden: Hidden) -> Clause:
    """How long the search takes must not tell, either, what is veiled."""
    if clause is TRUE or name not in hidden:
        return clause
    return both([Clause("dataset <> all({}::text[])", (hidden[name],)), clause])


def _term(term: Term, hidden: Hidden) -> Clause:
    match term:
        case All(terms):
            first, *rest = (_term(one, hidden) for one in terms)
            return both([first, *map(_unestimated, rest)])
        case Any(terms):
            return either([_term(one, hidden) for one in terms])
        case Not():
            return TRUE  # what a narrowing leaves over may still not fit
        case Located(geo):
            return _geo(geo, hidden)
        case Like(target, pattern, True) if pattern.prefix:
            clause = _leaf(target, starting(pattern.prefix))
        case Exists(target) | Like(target):
            clause = _leaf(target, "")
        case Compare(target, operator, operand):
            clause = _leaf(target, predicate(operator, operand))
    return _where_seen(clause, next(steps(target)), hidden)


def _unestimated(clause: Clause) -> Clause:
    """The planner takes every jsonpath for one in a thousand; two of them, and it reads whole types to sort them."""
    return clause if clause is TRUE else Clause(f"coalesce({clause.text}, false)", clause.values)


def _leaf(target: Target, test: str) -> Clause:
    """`test` is a jsonpath predicate with `%` for what is compared; '' where only the presence counts."""
    if isinstance(target, Link):
        return Clause("doc ? {}::text", (target.name,))
    names = [name for name in target.names if name not in SYSTEM_NAMES]
    if not names:
        return TRUE
    path = "$" + "".join(map(key, names))
    if test and names == list(target.names):
        path += f" ? ({places(target, test)})"
    return Clause("doc @? {}::jsonpath", (path,))
