"""The words of branches."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

PREFIX = "urn:ngsi-ld:Snapshot:"
"""Of the identifiers of what-if branches: what follows is the name."""


class Status(StrEnum):
    """Of the making of a branch (5.2.41). `PARTIAL`: some queries found something, others nothing or failed."""

    PREPARING = "preparing"
    SUCCESS = "success"
    PARTIAL = "partial"
    EMPTY = "empty"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """`space` is the tenant under which its own entities stand. `frozen`: what it does not have is not there."""

    id: str
    tenant: str
    space: str
    frozen: bool
    status: Status
    document: Mapping[str, Any]
    details: Mapping[str, Any] = field(default_factory=dict)
    created: datetime
    modified: datetime
    used: datetime
    expires: datetime | None = None


class Fate(StrEnum):
    """What a branch did to an entity."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`attributes` that differ from the live state, as the branch has them; None for one that is gone."""

    id: str
    fate: Fate
    attributes: Mapping[str, Any]
