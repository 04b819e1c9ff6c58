"""Elements as they stand: for who looks at them, and for the steps that follow."""

from dataclasses import dataclass
from datetime import datetime

from quanyu.core.errors import NotFound
from quanyu.core.page_token import Page, page_of, place_in_time
from quanyu.exchange.elements import _sql
from quanyu.exchange.elements.model import (
    Accord,
    Carried,
    Claim,
    ClaimState,
    Element,
    ElementView,
    Source,
)
from quanyu.exchange.elements.steps import AUTHORITY, BODY, OFFERED, SIDES
from quanyu.exchange.parties import bodies_of, is_side, resource
from quanyu.exchange.within import Within
from quanyu.govern.catalogue._sql import entries
from quanyu.identity import account_names, allowed
from quanyu.workflow import definition, instance, timeline


@dataclass(frozen=True, slots=True)
class Reading(Within):
    """Elements of one tenant within one transaction, at one moment."""

    async def one(self, code: str) -> Element:
        """Raises NotFound."""
        found = await _sql.element(self.connection, code, self.now)
        if found is None:
            raise NotFound("exchange.element.unknown", code=code[:60])
        return found

    async def page(
        self, *, state: str | None, open: bool | None, settled: bool | None, body: str | None, words: str, after: str | None,
        limit: int,
    ) -> Page[Element]:  # fmt: skip
        place = place_in_time(after, refusal="exchange.token")
        found = await _sql.find(
            self.connection, self.now, state=state, open=open, settled=settled, body=body, words=words, after=place, limit=limit + 1,
        )  # fmt: skip
        return page_of(found, limit, lambda one: (one.modified, one.code))

    async def view(self, code: str) -> ElementView:
        found = await self.one(code)
        history = await _sql.sources(self.connection, code)
        claims = await _sql.claims(self.connection, code)
        claimants = tuple(one.body for one in claims if one.round == found.round and _stands(one))
        steps = await timeline(self.connection, found.instance)
        told = self._is_told(found, claims)
        shown = claims if told else ()
        carried = {one for held in history for one in held.items} | {
            one for claim in shown for one in claim.items
        }
        titles, labels = await self._names(carried)
        return ElementView(
            element=found, source=now_held(history, self.now), history=history, claimants=claimants,
            claims=shown, accords=await self._accords(found) if told else (), timeline=steps if told else (),
            people=await account_names(self.connection, {one.actor for one in steps}) if told else {}, titles=titles, labels=labels,
            body=self.actor.organisation, acts=await self._open_acts(found, claims),
        )  # fmt: skip

    async def _accords(self, found: Element) -> tuple[Accord, ...]:
        return await _sql.accords(self.connection, found.code, found.round)

    def _is_told(self, found: Element, claims: tuple[Claim, ...]) -> bool:
        """Who claims, asks or decides reads the reasons of all; so does who may read everything of the tenant."""
        mine = bodies_of(self.actor)
        return mine is None or not {found.asked_by, *(one.body for one in claims)}.isdisjoint(mine)

    async def _names(self, carried: set[Carried]) -> tuple[dict[str, str], dict[str, str]]:
        found = await entries(self.connection, sorted({one.dataset for one in carried}))
        labels = {
            f"{entry.name}/{item.name}": item.label
            for entry in found
            for item in entry.description.items
            if Carried(dataset=entry.name, item=item.name) in carried
        }
        return {entry.name: entry.description.title for entry in found}, labels

    async def _open_acts(self, found: Element, claims: tuple[Claim, ...]) -> tuple[str, ...]:
        """What the looker may choose now, for the body that they are of."""
        if found.outcome is not None:
            return ()
        work = await instance(self.connection, found.instance)
        rules = await definition(self.connection, work.definition, work.version)
        here = {one.name for one in rules.actions if found.state in one.origins and one.name in OFFERED}
        sides = {BODY: self._is_of_a_body(), AUTHORITY: self._is_authority(found.code)}
        mine = _acts_of(self.actor.organisation or "", found, claims)
        return tuple(
            sorted(name for name in here if sides[SIDES[name]] and (SIDES[name] == AUTHORITY or name in mine))
        )

    def _is_of_a_body(self) -> bool:
        return self.actor.organisation is not None and is_side(self.actor, self.actor.organisation, BODY)

    def _is_authority(self, code: str) -> bool:
        return allowed(self.actor, AUTHORITY, resource(self.actor, code)).allowed


def _stands(claim: Claim) -> bool:
    return claim.state is not ClaimState.WITHDRAWN


def standing(claims: tuple[Claim, ...], round: int) -> tuple[Claim, ...]:
    return tuple(one for one in claims if one.round == round and one.state is ClaimState.STANDING)


def concerned(found: Element, claims: tuple[Claim, ...]) -> set[str]:
    """Who may appeal: bodies that claimed in this round or asked for the element, but for the lead itself."""
    return {found.asked_by, *(one.body for one in claims if one.round == found.round and _stands(one))} - {
        found.lead
    }


def _acts_of(body: str, found: Element, claims: tuple[Claim, ...]) -> set[str]:
    mine = {"bring"}
    if body in {one.body for one in standing(claims, found.round)}:
        mine |= {"withdraw", "propose", "accept", "refer"}
    else:
        mine |= {"claim", "contest"}
    return mine | ({"appeal"} if body in concerned(found, claims) else set())


def now_held(history: tuple[Source, ...], at: datetime) -> Source | None:
    return next((one for one in history if one.holds(at)), None)
