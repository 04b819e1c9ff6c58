"""Terms as ODRL: a permission to use, its constraints, the prohibition to pass on, the duty to delete. As dictionaries of JSON-LD.

Left operands are those of ODRL where it has one, else our own under `quanyu:`. Operators are only those of the schema of the Dataspace
Protocol 2025-1, which also knows no numbers as right operands (`contract-schema.json`), and no empty lists.
"""

from collections.abc import Iterator, Mapping

import msgspec

from quanyu.exchange.dataspace.model import Json
from quanyu.exchange.policy import Condition, Operator, Terms

_OPERATORS = {
    Operator.EQ: "eq", Operator.NE: "neq", Operator.LT: "lt", Operator.LE: "lteq", Operator.GT: "gt", Operator.GE: "gteq",
    Operator.IN: "isAnyOf",
}  # fmt: skip
_OWN_OPERATORS = {Operator.STARTS: "startsWith", Operator.KNOWN: "isKnown", Operator.UNKNOWN: "isUnknown"}
"""The schema has none for these: they are part of the left operand."""


def policy(terms: Terms) -> Json:
    """Permission, prohibition and obligation, without who and what: offers and agreements add that."""
    duties = list(_duties(terms))
    return {
        "permission": [{"action": "use", "constraint": list(_constraints(terms))}],
        **({} if terms.onward else {"prohibition": [{"action": "distribute"}]}),
        **({"obligation": duties} if duties else {}),
    }


def offer(id: str, target: str, terms: Terms) -> Json:
    return {"@type": "Offer", "@id": id, "target": target, **policy(terms)}


def agreement(id: str, target: str, terms: Terms, *, assigner: str, assignee: str, at: str) -> Json:
    return {
        "@type": "Agreement", "@id": id, "target": target, "assigner": assigner, "assignee": assignee, "timestamp": at,
        **policy(terms),
    }  # fmt: skip


def _constraints(terms: Terms) -> Iterator[Json]:
    yield constraint("purpose", "eq", terms.purpose)
    yield constraint("quanyu:basis", "eq", terms.basis)
    yield constraint("dateTime", "gteq", terms.starts.isoformat())
    yield constraint("dateTime", "lt", terms.ends.isoformat())
    yield constraint("quanyu:columns", "isAnyOf", list(terms.columns))
    yield constraint("quanyu:way", "isAnyOf", [way.value for way in terms.ways])
    if terms.calls is not None:
        yield constraint("count", "lteq", terms.calls)
    if terms.rate is not None:
        yield constraint(f"quanyu:rate/{terms.rate.per}", "lteq", terms.rate.number)
    if terms.rows is not None:
        yield constraint("quanyu:rows", "lteq", terms.rows)
    if terms.algorithms:
        yield constraint("quanyu:algorithm", "isAnyOf", list(terms.algorithms))
    for one in terms.where:
        yield _record(one)
    for column, mask in terms.masks.items():
        yield constraint(f"quanyu:mask/{column}", "eq", msgspec.to_builtins(mask))
    if terms.group > 1:
        yield constraint("quanyu:group", "gteq", terms.group)
    for name in ("anonymity", "noise"):
        if (value := getattr(terms, name)) is not None:
            yield constraint(f"quanyu:{name}", "eq", msgspec.to_builtins(value))


def _duties(terms: Terms) -> Iterator[Json]:
    if terms.delete_after_days is not None:
        after = constraint("delayPeriod", "lteq", f"P{terms.delete_after_days}D")
        yield {"action": "delete", "constraint": [after]}


def _record(condition: Condition) -> Json:
    left = f"quanyu:record/{condition.column}"
    if own := _OWN_OPERATORS.get(condition.op):
        return constraint(f"{left}/{own}", "eq", condition.value)
    return constraint(left, _OPERATORS[condition.op], condition.value)


def constraint(left: str, operator: str, right: object) -> Json:
    return {"leftOperand": left, "operator": operator, "rightOperand": _operand(right)}


def _operand(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_operand(one) for one in value]
    if value is None or isinstance(value, bool):
        return str(value is not False).lower()
    return value if isinstance(value, str | Mapping) else str(value)
