"""An element on its way to its source. States and clocks are the workflow `share_element`; here stands what each step means: whose
it is, what it needs, what follows.
"""

from dataclasses import dataclass

from quanyu.core.errors import Conflict, NotFound
from quanyu.exchange.definitions import ELEMENT
from quanyu.exchange.elements import _sql, checks
from quanyu.exchange.elements.model import (
    Accord,
    Agreeing,
    Claim,
    Claiming,
    ClaimState,
    Deciding,
    Element,
    Wanted,
)
from quanyu.exchange.elements.reading import concerned, standing
from quanyu.exchange.elements.settling import Settling
from quanyu.exchange.elements.steps import AUTHORITY, CLAIMABLE, SIDES, SIMPLE
from quanyu.workflow import Opening, Works


@dataclass(frozen=True, slots=True)
class Elements(Settling):
    """Each step, within the caller's transaction. `body` is on whose behalf; the caller has asked whether the actor may."""

    async def ask(self, said: Wanted, body: str, *, key: str | None = None) -> Element:
        """The same key again changes nothing. Raises Conflict where its way has not ended, Invalid with every fault."""
        said = await checks.complete(self.connection, said, self.now)
        opening = Opening(
            definition=ELEMENT, subject=said.code, data={"claims": 0, "through": "ask"}, key=key and f"element:{body}:{key}"
        )  # fmt: skip
        known = await _sql.element(self.connection, said.code, self.now, lock=True)
        work = await Works(self.connection, self.tenant, self.now).open(opening, self._doer)
        if known is not None and known.instance == work.id:
            return known
        if known is not None and known.outcome is None:
            raise Conflict("exchange.element.exists", code=said.code)
        await _sql.ask(
            self.connection, self.tenant, said, body=body, work=work, author=self.actor.id, now=self.now
        )
        found = await self.one(said.code)
        await self._moved(found, "asked", work, body=body, reason=said.reason)
        return await self.one(said.code)

    async def claim(self, code: str, said: Claiming, body: str) -> Element:
        """Also while others negotiate: it is theirs as well then. Raises Invalid with every item that does not carry it."""
        found = await self._locked(code)
        await checks.carried(self.connection, said.items, body)
        act = CLAIMABLE.get(found.state)
        if act is None:
            raise Conflict("exchange.element.not_claimable", code=code, state=found.state)
        claims = standing(await _sql.claims(self.connection, code), found.round)
        if body in {one.body for one in claims}:
            raise Conflict("exchange.element.claimed", code=code, body=body)
        claim = Claim(
            round=found.round, body=body, items=said.items, reason=said.reason, basis=said.basis, update_cycle=said.update_cycle,
            coverage=said.coverage, state=ClaimState.STANDING, author=self.actor.id, at=self.now,
        )  # fmt: skip
        await _sql.put_claim(self.connection, self.tenant, code, claim)
        await _sql.supersede(self.connection, self.tenant, code, found.round)
        return await self._act(found, act, said.reason, body=body, claims=len(claims) + 1, basis=said.basis)

    async def propose(self, code: str, said: Agreeing, body: str) -> Element:
        """Another proposal supersedes it; whoever proposes has accepted it."""
        found = await self._locked(code)
        claimants = await self._claimants(found, body)
        checks.agreed_bodies(said, claimants)
        before = await _sql.accords(self.connection, code, found.round)
        accord = Accord(
            round=found.round, number=len(before) + 1, lead=said.lead, beside=said.beside, note=said.note, accepted=(body,),
            state="open", at=self.now,
        )  # fmt: skip
        await _sql.supersede(self.connection, self.tenant, code, found.round)
        await _sql.put_accord(self.connection, self.tenant, code, accord)
        return await self._act(found, "propose", said.note, body=body, lead=said.lead, beside=said.beside)

    async def act(self, code: str, name: str, reason: str, body: str | None) -> Element:
        """One of `SIMPLE`; `body` where it is a body's."""
        if name not in SIMPLE:
            raise NotFound("exchange.request.act", act=name[:40])
        found = await self._locked(code)
        if SIDES[name] == AUTHORITY:
            return await self._decided(found, name, reason)
        assert body is not None
        match name:
            case "withdraw":
                return await self._withdraw(found, reason, body)
            case "accept":
                return await self._accept(found, reason, body)
            case "refer":
                await self._claimants(found, body)
            case "appeal":
                if body not in concerned(found, await _sql.claims(self.connection, code)):
                    raise Conflict("exchange.element.not_concerned", code=code, body=body)
        return await self._act(found, name, reason, body=body)

    async def decide(self, code: str, name: str, said: Deciding) -> Element:
        """裁定: `decide` between claims, or `overturn` what was settled. Also a body that has claimed nothing may be named."""
        found = await self._locked(code)
        await checks.bodies(self.connection, said, self.now)
        return await self._settle(
            found, name, lead=said.lead, beside=said.beside, reason=said.reason, begins=said.effective_from
        )

    async def _decided(self, found: Element, name: str, reason: str) -> Element:
        if name == "confirm":
            lead, beside = await self._confirmable(found)
            return await self._settle(found, name, lead=lead, beside=beside, reason=reason)
        if name in ("leave", "retire"):
            await self._end_source(found)
        if name == "reopen":
            await _sql.open_round(self.connection, self.tenant, found.code)
            return await self._act(found, name, reason, claims=0)
        return await self._act(found, name, reason)

    async def _confirmable(self, found: Element) -> tuple[str, tuple[str, ...]]:
        """What all have agreed on, else the one claim that stands."""
        agreed = [
            one
            for one in await _sql.accords(self.connection, found.code, found.round)
            if one.state == "agreed"
        ]
        if agreed:
            return agreed[-1].lead, agreed[-1].beside
        claims = standing(await _sql.claims(self.connection, found.code), found.round)
        if len(claims) != 1:
            raise Conflict("exchange.element.not_confirmable", code=found.code)
        return claims[0].body, ()

    async def _withdraw(self, found: Element, reason: str, body: str) -> Element:
        """With one claim left nothing is to be negotiated; with none the authority decides."""
        left = len(await self._claimants(found, body)) - 1
        await _sql.set_claim(
            self.connection, self.tenant, found.code, found.round, body, ClaimState.WITHDRAWN
        )
        name = "withdraw"
        if found.state != "claiming" and left == 0:
            name = "vacate"
        elif found.state == "negotiating" and left == 1:
            name = "concede"
        if found.state == "negotiating":
            await _sql.supersede(self.connection, self.tenant, found.code, found.round)
        return await self._act(found, name, reason, body=body, claims=left)

    async def _accept(self, found: Element, reason: str, body: str) -> Element:
        claimants = await self._claimants(found, body)
        accords = await _sql.accords(self.connection, found.code, found.round)
        if not accords or accords[-1].state != "open":
            raise Conflict("exchange.element.nothing_proposed", code=found.code)
        accepted = tuple(dict.fromkeys((*accords[-1].accepted, body)))
        all_have = claimants <= set(accepted)
        await _sql.put_accord(
            self.connection, self.tenant, found.code,
            checks.accepted(accords[-1], accepted, "agreed" if all_have else "open"),
        )  # fmt: skip
        moved = await self._act(found, "accept", reason, body=body)
        return await self._act(moved, "agree", body=body) if all_have else moved

    async def _claimants(self, found: Element, body: str) -> set[str]:
        """Whose claims stand. Raises Conflict where the body's is not one of them."""
        claimants = {
            one.body for one in standing(await _sql.claims(self.connection, found.code), found.round)
        }
        if body not in claimants:
            raise Conflict("exchange.element.not_claimant", code=found.code, body=body)
        return claimants

    async def _locked(self, code: str) -> Element:
        found = await _sql.element(self.connection, code, self.now, lock=True)
        if found is None:
            raise NotFound("exchange.element.unknown", code=code[:60])
        return found
