"""Notifications of context sources about subscriptions that they keep for ours (ETSI GS CIM 009, 5.8.6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from quanyu.core.clock import Clock, utc_now
from quanyu.core.errors import Invalid, NotFound, QuanyuError
from quanyu.store import Database
from quanyu.twin.derived import store
from quanyu.twin.derived.model import CONTEXT, Derived
from quanyu.twin.derived.narrow import Own, filters_travel, read
from quanyu.twin.derived.told import Told, told_of
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.context import CORE, Context, Contexts
from quanyu.twin.ngsild.query import Query, Selector, matches
from quanyu.twin.query import retrieve_many
from quanyu.twin.registrations.consult import Consultation, Consulted, Guide, Said, context_of
from quanyu.twin.registrations.forward import Origin
from quanyu.twin.registrations.operations import Action
from quanyu.twin.registrations.plan import Wanted
from quanyu.twin.registrations.questions import QUERYING, Question
from quanyu.twin.registrations.sources import Sources
from quanyu.twin.subscriptions import Notifier, service
from quanyu.twin.subscriptions.matching import linked_by

MOST_ENTITIES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """One per process."""

    database: Database
    sources: Sources
    contexts: Contexts
    notifier: Notifier
    clock: Clock = utc_now

    async def receive(self, tenant: str, token: str, body: Any, link: str = "") -> None:
        """What is told is kept when this returns. `link`: the URL of the @context that came along.

        Raises NotFound where no such subscription is kept for us, Invalid where it is no notification.
        """
        derived, own = await self._known(tenant, token)
        data = _data(body)
        if not derived.is_named(body.get("subscriptionId")):
            raise NotFound("twin.subscription.unknown", id=str(body.get("subscriptionId"))[:200])
        now = self.clock()
        if own is None or own.subscription.status(now) != "active":
            return
        context = await self._context(derived, own, body, link)
        told = [one for one in [await self._told(tenant, one, context) for one in data] if one is not None]
        told = [one for one in told if _is_registered(derived, one.entity)]
        wholes = await self._wholes(derived, own, told) if own.split else {}
        entities = [one.completed(wholes.get(one.entity.id, one.entity)) for one in told]
        query = own.query
        if filters_travel(own, derived.source):
            query = replace(query, q=None, geo=None, scope=None)
        async with self.database.tenant(tenant) as connection:
            fetch = partial(retrieve_many, connection, tenant)
            fit = [one for one in entities if matches(query, one, await linked_by(query, one, fetch))]
            deleted = {one.entity.id: one.deleted for one in told if one.deleted}
            await self.notifier.relay(connection, own.kept, fit, deleted=deleted, now=now)

    async def _known(self, tenant: str, token: str) -> tuple[Derived, Own | None]:
        async with self.database.tenant(tenant) as connection:
            derived = await store.find(connection, tenant, token)
            if derived is None:
                raise NotFound("twin.notification.not_ours")
            try:
                return derived, read(await service.retrieve(connection, tenant, derived.subscription))
            except NotFound:
                return derived, None

    async def _context(self, derived: Derived, own: Own, body: Any, link: str) -> Context:
        """That of the notification, else the one in which the source was asked."""
        asked = derived.source.context or (derived.held or derived.wanted or {}).get(CONTEXT)
        try:
            usual = await self.contexts.of(derived.tenant, asked)
        except QuanyuError:
            usual = CORE
        given = body if "@context" in body else {"@context": link} if link else None
        return await context_of(self.contexts, derived.tenant, given, usual)

    async def _told(self, tenant: str, source: Any, context: Context) -> Told | None:
        """None for what we do not understand (4.3.6.8)."""
        own = await context_of(self.contexts, tenant, source, context)
        try:
            return told_of(source, own, self.clock())
        except QuanyuError:
            return None

    async def _wholes(self, derived: Derived, own: Own, told: Sequence[Told]) -> Mapping[str, Stored]:
        """5.8.6: each with what the broker itself and every source but the one that tells know of it."""
        tenant, ids = derived.tenant, [one.entity.id for one in told]
        async with self.database.tenant(tenant) as connection:
            here = await retrieve_many(connection, tenant, ids) if ids else {}
        heard = await self._consulted(derived, own, told)
        wanted = Wanted(actions=(*QUERYING, Action.CREATE_SUBSCRIPTION), now=self.clock())
        said = {id: list(some) for id, some in heard.said.items()} if heard else {}
        for one in told:
            said.setdefault(one.entity.id, []).append(Said(registration=derived.source, entity=one.entity))
        everybody = [*(heard.registrations if heard else ()), derived.source]
        all_said = Consulted(said=said, registrations=everybody, wanted=wanted)
        wholes = {id: all_said.whole(id, here.get(id)) for id in ids}
        return {id: one for id, one in wholes.items() if one is not None}

    async def _consulted(self, derived: Derived, own: Own, told: Sequence[Told]) -> Consulted | None:
        if not told:
            return None
        tenant = derived.tenant
        consultation = Consultation(
            sources=self.sources,
            contexts=self.contexts,
            origin=Origin(tenant=tenant, alias=await self.sources.alias(tenant)),
            by=Guide(without=(derived.source.id,)),
        )
        by_types: dict[tuple[str, ...], list[str]] = {}
        for one in told:
            by_types.setdefault(one.entity.types, []).append(one.entity.id)
        selectors = tuple(
            Selector(ids=tuple(dict.fromkeys(ids)), types=tuple((type,) for type in types))
            for types, ids in by_types.items()
        )
        question = Question(
            query=Query(selectors=selectors), context=CORE, attributes=own.needed, csf=own.csf
        )
        return await consultation.hear(question, QUERYING)


def _data(body: Any) -> list[Any]:
    """5.3.1. Raises Invalid."""
    data = body.get("data") if isinstance(body, dict) and body.get("type") == "Notification" else None
    if not isinstance(data, list) or len(data) > MOST_ENTITIES:
        raise Invalid("twin.notification.none")
    return data


def _is_registered(derived: Derived, entity: Stored) -> bool:
    return any(info.covers(entity.id, entity.types) for info in derived.source.information)
