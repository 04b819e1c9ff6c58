"""The only SQL of the evidence tables."""

from collections.abc import Sequence
from datetime import datetime

from quanyu.identity.evidence.model import EMPTY, Entry, Link, Root
from quanyu.store import Connection

_ENTRY = "at, actor, actor_name, action, kind, resource, outcome, reason"


async def add_pending(connection: Connection, entries: Sequence[Entry], *, now: bool) -> None:
    """`now` lets the database's clock say when; otherwise the entries' own time stands."""
    if now:
        times: list[datetime | None] = [None] * len(entries)
    else:
        times = [entry.at for entry in entries]
    await connection.execute(
        f"""insert into evidence_pending (tenant, {_ENTRY}, detail)
            select tenant, coalesce(at, clock_timestamp()), actor, actor_name, action, kind, resource, outcome, reason,
                   detail::json
            from unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                        $8::text[], $9::text[], $10::text[])
              as t (tenant, at, actor, actor_name, action, kind, resource, outcome, reason, detail)""",
        *([entry.tenant for entry in entries], times, *_columns(entries)),
    )


async def lock_head(connection: Connection, tenant: str) -> tuple[int, bytes, int, bytes]:
    """Number and hash of the last entry and of the last block. One sealer at a time holds it."""
    await connection.execute(
        "insert into evidence_head (tenant, hash, block_hash) values ($1, $2, $2) on conflict do nothing",
        tenant,
        EMPTY,
    )
    row = await connection.fetchrow(
        "select seq, hash, block, block_hash from evidence_head where tenant = $1 for update", tenant
    )
    return row["seq"], row["hash"], row["block"], row["block_hash"]


async def take_pending(connection: Connection, tenant: str, limit: int) -> list[Entry]:
    rows = await connection.fetch(
        f"""with taken as (
              delete from evidence_pending where tenant = $1 and id in (
                select id from evidence_pending where tenant = $1 order by id limit $2)
              returning id, tenant, {_ENTRY}, detail::text as detail)
            select tenant, {_ENTRY}, detail from taken order by id""",
        tenant, limit,
    )  # fmt: skip
    return [Entry(**dict(row)) for row in rows]


async def add_links(connection: Connection, links: Sequence[Link]) -> None:
    entries = [link.entry for link in links]
    await connection.execute(
        f"""insert into evidence (tenant, seq, {_ENTRY}, detail, previous, hash)
            select tenant, seq, {_ENTRY}, detail::json, previous, hash
            from unnest($1::text[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[],
                        $8::text[], $9::text[], $10::text[], $11::text[], $12::bytea[], $13::bytea[])
              as t (tenant, seq, at, actor, actor_name, action, kind, resource, outcome, reason, detail, previous, hash)""",
        [entry.tenant for entry in entries], [link.seq for link in links], [entry.at for entry in entries],
        *_columns(entries), [link.previous for link in links], [link.hash for link in links],
    )  # fmt: skip


async def add_block(connection: Connection, root: Root) -> None:
    await connection.execute(
        """insert into evidence_block (tenant, number, first, last, at, head, previous, key, signature)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        root.tenant, root.number, root.first, root.last, root.at, root.head, root.previous, root.key, root.signature,
    )  # fmt: skip
    await connection.execute(
        "update evidence_head set seq = $2, hash = $3, block = $4, block_hash = $5 where tenant = $1",
        root.tenant, root.last, root.head, root.number, root.hash(),
    )  # fmt: skip


async def roots_after(connection: Connection, tenant: str, number: int, limit: int) -> list[Root]:
    rows = await connection.fetch(
        "select * from evidence_block where tenant = $1 and number > $2 order by number limit $3",
        tenant,
        number,
        limit,
    )
    return [Root(**dict(row)) for row in rows]


async def links_after(connection: Connection, tenant: str, seq: int, limit: int) -> list[Link]:
    rows = await connection.fetch(
        f"""select tenant, seq, {_ENTRY}, detail::text as detail, previous, hash
            from evidence where tenant = $1 and seq > $2 order by seq limit $3""",
        tenant, seq, limit,
    )  # fmt: skip
    return [_link(dict(row)) for row in rows]


async def any_pending(connection: Connection, tenant: str) -> bool:
    found: bool = await connection.fetchval(
        "select exists (select 1 from evidence_pending where tenant = $1)", tenant
    )
    return found


async def count_pending(connection: Connection, tenant: str) -> int:
    count: int = await connection.fetchval("select count(*) from evidence_pending where tenant = $1", tenant)
    return count


async def read_head(connection: Connection, tenant: str) -> tuple[int, bytes, int, bytes] | None:
    row = await connection.fetchrow(
        "select seq, hash, block, block_hash from evidence_head where tenant = $1", tenant
    )
    return (row["seq"], row["hash"], row["block"], row["block_hash"]) if row else None


def _link(row: dict[str, object]) -> Link:
    seq, previous, digest = row.pop("seq"), row.pop("previous"), row.pop("hash")
    return Link(seq=seq, entry=Entry(**row), previous=previous, hash=digest)  # type: ignore[arg-type]


def _columns(entries: Sequence[Entry]) -> tuple[list[str], ...]:
    names = ("actor", "actor_name", "action", "kind", "resource", "outcome", "reason", "detail")
    return tuple([getattr(entry, name) for entry in entries] for name in names)
