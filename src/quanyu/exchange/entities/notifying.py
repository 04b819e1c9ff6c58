"""Notifications under a contract: narrowed and masked when they are written, counted and looked at again before they leave.

What waited while the contract was changed, suspended or ended was written under terms that hold no more, and never leaves. A
subscription that hears nothing any more is paused, with the refusal in evidence and ledger; its consumer may set it going again.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from quanyu.core.errors import Denied, QuanyuError, TooOften, Unavailable
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.delivery import ledger
from quanyu.exchange.delivery.counting import Left
from quanyu.exchange.delivery.coverage import Ask, Covered, NotCovered, cover
from quanyu.exchange.delivery.ledger import CallState
from quanyu.exchange.entities.service import Entities, View, eyes_of
from quanyu.exchange.policy import Way
from quanyu.identity import AccessDenied, Outcome, append_evidence, record_denied
from quanyu.identity.evidence.model import sm3
from quanyu.store import Connection
from quanyu.twin.model import Stored
from quanyu.twin.subscriptions.model import Kept
from quanyu.twin.subscriptions.queue import Message
from quanyu.twin.subscriptions.service import pause


@dataclass(frozen=True, slots=True)
class Notifying:
    entities: Entities

    async def seen(self, connection: Connection, kept: Kept, entity: Stored) -> Stored | None:
        """The entity as the contract gives it now; None where it does not. Raises nothing that stops other subscribers."""
        try:
            view = await self._view(connection, kept)
        except NotCovered as refused:
            await self._silenced(connection, kept, refused)
            return None
        except QuanyuError:
            return None
        if entity.dataset != view.eyes.dataset:
            return None
        shown = await self.entities.shown(view, (entity,))
        return shown[0] if shown else None

    async def carried(self, kept: Kept, message: Message, carry: Callable[[], Awaitable[None]]) -> None:
        """Every attempt is a call. Raises Denied for what may not leave; Unavailable where the rate lets it leave later."""
        try:
            view, call = await self._counted(kept, message)
        except TooOften as often:
            raise Unavailable(often.key, **often.values) from None
        state = CallState.FAILED
        try:
            await carry()
            state = CallState.DONE
        finally:
            body = msgspec.json.encode(message.body)
            rows = _rows(message) if state is CallState.DONE else 0
            left = Left(rows=rows, size=len(body), digest=sm3(body).hex())
            await self.entities.counting.close(view.actor, call, state, left)

    async def _counted(self, kept: Kept, message: Message) -> tuple[View, str]:
        database = self.entities.counting.database
        try:
            async with database.tenant(kept.tenant) as connection:
                view = await self._view(connection, kept)
            _check_fresh(view.covered, message)
            return view, await self.entities.count(view)
        except AccessDenied as refused:
            await record_denied(database, kept.maker, refused.action, refused.resource, refused.key)
            raise

    async def _view(self, connection: Connection, kept: Kept) -> View:
        """Raises NotCovered where the contract gives nothing now."""
        counting = self.entities.counting
        desk = Contracts(connection, kept.maker, counting.clock())
        contract = await desk.one(kept.contract)
        ask = Ask(
            party=contract.consumer, sql="", datasets=(contract.dataset,), way=Way.ENTITIES, contracts=(contract.id,),
            said=f"notification of {kept.subscription.id}",
        )  # fmt: skip
        (covered,) = await cover(desk, ask, counting.folder)
        eyes = await eyes_of(connection, self.entities.engines, covered)
        return View(actor=kept.maker, ask=ask, covered=covered, eyes=eyes)

    async def _silenced(self, connection: Connection, kept: Kept, refused: NotCovered) -> None:
        """Once: changes that were read together with the first that was refused say nothing new."""
        if not await pause(connection, kept.tenant, kept.subscription.id):
            return
        await ledger.count_refusal(connection, kept.tenant, kept.contract)
        await append_evidence(
            connection, kept.maker, refused.action, refused.resource, Outcome.DENIED, reason=refused.key,
            detail={"subscription": kept.subscription.id},
        )  # fmt: skip


def _check_fresh(covered: Covered, message: Message) -> None:
    """Raises Denied."""
    contract, most = covered.contracts[0], covered.terms.rows
    if contract.modified > message.made:
        raise Denied("exchange.entities.stale", id=contract.id)
    if most is not None and _rows(message) > most:
        raise Denied("exchange.entities.rows", id=contract.id, most=most)


def _rows(message: Message) -> int:
    data = message.body["data"]
    return len(data["features"] if isinstance(data, dict) else data)
