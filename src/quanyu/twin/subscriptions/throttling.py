"""Throttled subscriptions (ETSI GS CIM 009, 5.2.12): what comes in their silence is held and told once it is over."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from quanyu.store import Connection
from quanyu.twin.subscriptions import queue
from quanyu.twin.subscriptions.model import Kept
from quanyu.twin.subscriptions.queue import Message


async def paced(
    connection: Connection,
    tenant: str,
    messages: Sequence[Message],
    known: Mapping[str, Kept],
    *,
    now: datetime,
) -> list[Message]:
    """The messages that are new; of a throttled subscription the first goes at once, the others together later."""
    seconds = {
        one.subscription: limit
        for one in messages
        if (limit := known[one.subscription].subscription.throttling) is not None
    }
    if not seconds:
        return list(messages)
    silent = await queue.silences(connection, tenant, seconds)
    held = await queue.held(connection, tenant, seconds)
    at_once, begun = _sorted(messages, seconds, silent, held, now)
    await queue.keep_silent(connection, tenant, begun)
    for one in held.values():
        if one.id:
            await queue.lay_into(connection, one, one.body)
    return [*at_once, *(one for one in held.values() if not one.id)]


def _sorted(
    messages: Sequence[Message],
    seconds: Mapping[str, float],
    silent: dict[str, datetime],
    held: dict[str, Message],
    now: datetime,
) -> tuple[list[Message], dict[str, datetime]]:
    """What goes at once, and until when its subscriptions are silent then; the rest is laid into `held`."""
    at_once: list[Message] = []
    begun: dict[str, datetime] = {}
    for message in messages:
        id = message.subscription
        if id not in seconds:
            at_once.append(message)
        elif id in held:
            held[id] = replace(held[id], body=merged(held[id].body, message.body))
        elif id in silent and silent[id] > now:
            held[id] = replace(message, held=True, due=silent[id])
        else:
            begun[id] = silent[id] = now + timedelta(seconds=seconds[id])
            at_once.append(message)
    return at_once, begun


def merged(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """One notification for both: each entity as it was told last."""
    if isinstance(later["data"], dict):
        features = _by_id([*earlier["data"]["features"], *later["data"]["features"]])
        return {**later, "data": {**later["data"], "features": features}}
    return {**later, "data": _by_id([*earlier["data"], *later["data"]])}


def _by_id(entities: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[object, dict[str, Any]] = {}
    for place, one in enumerate(entities):
        found[one.get("id", place)] = one
    return list(found.values())
