"""Terms as ODRL: a permission to use, its constraints, the prohibition to pass on, the duty to delete. As dictionaries of JSON-LD.

Operands are those of ODRL where it has one, else our own under `quanyu:`.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from quanyu.exchange.policy import Operator, Terms

Json = dict[str, Any]

_OPERATORS = {
    Operator.EQ: "eq", Operator.NE: "neq", Operator.LT: "lt", Operator.LE: "lteq", Operator.GT: "gt", Operator.GE: "gteq",
    Operator.IN: "isAnyOf", Operator.STARTS: "quanyu:startsWith", Operator.KNOWN: "quanyu:isKnown", Operator.UNKNOWN: "quanyu:isUnknown",
}  # fmt: skip


def policy(terms: Terms) -> Json:
    """Permission, prohibition and obligation, without who and what: offers and agreements add that."""
    return {
        "permission": [{"action": "use", "constraint": list(_constraints(terms))}],
        "prohibition": [] if terms.onward else [{"action": "distribute"}],
        "obligation": list(_duties(terms)),
    }


def offer(id: str, target: str, terms: Terms) -> Json:
    return {"@type": "Offer", "@id": id, "target": target, **policy(terms)}


def agreement(id: str, target: str, terms: Terms, *, assigner: str, assignee: str, at: str) -> Json:
    return {
        "@type": "Agreement", "@id": id, "target": target, "assigner": assigner, "assignee": assignee, "timestamp": at,
        **policy(terms),
    }  # fmt: skip


def _constraints(terms: Terms) -> Iterator[Json]:
    yield _constraint("purpose", "eq", terms.purpose)
    yield _constraint("quanyu:basis", "eq", terms.basis)
    yield _constraint("dateTime", "gteq", terms.starts.isoformat())
    yield _constraint("dateTime", "lt", terms.ends.isoformat())
    yield _constraint("quanyu:columns", "isAnyOf", list(terms.columns))
    yield _constraint("quanyu:way", "isAnyOf", [way.value for way in terms.ways])
    if terms.calls is not None:
        yield _constraint("count", "lteq", terms.calls)
    if terms.rate is not None:
        yield _constraint(f"quanyu:rate/{terms.rate.per}", "lteq", terms.rate.number)
    if terms.rows is not None:
        yield _constraint("quanyu:rows", "lteq", terms.rows)
    for one in terms.where:
        yield _constraint(f"quanyu:record/{one.column}", _OPERATORS[one.op], one.value)
    for column, mask in terms.masks.items():
        yield _constraint(f"quanyu:mask/{column}", "eq", msgspec.to_builtins(mask))
    if terms.group > 1:
        yield _constraint("quanyu:group", "gteq", terms.group)
    for name in ("anonymity", "noise"):
        if (value := getattr(terms, name)) is not None:
            yield _constraint(f"quanyu:{name}", "eq", msgspec.to_builtins(value))


def _duties(terms: Terms) -> Iterator[Json]:
    if terms.delete_after_days is not None:
        after = _constraint("delayPeriod", "lteq", f"P{terms.delete_after_days}D")
        yield {"action": "delete", "constraint": [after]}


def _constraint(left: str, operator: str, right: object) -> Json:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}
