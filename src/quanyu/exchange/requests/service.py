"""A request on its way, within the caller's transaction. Its states and clocks are the workflow `share_request`; here stands what
each step means: which side may take it, what it needs, what follows for the contract.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from quanyu.core.actor import Resource
from quanyu.core.errors import Conflict, NotFound
from quanyu.exchange import notices
from quanyu.exchange.contracts import _sql as contracts_sql
from quanyu.exchange.definitions import REQUEST
from quanyu.exchange.parties import Party, check_consumer, check_side
from quanyu.exchange.policy import Terms
from quanyu.exchange.requests import _sql
from quanyu.exchange.requests.model import (
    Answer,
    Application,
    Commitment,
    Effect,
    ItemAnswer,
    Referred,
    Request,
    check_application,
    checked_answer,
    share_types,
    whole_share_type,
)
from quanyu.exchange.requests.reading import Reading
from quanyu.exchange.requests.steps import (
    CONSUMER,
    MOVED,
    SIDES,
    SIMPLE,
    TO_CONSUMER,
    TO_PROVIDER,
    opening_data,
)
from quanyu.govern.catalogue import service as catalogue
from quanyu.govern.catalogue.model import Entry, ShareType
from quanyu.identity import Outcome, append_evidence
from quanyu.store import emit
from quanyu.workflow import Act, Doer, Instance, Opening, Works


@dataclass(frozen=True, slots=True)
class Requests(Reading):
    """Each step: whose it is, what it needs, what follows. `actor` may stand for another node."""

    async def submit(
        self,
        said: Application,
        consumer: Party,
        *,
        key: str | None = None,
        referred: tuple[Referred, ...] = (),
    ) -> Request:
        """Raises Invalid with every fault, Conflict where the entry is not shared or paused. The same key again changes nothing."""
        entry = await self._shared(said.dataset)
        check_application(said, entry)
        provider = entry.description.organisation or ""
        types = share_types(entry, said)
        id = await self._number()
        opening = Opening(
            definition=REQUEST, subject=id, data=opening_data(entry, types), key=key and f"share:{consumer.node}:{consumer.organisation}:{key}"
        )  # fmt: skip
        work = await Works(self.connection, self.tenant, self.now).open(opening, self._doer)
        if work.subject != id:
            return await self.one(work.subject)
        made = Request(
            id=id, instance=work.id, dataset=said.dataset, title=said.title, consumer=consumer, provider=provider,
            state=work.positions[0].state, holder=None, due=None, outcome=None, contract=None, author=self.actor.id,
            created=self.now, modified=self.now,
        )  # fmt: skip
        await _sql.add(self.connection, self.tenant, made, said)
        if referred:
            await _sql.put(self.connection, self.tenant, id, "referred", referred)
        await self._moved(
            made,
            "submitted",
            work,
            title=said.title,
            items=[one.name for one in said.items],
            basis=said.basis,
            referred=msgspec.to_builtins(referred),
        )
        await notices.tell(self.connection, self.tenant, provider, "requested", id, said.dataset, self.now, consumer=consumer.organisation)  # fmt: skip
        return await self.one(id)

    async def resubmit(self, id: str, said: Application) -> Request:
        found = await self._mine(id, "resubmit")
        entry = await self._shared(found.dataset)
        if said.dataset != found.dataset:
            raise Conflict("exchange.request.other_dataset", id=id)
        check_application(said, entry)
        await _sql.put(self.connection, self.tenant, id, "body", said)
        return await self._act(found, "resubmit", data=opening_data(entry, share_types(entry, said)))

    async def act(self, id: str, name: str, reason: str = "") -> Request:
        """One of `SIMPLE`."""
        if name not in SIMPLE:
            raise NotFound("exchange.request.act", act=name[:40])
        found = await self._mine(id, name)
        if name in ("decline", "withdraw") and found.contract:
            await self.contracts.terminate(found.contract, reason or name)
        return await self._act(found, name, reason)

    async def authorise(self, id: str) -> Request:
        """无条件共享: everything that was asked for is offered at once, and the provider is told."""
        found = await self._mine(id, "authorise")
        said, *_ = await _sql.parts(self.connection, id)
        entry = await self._shared(found.dataset)
        if whole_share_type(share_types(entry, said)) is not ShareType.UNCONDITIONAL:
            raise Conflict("exchange.request.conditional", id=id)
        items = tuple(ItemAnswer(name=one.name, granted=True) for one in said.items)
        moved = await self._offer(found, Answer(items=items), said, entry, act="authorise")
        await notices.tell(
            self.connection, self.tenant, found.provider, "authorised", id, found.dataset, self.now
        )
        return moved

    async def answer(self, id: str, answer: Answer) -> Request:
        """The provider grants some items and refuses others, each with its reason, and offers terms."""
        found = await self._mine(id, "answer")
        said, *_ = await _sql.parts(self.connection, id)
        entry = await self._shared(found.dataset)
        return await self._offer(found, checked_answer(answer, said, entry), said, entry, act="answer")

    async def counter(self, id: str, terms: Terms, reason: str) -> Request:
        """The consumer asks for other terms; the provider answers anew."""
        found = await self._mine(id, "counter")
        offered = await self._offered(found)
        granted = set(offered.terms.columns)
        if wanted := sorted(set(terms.columns) - granted):
            raise Conflict("exchange.request.not_granted", items=", ".join(wanted))
        await self.contracts.propose(
            self._contract(found), terms, by=found.consumer.organisation, columns=await self._columns(found), reason=reason
        )  # fmt: skip
        return await self._act(found, "counter", reason)

    async def sign(self, id: str, hash: str, language: str = "zh-CN") -> Request:
        """The consumer signs the text whose hash they have read: the contract is in force. Raises Conflict for another text."""
        found = await self._mine(id, "sign")
        text = await self.commitment(id, language)
        if hash != text.hash:
            raise Conflict("exchange.contract.other_text", id=id)
        signed = Commitment(
            text=text.text, hash=text.hash, version=text.version, signed_by=self.actor.id,
            signer=self.actor.name or self.actor.id, at=self.now,
        )  # fmt: skip
        await _sql.put(self.connection, self.tenant, id, "commitment", signed)
        await self.contracts.decide(
            self._contract(found), text.version, accept=True, by=found.consumer.organisation, reason=""
        )
        return await self._act(found, "sign", detail={"sm3": text.hash, "contract": found.contract})

    async def report(self, id: str, effect: Effect) -> Request:
        found = await self._mine(id, "report")
        await _sql.put(self.connection, self.tenant, id, "effect", effect)
        return await self._act(found, "report", detail={"rating": effect.rating})

    async def ended(self, id: str) -> None:
        """Its contract is over: the effect is to be told. Nothing where that has been noted."""
        found = await _sql.request(self.connection, id, lock=True)
        if found is not None and found.state == "in_use":
            await self._act(found, "end")

    @property
    def _doer(self) -> Doer:
        """This service has asked whose move it is; `through` in the guards keeps every other door shut."""
        return Doer(id=self.actor.id, node=True)

    async def _number(self) -> str:
        return await contracts_sql.number(self.connection, "R", self.now)

    async def _mine(self, id: str, name: str) -> Request:
        """Locked, once its side is the actor's. Raises AccessDenied, NotFound."""
        found = await _sql.request(self.connection, id, lock=True)
        if found is None:
            raise NotFound("exchange.unknown", id=id[:40])
        side = SIDES[name]
        if side == CONSUMER:
            check_consumer(self.actor, found.consumer, side, id)
        else:
            check_side(self.actor, found.provider, side, id)
        return found

    async def _act(
        self, found: Request, name: str, reason: str = "", *, data: dict[str, Any] | None = None,
        detail: dict[str, Any] | None = None,
    ) -> Request:  # fmt: skip
        body = found.provider if name in TO_PROVIDER else found.consumer.desk if name in TO_CONSUMER else None
        wanted = Act(name=name, reason=reason, organisation=body, data={**(data or {}), "through": name})
        work = await Works(self.connection, self.tenant, self.now).perform(found.instance, wanted, self._doer)
        await self._moved(found, name, work, reason=reason, **(detail or {}))
        await self._tell_other_side(found, name, reason)
        return await self.one(found.id)

    async def _moved(self, found: Request, what: str, work: Instance, **detail: Any) -> None:
        await _sql.mirror(self.connection, self.tenant, work, work.positions[0], self.now)
        resource = Resource("share", found.id, self.tenant, found.provider)
        said = {
            "dataset": found.dataset,
            "consumer": found.consumer.organisation,
            "node": found.consumer.node,
            **detail,
        }
        await append_evidence(
            self.connection, self.actor, f"share.request.{what}", resource, Outcome.DONE, said
        )
        moved = {"request": found.id, "state": work.positions[0].state}
        await emit(self.connection, self.tenant, MOVED, moved)

    async def _tell_other_side(self, found: Request, name: str, reason: str) -> None:
        told = found.provider if SIDES.get(name) == CONSUMER else found.consumer.desk
        kind = f"request_{name}"
        await notices.tell(
            self.connection, self.tenant, told, kind, found.id, found.dataset, self.now, reason=reason
        )

    async def _offer(
        self, found: Request, answer: Answer, said: Application, entry: Entry, *, act: str
    ) -> Request:
        granted = tuple(one.name for one in answer.items if one.granted)
        terms = answer.terms or await self._draft(said, granted)
        if not set(terms.columns) <= set(granted):
            raise Conflict(
                "exchange.request.not_granted", items=", ".join(sorted(set(terms.columns) - set(granted)))
            )
        if found.contract is None:
            made = await self.contracts.draft(found.deal, found.dataset, self.folder, request=found.id)
            await _sql.put(self.connection, self.tenant, found.id, "contract", made.id)
            found = await self.one(found.id)
        version = await self.contracts.propose(
            self._contract(found), terms, by=found.provider, columns=[one.name for one in entry.description.items]
        )  # fmt: skip
        await _sql.put(self.connection, self.tenant, found.id, "answer", answer)
        refused = [one.name for one in answer.items if not one.granted]
        return await self._act(
            found, act, answer.note, detail={"granted": granted, "refused": refused, "version": version}
        )

    async def _columns(self, found: Request) -> list[str]:
        entry = await catalogue.find(self.connection, found.dataset)
        return [one.name for one in entry.description.items]

    async def _shared(self, dataset: str) -> Entry:
        """Raises NotFound for what is not published, Conflict for what is paused: below its gate nothing is shared."""
        entry = await catalogue.find(self.connection, dataset)
        if entry.published is None or entry.state != "published":
            raise NotFound("govern.catalogue.unknown", name=dataset)
        if entry.is_paused:
            raise Conflict(
                "exchange.contract.paused",
                name=dataset,
                score=entry.facts.score or "–",
                gate=entry.facts.gate,
            )
        if not entry.description.organisation:
            raise Conflict("exchange.request.no_provider", name=dataset)
        return entry
