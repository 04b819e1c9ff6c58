"""The words of webhooks."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

PREFIX = "quanyu."
"""Every event type begins so, as CloudEvents asks for a name of one's own."""

Type = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"^[a-z0-9_.]+$")]
Url = Annotated[str, msgspec.Meta(min_length=8, max_length=2000)]


class EventType(StrEnum):
    """All that is ever told."""

    CASE_OPENED = "case.opened"
    CASE_MOVED = "case.moved"
    CASE_CLOSED = "case.closed"
    CASE_ESCALATED = "case.escalated"
    RULE_OPENED = "rule.opened"
    RULE_CLOSED = "rule.closed"
    WORK_OPENED = "work.opened"
    WORK_MOVED = "work.moved"
    WORK_CLOSED = "work.closed"
    WORK_ESCALATED = "work.escalated"
    PING = "webhook.ping"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened; `subject` is what it is about. No personal data belongs in `data`."""

    type: EventType
    subject: str
    time: datetime
    data: Mapping[str, Any] = {}


class WebhookAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`types`: beginnings of event types, e.g. `case.` or `case.closed`; none is every type."""

    url: Url
    types: Annotated[tuple[Type, ...], msgspec.Meta(max_length=50)] = ()


class WebhookChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays."""

    url: Url | None = None
    types: Annotated[tuple[Type, ...], msgspec.Meta(max_length=50)] | None = None
    active: bool | None = None


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """`waiting` are still tried, `dead` were given up. The secret is in none of its forms."""

    id: str
    url: str
    types: tuple[str, ...]
    active: bool
    created: datetime
    creator: str
    waiting: int
    dead: int
    last_success: datetime | None
    last_failure: datetime | None
    fault: str | None


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    event: str
    body: Mapping[str, Any]
    made: datetime
    given_up: datetime
    tries: int
    fault: str | None
