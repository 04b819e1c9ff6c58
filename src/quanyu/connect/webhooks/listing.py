"""Webhooks as those who look after them page through them."""

from datetime import datetime

import msgspec

from quanyu.connect.webhooks import _sql
from quanyu.connect.webhooks.model import Webhook
from quanyu.core.page_token import page_of, place_of
from quanyu.store import Connection


class WebhookPage(msgspec.Struct, frozen=True, kw_only=True):
    """`total` is of all that were asked for, not of this part."""

    items: tuple[Webhook, ...]
    next: str | None
    total: int


async def page_of_webhooks(
    connection: Connection, *, text: str = "", worst: bool = False, after: str | None = None, limit: int = 100
) -> WebhookPage:
    """`text` is part of the address or of the last fault. Raises Invalid for an `after` that no list has given out."""
    place = place_of(after, tuple[int, datetime, str], refusal="connect.webhook.token") if after else None
    found = await _sql.find(connection, text, worst=worst, after=place, limit=limit + 1)
    page = page_of(found, limit, lambda one: one[0])
    return WebhookPage(
        items=tuple(one for _, one in page.items), next=page.next, total=await _sql.count(connection, text)
    )
