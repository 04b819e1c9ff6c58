"""A dispute on its way: raised by who was given the data, answered by whose it is, corrected for everybody who holds it."""

from dataclasses import dataclass
from typing import Any

from quanyu.core.actor import Resource
from quanyu.core.errors import Conflict, Invalid, NotFound
from quanyu.core.page_token import Page, page_of, place_in_time
from quanyu.exchange import exhibits, notices
from quanyu.exchange.contracts import _sql as contracts_sql
from quanyu.exchange.contracts.model import Contract
from quanyu.exchange.definitions import DISPUTE
from quanyu.exchange.disputes import _sql
from quanyu.exchange.disputes.model import Dispute, DisputeView, Doubt, Reached
from quanyu.exchange.elements.copies import Copies
from quanyu.exchange.parties import check_side, is_side
from quanyu.exchange.titles import title_of
from quanyu.exchange.within import Within
from quanyu.govern.catalogue._sql import entries
from quanyu.govern.imports import _sql as imports_sql
from quanyu.identity import Outcome, account_names, append_evidence
from quanyu.store import emit
from quanyu.workflow import Act, Doer, Instance, Opening, Works, definition, instance, timeline

CONSUMER, PROVIDER, AUTHORITY = "share.request", "share.answer", "share.decide"
SIDES = {
    "confirm": PROVIDER, "deny": PROVIDER, "correct": PROVIDER, "uphold": AUTHORITY, "overrule": AUTHORITY,
    "agree": CONSUMER, "object": CONSUMER, "withdraw": CONSUMER,
}  # fmt: skip
CORRECTED = "share.corrected"
"""The event of a version in which a disputed field is corrected."""

_TO_CONSUMER, _TO_PROVIDER = frozenset(("deny",)), frozenset(("overrule",))


@dataclass(frozen=True, slots=True)
class Disputes(Within):
    """Of one tenant, within one transaction, at one moment."""

    async def open(
        self,
        said: Doubt,
        contract: Contract,
        *,
        current: str | None,
        version: int,
        key: str | None = None,
    ) -> Dispute:
        """`current` is the field as the contract gives it, `version` that of the dataset. Raises Invalid."""
        if not said.evidence.strip():
            raise Invalid("exchange.dispute.evidence")
        if said.claimed == current:
            raise Invalid("exchange.dispute.same")
        id = await contracts_sql.number(self.connection, "D", self.now)
        opening = Opening(
            definition=DISPUTE, subject=id, organisation=None, data={"through": "open"}, key=key and f"dispute:{contract.id}:{key}"
        )  # fmt: skip
        works = Works(self.connection, self.tenant, self.now)
        work = await works.open(opening, self._doer)
        if work.subject != id:
            return await self.one(work.subject)
        shown = await exhibits.named(self.connection, self.tenant, said.exhibits, self.now)
        made = Dispute(
            id=id, instance=work.id, dataset=contract.dataset, dataset_version=version, provider=contract.provider,
            consumer=contract.consumer.desk, contract=contract.id, record=dict(said.record), field=said.field,
            current=current, claimed=said.claimed, evidence=said.evidence, state=work.positions[0].state, due=None, answer="",
            outcome=None, corrected_version=None, author=self.actor.id, created=self.now, modified=self.now, exhibits=shown,
        )  # fmt: skip
        await _sql.add(self.connection, self.tenant, made)
        await self._moved(
            made,
            "raised",
            work,
            field=said.field,
            record=dict(said.record),
            exhibits=[one.id for one in shown],
        )
        await notices.tell(self.connection, self.tenant, made.provider, "disputed", id, made.dataset, self.now, field=said.field)  # fmt: skip
        await self._tell_source(made)
        return await self.one(id)

    async def act(self, id: str, name: str, reason: str = "") -> Dispute:
        """Whose act it is: `SIDES`. A correction needs a version of the dataset that is newer than the disputed one."""
        if name not in SIDES:
            raise NotFound("exchange.request.act", act=name[:40])
        found = await _sql.dispute(self.connection, id, lock=True)
        if found is None:
            raise NotFound("exchange.unknown", id=id[:40])
        body = found.consumer if SIDES[name] == CONSUMER else found.provider
        check_side(self.actor, body, SIDES[name], id)
        corrected = await self._corrected_version(found) if name == "correct" else None
        target = found.consumer if name in _TO_CONSUMER else found.provider if name in _TO_PROVIDER else None
        wanted = Act(name=name, reason=reason, organisation=target, data={"through": name})
        work = await Works(self.connection, self.tenant, self.now).perform(found.instance, wanted, self._doer)
        if SIDES[name] != CONSUMER:
            await _sql.note_answer(self.connection, self.tenant, id, reason, corrected)
        await self._moved(found, name, work, reason=reason, version=corrected)
        if corrected is None:
            told = found.provider if SIDES[name] == CONSUMER else found.consumer
            await notices.tell(self.connection, self.tenant, told, f"dispute_{name}", id, found.dataset, self.now, reason=reason)  # fmt: skip
        else:
            await self._tell_holders(found, corrected)
        return await self.one(id)

    async def one(self, id: str) -> Dispute:
        found = await _sql.dispute(self.connection, id)
        if found is None:
            raise NotFound("exchange.unknown", id=id[:40])
        return found

    async def view(self, id: str) -> DisputeView:
        found = await self.one(id)
        steps = await timeline(self.connection, found.instance)
        people = await account_names(self.connection, {one.actor for one in steps})
        return DisputeView(
            dispute=found, entry_title=await title_of(self.connection, found.dataset), timeline=steps, people=people,
            reach=await self._reach(found), acts=await self._open_acts(found)
        )  # fmt: skip

    async def page(
        self,
        bodies: tuple[str, ...] | None,
        *,
        dataset: str | None,
        open: bool | None,
        after: str | None,
        limit: int,
    ) -> Page[Dispute]:
        place = place_in_time(after, refusal="exchange.token")
        found = await _sql.find(
            self.connection, bodies=bodies, dataset=dataset, open=open, after=place, limit=limit + 1
        )
        return page_of(found, limit, lambda one: (one.created, one.id))

    @property
    def _doer(self) -> Doer:
        """Whose move it is has been asked here; `through` in the guards keeps every other door shut."""
        return Doer(id=self.actor.id, node=True)

    async def _corrected_version(self, found: Dispute) -> int:
        known = await imports_sql.dataset(self.connection, found.dataset)
        if known is None or known.version <= found.dataset_version:
            raise Conflict("exchange.dispute.not_changed", dataset=found.dataset)
        return known.version

    async def _tell_holders(self, found: Dispute, version: int) -> None:
        """Everybody who was ever given the wrong version, under whatever contract, hears of the correction."""
        body: dict[str, Any] = {
            "field": found.field,
            "record": found.record,
            "version": version,
            "was_version": found.dataset_version,
        }
        for consumer, contracts in await _sql.holders(self.connection, found.dataset, 0):
            await notices.tell(self.connection, self.tenant, consumer.desk, "corrected", found.id, found.dataset, self.now, contracts=contracts, **body)  # fmt: skip
        event = {"dispute": found.id, "dataset": found.dataset, "version": version}
        await emit(self.connection, self.tenant, CORRECTED, event)

    async def _tell_source(self, made: Dispute) -> None:
        """Where the field carries an element of which another body is the source, that body has it to mend first."""
        copies = Copies(self.connection, self.actor, self.now)
        found = await entries(self.connection, [made.dataset])
        for one in [carried for entry in found for carried in await copies.of_entry(entry)]:
            if one.item == made.field and not one.is_source:
                await notices.tell(self.connection, self.tenant, one.lead, "source_disputed", one.element, made.dataset, self.now, dispute=made.id, field=made.field, record=made.record, claimed=made.claimed)  # fmt: skip

    async def _reach(self, found: Dispute) -> tuple[Reached, ...]:
        """Whoever holds the value, and what they were told of it."""
        if not is_side(self.actor, found.provider, PROVIDER):
            return ()
        told = await notices.told_of(self.connection, "corrected", found.id)
        holders = await _sql.holders(self.connection, found.dataset, 0)
        return tuple(
            Reached(organisation=one.desk, contracts=tuple(contracts), told=at, read=read)
            for one, contracts in holders
            for at, read in (told.get(one.desk, (None, None)),)
        )

    async def _moved(self, found: Dispute, what: str, work: Instance, **detail: Any) -> None:
        await _sql.mirror(self.connection, self.tenant, work, work.positions[0], self.now)
        about = Resource("share", found.id, self.tenant, found.provider)
        said = {"dataset": found.dataset, "consumer": found.consumer, **detail}
        await append_evidence(self.connection, self.actor, f"share.dispute.{what}", about, Outcome.DONE, said)

    async def _open_acts(self, found: Dispute) -> tuple[str, ...]:
        if found.outcome is not None:
            return ()
        work = await instance(self.connection, found.instance)
        rules = await definition(self.connection, work.definition, work.version)
        sides = {
            CONSUMER: is_side(self.actor, found.consumer, CONSUMER), PROVIDER: is_side(self.actor, found.provider, PROVIDER),
            AUTHORITY: is_side(self.actor, found.provider, AUTHORITY),
        }  # fmt: skip
        here = {one.name for one in rules.actions if found.state in one.origins and one.name in SIDES}
        return tuple(sorted(name for name in here if sides[SIDES[name]]))
