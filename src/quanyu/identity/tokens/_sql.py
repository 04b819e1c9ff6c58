"""The only SQL of tokens, but for finding their holders (sessions)."""

from collections.abc import Sequence
from datetime import datetime

from quanyu.identity.tokens.model import Token
from quanyu.store import Connection


async def add_token(connection: Connection, tenant: str, account: str, token: Token, digest: bytes) -> None:
    await connection.execute(
        """insert into api_token (tenant, id, account, name, hash, scopes, created, expires)
           values ($1, $2, $3, $4, $5, $6, $7, $8)""",
        tenant, token.id, account, token.name, digest, list(token.scopes), token.created, token.expires,
    )  # fmt: skip


async def tokens_after(
    connection: Connection, tenant: str, account: str, after: str, limit: int
) -> Sequence[Token]:
    rows = await connection.fetch(
        """select id, name, scopes, created, expires, used from api_token
           where tenant = $1 and account = $2 and id > $3 order by id limit $4""",
        tenant, account, after, limit,
    )  # fmt: skip
    return [Token(**(dict(row) | {"scopes": tuple(row["scopes"])})) for row in rows]


async def remove_token(connection: Connection, tenant: str, account: str, id: str) -> bool:
    done = await connection.execute(
        "delete from api_token where tenant = $1 and account = $2 and id = $3", tenant, account, id
    )
    return bool(done == "DELETE 1")


async def replace_operator(
    connection: Connection, tenant: str, digest: bytes, now: datetime, expires: datetime
) -> None:
    await connection.execute(
        """insert into api_token (tenant, id, name, hash, created, expires) values ($1, 'operator', 'operator', $2, $3, $4)
           on conflict (tenant, id) do update set hash = $2, created = $3, expires = $4""",
        tenant, digest, now, expires,
    )  # fmt: skip
