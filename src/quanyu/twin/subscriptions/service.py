"""Subscriptions made, changed, found and removed (ETSI GS CIM 009, 5.8.1 to 5.8.5), inside the caller's transaction."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from quanyu.core.actor import Actor
from quanyu.core.entity import NULL
from quanyu.core.errors import Conflict, Invalid, NotFound
from quanyu.store import Connection
from quanyu.twin.ngsild.context.model import Context
from quanyu.twin.subscriptions import _sql, queue
from quanyu.twin.subscriptions.members import is_uri
from quanyu.twin.subscriptions.model import Kept, Subscription, Tally
from quanyu.twin.subscriptions.names import renamed
from quanyu.twin.subscriptions.parse import check_future, parse_subscription
from quanyu.twin.subscriptions.queries import names_of, query_of

_MANDATORY = ("type", "notification")


@dataclass(frozen=True, slots=True)
class Draft:
    """A subscription that is in order and not kept yet. `names`: the stored names of the terms in its q and csf."""

    subscription: Subscription
    names: Mapping[str, str]


def drafted(source: object, context: Context, *, now: datetime) -> Draft:
    """5.8.1.4. Raises Invalid."""
    if not isinstance(source, dict):
        raise Invalid("twin.subscription.body")
    named = renamed(source, _lenient(context))
    subscription = parse_subscription(named, id=f"urn:ngsi-ld:Subscription:{uuid.uuid4()}")
    check_future(subscription.expires, now)
    names = names_of(subscription.q, context.stored, subscription.expand)
    query_of(subscription, names)
    names |= names_of(subscription.csf, context.stored, where="/csf")
    return Draft(subscription, names)


async def create(
    connection: Connection, maker: Actor, draft: Draft, *, context: str | None, now: datetime, via: str = "", contract: str = ""
) -> str:  # fmt: skip
    """In the maker's tenant. `context`: the URL of the @context of its notifications. `via`: the Via header.
    `contract`: whose terms say what it sees; it is found under the same contract alone.

    Raises Conflict where the id is taken.
    """
    tenant = maker.tenant
    subscription = draft.subscription
    revision = await _sql.rise(connection, tenant)
    since = await _sql.begin_reading(connection, tenant)
    made = await _sql.insert(
        connection, tenant, subscription.id, subscription.body, draft.names, context,
        msgspec.to_builtins(maker), since, revision, first_due(subscription, now), now, via, contract,
    )  # fmt: skip
    if not made:
        raise Conflict("twin.subscription.exists", id=subscription.id)
    return subscription.id


async def update(
    connection: Connection, tenant: str, id: str, fragment: object, context: Context, *, now: datetime, contract: str = ""
) -> Kept:  # fmt: skip
    """5.8.2.4: members of the fragment take the place of those that are there; null takes them away."""
    if not isinstance(fragment, dict) or not fragment:
        raise Invalid("twin.subscription.body")
    revision = await _sql.rise(connection, tenant)
    before = await retrieve(connection, tenant, id, contract)
    named = renamed(fragment, _lenient(context))
    body = _merged(before.subscription.body, named, id)
    subscription = parse_subscription(body, id=id)
    if "expiresAt" in fragment:
        check_future(subscription.expires, now)
    asks_anew = not fragment.keys().isdisjoint(("q", "expandValues"))
    names = dict(before.names)
    if asks_anew:
        names |= names_of(subscription.q, context.stored, subscription.expand)
    query_of(subscription, names)
    if "csf" in fragment:
        names |= names_of(subscription.csf, context.stored, where="/csf")
    spoken = subscription.context or before.context
    await _sql.update(
        connection,
        tenant,
        id,
        subscription.body,
        names,
        spoken,
        revision,
        first_due(subscription, now),
        now,
    )
    return await retrieve(connection, tenant, id, contract)


async def pause(connection: Connection, tenant: str, id: str) -> bool:
    """Until its owner sets isActive again; what waits to be told waits on. False where it was paused already."""
    return await _sql.pause(connection, tenant, id, await _sql.rise(connection, tenant))


async def retrieve(connection: Connection, tenant: str, id: str, contract: str = "") -> Kept:
    """Raises Invalid for what is no URI (5.8.3.4), NotFound."""
    if not is_uri(id):
        raise Invalid("twin.subscription.id", id=id[:80])
    row = await _sql.one(connection, tenant, id, contract)
    if row is None:
        raise NotFound("twin.subscription.unknown", id=id)
    return kept(tenant, row)


async def listed(
    connection: Connection, tenant: str, contract: str = "", *, limit: int, offset: int
) -> tuple[Kept, ...]:
    """In the order in which they were made."""
    rows = await _sql.page(connection, tenant, contract, limit=limit, offset=offset)
    return tuple(kept(tenant, row) for row in rows)


async def is_being_told(connection: Connection, tenant: str, id: str, *, now: datetime) -> bool:
    """Whether something is on its way to the endpoint that has not been tried before."""
    return await queue.is_fresh(connection, tenant, id, now)


async def count(connection: Connection, tenant: str, contract: str = "") -> int:
    return await _sql.count_of(connection, tenant, contract)


async def delete(connection: Connection, tenant: str, id: str, contract: str = "") -> None:
    """With what waits to be told. Raises Invalid, NotFound."""
    if not is_uri(id):
        raise Invalid("twin.subscription.id", id=id[:80])
    await _sql.rise(connection, tenant)
    if not await _sql.delete(connection, tenant, id, contract):
        raise NotFound("twin.subscription.unknown", id=id)


def kept(tenant: str, row: Any) -> Kept:
    return Kept(
        subscription=parse_subscription(row["body"], id=row["id"]),
        tenant=tenant,
        names=row["names"],
        context=row["context"],
        maker=msgspec.convert(row["maker"], Actor),
        quiet_until=row["quiet_until"],
        via=row["via"],
        contract=row["contract"],
        since=row["since"],
        revision=row["revision"],
        created=row["created"],
        modified=row["modified"],
        tally=Tally(
            sent=row["sent"],
            failed=row["failed"],
            last_notification=row["last_notification"],
            last_success=row["last_success"],
            last_failure=row["last_failure"],
        ),
    )


def first_due(subscription: Subscription, now: datetime) -> datetime | None:
    return None if subscription.interval is None else now + timedelta(seconds=subscription.interval)


def _merged(body: Mapping[str, Any], fragment: Mapping[str, Any], id: str) -> dict[str, Any]:
    removed = {name for name, value in fragment.items() if value is None or value == NULL}
    if missing := sorted(removed & set(_MANDATORY)):
        raise Invalid("twin.subscription.missing", name=missing[0])
    if fragment.get("id", id) != id:
        raise Invalid("twin.subscription.other_id", id=id)
    return {name: value for name, value in {**body, **fragment}.items() if name not in removed}


def _lenient(context: Context) -> Any:
    """Names that cannot be names are left for the parser of queries to refuse with their place."""

    def stored(name: str) -> str:
        try:
            return context.stored(name)
        except Invalid:
            return name

    return stored
