"""Subscriptions under a contract (ETSI GS CIM 009, 5.8.1 to 5.8.5): its consumer alone finds them again."""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from quanyu.exchange.entities.asking import check_subscription
from quanyu.exchange.entities.outline import Outline
from quanyu.exchange.entities.service import Entities
from quanyu.exchange.http.metering import contract_of
from quanyu.store import Connection
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Operation
from quanyu.twin.http.ngsi_pages import page_headers, page_of
from quanyu.twin.http.ngsi_subscriptions import spoken_context, wants_system
from quanyu.twin.subscriptions import service
from quanyu.twin.subscriptions.queries import query_of
from quanyu.twin.subscriptions.service import Draft
from quanyu.twin.subscriptions.show import show_subscription


@dataclass(frozen=True, slots=True)
class Subscribing:
    """To be told is what a contract counts, not to ask for it."""

    entities: Entities

    async def create(self, exchange: Exchange) -> Answer:
        """5.8.1."""
        exchange.refuse_others()
        outline = await self._outline(exchange)
        body = await exchange.json()
        context = await exchange.context(body)
        draft = _narrowed(service.drafted(body, context, now=self._now), outline)
        check_subscription(draft.subscription, query_of(draft.subscription, draft.names), outline)
        spoken = await spoken_context(exchange, draft.subscription.context, context)
        async with exchange.database.tenant(exchange.actor.tenant) as connection:
            id = await service.create(
                connection,
                exchange.actor,
                draft,
                context=spoken,
                now=self._now,
                contract=contract_of(exchange),
            )
        return Answer(201, headers=(("location", f"{exchange.root}/subscriptions/{quote(id, safe=':')}"),))

    async def update(self, exchange: Exchange) -> Answer:
        """5.8.2."""
        exchange.refuse_others()
        outline = await self._outline(exchange)
        id, body = exchange.parts[1], await exchange.json()
        context, tenant = await exchange.context(body), exchange.actor.tenant
        if isinstance(body, dict) and isinstance(url := body.get("jsonldContext"), str):
            await spoken_context(exchange, url, context)
        async with exchange.database.tenant(tenant) as connection:
            kept = await service.update(
                connection, tenant, id, body, context, now=self._now, contract=contract_of(exchange)
            )
            check_subscription(kept.subscription, query_of(kept.subscription, kept.names), outline)
        return Answer(204)

    async def retrieve(self, exchange: Exchange) -> Answer:
        """5.8.3."""
        system = wants_system(exchange)
        exchange.refuse_others()
        context, tenant = await exchange.context(), exchange.actor.tenant
        async with exchange.database.tenant(tenant) as connection:
            await self._check(connection, exchange)
            kept = await service.retrieve(connection, tenant, exchange.parts[1], contract_of(exchange))
        return Answer(200, show_subscription(kept, context, now=self._now, sys_attrs=system))

    async def query(self, exchange: Exchange) -> Answer:
        """5.8.4; the oldest first."""
        system, page = wants_system(exchange), page_of(exchange)
        exchange.refuse_others()
        context, tenant, contract = await exchange.context(), exchange.actor.tenant, contract_of(exchange)
        async with exchange.database.tenant(tenant) as connection:
            await self._check(connection, exchange)
            found = await service.listed(connection, tenant, contract, limit=page.limit, offset=page.start)
            total = await service.count(connection, tenant, contract)
        shown = [show_subscription(one, context, now=self._now, sys_attrs=system) for one in found]
        return Answer(200, shown, page_headers(exchange, page, total, "subscriptions"))

    async def delete(self, exchange: Exchange) -> Answer:
        """5.8.5."""
        exchange.refuse_others()
        tenant = exchange.actor.tenant
        async with exchange.database.tenant(tenant) as connection:
            await self._check(connection, exchange)
            await service.delete(connection, tenant, exchange.parts[1], contract_of(exchange))
        return Answer(204)

    async def _outline(self, exchange: Exchange) -> Outline:
        """Raises whatever a call under the contract does: nothing is subscribed to that could not be asked for now."""
        view = await self.entities.view(exchange.actor, contract_of(exchange), "")
        return view.eyes.outline

    async def _check(self, connection: Connection, exchange: Exchange) -> None:
        """The consumer may always see and end what they have subscribed to."""
        await self.entities.own(connection, exchange.actor, contract_of(exchange))

    @property
    def _now(self) -> datetime:
        return self.entities.counting.clock()

    @property
    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation("subscriptions", "GET", "share.use", self.query),
            Operation("subscriptions", "POST", "share.use", self.create),
            Operation("subscriptions/*", "GET", "share.use", self.retrieve),
            Operation("subscriptions/*", "PATCH", "share.use", self.update),
            Operation("subscriptions/*", "DELETE", "share.use", self.delete),
        )


def _narrowed(draft: Draft, outline: Outline) -> Draft:
    """Other sources know nothing of the contract; without a choice of its own it watches all that is given."""
    subscription = replace(draft.subscription, local=True)
    body = {**subscription.body, "localOnly": True}
    if subscription.interval is None and not subscription.watched:
        subscription = replace(subscription, watched=tuple(sorted(outline.given)))
        body["watchedAttributes"] = list(subscription.watched)
    return replace(draft, subscription=replace(subscription, body=body))
