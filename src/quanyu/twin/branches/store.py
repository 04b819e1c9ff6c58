"""The only SQL of the tables branch and branch_entity."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from quanyu.core.errors import Conflict, NotFound
from quanyu.store import Connection
from quanyu.twin.branches.model import Branch, Status

MOST_TOUCHED = 50_000


async def insert(connection: Connection, branch: Branch) -> None:
    """Raises Conflict."""
    values = (branch.tenant, branch.id, branch.space, branch.frozen, branch.status.value, branch.document)
    made = await connection.fetchval(_INSERT, *values, branch.details, branch.created, branch.expires)
    if made is None:
        raise Conflict("twin.branch.exists", id=branch.id[:200])


async def find(connection: Connection, tenant: str, id: str, now: datetime) -> Branch:
    """Raises NotFound."""
    row = await connection.fetchrow(_ONE, tenant, id, now)
    if row is None:
        raise NotFound("twin.branch.unknown", id=id[:200])
    return _branch(row)


async def id_of(connection: Connection, tenant: str, space: str) -> str:
    """Raises NotFound."""
    id = await connection.fetchval("select id from branch where tenant = $1 and space = $2", tenant, space)
    if id is None:
        raise NotFound("twin.branch.unknown", id=space[:200])
    return str(id)


async def listed(connection: Connection, tenant: str, now: datetime) -> list[Branch]:
    return [_branch(row) for row in await connection.fetch(_ALL, tenant, now)]


async def update(
    connection: Connection, branch: Branch, *, status: Status, details: Mapping[str, Any], now: datetime
) -> None:
    await connection.execute(_UPDATE, branch.tenant, branch.id, status.value, details, now)


async def change(
    connection: Connection,
    branch: Branch,
    *,
    document: Mapping[str, Any],
    expires: datetime | None,
    now: datetime,
) -> None:
    await connection.execute(_CHANGE, branch.tenant, branch.id, document, expires, now)


async def use(connection: Connection, branch: Branch, now: datetime) -> None:
    await connection.execute(_USE, branch.tenant, branch.id, now)


async def delete(connection: Connection, branch: Branch) -> None:
    await connection.execute("delete from branch where tenant = $1 and id = $2", branch.tenant, branch.id)
    await connection.execute(
        "delete from branch_entity where tenant = $1 and space = $2", branch.tenant, branch.space
    )


async def touch(connection: Connection, branch: Branch, ids: Mapping[str, bool]) -> None:
    """`ids` with whether each was there in the live state."""
    await connection.execute(_TOUCH, branch.tenant, branch.space, list(ids), list(ids.values()))


async def touched(
    connection: Connection, branch: Branch, ids: Collection[str] | None = None
) -> dict[str, bool]:
    rows = await connection.fetch(
        _TOUCHED, branch.tenant, branch.space, None if ids is None else list(ids), MOST_TOUCHED
    )
    return {row["id"]: row["was_there"] for row in rows}


async def ids_after(connection: Connection, space: str, id: str, limit: int) -> list[str]:
    """Of the entities that stand under the tenant of a branch, in order."""
    rows = await connection.fetch(
        "select id from entity where tenant = $1 and id > $2 order by id limit $3", space, id, limit
    )
    return [row["id"] for row in rows]


async def empty_space(connection: Connection, space: str) -> None:
    """Everything that stands under the tenant of a branch; the caller's transaction is bound to it."""
    for name in [row[0] for row in await connection.fetch(_TABLES)]:
        await connection.execute(f'delete from "{name}" where tenant = $1', space)


def _branch(row: Any) -> Branch:
    return Branch(
        id=row["id"],
        tenant=row["tenant"],
        space=row["space"],
        frozen=row["frozen"],
        status=Status(row["status"]),
        document=row["document"],
        details=row["details"],
        created=row["created"],
        modified=row["modified"],
        used=row["used"],
        expires=row["expires"],
    )


_INSERT = """
insert into branch(tenant, id, space, frozen, status, document, details, created, modified, expires)
values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9) on conflict (tenant, id) do nothing returning id
"""
_ONE = "select * from branch where tenant = $1 and id = $2 and (expires is null or expires > $3)"
_ALL = "select * from branch where tenant = $1 and (expires is null or expires > $2) order by created, id"
_UPDATE = "update branch set status = $3, details = $4, modified = $5 where tenant = $1 and id = $2"
_CHANGE = "update branch set document = $3, expires = $4, modified = $5 where tenant = $1 and id = $2"
_USE = "update branch set used = $3::timestamptz where tenant = $1 and id = $2 and used < $3::timestamptz - interval '1 second'"
_TOUCH = """
insert into branch_entity(tenant, space, id, was_there)
select $1, $2, * from unnest($3::text[], $4::boolean[]) on conflict do nothing
"""
_TOUCHED = """
select id, was_there from branch_entity
where tenant = $1 and space = $2 and ($3::text[] is null or id = any($3)) order by id limit $4
"""
# Rows of the twin alone: a table that has a column tenant and is written for entities.
_TABLES = """
select c.relname from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant' and not a.attisdropped
join pg_policy p on p.polrelid = c.oid and p.polname = 'own'
where c.relkind in ('r', 'p') and not c.relispartition and pg_table_is_visible(c.oid)
  and has_table_privilege(c.oid, 'delete')
"""
