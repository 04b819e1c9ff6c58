"""The only SQL of organisations."""

from collections.abc import Collection, Sequence

import asyncpg

from quanyu.core.errors import Conflict
from quanyu.identity.organisations.model import Organisation
from quanyu.store import Connection, nearest

_COLUMNS = "id, parent, name, name_en, region, credit_code"


async def organisations_after(
    connection: Connection, tenant: str, after: str, limit: int, *, q: str, parent: str | None,
    ids: Sequence[str] | None, names: Sequence[str] | None, heads: Sequence[str] | None,
) -> list[Organisation]:  # fmt: skip
    behind, order = nearest(
        q,
        asked="$4",
        after="$2",
        key="id",
        texts=("name", "name_en", "id", "credit_code"),
        table="organisation",
    )
    rows = await connection.fetch(
        f"""select {_COLUMNS} from organisation o where tenant = $1 and {behind}
              and ($4 = '' or strpos(name, $4) > 0 or strpos(lower(name_en), lower($4)) > 0 or id = $4 or credit_code = upper($4))
              and ($5::text is null or coalesce(parent, '') = $5)
              and ($6::text[] is null or id = any($6))
              and ($7::text[] is null or region = any($7)
                and not exists (select from organisation p where p.tenant = $1 and p.id = o.parent and p.region = o.region))
              and ($8::text[] is null or name = any($8))
            order by {order} limit $3""",
        tenant, after, limit, q, parent, ids, heads, names,
    )  # fmt: skip
    return [Organisation(**dict(row)) for row in rows]


async def organisation_by_id(connection: Connection, tenant: str, id: str) -> Organisation | None:
    row = await connection.fetchrow(
        f"select {_COLUMNS} from organisation where tenant = $1 and id = $2", tenant, id
    )
    return Organisation(**dict(row)) if row else None


async def names(connection: Connection, ids: Collection[str], *, english: bool = False) -> dict[str, str]:
    rows = await connection.fetch(
        "select id, case when $2 then coalesce(name_en, name) else name end as name from organisation where id = any($1)",
        list(ids), english,
    )  # fmt: skip
    return {row["id"]: row["name"] for row in rows}


async def put_organisations(connection: Connection, tenant: str, rows: Sequence[Organisation]) -> None:
    """In one statement, so that a parent may come after its children."""
    await connection.execute(
        f"""insert into organisation (tenant, {_COLUMNS})
            select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
            on conflict (tenant, id) do update set parent = excluded.parent, name = excluded.name,
              name_en = excluded.name_en, region = excluded.region, credit_code = excluded.credit_code""",
        tenant, *([getattr(row, name) for row in rows] for name in _COLUMNS.split(", ")),
    )  # fmt: skip


async def lock_tree(connection: Connection, tenant: str) -> None:
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended('quanyu organisation ' || $1, 0))", tenant
    )


async def parents(connection: Connection, tenant: str) -> dict[str, str | None]:
    rows = await connection.fetch("select id, parent from organisation where tenant = $1", tenant)
    return {row["id"]: row["parent"] for row in rows}


async def remove_organisation(connection: Connection, tenant: str, id: str) -> bool:
    try:
        done = await connection.execute("delete from organisation where tenant = $1 and id = $2", tenant, id)
    except asyncpg.ForeignKeyViolationError:
        raise Conflict("identity.organisation.in_use", id=id) from None
    return bool(done == "DELETE 1")
