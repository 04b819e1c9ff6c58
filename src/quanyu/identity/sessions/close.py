"""Ending sessions, for whoever changes an account."""

from quanyu.identity.sessions import _sql
from quanyu.store import Connection


async def close_sessions(connection: Connection, tenant: str, account: str, *, keep: bytes = b"") -> None:
    """All sessions of the account but the one whose hash is `keep`."""
    await _sql.remove_sessions(connection, tenant, account, keep=keep)
