"""Who waits for whom in the database, as it is at this moment."""

from quanyu.store import Connection

# Not from pg_stat_activity: within a transaction that stays as it was first seen, without whoever came later.
_WAITING = "select pid from pg_locks where not granted and coalesce($1, pg_backend_pid()) = any(pg_blocking_pids(pid)) limit 1"


async def waits_for(connection: Connection, process: int | None = None) -> int | None:
    """The process of somebody who waits for this one, else for the connection's own."""
    found: int | None = await connection.fetchval(_WAITING, process)
    return found
