"""Subscriptions to registrations (ETSI GS CIM 009, 5.11.2 to 5.11.6): those of 5.8 with a temporal query beside them."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

import msgspec

from quanyu.core.actor import Actor
from quanyu.core.errors import Conflict, Invalid, NotFound
from quanyu.store import Connection
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.query.q import parse_q
from quanyu.twin.registrations.search import Search, TimeQuery, time_query
from quanyu.twin.subscriptions import model
from quanyu.twin.subscriptions.names import renamed
from quanyu.twin.subscriptions.parse import check_future, parse_subscription
from quanyu.twin.subscriptions.queries import names_of, query_of

_TIME = "temporalQ"
_TRIGGER = "notificationTrigger"
_MANDATORY = ("type", "notification")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """`kept` as any subscription; `search` says which registrations it is about."""

    kept: model.Kept
    search: Search
    due: datetime | None = None

    def listens(self, now: datetime) -> bool:
        return self.kept.subscription.status(now) == "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """`names`: the stored names of the terms in q and csf."""

    id: str
    body: Mapping[str, Any]
    names: Mapping[str, str]


def drafted(source: Any, context: Context, *, now: datetime, before: Subscriber | None = None) -> Draft:
    """5.11.2.4, 5.11.3.4: a new one, or `before` with a fragment laid over it. Raises Invalid."""
    if not isinstance(source, dict) or not source:
        raise Invalid("twin.subscription.body")
    body = renamed(source, context.stored)
    if before is not None:
        body = _merged(before.kept.subscription.body, body)
    id = body.get("id") or f"urn:ngsi-ld:Subscription:{uuid.uuid4()}"
    subscription = _parsed(body, id)
    if before is None or "expiresAt" in source:
        check_future(subscription.expires, now)
    names = dict(before.kept.names) if before is not None else {}
    for filter in ("q", "csf"):
        if filter in source:
            names |= names_of(body.get(filter, ""), context.stored)
    _search(subscription, names, body)
    made = {**subscription.body, "id": id}
    if _TRIGGER not in body:
        made.pop(_TRIGGER, None)
    return Draft(id=id, body=made | ({_TIME: body[_TIME]} if _TIME in body else {}), names=names)


async def insert(
    connection: Connection, maker: Actor, draft: Draft, *, context: Any, now: datetime
) -> Subscriber:
    """Raises Conflict."""
    row = await connection.fetchrow(
        _INSERT, maker.tenant, draft.id, draft.body, draft.names, context, msgspec.to_builtins(maker), _due(draft, now), now
    )  # fmt: skip
    if row is None:
        raise Conflict("twin.subscription.exists", id=draft.id)
    return _subscriber(maker.tenant, row)


async def update(connection: Connection, tenant: str, draft: Draft, *, now: datetime) -> Subscriber:
    row = await connection.fetchrow(_UPDATE, tenant, draft.id, draft.body, draft.names, _due(draft, now), now)
    if row is None:
        raise NotFound("twin.subscription.unknown", id=draft.id)
    return _subscriber(tenant, row)


async def find(connection: Connection, tenant: str, id: str) -> Subscriber:
    """Raises NotFound."""
    row = await connection.fetchrow(_ONE, tenant, id)
    if row is None:
        raise NotFound("twin.subscription.unknown", id=id[:200])
    return _subscriber(tenant, row)


async def listed(connection: Connection, tenant: str) -> list[Subscriber]:
    """In the order in which they were made."""
    return [_subscriber(tenant, row) for row in await connection.fetch(_ALL, tenant)]


async def delete(connection: Connection, tenant: str, id: str) -> None:
    """Raises NotFound."""
    if await connection.fetchval(_DELETE, tenant, id) is None:
        raise NotFound("twin.subscription.unknown", id=id[:200])


async def take_due(connection: Connection, tenant: str, now: datetime) -> list[Subscriber]:
    """Periodic ones whose time has come, each for one process, with their next time set."""
    return [_subscriber(tenant, row) for row in await connection.fetch(_TAKE_DUE, tenant, now)]


async def tenants_due(connection: Connection, now: datetime) -> list[str]:
    """As the owner of the tables, who sees all tenants."""
    return [row["tenant"] for row in await connection.fetch(_TENANTS_DUE, now)]


async def told(connection: Connection, tenant: str, id: str, *, at: datetime, well: bool) -> None:
    """5.2.14.2."""
    await connection.execute(_TOLD, tenant, id, at, well)


def _merged(before: Mapping[str, Any], fragment: Mapping[str, Any]) -> dict[str, Any]:
    removed = {name for name, value in fragment.items() if value is None}
    if missing := sorted(removed & set(_MANDATORY)):
        raise Invalid("twin.subscription.missing", name=missing[0])
    if fragment.get("id", before["id"]) != before["id"]:
        raise Invalid("twin.subscription.other_id", id=before["id"])
    return {name: value for name, value in {**before, **fragment}.items() if name not in removed}


def _parsed(body: Mapping[str, Any], id: str) -> model.Subscription:
    """The temporal query is ours alone."""
    return parse_subscription({name: value for name, value in body.items() if name != _TIME}, id=id)


def _search(subscription: model.Subscription, names: Mapping[str, str], body: Mapping[str, Any]) -> Search:
    """5.11.7: entities and attributes of what is registered, properties of the source, where and when it has them.

    5.12: where a notification tells of all attributes, which are watched does not matter.
    """
    query = query_of(subscription, names)
    content = subscription.content
    told = (*content.attributes, *(name for name in content.pick if name not in ("id", "type", "scope")))
    attributes = (*subscription.watched, *told) if told else ()
    filters = (query.q,) if query.q is not None else ()
    if subscription.csf:
        filters = (*filters, parse_q(unquote(subscription.csf), names.__getitem__))
    bare = type(query)(selectors=query.selectors, attributes=attributes, geo=query.geo, scope=query.scope)
    return Search(query=bare, filters=filters, time=_time(body.get(_TIME)))


def _time(given: Any) -> TimeQuery | None:
    """5.2.21. Raises Invalid."""
    if given is None:
        return None
    if not isinstance(given, dict):
        raise Invalid("twin.ngsi.timerel", timerel=str(given)[:40])
    texts = {name: given.get(name, "") for name in ("timerel", "timeAt", "endTimeAt", "timeproperty")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise Invalid("twin.ngsi.timerel", timerel="")
    return time_query(
        relation=texts["timerel"],
        at=texts["timeAt"],
        end=texts["endTimeAt"],
        property=texts["timeproperty"] or "observedAt",
    )


def _due(draft: Draft, now: datetime) -> datetime | None:
    seconds = draft.body.get("timeInterval")
    return None if seconds is None else now + timedelta(seconds=seconds)


def _subscriber(tenant: str, row: Any) -> Subscriber:
    body, names = row["body"], row["names"]
    subscription = _parsed(body, row["id"])
    tally = model.Tally(
        sent=row["sent"],
        failed=row["failed"],
        last_notification=row["last_notification"],
        last_success=row["last_success"],
        last_failure=row["last_failure"],
    )
    kept = model.Kept(
        subscription=replace(subscription, body=body),
        tenant=tenant,
        names=names,
        context=row["context"],
        maker=msgspec.convert(row["maker"], Actor),
        since=0,
        revision=0,
        created=row["created"],
        modified=row["modified"],
        tally=tally,
    )
    return Subscriber(kept=kept, search=_search(subscription, names, body), due=row["due"])


_INSERT = """
insert into source_subscription(tenant, id, body, names, context, maker, due, created, modified)
values ($1, $2, $3, $4, $5, $6, $7, $8, $8) on conflict do nothing returning *
"""
_UPDATE = """
update source_subscription set body = $3::jsonb, names = $4, modified = $6,
  due = case when body->'timeInterval' is not distinct from $3::jsonb->'timeInterval' then due else $5 end
where tenant = $1 and id = $2 returning *
"""
_ONE = "select * from source_subscription where tenant = $1 and id = $2"
_ALL = "select * from source_subscription where tenant = $1 order by made"
_DELETE = "delete from source_subscription where tenant = $1 and id = $2 returning id"
_TAKE_DUE = """
update source_subscription set due = $2::timestamptz + make_interval(secs => (body->>'timeInterval')::float8)
where tenant = $1 and due <= $2 returning *
"""
_TENANTS_DUE = "select distinct tenant from source_subscription where due <= $1"
_TOLD = """
update source_subscription set sent = sent + 1, last_notification = $3,
  failed = failed + case when $4 then 0 else 1 end,
  last_success = case when $4 then $3 else last_success end,
  last_failure = case when $4 then last_failure else $3 end
where tenant = $1 and id = $2
"""
