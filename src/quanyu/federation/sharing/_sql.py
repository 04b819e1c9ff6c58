"""The only SQL of questions between nodes."""

from datetime import datetime

from quanyu.store import Connection


async def use_nonce(connection: Connection, tenant: str, peer: str, nonce: str, now: datetime) -> bool:
    """Whether it is new."""
    done = await connection.execute(
        "insert into federation_nonce (tenant, peer, nonce, at) values ($1, $2, $3, $4) on conflict do nothing",
        tenant, peer, nonce, now,
    )  # fmt: skip
    return bool(done.endswith(" 1"))


async def forget_nonces(connection: Connection, before: datetime) -> None:
    await connection.execute("delete from federation_nonce where at < $1", before)
