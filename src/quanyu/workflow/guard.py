"""Conditions on the data of an instance. What is not there makes every comparison false, never an error."""

from collections.abc import Mapping
from typing import Any

import msgspec

from quanyu.workflow.definition.model import Guard


def holds(guard: Guard | None, data: Mapping[str, Any]) -> bool:
    if guard is None:
        return True
    joined = (
        guard.all is None or all(holds(one, data) for one in guard.all),
        guard.any is None or any(holds(one, data) for one in guard.any),
        guard.negated is None or not holds(guard.negated, data),
    )
    return all(joined) and (not guard.field or _compares(guard, value_at(data, guard.field)))


def value_at(data: Mapping[str, Any], path: str) -> Any:
    """The value at a path with dots; None where there is none."""
    found: Any = data
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _compares(guard: Guard, value: Any) -> bool:
    return (
        (guard.known is None or guard.known == (value is not None))
        and (guard.equals is msgspec.UNSET or value == guard.equals)
        and (guard.among is None or value in guard.among)
        and (guard.at_least is None or (_is_number(value) and value >= guard.at_least))
        and (guard.at_most is None or (_is_number(value) and value <= guard.at_most))
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
