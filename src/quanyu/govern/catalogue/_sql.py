"""The only SQL of the catalogue's own tables, read with what the dataset and its organisation are now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from quanyu.core.clock import city_day
from quanyu.core.profile import ColumnProfile
from quanyu.govern.catalogue.model import Description, Entry, Facts, State, Usage, Version
from quanyu.store import Connection

_ENTRY = """e.name, e.resource_code, e.state, e.version, e.description, e.facts, e.created, e.modified, e.published,
    d.score, d.gate, o.name as organisation_name from catalogue_entry as e
    left join dataset as d on d.tenant = e.tenant and d.name = e.name
    left join organisation as o on o.tenant = e.tenant and o.id = e.description ->> 'organisation'"""


async def entry(connection: Connection, name: str, *, lock: bool = False) -> Entry | None:
    row = await connection.fetchrow(
        f"select {_ENTRY} where e.name = $1" + (" for update of e" if lock else ""), name
    )
    return _entry(row) if row else None


async def entries(connection: Connection, names: Sequence[str]) -> list[Entry]:
    """In the order of `names`; names without an entry are left out."""
    rows = await connection.fetch(f"select {_ENTRY} where e.name = any($1)", names)
    known = {row["name"]: _entry(row) for row in rows}
    return [known[name] for name in names if name in known]


async def published_after(connection: Connection, after: str, limit: int) -> list[Entry]:
    """By name."""
    rows = await connection.fetch(
        f"select {_ENTRY} where e.state = 'published' and e.name > $1 order by e.name limit $2", after, limit
    )
    return [_entry(row) for row in rows]


async def naming(connection: Connection, element: str) -> list[Entry]:
    """Published entries of which an item names the element, to be written."""
    rows = await connection.fetch(
        f"select {_ENTRY} where e.state = 'published' and e.description -> 'items' @> $1 order by e.name for update of e",
        [{"element": element}],
    )
    return [_entry(row) for row in rows]


async def profile(connection: Connection, name: str) -> tuple[ColumnProfile, ...]:
    value = await connection.fetchval("select profile from catalogue_entry where name = $1", name)
    return msgspec.convert(value or [], tuple[ColumnProfile, ...])


async def put(connection: Connection, tenant: str, entry: Entry) -> None:
    await connection.execute(
        """insert into catalogue_entry (tenant, name, resource_code, state, version, description, facts, created, modified, published)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (tenant, name) do update set state = excluded.state, version = excluded.version,
            description = excluded.description, facts = excluded.facts, resource_code = excluded.resource_code,
            modified = excluded.modified, published = excluded.published""",
        tenant, entry.name, entry.resource_code, entry.state, entry.version, entry.description, entry.facts,
        entry.created, entry.modified, entry.published,
    )  # fmt: skip


async def put_profile(connection: Connection, name: str, columns: Sequence[ColumnProfile]) -> None:
    await connection.execute("update catalogue_entry set profile = $2 where name = $1", name, columns)


async def put_version(connection: Connection, tenant: str, entry: Entry, *, author: str, cause: str) -> None:
    await connection.execute(
        """insert into catalogue_version (tenant, name, version, state, description, author, cause, at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)""",
        tenant, entry.name, entry.version, entry.state, entry.description, author, cause, entry.modified,
    )  # fmt: skip


async def versions(connection: Connection, name: str, *, before: int | None, limit: int) -> list[Version]:
    rows = await connection.fetch(
        """select version, state, description, author, cause, at from catalogue_version
        where name = $1 and ($2::int is null or version < $2) order by version desc limit $3""",
        name, before, limit,
    )  # fmt: skip
    return [_version(row) for row in rows]


async def version(connection: Connection, name: str, number: int) -> Version | None:
    row = await connection.fetchrow(
        """select version, state, description, author, cause, at from catalogue_version
        where name = $1 and version = $2""",
        name, number,
    )  # fmt: skip
    return _version(row) if row else None


async def next_number(connection: Connection, tenant: str, prefix: str) -> int:
    number: int = await connection.fetchval(
        """insert into catalogue_sequence (tenant, prefix, last) values ($1, $2, 1)
        on conflict (tenant, prefix) do update set last = catalogue_sequence.last + 1 returning last""",
        tenant, prefix,
    )  # fmt: skip
    return number


async def count_use(connection: Connection, tenant: str, name: str, kind: str, at: datetime) -> None:
    """`kind`: view, download or call."""
    await connection.execute(
        """insert into catalogue_usage (tenant, name, day, kind, uses) values ($1, $2, $3, $4, 1)
        on conflict (tenant, name, day, kind) do update set uses = catalogue_usage.uses + 1""",
        tenant, name, city_day(at), kind,
    )  # fmt: skip


async def usage(connection: Connection, name: str) -> Usage:
    rows = await connection.fetch(
        "select kind, sum(uses)::bigint as uses from catalogue_usage where name = $1 group by kind", name
    )
    uses = {row["kind"]: row["uses"] for row in rows}
    return Usage(views=uses.get("view", 0), downloads=uses.get("download", 0), calls=uses.get("call", 0))


async def remove(connection: Connection, name: str) -> None:
    """With its versions and uses: nothing of it stays."""
    for table in ("catalogue_entry", "catalogue_version", "catalogue_usage"):
        await connection.execute(f"delete from {table} where name = $1", name)


def _entry(row: Any) -> Entry:
    said, facts = msgspec.convert(row["description"], Description), msgspec.convert(row["facts"], Facts)
    if row["organisation_name"] is not None:
        said = msgspec.structs.replace(said, organisation_name=row["organisation_name"])
    if row["gate"] is not None:
        facts = msgspec.structs.replace(facts, score=row["score"], gate=row["gate"])
    return Entry(
        name=row["name"],
        resource_code=row["resource_code"],
        state=State(row["state"]),
        version=row["version"],
        description=said,
        facts=facts,
        created=row["created"],
        modified=row["modified"],
        published=row["published"],
    )


def _version(row: Any) -> Version:
    return Version(
        version=row["version"],
        state=State(row["state"]),
        author=row["author"],
        cause=row["cause"],
        at=row["at"],
        description=msgspec.convert(row["description"], Description),
    )
