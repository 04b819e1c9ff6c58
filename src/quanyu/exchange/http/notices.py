"""What bodies are told: listed, and marked as read."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import QueryParameter

from quanyu.core.page_token import page_token, place_of
from quanyu.exchange import notices
from quanyu.exchange.http.asking import READ, After, Asker, Limit, Now, Number, Store
from quanyu.exchange.notices import Notice, Place
from quanyu.exchange.parties import bodies_of
from quanyu.exchange.titles import titles_of


class NoticePage(msgspec.Struct, frozen=True, kw_only=True):
    """`titles` by the name of the dataset."""

    items: tuple[Notice, ...]
    titles: dict[str, str]
    next: str | None


@get("/api/v1/sharing/notices", opt=READ)
async def list_notices(
    actor: Asker, database: Store, unread: Annotated[bool, QueryParameter(name="unread")] = False,
    after: After = None, limit: Limit = 50,
) -> NoticePage:  # fmt: skip
    before = None if after is None else place_of(after, Place, refusal="exchange.token")
    async with database.tenant(actor.tenant) as connection:
        found = await notices.listed(
            connection, bodies_of(actor), unread=unread, before=before, limit=limit + 1
        )
        shown = tuple(found[:limit])
        titles = await titles_of(connection, (one.dataset for one in shown))
    more = page_token(Place(shown[-1].at, shown[-1].id)) if len(found) > limit else None
    return NoticePage(items=shown, titles=titles, next=more)


@post("/api/v1/sharing/notices/{id:int}/read", opt=READ, status_code=204)
async def read_notice(id: Number, actor: Asker, database: Store, clock: Now) -> None:
    async with database.tenant(actor.tenant) as connection:
        await notices.mark_read(connection, actor.tenant, id, bodies_of(actor), by=actor.id, now=clock())


routes = (list_notices, read_notice)
