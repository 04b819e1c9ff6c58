"""A request on its way through this node: taken from the one that asks, checked by the authority, passed on or not.

Its clock is the workflow `share_referral`. What goes on is the asker's own signed message: this node adds its opinion and changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from quanyu.core.actor import Actor, Resource
from quanyu.core.clock import Clock
from quanyu.core.errors import Conflict, NotFound
from quanyu.core.page_token import Page, page_of, place_in_time
from quanyu.exchange.definitions import REFERRAL
from quanyu.exchange.parties import node_actor, resource
from quanyu.federation.links import Link
from quanyu.federation.links.service import Matter
from quanyu.federation.messages import Handler, Mail
from quanyu.federation.model import Envelope, Peer, read_payload
from quanyu.federation.referrals import _sql
from quanyu.federation.referrals.model import (
    ACT,
    ASK,
    ONWARD_VIEW,
    PASS,
    VIEW,
    On,
    Passed,
    Petition,
    Referral,
    ReferralShown,
    ReferralView,
    Withdrawn,
    checked_of,
)
from quanyu.federation.referrals.onward import ONWARD, onward_of
from quanyu.federation.referrals.way import Came, next_node, read
from quanyu.identity import Outcome, account_names, allowed, append_evidence, check
from quanyu.store import Connection
from quanyu.workflow import Act, Doer, Instance, Opening, Works, timeline

PASS_ON, REJECT, WITHDRAW = "pass_on", "reject", "withdraw"
ACTS = (PASS_ON, REJECT)
"""Of the authority here."""


READ, DECIDE = "share.read", "share.decide"


@dataclass(frozen=True, slots=True)
class Referrals:
    """Within one transaction of one tenant. Only who acts for the whole of it sees them."""

    mail: Mail
    actor: Actor

    @property
    def connection(self) -> Connection:
        return self.mail.connection

    async def take(self, came: Came, *, local: str, message: str, payload: msgspec.Raw) -> Referral:
        """`local`: its number at the node that sent it, which is shown how it stands. Raises NotFound for an owner that this node does
        not know, Conflict for a way that leads back or is too long, and for what came before."""
        said, nodes = came.petition, (*came.nodes, (await self.mail.own()).id)
        await next_node(self.connection, said.owner, nodes)
        id = await REFERRALS.number(self.mail)
        opening = Opening(definition=REFERRAL, subject=id, key=f"referral:{came.asker.id}:{said.local}")
        work = await self._works.open(opening, self._doer)
        if work.subject != id:
            raise Conflict("federation.referral.twice", id=said.local[:40])
        made = Referral(
            id=id, instance=work.id, peer=came.asker.id, local=said.local, way=came.nodes, owner=said.owner,
            organisation=said.organisation, dataset=said.application.dataset, title=said.application.title,
            state=work.positions[0].state, due=None, outcome=None, opinion="", created=self.mail.now, modified=self.mail.now,
        )  # fmt: skip
        await _sql.add(self.connection, self.mail.tenant, made, message, msgspec.json.decode(payload))
        await REFERRALS.answer(
            self.connection, self.mail.tenant, peer=made.way[-1], id=local, other_id=id, organisation=said.organisation,
            dataset=made.dataset, now=self.mail.now,
        )  # fmt: skip
        return await self._moved(made, "taken", work, "")

    async def decide(self, id: str, name: str, opinion: str) -> Referral:
        """Passes it on to the next level or the owner's node, or rejects it with its reason. Raises AccessDenied, NotFound, Conflict once
        it is over and for a way that leads back."""
        check(self.actor, DECIDE, resource(self.actor, id))
        found = await self._one(id, lock=True)
        moved = await self._act(found, name, opinion)
        if name == PASS_ON:
            await self._pass_on(moved)
        return moved

    async def withdraw(self, id: str, said: Withdrawn) -> Referral:
        """By the node that asked; where it has gone on, at the level that has it. Raises Conflict once none has."""
        found = await self._one(id, lock=True)
        if beyond := await REFERRALS.find(self.connection, id):
            further = msgspec.structs.replace(said, local=id)
            await REFERRALS.act(self.mail, self.actor, beyond, WITHDRAW, letter=ACT, payload=further)
            return found
        return await self._act(found, WITHDRAW, said.reason)

    async def view(self, id: str) -> ReferralView:
        """Raises AccessDenied, NotFound."""
        check(self.actor, READ, resource(self.actor, id))
        found = await self._one(id)
        steps = await timeline(self.connection, found.instance)
        petition, passed = read(await _sql.message(self.connection, id))
        on = await self._on(id)
        decides = found.outcome is None and allowed(self.actor, DECIDE, resource(self.actor, id)).allowed
        return ReferralView(
            referral=found, entry=petition.entry, application=petition.application, passed=passed, timeline=steps,
            people=await account_names(self.connection, {one.actor for one in steps}), acts=ACTS if decides else (),
            beyond=on.level, onward=on.shown, fault=on.fault,
        )  # fmt: skip

    async def page(self, *, open: bool | None, after: str | None, limit: int) -> Page[Referral]:
        """The newest first. Raises AccessDenied."""
        check(self.actor, READ, resource(self.actor, "referrals"))
        place = place_in_time(after, refusal="federation.token")
        found = await _sql.find(self.connection, open=open, after=place, limit=limit + 1)
        return page_of(found, limit, lambda one: (one.created, one.id))

    async def shown(self, local: str, id: str) -> ReferralShown:
        found = await self._one(id)
        on = await self._on(id)
        return ReferralShown(
            local=local, referral=id, state=found.state, due=found.due, outcome=found.outcome, opinion=found.opinion,
            timeline=await timeline(self.connection, found.instance), acts=on.acts if found.outcome else (WITHDRAW,),
            fault=on.fault, beyond=on.level, onward=on.shown,
        )  # fmt: skip

    async def _one(self, id: str, *, lock: bool = False) -> Referral:
        found = await _sql.one(self.connection, id, lock=lock)
        if found is None:
            raise NotFound("federation.referral.unknown", id=id[:40])
        return found

    async def _act(self, found: Referral, name: str, reason: str) -> Referral:
        wanted = Act(name=name, reason=reason, data={"through": name})
        work = await self._works.perform(found.instance, wanted, self._doer)
        return await self._moved(found, name, work, reason)

    async def _on(self, id: str) -> On:
        level, owner = await REFERRALS.find(self.connection, id), await ONWARD.find(self.connection, id)
        return On(
            checked_of(level) if level else None,
            onward_of(owner) if owner else None,
            owner.fault if owner else None,
        )

    async def _pass_on(self, found: Referral) -> None:
        nodes = (*found.way, (await self.mail.own()).id)
        follows = await next_node(self.connection, found.owner, nodes)
        passed = Passed(
            local=found.id, petition=await _sql.message(self.connection, found.id),
            person=self.actor.name or self.actor.id, opinion=found.opinion,
        )  # fmt: skip
        link = Link(
            id=found.id, node=follows, organisation=f"{found.organisation}@{found.peer}", dataset=found.dataset,
            said={"asker": found.peer, "local": found.local}, created=self.mail.now, modified=self.mail.now,
        )  # fmt: skip
        matter = ONWARD if follows == found.owner else REFERRALS
        await matter.begin(self.mail, self.actor, link, letter=PASS, payload=passed)

    async def _moved(self, found: Referral, what: str, work: Instance, opinion: str) -> Referral:
        await _sql.move(self.connection, found.id, work, opinion, self.mail.now)
        said = {"node": found.peer, "owner": found.owner, "dataset": found.dataset, "opinion": opinion}
        about = Resource("share", found.id, self.mail.tenant)
        await append_evidence(
            self.connection, self.actor, f"share.referral.{what}", about, Outcome.DONE, said
        )
        return await self._one(found.id)

    @property
    def _works(self) -> Works:
        return Works(self.connection, self.mail.tenant, self.mail.now)

    @property
    def _doer(self) -> Doer:
        """Whose move it is has been asked here; `through` in the guards keeps every other door shut."""
        return Doer(id=self.actor.id, node=True)


def referral_kinds(tenant: str, folder: Path, clock: Clock) -> Mapping[str, Handler]:
    def referrals(connection: Connection, peer: Peer) -> Referrals:
        return Referrals(Mail(connection, tenant, folder, clock()), node_actor(tenant, peer.id))

    async def take(connection: Connection, peer: Peer, envelope: Envelope, payload: msgspec.Raw) -> None:
        petition = read_payload(payload, Petition)
        desk, came = referrals(connection, peer), Came(peer, petition)
        await desk.take(came, local=petition.local, message=envelope.id, payload=payload)

    async def withdraw(connection: Connection, peer: Peer, envelope: Envelope, payload: msgspec.Raw) -> None:
        said = read_payload(payload, Withdrawn)
        id = await REFERRALS.answered(connection, peer.id, said.local)
        await referrals(connection, peer).withdraw(id, said)

    return {ASK: take, ACT: withdraw, VIEW: REFERRALS.hear(clock), ONWARD_VIEW: ONWARD.hear(clock)}


async def _shown(mail: Mail, actor: Actor, local: str, id: str) -> ReferralShown:
    return await Referrals(mail, actor).shown(local, id)


REFERRALS = Matter(
    kind="referral", initial="T", unknown="federation.referral.unknown", letter=VIEW, shown=ReferralShown, view=_shown,
    moved="""select concat_ws('|', r.modified, r.state, md5(o.shown::text), m.fault) from federation_referral r
             left join federation_link o on o.tenant = r.tenant and o.kind in ('onward', 'referral') and o.side = 'asks' and o.id = r.id
             left join federation_message m on m.tenant = o.tenant and m.direction = 'out' and m.id = o.message
                                           and m.state = 'refused'
             where r.tenant = l.tenant and r.id = l.other_id""",
)  # fmt: skip
"""A request that waits here for the way on, as its asker sees it."""
