"""Subscriptions (ETSI GS CIM 009, 5.8.1 to 5.8.5; 6.10, 6.11)."""

import asyncio
from typing import Any
from urllib.parse import quote

from quanyu.core.clock import utc_now
from quanyu.core.errors import Invalid
from quanyu.twin.http.ngsi_branch import HEADER
from quanyu.twin.http.ngsi_consulted import warning
from quanyu.twin.http.ngsi_distributed import origin_of
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Operation
from quanyu.twin.http.ngsi_pages import page_headers, page_of
from quanyu.twin.http.ngsi_parameters import truth_of
from quanyu.twin.ngsild.context import Context
from quanyu.twin.subscriptions import service
from quanyu.twin.subscriptions.show import show_subscription

PATH = "/ngsi-ld/v1/subscriptions"

_WAITS, _WAIT_SECONDS = 20, 0.005


async def create_subscription(exchange: Exchange) -> Answer:
    """5.8.1."""
    exchange.refuse_others()
    body = _kept_here(exchange, await exchange.json())
    context = await exchange.context(body)
    draft = service.drafted(body, context, now=utc_now())
    spoken = await spoken_context(exchange, draft.subscription.context, context)
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        id = await service.create(
            connection, exchange.actor, draft, context=spoken, now=utc_now(), via=exchange.header("via")
        )
    await tell_sources(exchange)
    return Answer(201, headers=(("location", f"{PATH}/{quote(id, safe=':')}"),))


async def update_subscription(exchange: Exchange) -> Answer:
    """5.8.2."""
    exchange.refuse_others()
    id, body = exchange.parts[1], await exchange.json()
    context = await exchange.context(body)
    if isinstance(body, dict) and isinstance(url := body.get("jsonldContext"), str):
        await spoken_context(exchange, url, context)
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        await service.update(connection, exchange.actor.tenant, id, body, context, now=utc_now())
    await tell_sources(exchange)
    return Answer(204)


async def retrieve_subscription(exchange: Exchange) -> Answer:
    """5.8.3."""
    system = wants_system(exchange)
    exchange.refuse_others()
    context = await exchange.context()
    tenant, id = exchange.actor.tenant, exchange.parts[1]
    await _after_delivery(exchange, tenant, id)
    async with exchange.database.tenant(tenant) as connection:
        kept = await service.retrieve(connection, tenant, id)
    return Answer(200, show_subscription(kept, context, now=utc_now(), sys_attrs=system))


async def _after_delivery(exchange: Exchange, tenant: str, id: str) -> None:
    """Whoever has just got a notification and asks finds it counted, though its end is only being noted."""
    for _ in range(_WAITS):
        async with exchange.database.tenant(tenant) as connection:
            if not await service.is_being_told(connection, tenant, id, now=utc_now()):
                return
        await asyncio.sleep(_WAIT_SECONDS)


async def query_subscriptions(exchange: Exchange) -> Answer:
    """5.8.4; the oldest first."""
    system, page = wants_system(exchange), page_of(exchange)
    exchange.refuse_others()
    context = await exchange.context()
    tenant = exchange.actor.tenant
    async with exchange.database.tenant(tenant) as connection:
        found = await service.listed(connection, tenant, limit=page.limit, offset=page.start)
        total = await service.count(connection, tenant)
    shown = [show_subscription(one, context, now=utc_now(), sys_attrs=system) for one in found]
    return Answer(200, shown, page_headers(exchange, page, total, "subscriptions"))


async def delete_subscription(exchange: Exchange) -> Answer:
    """5.8.5."""
    exchange.refuse_others()
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        await service.delete(connection, exchange.actor.tenant, exchange.parts[1])
    await tell_sources(exchange)
    return Answer(204)


async def tell_sources(exchange: Exchange) -> None:
    """5.8.1, 5.8.2, 5.8.5: what subscriptions and registrations now say is brought to the sources; of a snapshot nothing is."""
    envoy = exchange.door.envoy
    if envoy is not None and not exchange.header(HEADER):
        failed = await envoy.changed(await origin_of(exchange))
        exchange.warnings += dict.fromkeys(map(warning, failed))


def _kept_here(exchange: Exchange, body: Any) -> Any:
    """5.5.13: `local=true` is what localOnly says."""
    if isinstance(body, dict) and exchange.parameters.get("local") == "true":
        return {**body, "localOnly": True}
    return body


async def spoken_context(exchange: Exchange, url: str | None, context: Context) -> str | None:
    """5.2.12, jsonldContext: that of the notifications, else that of the request. Raises LdContextNotAvailable."""
    contexts, tenant = exchange.door.contexts, exchange.actor.tenant
    if url is not None:
        await contexts.of(tenant, url)
        return url
    return None if context.is_core else await contexts.url_of(tenant, context)


def wants_system(exchange: Exchange) -> bool:
    """6.3.11."""
    named = exchange.take_list("options")
    flag = truth_of(exchange.take("sysAttrs"), "sysAttrs")
    if unknown := set(named) - {"sysAttrs", "count"}:
        raise Invalid("twin.ngsi.option", name=min(unknown)[:40])
    return flag or "sysAttrs" in named


OPERATIONS = (
    Operation("subscriptions", "GET", "subscription.read", query_subscriptions),
    Operation("subscriptions", "POST", "subscription.manage", create_subscription),
    Operation("subscriptions/*", "GET", "subscription.read", retrieve_subscription),
    Operation("subscriptions/*", "PATCH", "subscription.manage", update_subscription),
    Operation("subscriptions/*", "DELETE", "subscription.manage", delete_subscription),
)
