"""A branch laid over the live state: what it touched is as it says, the rest is live. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from quanyu.core.errors import QuanyuError
from quanyu.twin.model import Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """Answers as sources do (`Consulted`), so that lists and their pages are made in one place."""

    said: Mapping[str, Stored | None]
    only_fault: QuanyuError | None = None
    linked: Mapping[str, str] = field(default_factory=dict)
    complete: bool = True

    def whole(self, id: str, own: Stored | None) -> Stored | None:
        return self.said.get(id, own)
