"""A report becomes a case, acts move it on, a call-back says whether it is solved. Within the caller's transaction."""

import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from quanyu.act.cases import _sql
from quanyu.act.cases.conditions import condition
from quanyu.act.cases.following import CLOSED, DEFINITION, closing_acts, foremost, tell, works_of_cases
from quanyu.act.cases.model import WRITTEN, Callback, Case, CaseView, Report
from quanyu.act.cases.reported import beyond, data_of, key_of, lies_near, located, reported_again, words_of
from quanyu.act.cases.sampling import sampling
from quanyu.act.photos.service import REPORTED, pictured, use
from quanyu.core.clock import city_day
from quanyu.core.errors import Conflict, Invalid, NotFound, QuanyuError
from quanyu.store import Connection
from quanyu.workflow import (
    Act,
    Doer,
    Instance,
    Opening,
    Works,
    definition,
    instance,
    open_acts,
    timeline,
)

_TITLE = 40


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """`follow` is the secret with which the reporter follows the case; `new` false where it was sent before."""

    id: str
    follow: str
    new: bool


@dataclass(frozen=True, slots=True)
class Cases:
    """The cases of one tenant within one transaction, at one moment."""

    connection: Connection
    tenant: str
    now: datetime

    @property
    def works(self) -> Works:
        return works_of_cases(self.connection, self.tenant, self.now)

    async def report(self, said: Report, doer: Doer) -> Reported:
        """Raises Invalid where nothing is said at all, for photos that are not there, and for a place beyond the city."""
        title = said.title.strip() or said.description.strip()[:_TITLE]
        if not title:
            raise Invalid("act.case.empty")
        if said.external is not None and (
            known := await _sql.case_of(self.connection, external=said.external)
        ):
            return await _again(self.connection, known.id)
        said = await reported_again(self.connection, await located(self.connection, said))
        intake = await _sql.intake(self.connection, said, self.now)
        if intake.outside and said.channel in WRITTEN:
            raise beyond(said)
        id = intake.number
        opening = Opening(
            definition=DEFINITION, subject=id, data=data_of(said, intake.limit), organisation=said.organisation, key=key_of(said),
        )  # fmt: skip
        works = Works(self.connection, self.tenant, self.now, tell)
        work = await works.open(opening, doer)
        if work.subject != id:
            return await _again(self.connection, work.subject)
        follow = secrets.token_urlsafe(12)
        await _sql.add(
            self.connection, self.tenant, id, work, foremost(work), said,
            title=title, follow=follow, words=words_of(title, said), now=self.now,
        )  # fmt: skip
        shown = [(REPORTED, photo) for photo in said.photos]
        await use(self.connection, self.tenant, id, shown, by=doer.id, now=self.now)
        if said.joins is not None:
            await self._join(id, said, said.joins, doer)
        return Reported(id=id, follow=follow, new=True)

    async def act(self, id: str, wanted: Act, doer: Doer, *, key: str | None = None) -> Case:
        """Raises NotFound, Invalid for photos that are not there, and what `Works.perform` raises."""
        found = await case(self.connection, id)
        if wanted.name == "rework" and wanted.organisation is None:
            wanted = replace(wanted, organisation=await _handled_by(self.connection, found, wanted))
        answers = _answers(wanted)
        work = await self.works.perform(found.instance, wanted, doer, key=key)
        if answers:
            await self._keep_answer(work)
        await use(self.connection, self.tenant, id, pictured(wanted.evidence), by=doer.id, now=self.now)
        [moved] = await self._after([id], wanted)
        return moved

    async def annotate(self, id: str, said: Act, doer: Doer, *, key: str | None = None) -> None:
        """A line in the timeline of a case that is over. Raises as `act` does, and Conflict where it is open."""
        found = await case(self.connection, id)
        await self.works.annotate(found.instance, said, doer, key=key)
        await use(self.connection, self.tenant, id, pictured(said.evidence), by=doer.id, now=self.now)

    async def act_on_each(
        self, cases: Sequence[Case], wanted: Act, doer: Doer, *, key: str | None = None
    ) -> dict[str, Case | QuanyuError]:
        """As `act`, on each for itself: where it stands now, or why it does not take the act."""
        if wanted.name == "rework" or pictured(wanted.evidence) or _answers(wanted):
            in_order = sorted(cases, key=lambda one: one.instance)  # as `perform_each` takes them
            return {one.id: await self._act_alone(one, wanted, doer, key) for one in in_order}
        by_work = {one.instance: one for one in cases}
        done = await self.works.perform_each(by_work, wanted, doer, key=key)
        refused = {by_work[id].id: one for id, one in done.items() if isinstance(one, QuanyuError)}
        moved = await self._after([one.id for one in cases if one.id not in refused], wanted)
        return {one.id: one for one in moved} | refused

    async def _act_alone(self, found: Case, wanted: Act, doer: Doer, key: str | None) -> Case | QuanyuError:
        try:
            async with self.connection.transaction():
                return await self.act(found.id, wanted, doer, key=key)
        except QuanyuError as refusal:
            return refusal

    async def _after(self, ids: Sequence[str], done: Act) -> list[Case]:
        """As the cases stand; those that were closed and nobody is called about are archived: the check before closing decided."""
        moved = await _sql.cases_by_id(self.connection, ids)
        closed = [one for one in moved if one.state == CLOSED and done.name == "close"]
        drawn = await sampling(self.connection) if closed else None
        uncalled = [one.instance for one in closed if drawn and not drawn.asks(one)]
        if not uncalled:
            return moved
        archive = Act(name="archive", reason="call-back: not in the sample")
        await self.works.perform_each(uncalled, archive, Doer(id="system:sampling", node=True))
        return await _sql.cases_by_id(self.connection, ids)

    async def classify(self, id: str, category: str, doer: Doer, *, key: str | None = None) -> Case:
        """Gives the case its class, and the limit that goes with it, as long as it is not closed."""
        found = await case(self.connection, id)
        if found.closed is not None:
            raise Conflict("act.case.closed", id=id)
        limit = await self._limit(category, found)
        remark = Act(name="remark", reason=f"class: {category}", data={"class": category, **limit})
        await self.act(id, remark, replace(doer, node=True), key=key)
        work = await instance(self.connection, found.instance)
        await _sql.set_fields(self.connection, self.tenant, id, {"class": work.data["class"]})
        return await case(self.connection, id)

    async def call_back(self, id: str, said: Callback, doer: Doer, *, key: str | None = None) -> Case:
        """The reporter's word decides: solved is archived, not solved is dispatched again; nobody reached is archived."""
        answer = msgspec.to_builtins(said)
        name = {True: "solved", False: "unsolved", None: "archive"}[said.solved if said.valid else None]
        wanted = Act(name=name, reason=said.remark or name, data={"callback": answer})
        return await self.act(id, wanted, doer, key=key)

    async def merge(self, id: str, into: str, doer: Doer, *, key: str | None = None) -> Case:
        """The case shares the fate of another from now on. Raises Conflict where that is itself merged, or the same."""
        found, target = await case(self.connection, id), await case(self.connection, into)
        if into == id or target.merged_into is not None:
            raise Conflict("act.case.merge", id=id, into=into)
        await self.act(id, Act(name="merge", reason=f"→ {into}"), doer, key=key)
        if found.merged_into is None:
            await _sql.set_fields(self.connection, self.tenant, id, {"merged_into": into})
        return await case(self.connection, id)

    async def _keep_answer(self, work: Instance) -> None:
        """As the work has it: an act that is sent again with other words has changed nothing."""
        await _sql.set_fields(
            self.connection, self.tenant, work.subject, {"callback": work.data.get("callback")}
        )

    async def _join(self, id: str, said: Report, into: str, doer: Doer) -> None:
        """What cannot be joined stays a case of its own, and the desk looks at it."""
        target = await _sql.case(self.connection, into)
        if target is None or target.closed is not None or not lies_near(said, target):
            return
        with suppress(Conflict, NotFound):
            await self.merge(id, into, replace(doer, node=True))

    async def _limit(self, category: str, of: Case) -> dict[str, Any]:
        day = city_day(of.reported)
        found = await condition(self.connection, category, of.region or "", urgent=of.urgent, day=day)
        return {} if found is None else {"limit": {"amount": found.amount, "unit": found.unit.value}}


async def case(connection: Connection, id: str) -> Case:
    """Raises NotFound."""
    found = await _sql.case(connection, id)
    if found is None:
        raise NotFound("act.case.unknown", id=id[:40])
    return found


async def shared_fate(connection: Connection, found: Case) -> Case:
    """The case itself, or the one that it was merged into, however often that was merged again."""
    while found.merged_into is not None:
        found = await case(connection, found.merged_into)
    return found


async def view(connection: Connection, id: str, doer: Doer) -> CaseView:
    """With timeline and the acts that are open to the doer."""
    found = await case(connection, id)
    work = await instance(connection, found.instance)
    rules = await definition(connection, work.definition, work.version)
    acts = {one.number: open_acts(rules, work, one, doer) for one in work.positions if one.open}
    who, _ = await _sql.reporter(connection, id)
    return CaseView(
        case=found, work=work, reporter=who, timeline=await timeline(connection, found.instance),
        acts={number: names for number, names in acts.items() if names},
        unclassified=closing_acts(rules) if found.category is None else (),
    )  # fmt: skip


async def _again(connection: Connection, id: str) -> Reported:
    return Reported(id=id, follow=(await _sql.reporter(connection, id))[1], new=False)


def _answers(wanted: Act) -> bool:
    """Whether a call-back comes with the act, by whichever door. Raises Invalid for one that is none."""
    if "callback" not in wanted.data:
        return False
    try:
        msgspec.convert(wanted.data["callback"], Callback)
    except msgspec.ValidationError as error:
        raise Invalid("act.case.callback", reason=str(error)) from None
    return True


async def _handled_by(connection: Connection, found: Case, wanted: Act) -> str | None:
    """The body that had the work before it came to be checked, which does it again."""
    work = await instance(connection, found.instance)
    here = work.position(wanted.position) if wanted.position is not None else foremost(work)
    return here.came_from if here else None
