"""Faults of sources as they are kept: key and values, so that every reader gets them in their language."""

from typing import Any

from quanyu.core.errors import Fault, Invalid, QuanyuError
from quanyu.core.messages import text

_LONGEST = 2_000
_MOST = 20


def kept(error: Exception) -> dict[str, Any]:
    """An error as JSON."""
    if not isinstance(error, QuanyuError):
        reason = str(error) or type(error).__name__
        return {"key": "connect.source.unexpected", "values": {"reason": reason[:_LONGEST]}}
    faults = error.faults if isinstance(error, Invalid) else ()
    inner = [fault for fault in faults if fault.key != error.key or fault.where]
    return _said(error) | (
        {"faults": [_said(fault) | {"where": fault.where} for fault in inner[:_MOST]]} if inner else {}
    )


def told(fault: dict[str, Any] | None, language: str) -> str | None:
    """One line: the fault and what is behind it."""
    if fault is None:
        return None
    first = text(fault["key"], language, **fault["values"])
    behind = [_line(one, language) for one in fault.get("faults", ())]
    return f"{first}: {'; '.join(behind)}" if behind else first


def again(fault: dict[str, Any]) -> Invalid:
    """The error that was kept, to be raised once more."""
    faults = tuple(Fault(one["key"], one["where"], one["values"]) for one in fault.get("faults", ()))
    return Invalid(fault["key"], faults=faults, **fault["values"])


def _said(error: QuanyuError | Fault) -> dict[str, Any]:
    values = {
        name: value if isinstance(value, int | float) else str(value)[:_LONGEST]
        for name, value in error.values.items()
    }
    return {"key": error.key, "values": values}


def _line(one: dict[str, Any], language: str) -> str:
    said = text(one["key"], language, **one["values"])
    return f"{one['where']}: {said}" if one["where"] else said
