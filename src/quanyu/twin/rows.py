"""A plan as the arguments of the one statement that writes it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from quanyu.core.entity import box_of
from quanyu.core.geometry import Box
from quanyu.twin._write_sql import WRITE, WRITE_AND_DELETE
from quanyu.twin.counters import NOWHERE, counted, passed, shaped
from quanyu.twin.difference import difference
from quanyu.twin.fold import Logged, Plan, Row
from quanyu.twin.state import State
from quanyu.twin.words import SEPARATOR, words_of

_TOUCHED = ("t_id", "t_doc", "t_observed", "t_expires", "t_due", "t_version", "t_renewed")
_PLACED = (
    "i_id", "i_type", "i_types", "i_dataset", "i_scope", "i_doc", "i_x1", "i_y1", "i_x2", "i_y2",
    "i_observed", "i_expires", "i_due", "i_version", "i_created", "i_renewed",
)  # fmt: skip
_GONE = ("d_id", "d_version")
_WORDED = ("w_id", "w_words")
_COUNTED = (
    "c_type", "c_dataset", "c_entities", "c_located", "c_points", "c_x1", "c_y1", "c_x2", "c_y2", "c_version",
)  # fmt: skip
_SHAPED = ("s_dataset", "s_types", "s_name", "s_kind", "s_number")
_PASSED = ("p_type", "p_dataset", "p_number", "p_ids")
_LOGGED = (
    "l_place",
    "l_id",
    "l_type",
    "l_types",
    "l_op",
    "l_observed",
    "l_actor",
    "l_cause",
    "l_attrs",
    "l_was",
)


class Written(msgspec.Struct, frozen=True):
    """What an entity is stored as: its document as JSON, and the version of the row."""

    document: msgspec.Raw
    version: int


@dataclass(slots=True)
class Batch:
    """What goes to the database: the statement, its arguments, and what it writes."""

    statement: str
    arguments: list[Any]
    written: Mapping[str, Written]


def batch_of(tenant: str, plan: Plan, now: datetime) -> Batch:
    rows = {id: row for id, row in sorted(plan.rows.items()) if row.before is not row.after}
    written = {id: _written(row, row.after, now) for id, row in rows.items() if row.after}
    given: dict[str, Any] = {"tenant": tenant, "now": now, "created": 0}
    touched, placed, gone, worded = [], [], [], []
    boxes: dict[str, tuple[Box | None, Box | None]] = {}
    differences = {id: difference(row.before, row.after, row.names) for id, row in rows.items()}
    for id, row in rows.items():
        what = differences[id]
        if row.after is None:
            assert row.before is not None
            gone.append((id, row.before.version))
            boxes[id] = (_box(row.before), None)
            continue
        given["created"] += row.before is None
        if what.moves:
            boxes[id] = (_box(row.before), _box(row.after))
            placed.append(_placed(id, row.after, written[id], boxes[id][1]))
        else:
            touched.append(_touched(id, row.after, written[id]))
        if what.reads:
            worded.append((id, words_of(row.after.document) or ""))
    given |= _columns(_TOUCHED, touched) | _columns(_PLACED, placed) | _columns(_GONE, gone)
    given |= _columns(_WORDED, worded) | _columns(_COUNTED, counted(rows, differences, boxes))
    given |= _columns(_SHAPED, shaped(rows, differences)) | _columns(_PASSED, passed(rows))
    given |= _columns(_LOGGED, _logged(plan, [*(row[0] for row in touched), *(row[0] for row in placed)]))
    statement = WRITE_AND_DELETE if gone else WRITE
    return Batch(statement.text, [given[name] for name in statement.parameters], written)


def _written(row: Row, after: State, now: datetime) -> Written:
    """The first version is the moment in microseconds: an entity that is created again never has a version twice."""
    version = row.before.version + 1 if row.before else int(now.timestamp() * 1_000_000)
    return Written(msgspec.Raw(msgspec.json.encode(after.document)), version)


def _columns(names: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> dict[str, Any]:
    """The driver looks at each value twice, so a column without any is left empty: `unnest` fills it up beside the others."""
    turned = [() if _is_empty(column) else column for column in zip(*rows, strict=True)]
    return dict(zip(names, turned, strict=True)) if turned else dict.fromkeys(names, ())


def _is_empty(column: tuple[Any, ...]) -> bool:
    return column[0] is None and column.count(None) == len(column)


def _touched(id: str, after: State, written: Written) -> tuple[Any, ...]:
    return (
        id,
        written.document,
        after.observed,
        after.expires,
        after.due,
        written.version,
        after.renewed,
    )


def _placed(id: str, after: State, written: Written, box: Box | None) -> tuple[Any, ...]:
    return (
        id, after.types[0], _several(after.types), after.dataset, SEPARATOR.join(after.scope) or None, written.document,
        *((box.x1, box.y1, box.x2, box.y2) if box else NOWHERE),
        after.observed, after.expires, after.due, written.version, after.created, after.renewed,
    )  # fmt: skip


def _logged(plan: Plan, ids: list[str]) -> list[tuple[Any, ...]]:
    """The last row of each of the entities `ids`, in this order; after them all others."""
    log, last = plan.log, {one.id: place for place, one in enumerate(plan.log)}
    first = [last[id] for id in ids]
    made = [_log_row(place, log[place], plan.rows[log[place].id].after) for place in first]
    if len(made) < len(log):
        others = sorted(set(range(len(log))).difference(first))
        made += [_log_row(place, log[place], None) for place in others]
    return made


def _log_row(place: int, one: Logged, after: State | None) -> tuple[Any, ...]:
    effect = one.effect
    whole = after is not None and effect.attrs is after.document
    return (
        place + 1, one.id, one.types[0], _several(one.types), int(effect.op), effect.observed, one.actor, one.cause,
        None if whole else effect.attrs, effect.was,
    )  # fmt: skip


def _several(types: tuple[str, ...]) -> str | None:
    return SEPARATOR.join(types) if len(types) > 1 else None


def _box(state: State | None) -> Box | None:
    return box_of(state.document) if state else None
