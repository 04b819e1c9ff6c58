"""The words of derived subscriptions: one of ours as one context source keeps it for us."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quanyu.twin.registrations.model import Registration

CONTEXT = "@context"
"""Beside the members of what is wanted: the URL of the @context that its q speaks in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """`source`: the registration as it was last looked at. `wanted`, `held`: what the source is to keep, and what it keeps
    as far as we know, in stored names; None: nothing. `remote`: its id there. `via`: the brokers that ours has come through.
    `left_over`: somebody was at it and came to no end, so that the source may know more than we do.
    """

    tenant: str
    token: str
    subscription: str
    source: Registration
    via: str = ""
    wanted: Mapping[str, Any] | None = None
    held: Mapping[str, Any] | None = None
    remote: str | None = None
    unwanted: datetime | None = None
    tries: int = 0
    fault: str | None = None
    left_over: bool = False

    @property
    def id(self) -> str:
        """The id that we give it, so that a second try finds what the first has made."""
        return f"urn:ngsi-ld:Subscription:{self.token}"

    @property
    def place(self) -> tuple[str, str | None]:
        """Where it is kept."""
        return self.source.endpoint, self.source.tenant

    def is_named(self, id: object) -> bool:
        """Whether a notification with this subscriptionId is one of it; before the source has answered, any may be."""
        return self.remote is None or id in (self.remote, self.id)
