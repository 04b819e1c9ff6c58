"""Subscriptions to registrations (ETSI GS CIM 009, 5.11.2 to 5.11.6; 6.12, 6.13)."""

from typing import Any
from urllib.parse import quote

from quanyu.core.clock import utc_now
from quanyu.core.errors import Invalid
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Operation
from quanyu.twin.http.ngsi_pages import page_headers, page_of
from quanyu.twin.http.ngsi_parameters import truth_of
from quanyu.twin.ngsild.context import CORE_URLS, Context
from quanyu.twin.registrations import Herald, subscribers
from quanyu.twin.registrations.members import is_uri
from quanyu.twin.registrations.subscribers import Subscriber
from quanyu.twin.subscriptions.show import show_subscription

PATH = "/ngsi-ld/v1/csourceSubscriptions"


async def create(exchange: Exchange) -> Answer:
    """5.11.2."""
    exchange.refuse_others()
    body = await exchange.json()
    context = await exchange.context(body)
    draft = subscribers.drafted(body, context, now=utc_now())
    spoken = await _spoken(exchange, draft.body, context)
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        made = await subscribers.insert(connection, exchange.actor, draft, context=spoken, now=utc_now())
    await _tell(exchange, made)
    return Answer(201, headers=(("location", f"{PATH}/{quote(draft.id, safe=':')}"),))


async def update(exchange: Exchange) -> Answer:
    """5.11.3."""
    exchange.refuse_others()
    id, tenant = _id(exchange), exchange.actor.tenant
    body = await exchange.json()
    context = await exchange.context(body)
    async with exchange.database.tenant(tenant) as connection:
        before = await subscribers.find(connection, tenant, id)
        draft = subscribers.drafted(body, context, now=utc_now(), before=before)
        after = await subscribers.update(connection, tenant, draft, now=utc_now())
    await _tell(exchange, after, before)
    return Answer(204)


async def retrieve(exchange: Exchange) -> Answer:
    """5.11.4."""
    system = _system(exchange)
    exchange.refuse_others()
    context = await exchange.context()
    if exchange.door.sources is not None:
        await exchange.door.sources.settled(exchange.actor.tenant, exchange.parts[1])
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        found = await subscribers.find(connection, exchange.actor.tenant, _id(exchange))
    return Answer(200, _shown(found, context, system=system))


async def listed(exchange: Exchange) -> Answer:
    """5.11.5; the oldest first."""
    system, page = _system(exchange), page_of(exchange)
    exchange.refuse_others()
    context = await exchange.context()
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        found = await subscribers.listed(connection, exchange.actor.tenant)
    shown = [_shown(one, context, system=system) for one in found[page.start : page.end]]
    return Answer(200, shown, page_headers(exchange, page, len(found), "csourceSubscriptions"))


async def delete(exchange: Exchange) -> Answer:
    """5.11.6."""
    exchange.refuse_others()
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        await subscribers.delete(connection, exchange.actor.tenant, _id(exchange))
    return Answer(204)


def _shown(one: Subscriber, context: Context, *, system: bool) -> dict[str, Any]:
    """What the owner has not said and nothing has happened to is left out."""
    made = show_subscription(one.kept, context, now=utc_now(), sys_attrs=system)
    if one.kept.subscription.context is None:
        made.pop("jsonldContext", None)
    if not one.kept.tally.failed:
        made["notification"].pop("timesFailed", None)
    return made


async def _tell(exchange: Exchange, after: Subscriber, before: Subscriber | None = None) -> None:
    if (herald := _herald(exchange)) is not None:
        await herald.began(after, before)


def _herald(exchange: Exchange) -> Herald | None:
    return exchange.door.sources.herald if exchange.door.sources else None


async def _spoken(exchange: Exchange, body: Any, context: Context) -> Any:
    """The @context of the notifications: the one that the subscriber names, else that of the request."""
    if url := body.get("jsonldContext"):
        await exchange.door.contexts.of(exchange.actor.tenant, url)
        return url
    parts = context.source if isinstance(context.source, list) else [context.source]
    own = [one for one in parts if not (isinstance(one, str) and one in CORE_URLS)]
    return own[0] if len(own) == 1 else context.source if own else None


def _id(exchange: Exchange) -> str:
    if not is_uri(exchange.parts[1]):
        raise Invalid("twin.subscription.id", id=exchange.parts[1][:80])
    return exchange.parts[1]


def _system(exchange: Exchange) -> bool:
    named = truth_of(exchange.take("sysAttrs"), "sysAttrs")
    return "sysAttrs" in exchange.take_list("options") or named


OPERATIONS = (
    Operation("csourceSubscriptions", "POST", "subscription.manage", create),
    Operation("csourceSubscriptions", "GET", "subscription.read", listed),
    Operation("csourceSubscriptions/*", "GET", "subscription.read", retrieve),
    Operation("csourceSubscriptions/*", "PATCH", "subscription.manage", update),
    Operation("csourceSubscriptions/*", "DELETE", "subscription.manage", delete),
)
