"""Columns made of others: the moment of a record from its year, month, day and hour."""

import re

from quanyu.core.profile import TEMPORAL_TYPES, ValueType
from quanyu.govern.engine.model import Derived
from quanyu.govern.engine.relation import Relation
from quanyu.govern.quality.quote import name

OBSERVED_AT = "observed_at"
_PARTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (r"year|年|年份", r"month|月|月份", r"day|日", r"hour|时|小时", r"minute|分|分钟")
)


def derive(relation: Relation) -> tuple[Derived, ...]:
    """`observed_at`, where year, month and day are columns of their own and no column is a time already."""
    types = relation.types
    if OBSERVED_AT in types or any(type_ in TEMPORAL_TYPES for type_ in types.values()):
        return ()
    parts: list[str] = []
    for pattern in _PARTS:
        found = [
            c for c, type_ in types.items() if pattern.fullmatch(c.strip()) and type_ is ValueType.INTEGER
        ]
        if len(found) != 1:
            break
        parts.append(found[0])
    if len(parts) < 3:
        return ()
    return (_moment(tuple(parts)),)


def _moment(parts: tuple[str, ...]) -> Derived:
    """Through text, because a wrong part (month 13) has to give null and no error."""
    padded = [
        f"lpad({name(part)}::VARCHAR, {width}, '0')"
        for part, width in zip(parts, (4, 2, 2, 2, 2), strict=False)
    ]
    padded += ["'00'"] * (5 - len(parts))
    year, month, day, hour, minute = padded
    text = f"{year} || '-' || {month} || '-' || {day} || ' ' || {hour} || ':' || {minute} || ':00'"
    return Derived(
        name=OBSERVED_AT, columns=parts, type=ValueType.DATETIME, sql=f"try_cast({text} AS TIMESTAMP)"
    )
