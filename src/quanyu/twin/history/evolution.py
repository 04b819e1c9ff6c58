"""The temporal evolution of entities (ETSI GS CIM 009, 5.7.3, 5.7.4): found, narrowed, and cut into pages."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import asyncpg

from quanyu.core.errors import NotFound
from quanyu.store import Connection
from quanyu.twin.history import _sql
from quanyu.twin.history.beyond import Beyond
from quanyu.twin.history.instances import Instance
from quanyu.twin.history.interval import Interval, TimeProperty
from quanyu.twin.history.known import Known
from quanyu.twin.history.log import MOST_ROWS, corrections_of
from quanyu.twin.history.portions import instances_of
from quanyu.twin.history.select import Choice, Timed, chosen
from quanyu.twin.history.source import Archive, NoHistory
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.query.evaluate import matches
from quanyu.twin.ngsild.query.tree import Query

_BATCH = 200  # candidates at once

Veiling = Callable[[Sequence["Known"]], Awaitable[Callable[["Known", Instance], Instance]]]
"""Given entities, answers how an asker sees their instances; what is seen whole is the same instance."""


@dataclass(frozen=True, slots=True)
class Evolution:
    """`timed` are the chosen instances in order of time."""

    entity: Known
    timed: list[Timed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`datasets` None: of any owner. `descending` is by id, the only order there is (5.7.4.4).

    `beyond`: what other brokers know; entities that only they know follow those that are known here.
    """

    query: Query
    choice: Choice
    limit: int
    offset: int = 0
    counted: bool = False
    descending: bool = False
    datasets: Collection[str] | None = None
    most: int = MOST_ROWS
    beyond: Mapping[str, Beyond] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """`more`: others follow. `count` is of all that match, where it was asked for."""

    evolutions: list[Evolution] = field(default_factory=list)
    more: bool = False
    count: int | None = None


async def known(connection: Connection, tenant: str, id: str) -> Known:
    """Raises NotFound for an entity without temporal evolution."""
    row = await connection.fetchrow(_sql.KNOWN, tenant, id)
    if row is None:
        raise NotFound("twin.history.unknown", id=id)
    erased = [
        one.upto
        for one in (await corrections_of(connection, tenant, [id])).get(id, ())
        if not one.attribute and not one.instance and one.dataset is None
    ]
    if erased and not await connection.fetchval(_sql.ANY_ROW, tenant, id, max(erased)):
        raise NotFound("twin.history.unknown", id=id)
    return _known(row)


async def evolution_of(
    connection: Connection,
    tenant: str,
    entity: Known,
    choice: Choice,
    archive: Archive,
    *,
    most: int = MOST_ROWS,
) -> list[Instance]:
    """All instances of an entity in the interval of the choice, and perhaps some beside it."""
    (found,) = await instances_of(connection, tenant, [entity], choice, archive, most)
    return found


async def find(
    connection: Connection, tenant: str, wanted: Wanted, archive: Archive, veiling: Veiling
) -> Found:
    """5.7.4: entities of which an instance lies in the interval, and whose instances there fit the query."""
    found = Found()
    number = 0
    async for one in _matching(connection, tenant, wanted, archive, veiling):
        if wanted.offset <= number < wanted.offset + wanted.limit:
            found.evolutions.append(one)
        number += 1
        if number > wanted.offset + wanted.limit and not wanted.counted:
            return replace(found, more=True)
    return replace(
        found, more=number > wanted.offset + wanted.limit, count=number if wanted.counted else None
    )


async def find_ids(
    connection: Connection, tenant: str, wanted: Wanted, archive: Archive, veiling: Veiling, *, most: int
) -> list[str]:
    """The first `most` entities that `find` would find, whatever page is wanted."""
    found: list[str] = []
    async for one in _matching(connection, tenant, wanted, archive, veiling):
        if len(found) == most:
            break
        found.append(one.entity.id)
    return found


async def _matching(
    connection: Connection, tenant: str, wanted: Wanted, archive: Archive, veiling: Veiling
) -> AsyncIterator[Evolution]:
    interval = replace(wanted.choice.interval, last=None)
    free = wanted.query.q is None and wanted.query.geo is None
    reading = wanted.choice if free else Choice(interval=interval)
    left = dict(wanted.beyond)
    async for entities in _candidates(connection, tenant, wanted):
        seen_as = await veiling(entities)
        source = (
            archive
            if any(one.ids for one in wanted.query.selectors)
            else replace(archive, source=NoHistory())
        )
        batches = await instances_of(connection, tenant, entities, reading, source, wanted.most)
        for entity, found in zip(entities, batches, strict=True):
            shown = [seen_as(entity, one) for one in found]
            veiled = frozenset(one.name for one, seen in zip(found, shown, strict=True) if seen is not one)
            if more := left.pop(entity.id, None):
                shown = more.instances_with(shown, interval.property)
                entity = more.entity_with(entity)
            if one := _fitting(entity, shown, wanted, veiled):
                yield one
    for _, more in sorted(left.items(), reverse=wanted.descending):
        if one := _fitting(more.entity, more.instances_with((), interval.property), wanted):
            yield one


def _fitting(
    entity: Known, shown: list[Instance], wanted: Wanted, veiled: frozenset[str] = frozenset()
) -> Evolution | None:
    timed = chosen(shown, wanted.choice)
    interval = replace(wanted.choice.interval, last=None)
    fits = timed and matches(wanted.query, replace(_as_stored(entity, shown, interval), veiled=veiled))
    return Evolution(entity, timed) if fits else None


def _as_stored(entity: Known, found: list[Instance], interval: Interval) -> Stored:
    """The entity with all its instances in the interval, as if they were there at once: one that fits is enough."""
    document: dict[str, Any] = {}
    scope = set(entity.scope)
    for _, one in chosen(found, Choice(interval=interval)):
        if one.name == "scope":
            scope.update(one.content["value"])
        else:
            document.setdefault(one.name, []).append(one.content)
    return Stored(
        id=entity.id, types=entity.types, dataset=entity.dataset, scope=tuple(scope), document=document,
        version=0, created=entity.created, modified=entity.modified,
    )  # fmt: skip


async def _candidates(connection: Connection, tenant: str, wanted: Wanted) -> AsyncIterator[list[Known]]:
    """In order of id; by what an index knows of the query."""
    selectors = wanted.query.selectors
    ids = [id for one in selectors for id in one.ids] if all(one.ids for one in selectors) else []
    types = (
        [name for one in selectors for names in one.types for name in names]
        if all(one.types for one in selectors)
        else []
    )
    statement, after = (_sql.CANDIDATES_DOWN, "\U0010ffff") if wanted.descending else (_sql.CANDIDATES_UP, "")
    datasets = None if wanted.datasets is None else list(wanted.datasets)
    deleted = bool(ids) or wanted.choice.interval.property is TimeProperty.DELETED
    while True:
        rows = await connection.fetch(
            statement, tenant, ids or None, types or None, after, datasets, _BATCH, deleted
        )
        if rows:
            yield [_known(row) for row in rows]
        if len(rows) < _BATCH:
            return
        after = rows[-1]["id"]


def _known(row: asyncpg.Record) -> Known:
    return Known(
        id=row["id"], types=tuple(row["types"] or (row["type"],)), dataset=row["dataset"],
        scope=tuple(row["scope"] or ()), created=row["created"], modified=row["modified"],
        deleted=row["deleted"], document=row["doc"],
    )  # fmt: skip
