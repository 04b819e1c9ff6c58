"""Writes a group of changes in one transaction: state, words, counters and log, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from quanyu.core.entity import box_of, observed_of
from quanyu.core.errors import QuanyuError
from quanyu.store import Connection
from quanyu.twin import _write_sql
from quanyu.twin.fold import Plan, ids_to_look_up, plan
from quanyu.twin.model import EntityWrite, Op
from quanyu.twin.words import SEPARATOR, words_of

_STATEMENTS = {
    Op.MERGE: _write_sql.MERGE,
    Op.REPLACE: _write_sql.REPLACE,
    Op.REMOVE: _write_sql.REMOVE,
    Op.DELETE: _write_sql.DELETE,
}


@dataclass(frozen=True, slots=True)
class Done:
    """How the writes of one group ended, by index; those in neither changed what was there."""

    created: frozenset[int]
    refused: dict[int, QuanyuError]


async def write(connection: Connection, tenant: str, writes: Sequence[EntityWrite], *, now: datetime) -> Done:
    """Inside the caller's transaction. Writes whose expectation does not hold are answered in `refused`."""
    known = await _known(connection, tenant, ids_to_look_up(writes))
    planned = plan(writes, known)
    created: set[str] = set()
    for op, statement in _STATEMENTS.items():
        if rows := planned.rows_of(op):
            found = await connection.fetch(statement, tenant, now, *_log(planned, op, rows), *_rows(op, rows))
            created.update(row[0] for row in found)
    return Done(frozenset(planned.first[id] for id in created), planned.refused)


async def _known(connection: Connection, tenant: str, ids: list[str]) -> dict[str, tuple[str, ...]]:
    if not ids:
        return {}
    rows = await connection.fetch(_write_sql.KNOWN, tenant, ids)
    return {row["id"]: tuple(row["types"] or (row["type"],)) for row in rows}


def _log(planned: Plan, op: Op, rows: list[EntityWrite]) -> tuple[list[object], ...]:
    """The log of those entities that this statement changes, in order."""
    ids = {row.id for row in rows}
    log = (
        [write for write in planned.log if write.id in ids] if len(rows) < len(planned.rows) else planned.log
    )
    return (
        [one.id for one in log],
        [one.types[0] for one in log],
        [int(one.op) for one in log],
        [observed_of(one.document) for one in log],
        [one.actor for one in log],
        [one.cause for one in log],
        [{**dict.fromkeys(one.removed), **one.document} for one in log],
    )


def _rows(op: Op, rows: list[EntityWrite]) -> tuple[list[object], ...]:
    ids: list[object] = [row.id for row in rows]
    if op == Op.DELETE:
        return (ids,)
    boxes = [box_of(row.document) for row in rows]
    return (
        ids,
        [row.types[0] for row in rows],
        [SEPARATOR.join(row.types) if len(row.types) > 1 else None for row in rows],
        [row.dataset for row in rows],
        [SEPARATOR.join(row.scope) or None for row in rows],
        [row.document for row in rows],
        [box and box.x1 for box in boxes],
        [box and box.y1 for box in boxes],
        [box and box.x2 for box in boxes],
        [box and box.y2 for box in boxes],
        [observed_of(row.document) for row in rows],
        [words_of(row.document) for row in rows],
        [SEPARATOR.join(row.removed) for row in rows],
    )
