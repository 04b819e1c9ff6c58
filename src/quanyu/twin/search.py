"""What is searched for, and the statement that narrows it to candidates (decision 0031)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import asyncpg

from quanyu.core.errors import QuanyuError
from quanyu.store import Connection
from quanyu.twin import _find_sql
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.query import Parameters, Query, certain, condition, named_types
from quanyu.twin.ngsild.query.geo import search_box
from quanyu.twin.ngsild.query.ranges import ranges
from quanyu.twin.veil import Veils, hidden_in

SECONDS = 5.0
_FEW = 5000  # that an index names: fewer are looked at one by one, more are met soon anyway
_MOST_TYPES = 10
_LAST = chr(0x10FFFF)  # no id comes after it

Position = tuple[str, str]
"""Type and id: the order of every list that nothing else orders."""

BEGINNING: Position = ("", "")


class TooComplexQuery(QuanyuError):
    """It takes longer than a query may (5.5.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """`datasets` None: of all. `veils`: by dataset, what who asks does not see whole of what is asked for. `question`
    names the same question again, for its next pages. `doubtful`: without those that `certain` counts.

    `declared` are attributes with an index (`twin.declared`); `among`: only these ids. `since` and `until`: the entity was last observed, or where nobody says when, changed, in this time.
    """

    tenant: str
    query: Query
    declared: frozenset[str] = frozenset()
    among: tuple[str, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    datasets: Collection[str] | None = None
    veils: Mapping[str, Veils] = field(default_factory=dict)
    question: str = ""
    doubtful: bool = False
    seconds: float = SECONDS


async def by_index(connection: Connection, search: Search) -> Search:
    """The same search among the few that the index of a declared attribute names, where they are few."""
    names = _types(search.query)
    if search.veils or not names or len(names) > _MOST_TYPES:
        return search
    for one in ranges(search.query.q):
        if one.name in search.declared:
            rows = await connection.fetch(_find_sql.DECLARED, names, one.name, one.low, one.high, _FEW + 1)
            ids = {row["id"] for row in rows}
            if len(rows) <= _FEW:
                return replace(search, among=tuple(ids))
    return search


def statement(search: Search, parameters: Parameters, after: Position, limit: int) -> str:
    where = where_of(search, parameters)
    names = _types(search.query)
    by_box = (
        search.query.geo is not None
        and search.query.geo.property == "location"
        and search_box(search.query.geo)
    )
    places = {
        "where": where, "type": parameters.add(after[0]), "id": parameters.add(after[1]),
        "limit": parameters.add(limit),
    }  # fmt: skip
    if by_box:
        return _find_sql.BY_BOX.format(**places)
    if not names or search.among is not None or any(one.ids for one in search.query.selectors):
        return _find_sql.BY_KEY.format(**places)
    places["names"] = parameters.add(names)
    if len(names) > 1:
        return _find_sql.BY_TYPES.format(**places)
    low = after[1] if after[0] == names[0] else "" if after[0] < names[0] else _LAST
    return _find_sql.BY_TYPE.format(**places, name=parameters.add(names[0]), low=parameters.add(low))


def where_of(search: Search, parameters: Parameters) -> str:
    parts = [condition(search.query, parameters, hidden_in(search.veils))]
    if search.among is not None:
        parts.append(f"id = any({parameters.add(list(search.among))}::text[])")
    if search.datasets is not None:
        parts.append(f"dataset = any({parameters.add(listed(search.datasets))}::text[])")
    for sign, moment in ((">=", search.since), ("<=", search.until)):
        if moment is not None:
            parts.append(f"coalesce(observed, modified) {sign} {parameters.add(moment)}::timestamptz")
    if search.doubtful and (sure := certain(search.query, parameters)):
        parts.append(f"due is not null or coalesce({sure}, false) is false")
    return " and ".join(f"({one})" for one in parts)


def _types(query: Query) -> list[str]:
    """All that a fitting entity may have one of; none where any type may fit."""
    if not all(one.types for one in query.selectors):
        return []
    return sorted({name for one in query.selectors for name in named_types(one.types)})


class limited:
    """Statements inside end when they take longer than the search may."""

    def __init__(self, connection: Connection, search: Search) -> None:
        self._connection = connection
        self._seconds = search.seconds

    async def __aenter__(self) -> None:
        milliseconds = int(self._seconds * 1000)
        await self._connection.execute(
            f"set local statement_timeout = {milliseconds}; set local plan_cache_mode = force_custom_plan"
        )

    async def __aexit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, asyncpg.QueryCanceledError):
            raise TooComplexQuery("twin.query.complex", seconds=self._seconds) from None


def position_of(entity: Stored) -> Position:
    return entity.types[0], entity.id


def listed(datasets: Collection[str] | None) -> list[str] | None:
    return None if datasets is None else sorted(datasets)
