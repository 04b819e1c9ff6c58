"""Webhooks over HTTP: made and looked after by those who manage notifications."""

from pathlib import Path
from typing import Annotated

import msgspec
from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, PathParameter, QueryParameter, SkipValidation
from litestar.status_codes import HTTP_202_ACCEPTED

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.webhooks import _sql, service
from quanyu.connect.webhooks.listing import WebhookPage, page_of_webhooks
from quanyu.connect.webhooks.model import DeadLetter, Webhook, WebhookAsked, WebhookChange
from quanyu.connect.webhooks.service import NewWebhook
from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.core.page_token import MOST
from quanyu.identity.keys import secrets_cipher
from quanyu.store import Database

Asker = NamedDependency[Actor]
Store = NamedDependency[Database]
Folder = NamedDependency[Path]
Calls = NamedDependency[SkipValidation[Outgoing]]
Now = NamedDependency[SkipValidation[Clock]]
Id = Annotated[str, PathParameter(max_length=40)]

_READ = {"action": "subscription.read"}
_MANAGE = {"action": "subscription.manage"}


class DeadLetterList(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[DeadLetter, ...]
    next: int | None


class Replay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`ids` left out is all of them."""

    ids: tuple[int, ...] | None = None


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    replayed: int


@post("/api/v1/webhooks", opt=_MANAGE)
async def make_webhook(
    data: JSONBody[WebhookAsked], actor: Asker, database: Store, folder: Folder, outgoing: Calls, clock: Now
) -> NewWebhook:
    """The answer holds the secret, this once. An address that the node may not call is refused here."""
    await service.check_url(outgoing, data.url)
    async with database.tenant(actor.tenant) as connection:
        return await service.make(connection, actor, data, secrets_cipher(folder), clock())


@get("/api/v1/webhooks", opt=_READ)
async def list_webhooks(
    actor: Asker, database: Store, q: Annotated[str, QueryParameter(max_length=200)] = "",
    worst: FromQuery[bool] = False, after: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> WebhookPage:  # fmt: skip
    """As they were made; `worst`: where something was given up first. `q` is part of the address or of the last fault."""
    async with database.tenant(actor.tenant) as connection:
        return await page_of_webhooks(connection, text=q, worst=worst, after=after, limit=limit)


@get("/api/v1/webhooks/{id:str}", opt=_READ)
async def show_webhook(id: Id, actor: Asker, database: Store) -> Webhook:
    async with database.tenant(actor.tenant) as connection:
        return await service.webhook(connection, id)


@patch("/api/v1/webhooks/{id:str}", opt=_MANAGE)
async def change_webhook(
    id: Id, data: JSONBody[WebhookChange], actor: Asker, database: Store, outgoing: Calls
) -> Webhook:
    if data.url is not None:
        await service.check_url(outgoing, data.url)
    async with database.tenant(actor.tenant) as connection:
        return await service.change(connection, actor, id, data)


@delete("/api/v1/webhooks/{id:str}", opt=_MANAGE)
async def remove_webhook(id: Id, actor: Asker, database: Store) -> None:
    async with database.tenant(actor.tenant) as connection:
        await service.remove(connection, actor, id)


@post("/api/v1/webhooks/{id:str}/ping", opt=_MANAGE, status_code=HTTP_202_ACCEPTED)
async def ping_webhook(id: Id, actor: Asker, database: Store, clock: Now) -> None:
    async with database.tenant(actor.tenant) as connection:
        await service.ping(connection, actor.tenant, id, clock())


@get("/api/v1/webhooks/{id:str}/dead", opt=_READ)
async def list_dead(
    id: Id, actor: Asker, database: Store,
    limit: Annotated[int, QueryParameter(name="limit", ge=1, le=1000)] = 100,
    after: Annotated[int, QueryParameter(name="after", ge=0, le=MOST)] = 0,
) -> DeadLetterList:  # fmt: skip
    async with database.tenant(actor.tenant) as connection:
        await service.webhook(connection, id)
        found = await _sql.dead(connection, id, after=after, limit=limit)
    return DeadLetterList(items=tuple(found), next=found[-1].id if len(found) == limit else None)


@post("/api/v1/webhooks/{id:str}/replay", opt=_MANAGE, status_code=HTTP_202_ACCEPTED)
async def replay_dead(id: Id, data: JSONBody[Replay], actor: Asker, database: Store, clock: Now) -> Replayed:
    async with database.tenant(actor.tenant) as connection:
        await service.webhook(connection, id)
        return Replayed(replayed=await _sql.replay(connection, actor.tenant, id, data.ids, clock()))


routes = (
    make_webhook, list_webhooks, show_webhook, change_webhook, remove_webhook, ping_webhook, list_dead, replay_dead,
)  # fmt: skip
