"""A request on its way, within the caller's transaction. Its states and clocks are the workflow `share_request`; here stands what
each step means: which side may take it, what it needs, what follows for the contract.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quanyu.core.actor import Actor, Resource
from quanyu.core.errors import Conflict, NotFound
from quanyu.core.page_token import page_token, place_of
from quanyu.exchange import notices
from quanyu.exchange.contracts import _sql as contracts_sql
from quanyu.exchange.contracts.model import Version, VersionState
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.definitions import REQUEST
from quanyu.exchange.parties import Party, check_consumer, check_side, is_side
from quanyu.exchange.policy import Terms
from quanyu.exchange.requests import _sql
from quanyu.exchange.requests.commitment import commitment_text, text_hash
from quanyu.exchange.requests.model import (
    Answer,
    Application,
    Commitment,
    Effect,
    ItemAnswer,
    Request,
    RequestView,
    check_application,
    checked_answer,
    draft_terms,
    share_types,
    whole_share_type,
)
from quanyu.exchange.requests.steps import (
    AUTHORITY,
    CONSUMER,
    MOVED,
    PROVIDER,
    SIDES,
    SIMPLE,
    TO_CONSUMER,
    TO_PROVIDER,
    opening_data,
)
from quanyu.govern.catalogue import service as catalogue
from quanyu.govern.catalogue.model import Entry, ShareType
from quanyu.govern.grading.model import Grading
from quanyu.govern.grading.service import find as grading_of
from quanyu.identity import Outcome, account_names, append_evidence
from quanyu.store import Connection, emit
from quanyu.workflow import Act, Doer, Instance, Opening, Works, definition, instance, timeline

_NEWEST = (datetime.max.replace(tzinfo=UTC), "")


@dataclass(frozen=True, slots=True)
class Page:
    items: tuple[Request, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests of one tenant within one transaction, at one moment. `actor` may stand for another node."""

    connection: Connection
    actor: Actor
    now: datetime
    folder: Path

    @property
    def tenant(self) -> str:
        return self.actor.tenant

    @property
    def contracts(self) -> Contracts:
        return Contracts(self.connection, self.actor, self.now)

    async def submit(self, said: Application, consumer: Party, *, key: str | None = None) -> Request:
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
        await self._moved(
            made,
            "submitted",
            work,
            title=said.title,
            items=[one.name for one in said.items],
            basis=said.basis,
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

    async def draft(self, id: str, granted: tuple[str, ...] | None = None) -> Terms:
        """The terms that would be offered without others being set."""
        found = await self.one(id)
        said, *_ = await _sql.parts(self.connection, id)
        entry = await catalogue.find(self.connection, found.dataset)
        types = share_types(entry, said)
        names = tuple(one.name for one in said.items if types.get(one.name) is not ShareType.WITHHELD)
        return await self._draft(said, granted or names)

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

    async def commitment(self, id: str, language: str = "zh-CN") -> Commitment:
        """The text that would be signed now; not signed yet."""
        found = await self.one(id)
        said, _, signed, _ = await _sql.parts(self.connection, id)
        if signed is not None:
            return signed
        offered = await self._offered(found)
        contract = await self.contracts.one(self._contract(found))
        text = commitment_text(said, contract, offered, language)
        return Commitment(
            text=text, hash=text_hash(text), version=offered.version, signed_by="", signer="", at=self.now
        )

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

    async def one(self, id: str) -> Request:
        """Raises NotFound."""
        found = await _sql.request(self.connection, id)
        if found is None:
            raise NotFound("exchange.unknown", id=id[:40])
        return found

    async def view(self, id: str) -> RequestView:
        found = await self.one(id)
        said, answer, commitment, effect = await _sql.parts(self.connection, id)
        entry = await catalogue.find(self.connection, found.dataset)
        steps = await timeline(self.connection, found.instance)
        return RequestView(
            request=found, entry_title=entry.description.title,
            labels={one.name: one.label for one in entry.description.items}, application=said, answer=answer,
            commitment=commitment, effect=effect, share_types=share_types(entry, said), timeline=steps,
            people=await account_names(self.connection, {one.actor for one in steps}),
            acts=await self._open_acts(found),
        )  # fmt: skip

    async def page(
        self, bodies: tuple[str, ...] | None, *, side: str | None, dataset: str | None, state: str | None, open: bool | None,
        after: str | None, limit: int, desk: bool = False,
    ) -> Page:  # fmt: skip
        place = _NEWEST if after is None else place_of(after, tuple[datetime, str], refusal="exchange.token")
        found = await _sql.find(
            self.connection, bodies=bodies, side=side, dataset=dataset, state=state, open=open, desk=desk, after=place,
            limit=limit + 1,
        )  # fmt: skip
        shown = tuple(found[:limit])
        more = page_token((shown[-1].created, shown[-1].id)) if len(found) > limit else None
        return Page(shown, more)

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

    async def _offered(self, found: Request) -> Version:
        """The proposal of the provider that waits for the consumer."""
        for one in await self.contracts.versions(self._contract(found)):
            if one.state is VersionState.PROPOSED and one.proposed_by == found.provider:
                return one
        raise Conflict("exchange.request.nothing_offered", id=found.id)

    def _contract(self, found: Request) -> str:
        if found.contract is None:
            raise Conflict("exchange.request.nothing_offered", id=found.id)
        return found.contract

    async def _draft(self, said: Application, granted: tuple[str, ...]) -> Terms:
        return draft_terms(said, granted, await self._grading(said.dataset), now=self.now)

    async def _grading(self, dataset: str) -> Grading | None:
        try:
            return await grading_of(self.connection, dataset)
        except NotFound:
            return None

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

    async def _open_acts(self, found: Request) -> tuple[str, ...]:
        """What the looker may do now."""
        if found.outcome is not None:
            return ()
        work = await instance(self.connection, found.instance)
        rules = await definition(self.connection, work.definition, work.version)
        here = {one.name for one in rules.actions if found.state in one.origins and one.name in SIDES}
        if work.data.get("share_type") != ShareType.UNCONDITIONAL:
            here.discard("authorise")
        sides = {
            CONSUMER: not found.consumer.node and is_side(self.actor, found.consumer.organisation, CONSUMER),
            PROVIDER: is_side(self.actor, found.provider, PROVIDER),
            AUTHORITY: is_side(self.actor, found.provider, AUTHORITY),
        }  # fmt: skip
        return tuple(sorted(name for name in here if sides[SIDES[name]]))
