"""A negotiation or a transfer on its way: what is heard moves it, what is said is a durable job and moves it once it has arrived."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quanyu.core.errors import Conflict
from quanyu.exchange.dataspace import _sql
from quanyu.exchange.dataspace.desk import Desk
from quanyu.exchange.dataspace.model import Kind, NegotiationRow, Row, caught_up, is_due
from quanyu.exchange.dataspace.protocol import Message
from quanyu.exchange.within import Within
from quanyu.store import enqueue

TELL = "share.dataspace"
"""The job that carries one message of ours to the other side."""


@dataclass(frozen=True, slots=True)
class Talks(Within):
    """Within one transaction."""

    desk: Desk

    async def hear(self, found: Kind, said: Message, body: Mapping[str, Any]) -> Kind:
        """The same message again changes nothing, but a second request before we have offered is refused.

        Raises Conflict for what is not due, and what the desk raises.
        """
        known = caught_up(found, self.now)
        state = known.after(known.other, said)
        if state != known.state:
            return await self._taken(known, said, state, body)
        if said is Message.REQUEST:
            raise Conflict("exchange.dataspace.not_due", message=said.value, state=state.value)
        return found

    async def go_on(self, found: Kind) -> None:
        """What we say by ourselves."""
        if (said := await self.desk.next(found)) is not None:
            await self.say(found, said)

    async def say(self, found: Row, said: Message) -> None:
        """Raises Conflict for what is not due."""
        known = caught_up(found, self.now)
        if not is_due(known, said):
            raise Conflict("exchange.dataspace.not_due", message=said.value, state=known.state.value)
        await enqueue(self.connection, self.tenant, TELL, tell_body(found, said))

    async def again(self, found: Kind) -> Kind:
        known = await _sql.one(self.connection, type(found), found.side, found.pid)
        assert known is not None
        return known

    async def _taken(self, found: Kind, said: Message, state: str, body: Mapping[str, Any]) -> Kind:
        changed = await self.desk.heard(found, said, body)
        if not found.other_pid:
            changed["other_pid"] = str(
                body["providerPid"]
            )  # its answer to our first message is still on its way
        await _sql.move(self.connection, self.tenant, found, state, now=self.now, **changed)
        moved = await self.again(found)
        await self.go_on(moved)
        return moved


def tell_body(found: Row, said: Message) -> dict[str, Any]:
    kind = "negotiation" if isinstance(found, NegotiationRow) else "transfer"
    return {"kind": kind, "side": found.side, "pid": found.pid, "message": said}
