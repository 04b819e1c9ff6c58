"""Entities as they were right after each of their changes, from the log and what they are now."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from quanyu.core.entity import instances
from quanyu.store import Connection
from quanyu.twin.model import Stored
from quanyu.twin.query import retrieve_many
from quanyu.twin.state import Op
from quanyu.twin.subscriptions.change import Change, is_removed
from quanyu.twin.subscriptions.removal import by_dataset

_DEPARTED = """
select id, type, types, dataset, scope, created, modified from past_entity where tenant = $1 and id = any($2::text[])
"""


async def states_after(connection: Connection, tenant: str, changes: Sequence[Change]) -> dict[int, Stored]:
    """By number of the change; of a deletion the entity as it was.

    An attribute that changed again after the last of `changes` may already be newer: every change is told at least with
    the values that it brought.
    """
    by_entity: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_entity[change.id].append(change)
    current = await retrieve_many(connection, tenant, by_entity)
    departed = await _departed(connection, tenant, _left(by_entity, current))
    return {
        seq: state
        for id, some in by_entity.items()
        for seq, state in unfolded(some, current.get(id), departed.get(id))
    }


def unfolded(
    changes: Sequence[Change], current: Stored | None, departed: Stored | None
) -> Iterable[tuple[int, Stored]]:
    """The changes of one entity in order. `departed`: what is known of it when it was deleted last."""
    for life in _lives(changes):
        last = life[-1]
        if last.op is Op.DELETE:
            head, document = departed or _unknown(last), dict(last.was)
        elif current is not None and current.created <= last.at:
            head, document = current, current.document
            if len(life) == 1 and current.modified == last.at:
                yield last.seq, current
                continue
        else:
            head, document = departed or _unknown(last), {}
        yield from _through(life, head, document)


def _through(
    life: Sequence[Change], head: Stored, document: Mapping[str, Any]
) -> Iterable[tuple[int, Stored]]:
    made = dict(document)
    for change in life:
        if change.op is Op.REPLACE:
            made = dict(change.attrs)
        for name, content in change.attrs.items():
            laid = _laid(made.get(name), content)
            if laid is None:
                made.pop(name, None)
            else:
                made[name] = laid
        yield change.seq, replace(head, types=change.types, document=dict(made), modified=change.at)


def _laid(there: Any, content: Any) -> Any:
    """Changed instances over those that are there; None where nothing is left."""
    if content is None:
        return None
    made = by_dataset(there)
    for one in instances(content):
        if is_removed(one):
            made.pop(one.get("datasetId"), None)
        else:
            made[one.get("datasetId")] = one
    found = list(made.values())
    return found if len(found) > 1 else found[0] if found else None


def _lives(changes: Sequence[Change]) -> Iterable[Sequence[Change]]:
    """An entity may come again after it was deleted."""
    begin = 0
    for index, change in enumerate(changes):
        if change.op is Op.DELETE:
            yield changes[begin : index + 1]
            begin = index + 1
    if begin < len(changes):
        yield changes[begin:]


def _left(by_entity: Mapping[str, Sequence[Change]], current: Mapping[str, Stored]) -> list[str]:
    return [
        id
        for id, some in by_entity.items()
        if id not in current or any(one.op is Op.DELETE for one in some) or some[0].at < current[id].created
    ]


async def _departed(connection: Connection, tenant: str, ids: Collection[str]) -> dict[str, Stored]:
    if not ids:
        return {}
    rows = await connection.fetch(_DEPARTED, tenant, list(ids))
    return {
        row["id"]: Stored(
            id=row["id"], types=tuple(row["types"] or (row["type"],)), dataset=row["dataset"],
            scope=tuple(row["scope"] or ()), document={}, version=0,
            created=row["created"], modified=row["modified"],
        )
        for row in rows
    }  # fmt: skip


def _unknown(change: Change) -> Stored:
    return Stored(
        id=change.id, types=change.types, dataset="", scope=(), document={}, version=0,
        created=change.at, modified=change.at,
    )  # fmt: skip
