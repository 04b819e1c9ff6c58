"""Negotiations and transfers that play a script instead of asking people: for conformance kits, in development mode only.

The file is JSON: for a dataset or an agreement, what this node says each time that the talk has come to a state, in turn:
`{"ACN0102": {"REQUESTED": ["offer", "terminate"]}}` offers at first, and ends after a counter-offer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from quanyu.core.errors import Invalid
from quanyu.exchange.dataspace.desk import Desk, Intake, heard_from_provider, target_of
from quanyu.exchange.dataspace.model import Json, NegotiationRow, Row
from quanyu.exchange.dataspace.protocol import Message, Side

Inner = TypeVar("Inner", bound=Desk)

_PERMISSION = [{"action": "use", "constraint": []}]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    scripts: Mapping[str, Mapping[str, tuple[Message, ...]]]

    def plays(self, key: str) -> bool:
        return key in self.scripts

    def line(self, found: Row) -> Message | None:
        """For this time in this state."""
        lines = self.scripts[found.key].get(found.state.value, ())
        times = sum(step.state == found.state for step in found.steps)
        return lines[times - 1] if times <= len(lines) else None


def read_rehearsal(path: Path) -> Rehearsal:
    """Raises Invalid."""
    try:
        said = msgspec.json.decode(path.read_bytes(), type=dict[str, dict[str, tuple[Message, ...]]])
    except (OSError, msgspec.MsgspecError) as error:
        raise Invalid("exchange.dataspace.rehearsal", path=str(path), reason=str(error)) from error
    return Rehearsal(said)


@dataclass(frozen=True, slots=True)
class RehearsedDesk(Generic[Inner]):
    """What has no script is decided by the desk behind it."""

    desk: Inner
    rehearsal: Rehearsal

    async def requested(
        self: "RehearsedDesk[Intake]", consumer: str, pid: str, offer: Mapping[str, Any]
    ) -> tuple[str, str | None]:
        dataset = target_of(offer)
        if self.rehearsal.plays(dataset):
            return dataset, None
        return await self.desk.requested(consumer, pid, offer)

    async def transfer_requested(
        self: "RehearsedDesk[Intake]", consumer: str, agreement: str, format: str
    ) -> str:
        if self.rehearsal.plays(agreement):
            return agreement
        return await self.desk.transfer_requested(consumer, agreement, format)

    async def heard(self, found: Row, said: Message, body: Mapping[str, Any]) -> Json:
        if not self.rehearsal.plays(found.key):
            return await self.desk.heard(found, said, body)
        return heard_from_provider(found, said, body) if found.side is Side.CONSUMER else {}

    async def next(self, found: Row) -> Message | None:
        played = self.rehearsal.plays(found.key)
        return self.rehearsal.line(found) if played else await self.desk.next(found)

    async def content(self, found: Row, said: Message, base: str) -> Json:
        if not self.rehearsal.plays(found.key) or found.side is Side.CONSUMER:
            return await self.desk.content(found, said, base)
        if not isinstance(found, NegotiationRow):
            return {}
        policy = {"@id": f"{found.pid}:{said}", "target": found.dataset, "permission": _PERMISSION}
        if said is Message.OFFER:
            return {"offer": {"@type": "Offer", **policy}}
        if said is Message.AGREE:
            parties = {"assigner": "provider", "assignee": found.consumer}
            return {"agreement": {"@type": "Agreement", **policy, **parties, "timestamp": _stamp(found)}}
        return {}


def _stamp(found: NegotiationRow) -> str:
    return found.steps[-1].at.isoformat()
