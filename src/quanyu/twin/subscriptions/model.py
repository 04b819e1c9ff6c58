"""What a subscriber wants to hear and how (ETSI GS CIM 009, 5.2.12, 5.2.14, 5.2.15). Names are stored names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from quanyu.core.actor import Actor
from quanyu.twin.ngsild.document.conformance import Version


class Trigger(StrEnum):
    """What may happen to an entity; `ENTITY_UPDATED` stands for the three of attributes (5.2.12)."""

    ENTITY_CREATED = "entityCreated"
    ENTITY_UPDATED = "entityUpdated"
    ENTITY_DELETED = "entityDeleted"
    ATTRIBUTE_CREATED = "attributeCreated"
    ATTRIBUTE_UPDATED = "attributeUpdated"
    ATTRIBUTE_DELETED = "attributeDeleted"


DEFAULT_TRIGGERS = (Trigger.ATTRIBUTE_CREATED, Trigger.ATTRIBUTE_UPDATED)
UPDATES = (Trigger.ATTRIBUTE_CREATED, Trigger.ATTRIBUTE_UPDATED, Trigger.ATTRIBUTE_DELETED)


class Form(StrEnum):
    NORMALIZED = "normalized"
    CONCISE = "concise"
    SIMPLIFIED = "simplified"
    KEY_VALUES = "keyValues"


class Accept(StrEnum):
    JSON = "application/json"
    LD_JSON = "application/ld+json"
    GEO_JSON = "application/geo+json"


class Join(StrEnum):
    NONE = "@none"
    FLAT = "flat"
    INLINE = "inline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Which entities (5.2.33): `type` is a selection expression, `ids` go before `pattern`."""

    type: str
    ids: tuple[str, ...] = ()
    pattern: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where notifications go (5.2.15). `timeout` and `cooldown` in seconds."""

    uri: str
    accept: Accept = Accept.JSON
    timeout: float | None = None
    cooldown: float | None = None
    receiver_info: tuple[tuple[str, str], ...] = ()
    notifier_info: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What of an entity is told and how it is written (5.2.14)."""

    attributes: tuple[str, ...] = ()
    pick: tuple[str, ...] = ()
    omit: tuple[str, ...] = ()
    form: Form = Form.NORMALIZED
    sys_attrs: bool = False
    show_changes: bool = False
    join: Join = Join.NONE
    join_level: int = 1
    lang: str | None = None
    dataset_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """`body` is the subscription as its owner reads it, in stored names, without what the system adds.

    `interval` and `throttling` in seconds. `context` is the URL of the @context that names are shown with. `expand`:
    terms whose values in q are expanded. `conforms_to`: the version of the standard that is told (4.3.6.8).
    """

    id: str
    body: Mapping[str, Any]
    endpoint: Endpoint
    content: Content = field(default_factory=Content)
    entities: tuple[Selector, ...] = ()
    watched: tuple[str, ...] = ()
    triggers: tuple[Trigger, ...] = DEFAULT_TRIGGERS
    q: str = ""
    scope_q: str = ""
    csf: str = ""
    geo_q: Mapping[str, Any] | None = None
    interval: float | None = None
    throttling: float | None = None
    active: bool = True
    expires: datetime | None = None
    context: str | None = None
    local: bool = False
    expand: tuple[str, ...] = ()
    conforms_to: Version | None = None

    def status(self, now: datetime) -> str:
        """5.8.1, 5.8.2: expired goes before paused."""
        if self.expires is not None and self.expires <= now:
            return "expired"
        return "active" if self.active else "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of its notifications (5.2.14.2). Every attempt counts as sent, a retry too."""

    sent: int = 0
    failed: int = 0
    last_notification: datetime | None = None
    last_success: datetime | None = None
    last_failure: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A subscription as the store has it.

    `names`: stored names of the terms in q and csf. `context`: the URL of the @context of its notifications, None for the core's.
    `since`: changes up to this number of the feed were before it. `maker`: nothing is told that they may not see.
    `via`: the brokers that it has come through (4.3.6.4). `contract`: the one by whose terms it sees, '' for the maker's own rights.
    """

    subscription: Subscription
    tenant: str
    names: Mapping[str, str]
    context: str | None
    maker: Actor
    since: int
    revision: int
    created: datetime
    modified: datetime
    quiet_until: datetime | None = None
    via: str = ""
    contract: str = ""
    tally: Tally = field(default_factory=Tally)
