"""Contracts are proposed, accepted, suspended, ended, renewed: each step in the caller's transaction, and in the evidence."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from quanyu.core.actor import Resource
from quanyu.core.errors import Conflict, NotFound
from quanyu.core.page_token import Page, page_of, place_in_time
from quanyu.exchange import notices
from quanyu.exchange.contracts import _sql
from quanyu.exchange.contracts.model import Contract, State, Version, VersionState, agreed_hash
from quanyu.exchange.contracts.onward import check_onward
from quanyu.exchange.parties import Deal
from quanyu.exchange.policy import Terms, check_terms
from quanyu.exchange.within import Within
from quanyu.identity import Outcome, append_evidence
from quanyu.identity.keys import secrets_cipher
from quanyu.store import emit

ENDED = "share.ended"
"""The event of a contract that is over."""

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Contracts(Within):
    """The contracts of one tenant within one transaction, at one moment; `actor` is who acts."""

    async def draft(self, deal: Deal, dataset: str, folder: Path, *, request: str | None = None) -> Contract:
        """A contract without terms: `propose` them. Raises Conflict while the consumer has not deleted what it had to,
        Denied for what the provider itself has under a contract that lets nothing be passed on.
        """
        await check_onward(self.connection, dataset, deal.provider)
        if overdue := await _sql.overdue_deletions(self.connection, deal.consumer, self.now):
            raise Conflict("exchange.contract.deletion_overdue", ids=", ".join(overdue))
        id = await _sql.number(self.connection, "C", self.now)
        made = Contract(
            id=id, request=request, dataset=dataset, provider=deal.provider, consumer=deal.consumer,
            state=State.OFFERED, version=0, terms=None, created=self.now, modified=self.now,
        )  # fmt: skip
        locked = secrets_cipher(folder).lock(secrets.token_bytes(_KEY_BYTES), _place(self.tenant, id))
        await _sql.add(self.connection, self.tenant, made, locked)
        return made

    async def propose(
        self, id: str, terms: Terms, *, by: str, columns: Collection[str], reason: str = ""
    ) -> int:
        """`by` is the body that proposes, `columns` those that the dataset has. Raises Invalid with every fault."""
        contract = await self._locked(id)
        if contract.state is State.TERMINATED:
            raise Conflict("exchange.contract.terminated", id=id, reason=contract.reason)
        check_terms(terms, columns)
        made = Version(
            version=0, terms=terms, hash=agreed_hash(contract, terms), state=VersionState.PROPOSED, proposed_by=by,
            author=self.actor.id, at=self.now, reason=reason,
        )  # fmt: skip
        number = await _sql.propose(self.connection, self.tenant, id, made)
        await self._record(contract, "proposed", version=number, hash=made.hash)
        if contract.version:
            await notices.tell(self.connection, self.tenant, self._other(contract, by), "proposed", id, contract.dataset, self.now, version=number)  # fmt: skip
        return number

    async def decide(
        self, id: str, version: int, *, accept: bool, by: str, hash: str | None = None, reason: str = ""
    ) -> Contract:
        """The other side accepts or refuses. `hash`, where given, is what the decider has read. Raises Conflict."""
        contract = await self._locked(id)
        found = next((one for one in await self.versions(id) if one.version == version), None)
        if found is None:
            raise NotFound("exchange.contract.no_version", id=id, version=version)
        if found.state is not VersionState.PROPOSED:
            raise Conflict("exchange.contract.decided", id=id, version=version)
        if found.proposed_by == by and contract.provider != contract.consumer.organisation:
            raise Conflict("exchange.contract.own_proposal", id=id, version=version)
        if hash is not None and hash != found.hash:
            raise Conflict("exchange.contract.other_text", id=id)
        state = VersionState.ACCEPTED if accept else VersionState.REFUSED
        await _sql.decide(
            self.connection, self.tenant, id, version, state, by=self.actor.id, reason=reason, now=self.now
        )
        if accept:
            await _sql.put_in_force(self.connection, self.tenant, id, version, found.terms, now=self.now)
        await self._record(contract, state.value, version=version, hash=found.hash, reason=reason)
        await notices.tell(self.connection, self.tenant, self._other(contract, by), state.value, id, contract.dataset, self.now, version=version)  # fmt: skip
        return await self.one(id)

    async def suspend(self, id: str, reason: str) -> Contract:
        return await self._move(id, (State.ACTIVE,), State.SUSPENDED, reason)

    async def resume(self, id: str, reason: str) -> Contract:
        return await self._move(id, (State.SUSPENDED,), State.ACTIVE, reason)

    async def terminate(self, id: str, reason: str) -> Contract:
        """For good; also of an offer that comes to nothing."""
        return await self._move(id, (State.OFFERED, State.ACTIVE, State.SUSPENDED), State.TERMINATED, reason)

    async def expire_due(self, *, limit: int = 100) -> int:
        """Contracts whose time is over; a call is refused at that moment whether this has run or not."""
        ids = await _sql.running_out(self.connection, self.now, limit)
        for id in ids:
            await self._move(id, (State.ACTIVE, State.SUSPENDED), State.EXPIRED, "")
        return len(ids)

    async def confirm_deletion(self, id: str) -> Contract:
        """The consumer has deleted what it got."""
        contract = await self._locked(id)
        if not contract.state.is_over:
            raise Conflict("exchange.contract.not_over", id=id)
        await _sql.note_deletion(self.connection, self.tenant, id, by=self.actor.id, now=self.now)
        await self._record(contract, "deleted")
        return await self.one(id)

    async def one(self, id: str) -> Contract:
        """Raises NotFound."""
        found = await _sql.contract(self.connection, id)
        if found is None:
            raise NotFound("exchange.unknown", id=id[:40])
        return found

    async def versions(self, id: str) -> list[Version]:
        return await _sql.versions(self.connection, id)

    async def page(
        self, bodies: tuple[str, ...] | None, *, dataset: str | None, state: str | None, after: str | None, limit: int
    ) -> Page[Contract]:  # fmt: skip
        place = place_in_time(after, refusal="exchange.token")
        found = await _sql.find(
            self.connection, bodies=bodies, dataset=dataset, state=state, after=place, limit=limit + 1
        )
        return page_of(found, limit, lambda one: (one.created, one.id))

    async def key(self, id: str, folder: Path) -> bytes:
        """Of its masks."""
        return secrets_cipher(folder).open(await _sql.secret(self.connection, id), _place(self.tenant, id))

    async def _move(self, id: str, origins: Collection[State], target: State, reason: str) -> Contract:
        contract = await self._locked(id)
        if contract.state not in origins:
            raise Conflict("exchange.contract.not_here", id=id, state=contract.state)
        delete_by = self._delete_by(contract) if target.is_over else None
        await _sql.move(
            self.connection, self.tenant, id, target, reason=reason, delete_by=delete_by, now=self.now
        )
        await self._record(contract, target.value, reason=reason)
        for side in (contract.provider, contract.consumer.desk):
            await notices.tell(self.connection, self.tenant, side, target.value, id, contract.dataset, self.now, reason=reason, delete_by=delete_by)  # fmt: skip
        if target.is_over:
            await emit(self.connection, self.tenant, ENDED, {"contract": id, "request": contract.request})
        return await self.one(id)

    def _delete_by(self, contract: Contract) -> datetime | None:
        days = contract.terms.delete_after_days if contract.terms else None
        return self.now + timedelta(days=days) if days else None

    async def _locked(self, id: str) -> Contract:
        found = await _sql.contract(self.connection, id, lock=True)
        if found is None:
            raise NotFound("exchange.unknown", id=id[:40])
        return found

    def _other(self, contract: Contract, side: str) -> str:
        return contract.consumer.desk if side == contract.provider else contract.provider

    async def _record(self, contract: Contract, what: str, **detail: Any) -> None:
        resource = Resource("share", contract.id, self.tenant, contract.provider)
        said = {"dataset": contract.dataset, "consumer": contract.consumer.organisation, **detail}
        await append_evidence(
            self.connection, self.actor, f"share.contract.{what}", resource, Outcome.DONE, said
        )


def _place(tenant: str, id: str) -> str:
    return f"share_contract:{tenant}:{id}"
