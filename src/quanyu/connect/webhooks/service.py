"""Webhooks are made, changed and fed. Each call is within the caller's transaction."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.webhooks import _sql
from quanyu.connect.webhooks.model import PREFIX, Event, EventType, Webhook, WebhookAsked, WebhookChange
from quanyu.connect.webhooks.signing import new_secret, shown
from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import Fault, Invalid, NotFound
from quanyu.identity import Outcome, append_evidence
from quanyu.identity.keys import Cipher
from quanyu.store import Connection


class NewWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """`secret` is shown this once."""

    id: str
    url: str
    types: tuple[str, ...]
    secret: str

    def __repr__(self) -> str:
        return f"NewWebhook({self.id!r})"


async def announce(connection: Connection, tenant: str, events: Sequence[Event]) -> None:
    """What happened is on its way to everybody who asked for it as soon as the transaction commits."""
    if events:
        made = [(one, _event_id()) for one in events]
        await _sql.announce(
            connection, tenant, [(id, one.type, cloud_event(tenant, id, one), one.time) for one, id in made]
        )


def cloud_event(tenant: str, id: str, event: Event) -> dict[str, Any]:
    """CloudEvents 1.0, structured mode."""
    return {
        "specversion": "1.0", "id": id, "source": f"urn:quanyu:{tenant}", "type": PREFIX + event.type,
        "subject": event.subject, "time": event.time.isoformat(), "datacontenttype": "application/json",
        "data": msgspec.to_builtins(event.data),
    }  # fmt: skip


async def check_url(outgoing: Outgoing, url: str) -> None:
    """Raises Invalid for what is no address, Denied where the owner of the node did not allow it."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise Invalid("connect.webhook.url", url=url.partition("?")[0][:200])
    await outgoing.check(parts.hostname, port)


async def make(
    connection: Connection, actor: Actor, asked: WebhookAsked, cipher: Cipher, now: datetime
) -> NewWebhook:
    id, secret = secrets.token_hex(8), new_secret()
    await _sql.add(
        connection, actor.tenant, id, url=asked.url, types=_plain(asked.types),
        secret=cipher.lock(secret, place_of(actor.tenant, id)), by=actor.id, now=now,
    )  # fmt: skip
    await _note(connection, actor, id, "create")
    return NewWebhook(id=id, url=asked.url, types=_plain(asked.types), secret=shown(secret))


def place_of(tenant: str, id: str) -> str:
    """What the secret of a webhook is bound to."""
    return f"webhook/{tenant}/{id}"


async def webhook(connection: Connection, id: str) -> Webhook:
    """Raises NotFound."""
    found = await _sql.webhook(connection, id)
    if found is None:
        raise NotFound("connect.webhook.unknown", id=id[:40])
    return found


async def change(connection: Connection, actor: Actor, id: str, wanted: WebhookChange) -> Webhook:
    types = None if wanted.types is None else _plain(wanted.types)
    if not await _sql.change(connection, actor.tenant, id, url=wanted.url, types=types, active=wanted.active):
        raise NotFound("connect.webhook.unknown", id=id[:40])
    await _note(connection, actor, id, "change")
    return await webhook(connection, id)


async def remove(connection: Connection, actor: Actor, id: str) -> None:
    if not await _sql.remove(connection, actor.tenant, id):
        raise NotFound("connect.webhook.unknown", id=id[:40])
    await _note(connection, actor, id, "remove")


async def ping(connection: Connection, tenant: str, id: str, now: datetime) -> None:
    """Sends an event to this one alone, so that its receiver can be tried."""
    await webhook(connection, id)
    event, event_id = Event(type=EventType.PING, subject=id, time=now), _event_id()
    await _sql.put(connection, tenant, id, event_id, cloud_event(tenant, event_id, event), now)


def _event_id() -> str:
    return f"evt_{secrets.token_hex(12)}"


def _plain(types: Sequence[str]) -> tuple[str, ...]:
    """Without our prefix, which who reads the events may have copied. Raises Invalid where nobody ever tells one that begins so."""
    plain = [one.removeprefix(PREFIX) for one in types]
    known = ", ".join(EventType)
    faults = tuple(
        Fault("connect.webhook.type", f"/types/{place}", {"type": types[place], "known": known})
        for place, one in enumerate(plain)
        if not any(kind.startswith(one) for kind in EventType)
    )
    if faults:
        raise Invalid("connect.webhook.types", faults=faults)
    return tuple(sorted(set(plain)))


async def _note(connection: Connection, actor: Actor, id: str, act: str) -> None:
    resource = Resource("webhook", id, actor.tenant)
    await append_evidence(connection, actor, "subscription.manage", resource, Outcome.DONE, {"act": act})
