"""Requests as they stand: for who looks at them, and for the steps that follow."""

from dataclasses import dataclass
from pathlib import Path

from quanyu.core.errors import Conflict, NotFound
from quanyu.core.page_token import Page, page_of, place_in_time
from quanyu.exchange.contracts.model import Version, VersionState
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.elements.copies import Copies
from quanyu.exchange.parties import is_side
from quanyu.exchange.policy import Terms
from quanyu.exchange.requests import _sql
from quanyu.exchange.requests.commitment import commitment_text, text_hash
from quanyu.exchange.requests.model import (
    Application,
    Commitment,
    Request,
    draft_terms,
    share_types,
)
from quanyu.exchange.requests.steps import (
    AUTHORITY,
    CONSUMER,
    PROVIDER,
    SIDES,
)
from quanyu.exchange.requests.view import RequestView
from quanyu.exchange.within import Within
from quanyu.govern.catalogue import service as catalogue
from quanyu.govern.catalogue.model import ShareType
from quanyu.govern.grading.model import Grading
from quanyu.govern.grading.service import find as grading_of
from quanyu.govern.imports import _sql as imports_sql
from quanyu.identity import account_names, organisation_names
from quanyu.workflow import definition, instance, timeline


@dataclass(frozen=True, slots=True)
class Reading(Within):
    """Requests of one tenant within one transaction, at one moment."""

    folder: Path

    @property
    def contracts(self) -> Contracts:
        return Contracts(self.connection, self.actor, self.now)

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
        wanted = {one.name for one in said.items}
        return RequestView(
            request=found, referred=await _sql.referred(self.connection, id), entry_title=entry.description.title,
            labels={one.name: one.label for one in entry.description.items}, application=said, answer=answer,
            commitment=commitment, effect=effect, share_types=share_types(entry, said),
            elements=await Copies(self.connection, self.actor, self.now).of_entry(entry, wanted), timeline=steps,
            people=await account_names(self.connection, {one.actor for one in steps}),
            acts=await self._open_acts(found),
        )  # fmt: skip

    async def page(
        self, bodies: tuple[str, ...] | None, *, side: str | None, dataset: str | None, state: str | None, open: bool | None,
        after: str | None, limit: int, desk: bool = False,
    ) -> Page[Request]:  # fmt: skip
        place = place_in_time(after, refusal="exchange.token")
        found = await _sql.find(
            self.connection, bodies=bodies, side=side, dataset=dataset, state=state, open=open, desk=desk, after=place,
            limit=limit + 1,
        )  # fmt: skip
        return page_of(found, limit, lambda one: (one.created, one.id))

    async def draft(self, id: str, granted: tuple[str, ...] | None = None) -> Terms:
        """The terms that would be offered without others being set."""
        found = await self.one(id)
        said, *_ = await _sql.parts(self.connection, id)
        entry = await catalogue.find(self.connection, found.dataset)
        types = share_types(entry, said)
        names = tuple(one.name for one in said.items if types.get(one.name) is not ShareType.WITHHELD)
        return await self._draft(said, granted or names)

    async def commitment(self, id: str, language: str = "zh-CN") -> Commitment:
        """The text that would be signed now; not signed yet."""
        found = await self.one(id)
        said, _, signed, _ = await _sql.parts(self.connection, id)
        if signed is not None:
            return signed
        offered = await self._offered(found)
        contract = await self.contracts.one(self._contract(found))
        entry = await catalogue.find(self.connection, contract.dataset)
        bodies = await organisation_names(self.connection, (contract.provider, contract.consumer.desk))
        names = {**bodies, contract.dataset: entry.description.title}
        text = commitment_text(said, contract, offered, names, language)
        return Commitment(
            text=text, hash=text_hash(text), version=offered.version, signed_by="", signer="", at=self.now
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
        dataset = await imports_sql.dataset(self.connection, said.dataset)
        key = dataset.key_columns if dataset else ()
        return draft_terms(said, granted, await self._grading(said.dataset), key=key, now=self.now)

    async def _grading(self, dataset: str) -> Grading | None:
        try:
            return await grading_of(self.connection, dataset)
        except NotFound:
            return None

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
