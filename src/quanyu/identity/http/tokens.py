"""One's own tokens for programs."""

from datetime import timedelta
from typing import Annotated

import msgspec
from litestar import delete, get, post
from litestar.params import JSONBody
from litestar.status_codes import HTTP_204_NO_CONTENT
from msgspec import Meta

from quanyu.identity.http.asking import After, Asker, Id, Limit, Signing, TheClock, TheDatabase, next_after
from quanyu.identity.tokens import service
from quanyu.identity.tokens.model import Token

_MANAGE = {"action": "token.manage"}
_PATH = "/api/v1/tokens"


class TokenPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Token]
    next: str | None


class TokenBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`scopes` are actions that you have yourself."""

    name: Annotated[str, Meta(max_length=200)]
    scopes: Annotated[list[Annotated[str, Meta(max_length=40)]], Meta(max_length=100)]
    days: Annotated[int, Meta(ge=1, le=3660)] = 90


class NewTokenView(msgspec.Struct, frozen=True, kw_only=True):
    """The secret is shown this once: `Authorization: Bearer qy_…`."""

    token: Token
    secret: str


@get(_PATH, opt=_MANAGE)
async def list_tokens(actor: Asker, database: TheDatabase, limit: Limit = 50, after: After = "") -> TokenPage:
    async with database.tenant(actor.tenant) as connection:
        rows = list(await service.list_tokens(connection, actor, after=after, limit=limit))
    return TokenPage(items=rows, next=next_after(rows, limit, lambda row: row.id))


@post(_PATH, opt=_MANAGE)
async def create_token(
    data: JSONBody[TokenBody], actor: Asker, database: TheDatabase, clock: TheClock, identity: Signing
) -> NewTokenView:
    async with database.tenant(actor.tenant) as connection:
        made = await service.create_token(
            connection, actor, name=data.name, scopes=data.scopes, lasting=timedelta(days=data.days),
            settings=identity, now=clock(),
        )  # fmt: skip
    return NewTokenView(token=made.token, secret=made.secret)


@delete(f"{_PATH}/{{id:str}}", opt=_MANAGE, status_code=HTTP_204_NO_CONTENT)
async def revoke_token(id: Id, actor: Asker, database: TheDatabase) -> None:
    async with database.tenant(actor.tenant) as connection:
        await service.revoke_token(connection, actor, id)


routes = (list_tokens, create_token, revoke_token)
