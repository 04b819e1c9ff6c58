"""What every step does beside its own: the work moves, lists follow, evidence and notices are written; and the settlement itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quanyu.core.actor import Resource, system_actor
from quanyu.exchange import notices
from quanyu.exchange.elements import _sql
from quanyu.exchange.elements.model import ClaimState, Element, Source, Way, ended, succeeded
from quanyu.exchange.elements.reading import Reading, standing
from quanyu.exchange.elements.steps import SETTLED, TIMED
from quanyu.govern.catalogue import service as catalogue
from quanyu.identity import Outcome, append_evidence
from quanyu.store import Connection, emit
from quanyu.workflow import Act, Doer, Instance, Works, instance, timeline

_AT_ONCE = 100
_WAYS = {"decide": Way.DECIDED, "overturn": Way.OVERTURNED}


@dataclass(frozen=True, slots=True)
class Settling(Reading):
    @property
    def _doer(self) -> Doer:
        """Whose move it is has been asked here; `through` in the guards keeps every other door shut."""
        return Doer(id=self.actor.id, node=True)

    async def _act(
        self, found: Element, name: str, reason: str = "", *, body: str | None = None, claims: int | None = None, **detail: Any
    ) -> Element:  # fmt: skip
        known = {} if claims is None else {"claims": claims}
        wanted = Act(name=name, reason=reason, data={**known, "through": name})
        work = await Works(self.connection, self.tenant, self.now).perform(found.instance, wanted, self._doer)
        await self._moved(found, name, work, body=body, reason=reason, **detail)
        return await self.one(found.code)

    async def _moved(self, found: Element, what: str, work: Instance, **detail: Any) -> None:
        await _sql.mirror(self.connection, self.tenant, work, work.positions[0], self.now)
        body = detail.get("body")
        about = Resource("share", found.code, self.tenant, body)
        said = {"state": work.positions[0].state, "round": found.round, **detail}
        await append_evidence(self.connection, self.actor, f"share.element.{what}", about, Outcome.DONE, said)
        for told in await self._concerned(found):
            if told != body:
                await notices.tell(self.connection, self.tenant, told, f"element_{what}", found.code, "", self.now, **detail)  # fmt: skip

    async def _concerned(self, found: Element) -> set[str]:
        """Who asked, who claims in this round, who is the source."""
        claims = await _sql.claims(self.connection, found.code, found.round)
        named = {found.asked_by, found.lead, *found.beside, *(one.body for one in claims)}
        return {one for one in named if one}

    async def _settle(
        self, found: Element, act: str, *, lead: str, beside: tuple[str, ...], reason: str, begins: datetime | None = None
    ) -> Element:  # fmt: skip
        """The version in force ends where this one begins; its items name the element from now on."""
        claims = await _sql.claims(self.connection, found.code, found.round)
        held = {one.body: one.items for one in claims if one.state is not ClaimState.WITHDRAWN}
        bodies = (lead, *beside)
        history = await _sql.sources(self.connection, found.code)
        agreed = Way.AGREED if len(standing(claims, found.round)) > 1 else Way.UNDISPUTED
        fresh = Source(
            version=len(history) + 1, lead=lead, beside=beside, items=tuple(one for body in bodies for one in held.get(body, ())),
            way=_WAYS.get(act, agreed), reason=reason, effective_from=begins or self.now, effective_to=None,
            settled_by=self.actor.id, at=self.now,
        )  # fmt: skip
        for version in succeeded(history, fresh):
            await _sql.put_source(self.connection, self.tenant, found.code, version)
        for claim in claims:
            if claim.state is not ClaimState.WITHDRAWN:
                state = _state_of(claim.body, lead, beside)
                await _sql.set_claim(self.connection, self.tenant, found.code, found.round, claim.body, state)
        for one in fresh.items:
            await catalogue.mark_item(
                self.connection, self.tenant, one.dataset, one.item, found.code, author=self.actor.id, at=self.now
            )  # fmt: skip
        moved = await self._act(
            found, act, reason, lead=lead, beside=beside, version=fresh.version, effective_from=fresh.effective_from.isoformat()
        )  # fmt: skip
        for body in (set(bodies) | await self._concerned(found)) - {""}:
            await notices.tell(self.connection, self.tenant, body, "element_settled", found.code, "", self.now, lead=lead, reason=reason)  # fmt: skip
        await emit(self.connection, self.tenant, SETTLED, {"element": found.code})
        return moved

    async def _end_source(self, found: Element) -> None:
        for version in await _sql.sources(self.connection, found.code):
            await _sql.put_source(self.connection, self.tenant, found.code, ended(version, self.now))
        await emit(self.connection, self.tenant, SETTLED, {"element": found.code})


def _state_of(body: str, lead: str, beside: tuple[str, ...]) -> ClaimState:
    if body == lead:
        return ClaimState.SOURCE
    return ClaimState.CO_SOURCE if body in beside else ClaimState.NOT_CHOSEN


async def follow_clocks(connection: Connection, tenant: str, now: datetime) -> int:
    """Elements that a clock has moved: lists, evidence and notices follow. Answers how many."""
    desk = Settling(connection, system_actor(tenant, "sharing"), now)
    moved = 0
    for code in await _sql.rung(connection, TIMED, now, _AT_ONCE):
        found = await desk.one(code)
        work = await instance(connection, found.instance)
        if work.positions[0].state != found.state:
            steps = await timeline(connection, found.instance)
            await desk._moved(found, steps[-1].act, work)
            moved += 1
    return moved
