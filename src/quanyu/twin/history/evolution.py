"""The temporal evolution of entities (ETSI GS CIM 009, 5.7.3, 5.7.4): found, narrowed, and cut into pages."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import asyncpg

from quanyu.core.errors import NotFound
from quanyu.store import Connection
from quanyu.twin.history import _sql
from quanyu.twin.history.instances import Instance
from quanyu.twin.history.interval import Interval
from quanyu.twin.history.log import MOST_ROWS, Reading, corrections_of, read
from quanyu.twin.history.observed import observations
from quanyu.twin.history.select import Choice, Timed, chosen
from quanyu.twin.history.source import Archive
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.query.evaluate import matches
from quanyu.twin.ngsild.query.tree import Query

_BATCH = 200

Veiling = Callable[[Sequence["Known"]], Awaitable[Callable[["Known", Instance], Instance]]]
"""Given entities, answers how an asker sees their instances."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An entity as far as its evolution needs it. `document` is its state, None where it has none (any more)."""

    id: str
    types: tuple[str, ...]
    dataset: str
    scope: tuple[str, ...]
    created: datetime
    modified: datetime
    deleted: datetime | None
    document: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Evolution:
    """`timed` are the chosen instances in order of time."""

    entity: Known
    timed: list[Timed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`datasets` None: of any owner. `descending` is by id, the only order there is (5.7.4.4)."""

    query: Query
    choice: Choice
    limit: int
    offset: int = 0
    counted: bool = False
    descending: bool = False
    datasets: Collection[str] | None = None
    most: int = MOST_ROWS


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
    (found,) = await _instances(connection, tenant, [entity], choice, archive, most)
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


async def _matching(
    connection: Connection, tenant: str, wanted: Wanted, archive: Archive, veiling: Veiling
) -> AsyncIterator[Evolution]:
    interval = replace(wanted.choice.interval, last=None)
    free = wanted.query.q is None and wanted.query.geo is None
    reading = wanted.choice if free else Choice(interval=interval)
    async for entities in _candidates(connection, tenant, wanted):
        seen_as = await veiling(entities)
        batches = await _instances(connection, tenant, entities, reading, archive, wanted.most)
        for entity, instances in zip(entities, batches, strict=True):
            shown = [seen_as(entity, one) for one in instances]
            timed = chosen(shown, wanted.choice)
            if timed and matches(wanted.query, _as_stored(entity, shown, interval)):
                yield Evolution(entity, timed)


def _as_stored(entity: Known, instances: list[Instance], interval: Interval) -> Stored:
    """The entity with all its instances in the interval, as if they were there at once: one that fits is enough."""
    document: dict[str, Any] = {}
    scope = set(entity.scope)
    for _, one in chosen(instances, Choice(interval=interval)):
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
    while True:
        rows = await connection.fetch(statement, tenant, ids or None, types or None, after, datasets, _BATCH)
        if rows:
            yield [_known(row) for row in rows]
        if len(rows) < _BATCH:
            return
        after = rows[-1]["id"]


async def _instances(
    connection: Connection,
    tenant: str,
    entities: Sequence[Known],
    choice: Choice,
    archive: Archive,
    most: int,
) -> list[list[Instance]]:
    """Of each. A batch that holds more than can be read at once is halved; one entity alone is cut."""
    names = sorted(choice.attributes) or None
    ids = [one.id for one in entities]
    reading = Reading(entities=ids, attributes=names, interval=choice.interval, most=most)
    found = await read(connection, tenant, reading, archive)
    if len(ids) > 1 and sum(map(len, found.values())) >= most:
        middle = len(ids) // 2
        return [
            *await _instances(connection, tenant, entities[:middle], choice, archive, most),
            *await _instances(connection, tenant, entities[middle:], choice, archive, most),
        ]
    return [
        await observations(tenant, one.id, one.document, found.get(one.id, []), choice, archive)
        if one.dataset and one.document
        else found.get(one.id, [])
        for one in entities
    ]


def _known(row: asyncpg.Record) -> Known:
    return Known(
        id=row["id"], types=tuple(row["types"] or (row["type"],)), dataset=row["dataset"],
        scope=tuple(row["scope"] or ()), created=row["created"], modified=row["modified"],
        deleted=row["deleted"], document=row["doc"],
    )  # fmt: skip
