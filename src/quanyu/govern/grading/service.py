"""Every decision about grades: suggested from content, inherited by what is derived, confirmed by a person."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from quanyu.core.errors import Fault, Invalid, NotFound
from quanyu.core.profile import ColumnProfile
from quanyu.govern.grading import _sql
from quanyu.govern.grading.model import ColumnGrade, Grade, Grading, highest
from quanyu.govern.grading.suggestion import suggest
from quanyu.store import Connection


async def find(connection: Connection, name: str) -> Grading:
    grading = await _sql.get(connection, name)
    if grading is None:
        raise NotFound("govern.grading.none", name=name)
    return grading


async def find_each(connection: Connection, names: Sequence[str]) -> dict[str, Grading]:
    """Those that there are, by name."""
    return await _sql.get_each(connection, names)


async def regrade(
    connection: Connection, tenant: str, name: str, columns: Sequence[ColumnProfile], *,
    at: datetime, values: Mapping[str, Sequence[str]] | None = None,
) -> Grading:  # fmt: skip
    """A new suggestion; what a person confirmed stays, and the whole stays confirmed while no column is new."""
    known = await _sql.get(connection, name, lock=True)
    # In a thread: thousands of values against every kind of content would keep all requests waiting.
    suggested = await asyncio.to_thread(suggest, columns, values or {})
    grading = _with_inherited(_merged(known, suggested), known.inherited if known else None)
    await _sql.put(connection, tenant, name, grading, at=at)
    return grading


async def confirm(
    connection: Connection, tenant: str, name: str, *,
    columns: Mapping[str, Grade], reason: str, author: str, at: datetime,
) -> Grading:  # fmt: skip
    """All columns are confirmed; those named get the given grade. A grade below the suggested one needs a reason.

    What was derived is never graded below what it came from.
    """
    known = await _sql.get(connection, name, lock=True)
    if known is None:
        raise NotFound("govern.grading.none", name=name)
    _check(known, columns, reason)
    decided = tuple(
        msgspec.structs.replace(column, grade=columns.get(column.name, column.grade), confirmed=True)
        for column in known.columns
    )
    grading = Grading(
        grade=highest([column.grade for column in decided]), columns=decided, inherited=known.inherited,
        confirmed=True, reason=reason or None, decided_by=author,
    )  # fmt: skip
    grading = _with_inherited(grading, known.inherited)
    await _sql.put(connection, tenant, name, grading, at=at)
    return grading


async def inherit(
    connection: Connection, tenant: str, name: str, parents: Iterable[str], *, at: datetime
) -> Grading:
    """A derived set takes the highest grade of its parents until a person grades its own content again."""
    grades = [
        grading.grade for parent in parents if (grading := await _sql.get(connection, parent)) is not None
    ]
    known = await _sql.get(connection, name, lock=True) or Grading(grade=Grade.GENERAL_1)
    grading = _with_inherited(msgspec.structs.replace(known, confirmed=False), highest(grades))
    await _sql.put(connection, tenant, name, grading, at=at)
    return grading


async def reopen(connection: Connection, tenant: str, name: str, *, at: datetime) -> None:
    """What a person confirmed was about content that is gone: what comes under this name is graded anew."""
    known = await _sql.get(connection, name, lock=True)
    if known is not None:
        columns = tuple(msgspec.structs.replace(column, confirmed=False) for column in known.columns)
        unsure = msgspec.structs.replace(known, columns=columns, confirmed=False)
        await _sql.put(connection, tenant, name, unsure, at=at)


def _merged(known: Grading | None, suggested: Grading) -> Grading:
    if known is None:
        return suggested
    columns = tuple(_kept(known.column(column.name), column) for column in suggested.columns)
    return Grading(
        grade=highest([column.grade for column in columns]),
        columns=columns,
        confirmed=known.confirmed and all(column.confirmed for column in columns),
        reason=known.reason,
        decided_by=known.decided_by,
    )


def _kept(known: ColumnGrade | None, suggested: ColumnGrade) -> ColumnGrade:
    """A confirmed grade stays unless new content is graded higher than what the person saw."""
    if known is None or not known.confirmed:
        return suggested
    seen = {found.kind for found in known.found}
    if any(found.kind not in seen for found in suggested.found):
        return suggested
    return msgspec.structs.replace(suggested, grade=known.grade, confirmed=True)


def _with_inherited(grading: Grading, inherited: Grade | None) -> Grading:
    if inherited is None:
        return grading
    return msgspec.structs.replace(grading, grade=highest([grading.grade, inherited]), inherited=inherited)


def _check(known: Grading, columns: Mapping[str, Grade], reason: str) -> None:
    faults = []
    for name, grade in columns.items():
        column = known.column(name)
        if column is None:
            faults.append(Fault("govern.grading.no_column", where=name, values={"column": name}))
        elif grade.rank < column.grade.rank and not reason:
            faults.append(Fault("govern.grading.reason_needed", where=name, values={"column": name}))
    if faults:
        raise Invalid("govern.grading.not_confirmable", faults=tuple(faults))
