"""The words of events: what opened, with the facts that made it, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class Ending(StrEnum):
    RECOVERED = "recovered"
    GONE = "gone"  # the entity is no more
    OFF = "off"  # the rule was switched off


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """An event that is to be opened. `change` None: time made it, or it was so when the rule was switched on."""

    id: str
    rule: str
    version: int
    key: str
    subject: str
    change: int | None
    title: str
    severity: str
    place: Mapping[str, float] | None
    facts: Mapping[str, Any]
    at: datetime


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """`subject` is empty for a rule over n of m; `closing` are the facts of its end."""

    id: str
    rule: str
    version: int
    title: str
    severity: str
    key: str
    subject: str
    opened: datetime
    closed: datetime | None
    ending: str | None
    case: str | None
    place: Mapping[str, float] | None
    facts: Mapping[str, Any]
    closing: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """All that is given must hold; newest first."""

    rule: str | None = None
    case: str | None = None
    subject: str | None = None
    open: bool | None = None
    limit: int = 50
    after: str | None = None
