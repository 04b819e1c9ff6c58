"""Writing evidence: in the transaction of the act itself, or, for refusals and reads, through a bounded buffer."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Mapping
from itertools import islice

from quanyu.core.actor import Actor, Resource, system_actor
from quanyu.core.clock import Clock, utc_now
from quanyu.core.errors import QuanyuError
from quanyu.identity.actions import ACTION_BY_NAME
from quanyu.identity.decision import AccessDenied, check
from quanyu.identity.evidence import _sql
from quanyu.identity.evidence.model import Entry, Outcome, entry_of
from quanyu.store import Connection, Database

_log = logging.getLogger("quanyu.evidence")

_BATCH = 500


async def append_evidence(
    connection: Connection,
    actor: Actor,
    action: str,
    resource: Resource,
    outcome: Outcome,
    detail: Mapping[str, object] | None = None,
    *,
    reason: str = "",
) -> None:
    """Writes the act down in the caller's transaction: both are kept, or neither. Waits for no other writer."""
    entry = entry_of(actor, action, resource, outcome, at=utc_now(), reason=reason, detail=detail)
    await _sql.add_pending(connection, [entry], now=True)


async def require(connection: Connection, actor: Actor, action: str, resource: Resource) -> None:
    """Raises AccessDenied, or writes an allowed access to this one thing down where the action is recorded.

    The refusal itself is written by whoever answers AccessDenied (`EvidenceWriter.denied`), because the caller's
    transaction ends with the error.
    """
    decision = check(actor, action, resource)
    if ACTION_BY_NAME[action].recorded:
        await append_evidence(connection, actor, action, resource, Outcome.ALLOWED, reason=decision.reason)


class EvidenceWriter:
    """Buffers evidence of refusals and reads, and writes it many at a time, so that a flood of them cannot slow the node.

    Nothing waits for it: beyond `limit` entries only their number is kept, and that number becomes an entry itself.
    Entries of the last `pause` seconds are lost when the process is killed.
    """

    def __init__(
        self, database: Database, *, clock: Clock = utc_now, limit: int = 10_000, pause: float = 0.2
    ) -> None:
        self._database, self._clock, self._limit, self._pause = database, clock, limit, pause
        self._entries: deque[Entry] = deque()
        self._unwritten: Counter[str] = Counter()
        self._turn = asyncio.Lock()

    def denied(self, refusal: AccessDenied, detail: Mapping[str, object] | None = None) -> None:
        self.record(
            refusal.actor,
            refusal.action,
            refusal.resource,
            Outcome.DENIED,
            reason=refusal.decision.reason,
            detail=detail,
        )

    def record(
        self,
        actor: Actor,
        action: str,
        resource: Resource,
        outcome: Outcome,
        *,
        reason: str = "",
        detail: Mapping[str, object] | None = None,
    ) -> None:
        if len(self._entries) >= self._limit:
            self._unwritten[actor.tenant] += 1
            return
        at = self._clock()
        self._entries.append(entry_of(actor, action, resource, outcome, at=at, reason=reason, detail=detail))

    async def run(self) -> None:
        """Until cancelled; then what is buffered is still written."""
        try:
            while True:
                await asyncio.sleep(self._pause)
                await self._try_flush()
        finally:
            await self._try_flush()

    async def flush(self) -> None:
        """Writes everything buffered so far. What cannot be written stays in the buffer."""
        async with self._turn:
            while self._entries:
                batch = list(islice(self._entries, _BATCH))
                await self._write(batch)
                for _ in batch:
                    self._entries.popleft()
            for tenant in list(self._unwritten):
                await self._confess(tenant, self._unwritten[tenant])
                del self._unwritten[tenant]

    async def _write(self, batch: list[Entry]) -> None:
        for tenant in dict.fromkeys(entry.tenant for entry in batch):
            async with self._database.tenant(tenant) as connection:
                await _sql.add_pending(connection, [one for one in batch if one.tenant == tenant], now=False)

    async def _confess(self, tenant: str, number: int) -> None:
        actor = system_actor(tenant, "evidence")
        async with self._database.tenant(tenant) as connection:
            await append_evidence(
                connection, actor, "public", Resource("evidence"), Outcome.FAILED,
                {"unwritten": number}, reason="identity.evidence.overflow",
            )  # fmt: skip

    async def _try_flush(self) -> None:
        try:
            await self.flush()
        except QuanyuError as error:
            _log.warning("evidence waits to be written: %s", error)


async def record_denied(
    database: Database, actor: Actor, action: str, resource: Resource, reason: str
) -> None:
    """Writes one refusal down at once, in a transaction of its own. A node under load keeps an `EvidenceWriter`."""
    async with database.tenant(actor.tenant) as connection:
        await append_evidence(connection, actor, action, resource, Outcome.DENIED, reason=reason)
