"""The only SQL of the table `pack_state`."""

from datetime import datetime
from typing import Any

from quanyu.store import Connection


async def states(connection: Connection, tenant: str) -> dict[str, Any]:
    rows = await connection.fetch("select * from pack_state where tenant=$1", tenant)
    return {row["pack"]: row for row in rows}


async def state(connection: Connection, tenant: str, pack: str, *, lock: bool = False) -> Any:
    return await connection.fetchrow(
        "select * from pack_state where tenant=$1 and pack=$2" + (" for update" if lock else ""), tenant, pack
    )


async def put(
    connection: Connection, tenant: str, pack: str, *, enabled: bool, version: str, rested: dict[str, Any],
    brought: dict[str, list[str]], now: datetime, author: str,
) -> None:  # fmt: skip
    await connection.execute(
        """insert into pack_state(tenant, pack, enabled, version, rested, brought, changed, author)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (tenant, pack) do update set enabled=excluded.enabled, version=excluded.version, rested=excluded.rested,
          brought=excluded.brought, changed=excluded.changed, author=excluded.author, trouble=null""",
        tenant, pack, enabled, version, rested, brought, now, author,
    )  # fmt: skip


async def put_settings(
    connection: Connection, tenant: str, pack: str, settings: dict[str, Any], *, now: datetime, author: str
) -> None:
    await connection.execute(
        """insert into pack_state(tenant, pack, enabled, version, settings, changed, author) values ($1, $2, false, '', $3, $4, $5)
        on conflict (tenant, pack) do update set settings=excluded.settings, changed=excluded.changed, author=excluded.author""",
        tenant, pack, settings, now, author,
    )  # fmt: skip


async def put_trouble(connection: Connection, tenant: str, pack: str, trouble: dict[str, Any]) -> None:
    await connection.execute(
        "update pack_state set trouble=$3 where tenant=$1 and pack=$2", tenant, pack, trouble
    )


async def put_refusal(owner: Connection, pack: str, trouble: dict[str, Any]) -> None:
    """In every city where the pack is on: its tables could not be brought up to date."""
    await owner.execute("update pack_state set trouble=$2 where pack=$1 and enabled", pack, trouble)


async def forget_refusal(owner: Connection, pack: str) -> None:
    await owner.execute(
        "update pack_state set trouble=null where pack=$1 and trouble->>'reason'='tables'", pack
    )
