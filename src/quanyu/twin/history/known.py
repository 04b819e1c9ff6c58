"""An entity as far as its temporal evolution needs it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """`document` is its state, None where it has none (any more)."""

    id: str
    types: tuple[str, ...]
    dataset: str
    scope: tuple[str, ...]
    created: datetime
    modified: datetime
    deleted: datetime | None
    document: dict[str, Any] | None
