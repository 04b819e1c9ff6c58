"""The only SQL of federation_entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from quanyu.core.text import index_terms
from quanyu.federation.cascade.model import ListedEntry
from quanyu.store import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`told_by`: the node from which this one knows it."""

    entry: ListedEntry
    told_by: str


async def known(connection: Connection, ids: Sequence[str]) -> dict[str, ListedEntry]:
    rows = await connection.fetch("select id, entry from federation_entry where id = any($1::text[])", ids)
    return {row["id"]: msgspec.convert(row["entry"], ListedEntry) for row in rows}


async def one(connection: Connection, id: str) -> Found | None:
    """What is published; nothing of what is gone."""
    row = await connection.fetchrow(
        "select entry, told_by from federation_entry where id = $1 and not gone", id
    )
    return Found(entry=msgspec.convert(row["entry"], ListedEntry), told_by=row["told_by"]) if row else None


async def put(connection: Connection, tenant: str, entries: Sequence[ListedEntry], told_by: str) -> None:
    """Their numbers are given under the lock of the counter, so that they appear in the order of commits."""
    last = await connection.fetchval(
        """insert into federation_counter (tenant, last) values ($1, $2)
           on conflict (tenant) do update set last = federation_counter.last + $2 returning last""",
        tenant, len(entries),
    )  # fmt: skip
    first = last - len(entries) + 1
    await connection.executemany(
        """insert into federation_entry (tenant, id, node, told_by, version, gone, entry, modified, seq, words)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, array_to_tsvector($10::text[]))
           on conflict (tenant, id) do update set told_by = $4, version = $5, gone = $6, entry = $7, modified = $8,
             seq = $9, words = array_to_tsvector($10::text[])""",
        [
            (
                *(tenant, one.id, one.node, told_by, one.version, one.gone, msgspec.to_builtins(one)),
                *(one.modified, first + place, _words(one, told_by)),
            )
            for place, one in enumerate(entries)
        ],
    )


async def after(
    connection: Connection, seq: int, *, without: str, limit: int
) -> tuple[tuple[ListedEntry, ...], int]:
    """What has changed since `seq` and does not come from that node, and where that ends."""
    rows = await connection.fetch(
        """select entry, seq, node = $2 or told_by = $2 as known_there from federation_entry
           where seq > $1 order by seq limit $3""",
        seq, without, limit,
    )  # fmt: skip
    told = tuple(msgspec.convert(row["entry"], ListedEntry) for row in rows if not row["known_there"])
    return told, rows[-1]["seq"] if rows else seq


async def changed_here(connection: Connection, node: str, limit: int) -> list[tuple[str, int]]:
    """Names and uses in 30 days of this node's entries that are shown otherwise than they are, or not yet."""
    rows = await connection.fetch(
        """select c.name, coalesce((select sum(u.uses) from catalogue_usage u
                                    where u.name = c.name and u.day > current_date - 30), 0)::bigint as uses
           from catalogue_entry c left join federation_entry f on f.tenant = c.tenant and f.id = $1 || '/' || c.name
           where case when f.id is null then c.state = 'published'
                      else f.modified <> c.modified or f.gone <> (c.state <> 'published') end
           order by c.modified limit $2""",
        node, limit,
    )  # fmt: skip
    return [(row["name"], row["uses"]) for row in rows]


async def gone_here(connection: Connection, node: str, limit: int) -> list[ListedEntry]:
    """Shown entries of this node that its catalogue no longer has at all."""
    rows = await connection.fetch(
        """select f.entry from federation_entry f
           where f.node = $1 and not f.gone
             and not exists (select 1 from catalogue_entry c where c.tenant = f.tenant and f.id = $1 || '/' || c.name)
           limit $2""",
        node, limit,
    )  # fmt: skip
    return [msgspec.convert(row["entry"], ListedEntry) for row in rows]


async def direct_nodes(connection: Connection) -> set[str]:
    """This node, and those that are trusted here."""
    rows = await connection.fetch("select id from federation_node where state = 'trusted'")
    return {row["id"] for row in rows}


async def told_peers(connection: Connection) -> list[tuple[str, int]]:
    """Trusted nodes that are told of entries, and up to where they have been."""
    rows = await connection.fetch(
        """select id, shown from federation_node
           where state = 'trusted' and (side = 'above' or told_catalogue) order by id"""
    )
    return [(row["id"], row["shown"]) for row in rows]


async def set_shown(connection: Connection, node: str, seq: int) -> None:
    await connection.execute("update federation_node set shown = $2 where id = $1", node, seq)


async def set_told(connection: Connection, node: str, on: bool) -> None:
    """Who subscribes anew is told everything anew."""
    await connection.execute(
        "update federation_node set told_catalogue = $2, shown = 0 where id = $1", node, on
    )


async def page(
    connection: Connection, query: str, *, before: datetime | None, behind: str | None, limit: int
) -> list[Found]:
    rows = await connection.fetch(
        "select entry, told_by from federation_page($1, $2, $3, $4)", query, before, behind, limit
    )
    return [Found(entry=msgspec.convert(row["entry"], ListedEntry), told_by=row["told_by"]) for row in rows]


def _words(entry: ListedEntry, told_by: str) -> list[str]:
    facets = (
        f"=level:{entry.level}", f"=node:{entry.node}", f"=share_type:{entry.share_type}", f"=told_by:{told_by}",
    )  # fmt: skip
    return [*dict.fromkeys(index_terms(entry.text)), *facets]
