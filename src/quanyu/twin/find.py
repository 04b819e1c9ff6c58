"""Entities that fit an NGSI-LD query, page by page: SQL narrows, the evaluator decides (decision 0031).

What is found is as who asks may ask about it: what the search calls veiled is hidden already (decision 0038).
"""

import time
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field, replace

from quanyu.store import Connection
from quanyu.twin import _find_sql, stretches
from quanyu.twin.discovery import Shape, number_of, shapes
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.query import (
    Ordering,
    Parameters,
    Query,
    certain,
    depth,
    is_exact,
    link_ids,
    matches,
    of_types,
    ordered,
    targets,
)
from quanyu.twin.places import Places
from quanyu.twin.query import stored_of
from quanyu.twin.search import (
    BEGINNING,
    Position,
    Search,
    TooComplexQuery,
    by_index,
    limited,
    listed,
    position_of,
    statement,
    where_of,
)
from quanyu.twin.veil import all_veiled

MOST_ORDERED = 50_000
_SMALLEST_CHUNK, _LARGEST_CHUNK = 30, 2000


@dataclass(frozen=True, slots=True)
class Finder:
    """`places` makes deep pages quick that are asked for in turn; it lives as long as the node. `declared` attributes have an index."""

    declared: frozenset[str] = frozenset()
    places: Places = field(default_factory=Places)


@dataclass(frozen=True, slots=True)
class Found:
    """`more`: others follow."""

    items: tuple[Stored, ...]
    more: bool


async def find(
    connection: Connection, search: Search, finder: Finder, *, limit: int, offset: int = 0
) -> Found:
    """Raises TooComplexQuery."""
    start, skip = await _start(connection, search, finder, offset)
    if start is None:
        return Found((), more=False)
    found: list[Stored] = []
    async for one in _matching(connection, search, start, limit + skip):
        if skip:
            skip -= 1
        elif len(found) == limit:
            finder.places.remember(search.question, offset + limit, position_of(found[-1]))
            return Found(tuple(found), more=True)
        else:
            found.append(one)
    return Found(tuple(found), more=False)


async def find_after(connection: Connection, search: Search, after: Position, *, limit: int) -> Found:
    """The page that follows an entity. Raises TooComplexQuery."""
    found: list[Stored] = []
    async for one in _matching(connection, search, after, limit):
        if len(found) == limit:
            return Found(tuple(found), more=True)
        found.append(one)
    return Found(tuple(found), more=False)


async def find_ordered(
    connection: Connection, search: Search, ordering: Ordering, *, limit: int, offset: int = 0
) -> Found:
    """4.23: all that fit, sorted. Raises TooComplexQuery also where they are too many."""
    found = []
    async for one in _matching(connection, search, BEGINNING, _LARGEST_CHUNK):
        found.append(one)
        if len(found) > MOST_ORDERED:
            raise TooComplexQuery("twin.query.many", limit=MOST_ORDERED)
    items = ordered(found, ordering)[offset : offset + limit]
    return Found(tuple(items), more=len(found) > offset + limit)


async def number_found(connection: Connection, search: Search) -> int:
    """Exact: from the counters where only types are asked for, else counted. Raises TooComplexQuery."""
    if search.since is None and search.until is None:
        fitting = _by_types_alone(search.query, await shapes(connection, search.tenant, search.datasets))
        if fitting is not None:
            return number_of(fitting)
    if is_exact(search.query):
        parameters = Parameters([search.tenant])
        text = _find_sql.COUNT.format(where=where_of(search, parameters))
        async with limited(connection, search):
            number: int = await connection.fetchval(text, *parameters.values)
        return number
    number, rest = await _number_sure(connection, search)
    if rest is not None:
        async for _ in _matching(connection, rest, BEGINNING, _LARGEST_CHUNK):
            number += 1
    return number


async def all_ids(connection: Connection, search: Search, most: int) -> list[str]:
    """Of everything that fits, in order. Raises TooComplexQuery where they are more than `most`."""
    found: list[str] = []
    async for one in _matching(connection, search, BEGINNING, _LARGEST_CHUNK):
        found.append(one.id)
        if len(found) > most:
            raise TooComplexQuery("twin.query.many", limit=most)
    return found


async def linked_entities(
    connection: Connection, tenant: str, ids: Collection[str], datasets: Collection[str] | None
) -> dict[str, Stored]:
    """Those of them that there are and that the asker sees."""
    rows = await connection.fetch(_find_sql.BY_ID, tenant, list(ids), listed(datasets))
    return {row["id"]: stored_of(row) for row in rows}


async def known_to(connection: Connection, search: Search, ids: Collection[str]) -> dict[str, Stored]:
    """Those of them that there are, as whoever searches may ask about them."""
    found = await linked_entities(connection, search.tenant, ids, search.datasets)
    return {one.id: one for one in all_veiled(found.values(), search.veils)} if search.veils else found


async def _number_sure(connection: Connection, search: Search) -> tuple[int, Search | None]:
    """How many fit for sure, counted by the database, and where to look for others, if there may be any."""
    parameters = Parameters([search.tenant])
    where = where_of(search, parameters)
    sure = None if search.veils else certain(search.query, parameters)
    if sure is None:
        return 0, search
    async with limited(connection, search):
        row = await connection.fetchrow(
            _find_sql.COUNT_SURE.format(where=where, sure=sure), *parameters.values
        )
    return row["sure"], None if row["sure"] == row["candidates"] else replace(search, doubtful=True)


async def _start(
    connection: Connection, search: Search, finder: Finder, offset: int
) -> tuple[Position | None, int]:
    """Where to begin, and how many of what follows to pass over. None: the list ends before that."""
    if not offset:
        return BEGINNING, 0
    if search.since is None and search.until is None:
        fitting = _by_types_alone(search.query, await shapes(connection, search.tenant, search.datasets))
        if fitting is not None:
            types = {one.types[0] for one in fitting}
            return await stretches.before(connection, search.tenant, types, offset, search.datasets), 0
    known, last = finder.places.nearest(search.question, offset)
    return last, offset - known


def _by_types_alone(query: Query, found: Collection[Shape]) -> list[Shape] | None:
    """The shapes of a query that asks for types and nothing else, where their entities are whole runs of the order."""
    if query != Query(selectors=query.selectors) or any(one.ids or one.pattern for one in query.selectors):
        return None
    fits = [
        one
        for one in found
        if not query.selectors or any(of_types(one.types, s.types) for s in query.selectors)
    ]
    first = {one.types[0] for one in fits}
    whole = all(one in fits for one in found if one.types[0] in first)
    return fits if whole else None


async def _matching(
    connection: Connection, search: Search, start: Position, wanted: int
) -> AsyncIterator[Stored]:
    """Everything that fits after a position, in order; `wanted` is how many may be needed."""
    deadline = time.monotonic() + search.seconds
    search = await by_index(connection, search)
    likely = wanted * 2 if search.query.geo else wanted  # a circle is hardly more than two thirds of its box
    after, chunk = start, min(max(likely + 1, _SMALLEST_CHUNK), _LARGEST_CHUNK)
    async with limited(connection, search):
        while True:
            parameters = Parameters([search.tenant])
            text = statement(search, parameters, after, chunk)
            rows = await connection.fetch(text, *parameters.values)
            candidates = all_veiled(map(stored_of, rows), search.veils)
            linked = await _linked(connection, search, candidates)
            for one in candidates:
                if matches(search.query, one, linked):
                    yield one
            if len(candidates) < chunk:
                return
            if time.monotonic() > deadline:
                raise TooComplexQuery("twin.query.complex", seconds=search.seconds)
            after, chunk = position_of(candidates[-1]), min(chunk * 2, _LARGEST_CHUNK)


async def _linked(connection: Connection, search: Search, candidates: list[Stored]) -> Mapping[str, Stored]:
    """The entities that the query's relationships lead to, level by level."""
    followed = [one for one in targets(search.query.q) if depth(one)] if search.query.q else []
    linked: dict[str, Stored] = {}
    for _ in range(max(map(depth, followed), default=0)):
        wanted = {id for target in followed for one in candidates for id in link_ids(target, one, linked)}
        linked |= await known_to(connection, search, wanted)
    return linked
