"""Finding entries: rank by rank, newest first within a rank, page after page by key."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from quanyu.core.page_token import page_token, place_of
from quanyu.govern.catalogue import _search_sql, _sql
from quanyu.govern.catalogue._search_sql import Counts, Place
from quanyu.govern.catalogue.model import Entry
from quanyu.govern.catalogue.search import RANKS, Query, View, query_anywhere, query_at
from quanyu.store import Connection

MOST = 200
MOST_STARTED = 10_000


@dataclass(frozen=True, slots=True)
class Page:
    entries: list[Entry]
    next: str | None


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ends: the rank, and the last entry within it."""

    rank: int
    modified: datetime
    name: str


async def find(connection: Connection, query: Query, view: View, *, after: str | None, limit: int) -> Page:
    """The next `limit` entries (at most 200) behind the mark `after`."""
    places = await _places(connection, query, view, after=_parse(after), limit=min(max(limit, 1), MOST) + 1)
    more = len(places) > limit
    shown = places[:limit]
    entries = await _sql.entries(connection, [mark.name for mark in shown])
    return Page(entries, page_token(shown[-1]) if more else None)


async def find_from(
    connection: Connection, query: Query, view: View, *, start: int, limit: int
) -> list[Entry]:
    """As `find`, counted from the first entry, for clients that page by number (at most MOST_STARTED)."""
    places = await _places(connection, query, view, after=None, limit=min(start, MOST_STARTED) + limit)
    return await _sql.entries(connection, [mark.name for mark in places[start:]])


async def newest_from(
    connection: Connection, query: Query, view: View, *, start: int, limit: int
) -> list[Entry]:
    """As `find_from`, whatever the rank."""
    most = min(start, MOST_STARTED) + limit
    places = await _search_sql.page(
        connection, query_anywhere(query, view), query.runs, after=None, limit=most
    )
    return await _sql.entries(connection, [place.name for place in places[start:]])


async def counts(connection: Connection, query: Query, view: View) -> Counts:
    """Facets and number of all entries that match; of the whole catalogue from its counters."""
    if query.is_everything and not view.organisations:
        counted = await _search_sql.tally(connection, sorted(view.audiences))
        return {**counted, "": {"": sum(counted.get("state", {}).values())}}
    return await _search_sql.counts(connection, query_anywhere(query, view), query.runs)


async def _places(
    connection: Connection, query: Query, view: View, *, after: Mark | None, limit: int
) -> list[Mark]:
    ranks = RANKS if query.terms else RANKS[:1]
    found: list[Mark] = []
    for rank in ranks:
        if after is not None and rank < after.rank:
            continue
        start = Place(after.modified, after.name) if after is not None and rank == after.rank else None
        places = await _search_sql.page(
            connection, query_at(query, view, rank), query.runs, after=start, limit=limit - len(found)
        )
        found += [Mark(rank, place.modified, place.name) for place in places]
        if len(found) == limit:
            break
    return found


def _parse(token: str | None) -> Mark | None:
    return None if token is None else place_of(token, Mark, refusal="govern.catalogue.wrong_mark")
