"""The only SQL of catalogue_text and catalogue_tally."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from quanyu.govern.catalogue.search import INDEX, Audience, IndexedText, View
from quanyu.store import Connection

_COMPACT_FROM = 5_000
MOST_COUNTED = 10_000
"""Counting stops here, so that a word that half of the entries have costs no more than this."""

Counts = dict[str, dict[str, int]]
"""facet -> value -> number of entries"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends within its rank: newest first, then by name."""

    modified: datetime
    name: str


async def put(connection: Connection, tenant: str, text: IndexedText) -> None:
    await connection.execute(
        """insert into catalogue_text (tenant, name, audience, modified, words, body, facets, made_by)
        values ($1, $2, $3, $4, array_to_tsvector($5::text[]), $6, $7, $8)
        on conflict (tenant, name) do update set audience = excluded.audience, modified = excluded.modified,
            words = excluded.words, body = excluded.body, facets = excluded.facets, made_by = excluded.made_by""",
        tenant, text.name, text.audience, text.modified, text.words, text.body, text.facets, INDEX,
    )  # fmt: skip


async def stale(connection: Connection, *, limit: int) -> list[str]:
    """Entries whose words were found by other rules than today's, or never."""
    rows = await connection.fetch(
        """select e.name from catalogue_entry e
        where not exists (select from catalogue_text t where t.name = e.name and t.made_by = $1)
        order by e.name limit $2""",
        INDEX,
        limit,
    )
    return [row["name"] for row in rows]


async def page(
    connection: Connection, query: str, runs: Sequence[str], *, after: Place | None, limit: int
) -> list[Place]:
    rows = await connection.fetch(
        "select name, modified from catalogue_page($1, $2, $3, $4, $5)",
        query, _patterns(runs), after.modified if after else None, after.name if after else None, limit,
    )  # fmt: skip
    return [Place(row["modified"], row["name"]) for row in rows]


async def names(connection: Connection, view: View, *, start: int, limit: int) -> list[str]:
    """By name, for clients that want them all."""
    rows = await connection.fetch(
        """select name from catalogue_text where audience = any($1) or organisation = any($2)
        order by name offset $3 limit $4""",
        [str(audience) for audience in view.audiences], list(view.organisations), start, limit,
    )  # fmt: skip
    return [row["name"] for row in rows]


async def keywords(connection: Connection, view: View, *, limit: int) -> list[str]:
    rows = await connection.fetch(
        """select distinct keyword from catalogue_text as t join catalogue_entry as e using (tenant, name),
            jsonb_array_elements_text(e.description -> 'keywords') as keyword
        where t.audience = any($1) or t.organisation = any($2) order by keyword limit $3""",
        [str(audience) for audience in view.audiences], list(view.organisations), limit,
    )  # fmt: skip
    return [row["keyword"] for row in rows]


async def counts(connection: Connection, query: str, runs: Sequence[str]) -> Counts:
    """Facets of the entries that `query` finds, at most MOST_COUNTED of them; the facet "" is their number."""
    rows = await connection.fetch(
        "select facet, value, entries from catalogue_facets($1, $2, $3)", query, _patterns(runs), MOST_COUNTED
    )
    return _counts((row["facet"], row["value"], row["entries"]) for row in rows)


async def tally(connection: Connection, audiences: Sequence[Audience]) -> Counts:
    """Facets of everything these audiences may see."""
    rows = await connection.fetch(
        """select facet, value, sum(entries)::bigint as entries from catalogue_tally
        where audience = any($1) group by facet, value having sum(entries) > 0""",
        [str(audience) for audience in audiences],
    )  # fmt: skip
    return _counts((row["facet"], row["value"], row["entries"]) for row in rows)


async def compact(connection: Connection, tenant: str) -> None:
    """Sums the differences once there are many. One transaction at a time; the others need not wait for it."""
    rows = await connection.fetchval(
        "select count(*) from (select from catalogue_tally limit $1) as first_rows", _COMPACT_FROM
    )
    if rows < _COMPACT_FROM or not await connection.fetchval(
        "select pg_try_advisory_xact_lock(hashtext($1))", f"tally {tenant}"
    ):
        return
    await connection.execute(
        """with gone as (delete from catalogue_tally returning *)
        insert into catalogue_tally
        select tenant, audience, facet, value, sum(entries) from gone group by 1, 2, 3, 4 having sum(entries) <> 0"""
    )


def _patterns(runs: Sequence[str]) -> list[str]:
    return ["%" + run + "%" for run in runs]


def _counts(rows: Iterable[tuple[str, str, int]]) -> Counts:
    counts: Counts = defaultdict(dict)
    for facet, value, entries in rows:
        if value or not facet:
            counts[facet][value] = entries
    return counts
