"""The SQL that decides: whatever fulfils it fits the query, so that the database counts it unseen; about the rest, it says nothing.

It looks at plain Properties alone, and knows neither what is veiled nor what has expired.
"""

from dataclasses import replace

from quanyu.twin.ngsild.query.clause import Clause, Parameters, joined
from quanyu.twin.ngsild.query.jsonpath import key, sure
from quanyu.twin.ngsild.query.sql import is_exact
from quanyu.twin.ngsild.query.tree import SYSTEM_NAMES, All, Any, Compare, Path, Query, Term


def certain(query: Query, parameters: Parameters) -> str | None:
    """Over the column `doc`, of entities that fulfil the narrowing `condition`; None where only the evaluator can tell."""
    if query.q is None or not is_exact(replace(query, q=None)):
        return None
    clause = _term(query.q)
    return parameters.written(clause) if clause else None


def _term(term: Term) -> Clause | None:
    match term:
        case All(terms):
            parts = [part for one in terms if (part := _term(one))]
            return joined(parts, " and ") if len(parts) == len(terms) else None
        case Any(terms):
            parts = [part for one in terms if (part := _term(one))]
            return joined(parts, " or ") if parts else None
        case Compare(Path((name,), ()), operator, operand) if name not in SYSTEM_NAMES:
            test = sure(operator, operand)
            path = f'${key(name)} ? (@.type == "Property" && ({test}))'
            return Clause("doc @? {}::jsonpath", (path,)) if test else None
    return None
