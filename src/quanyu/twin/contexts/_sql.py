"""The only SQL of `ld_context`."""

from collections.abc import Mapping
from datetime import datetime

from quanyu.store import Connection
from quanyu.twin.contexts.model import Kept, Kind

_COLUMNS = "id, kind, url, created, used, hits"


async def insert(connection: Connection, tenant: str, kept: Kept, body: str) -> None:
    """One that is there already stays, with the new body."""
    await connection.execute(
        "insert into ld_context (tenant, id, kind, url, body, created) values ($1, $2, $3, $4, $5, $6)"
        " on conflict (tenant, id) do update set body = excluded.body",
        tenant, kept.id, kept.kind, kept.url, body, kept.created,
    )  # fmt: skip


async def body_of(connection: Connection, tenant: str, id: str) -> str | None:
    found: str | None = await connection.fetchval(
        "select body from ld_context where tenant = $1 and id = $2", tenant, id
    )
    return found


async def one(connection: Connection, tenant: str, id: str) -> Kept | None:
    row = await connection.fetchrow(
        f"select {_COLUMNS} from ld_context where tenant = $1 and id = $2", tenant, id
    )
    return _kept(row) if row else None


async def all_of(connection: Connection, tenant: str, kind: Kind | None) -> list[Kept]:
    rows = await connection.fetch(
        f"select {_COLUMNS} from ld_context where tenant = $1 and ($2::text is null or kind = $2) order by created, id",
        tenant, kind,
    )  # fmt: skip
    return [_kept(row) for row in rows]


async def count(connection: Connection, tenant: str, kind: Kind) -> int:
    number: int = await connection.fetchval(
        "select count(*) from ld_context where tenant = $1 and kind = $2", tenant, kind
    )
    return number


async def delete(connection: Connection, tenant: str, id: str) -> None:
    await connection.execute("delete from ld_context where tenant = $1 and id = $2", tenant, id)


async def forget_unused(connection: Connection, tenant: str, kind: Kind, most: int) -> None:
    """All but the `most` used last."""
    await connection.execute(
        "delete from ld_context where tenant = $1 and id in (select id from ld_context where tenant = $1 and kind = $2"
        " order by coalesce(used, created) desc offset $3)",
        tenant, kind, most,
    )  # fmt: skip


async def add_uses(connection: Connection, tenant: str, uses: Mapping[str, int], now: datetime) -> None:
    """`uses` by id. Rows are locked in the order of ids."""
    ids = sorted(uses)
    await connection.execute(
        "update ld_context as c set hits = c.hits + u.n, used = $2 from (select l.id, i.n from ld_context l"
        " join unnest($3::text[], $4::bigint[]) as i(id, n) on l.id = i.id where l.tenant = $1 order by l.id for update of l)"
        " as u where c.tenant = $1 and c.id = u.id",
        tenant, now, ids, [uses[id] for id in ids],
    )  # fmt: skip


def _kept(row: Mapping[str, object]) -> Kept:
    return Kept(**{**row, "kind": Kind(str(row["kind"]))})  # type: ignore[arg-type]
