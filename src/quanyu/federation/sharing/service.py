"""Requests for data over the border: what is said here is done there, what happens there is shown here."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from quanyu.core.actor import Actor, Resource
from quanyu.core.clock import Clock
from quanyu.core.errors import Conflict, Denied, Invalid, NotFound
from quanyu.exchange.contracts import _sql as contracts_sql
from quanyu.exchange.delivery import ledger
from quanyu.exchange.parties import Party, node_actor
from quanyu.exchange.requests.model import Application, plain
from quanyu.exchange.requests.service import Requests
from quanyu.exchange.requests.steps import CONSUMER, SIDES
from quanyu.federation import _sql
from quanyu.federation.links.model import Link
from quanyu.federation.links.service import Matter
from quanyu.federation.messages import Handler, Mail, Noted
from quanyu.federation.model import Envelope, Message, Peer, Signed, read_payload
from quanyu.federation.referrals.asking import checked, refer, withdraw
from quanyu.federation.referrals.model import PASS, Passed
from quanyu.federation.referrals.onward import ONWARD
from quanyu.federation.referrals.service import Referrals
from quanyu.federation.referrals.way import followed
from quanyu.federation.sharing.model import (
    ACT,
    RECEIVED,
    REQUEST,
    VIEW,
    Acted,
    Arrived,
    Asked,
    ConsumerAct,
    SharedContract,
    Shown,
    Wanted,
    asked_of,
)
from quanyu.federation.sharing.notices import notice_kinds
from quanyu.identity import Outcome, append_evidence
from quanyu.store import Connection
from quanyu.workflow import definition, instance

Doing = Callable[[Requests, str, Acted], Awaitable[object]]


async def ask(mail: Mail, actor: Actor, node: str, organisation: str, application: Application) -> Asked:
    """A request that another node answers; what is wrong with it is said there. It goes by way of the level that is set between."""
    local = await REQUESTS.number(mail)
    link = Link(
        id=local, node=node, organisation=organisation, dataset=application.dataset, said=plain(application),
        created=mail.now, modified=mail.now,
    )  # fmt: skip
    if through := await way_to(mail.connection, node):
        await REQUESTS.add(mail, link)
        return asked_of(link, await refer(mail, actor, through, link, application))
    wanted = Wanted(local=local, organisation=organisation, application=application)
    return asked_of(await REQUESTS.begin(mail, actor, link, letter=REQUEST, payload=wanted))


async def act(mail: Mail, actor: Actor, said: Acted) -> Asked:
    """Raises NotFound, Conflict for what the other node does not offer now."""
    known = await asked(mail.connection, said.local)
    if said.act is ConsumerAct.WITHDRAW and known.checked is not None and known.checked.is_open:
        await withdraw(mail, actor, said.local, said.reason)
        return await asked(mail.connection, said.local)
    found = await REQUESTS.one(mail.connection, said.local)
    return asked_of(await REQUESTS.act(mail, actor, found, said.act, letter=ACT, payload=said))


async def asked(connection: Connection, id: str) -> Asked:
    """Raises NotFound."""
    found = await REQUESTS.one(connection, id)
    return (await asked_each(connection, [found]))[0]


async def asked_each(connection: Connection, found: Sequence[Link]) -> tuple[Asked, ...]:
    between = await checked(connection, [one.id for one in found])
    return tuple(asked_of(one, between.get(one.id)) for one in found)


async def way_to(connection: Connection, node: str) -> str:
    """By way of which node requests to that one go; '' is directly. Raises NotFound."""
    peer = await _sql.peer(connection, node)
    if peer is None:
        raise NotFound("federation.node.unknown", id=node)
    return peer.through


def sharing_kinds(tenant: str, folder: Path, clock: Clock) -> Mapping[str, Handler]:
    def requests(connection: Connection, peer: Peer) -> Requests:
        return Requests(connection, node_actor(tenant, peer.id), clock(), folder)

    async def submit(connection: Connection, peer: Peer, envelope: Envelope, payload: msgspec.Raw) -> None:
        said = read_payload(payload, Wanted)
        if peer.through:
            raise Denied("federation.referral.through", id=peer.id, node=peer.through)
        consumer = Party(organisation=said.organisation, node=peer.id)
        made = await requests(connection, peer).submit(said.application, consumer, key=said.local)
        await REQUESTS.answer(
            connection, tenant, peer=peer.id, id=said.local, other_id=made.id, organisation=said.organisation,
            dataset=made.dataset, now=clock(),
        )  # fmt: skip

    async def submit_passed(
        connection: Connection, peer: Peer, envelope: Envelope, payload: msgspec.Raw
    ) -> None:
        """What another node asks for, passed on by a level between: answered to the one, and shown to the other. What is asked of
        another owner goes on from here."""
        said, mail = read_payload(payload, Passed), Mail(connection, tenant, folder, clock())
        came = await followed(
            mail, peer, Message(envelope=Signed(body=envelope, signatures=()), payload=payload)
        )
        asker, petition = came.asker, came.petition
        if petition.owner != (await mail.own()).id:
            desk = Referrals(mail, node_actor(tenant, peer.id))
            await desk.take(came, local=said.local, message=envelope.id, payload=payload)
            return
        if await REQUESTS.is_answered(connection, asker.id, petition.local):
            raise Conflict("federation.referral.twice", id=petition.local[:40])
        made = await requests(connection, asker).submit(
            petition.application, Party(organisation=petition.organisation, node=asker.id), key=petition.local,
            referred=came.passed,
        )  # fmt: skip
        for matter, node, local in ((REQUESTS, asker.id, petition.local), (ONWARD, peer.id, said.local)):
            await matter.answer(
                connection, tenant, peer=node, id=local, other_id=made.id, organisation=petition.organisation,
                dataset=made.dataset, now=mail.now,
            )  # fmt: skip

    async def do(connection: Connection, peer: Peer, envelope: Envelope, payload: msgspec.Raw) -> None:
        said = read_payload(payload, Acted)
        request = await REQUESTS.answered(connection, peer.id, said.local)
        await _DOING.get(said.act, _simply)(requests(connection, peer), request, said)

    async def compare(connection: Connection, peer: Peer, envelope: Envelope, payload: msgspec.Raw) -> None:
        """What arrived must be what has left: both ends then hold the same hash. Raises NotFound for calls of others."""
        said = read_payload(payload, Arrived)
        left = await ledger.call(connection, said.call)
        if left is not None and left.actor != node_actor(tenant, peer.id).id:
            raise NotFound("federation.request.unknown", id=said.call[:40])
        same = left is not None and (left.hash, left.bytes) == (said.sm3, said.bytes)
        actor = node_actor(tenant, peer.id)
        detail = {"sm3": said.sm3, "bytes": said.bytes, "node": peer.id}
        about = Resource("share", said.call, tenant)
        if not same:
            raise Noted(
                "federation.delivery.differs",
                call=said.call[:40],
                actor=actor,
                action="share.received",
                about=about,
                detail=detail,
            )
        await append_evidence(connection, actor, "share.received", about, Outcome.DONE, detail)

    return {
        REQUEST: submit, PASS: submit_passed, ACT: do, VIEW: REQUESTS.hear(clock), RECEIVED: compare, **notice_kinds(tenant, clock),
    }  # fmt: skip


async def _shown(mail: Mail, actor: Actor, local: str, id: str) -> Shown:
    requests = Requests(mail.connection, actor, mail.now, mail.folder)
    view = await requests.view(id)
    found = view.request
    acts = await _open_acts(requests.connection, found.instance, found.state, over=found.outcome is not None)
    commitment = view.commitment
    if commitment is None and ConsumerAct.SIGN in acts:
        commitment = await requests.commitment(id)
    return Shown(
        local=local, request=id, provider=found.provider, state=found.state, due=found.due, outcome=found.outcome,
        answer=view.answer, commitment=commitment, contract=await _contract(requests, found.contract),
        timeline=view.timeline, acts=acts,
    )  # fmt: skip


async def _contract(requests: Requests, id: str | None) -> SharedContract | None:
    if id is None:
        return None
    found = await requests.contracts.one(id)
    return SharedContract(
        id=id, state=found.state, version=found.version, terms=found.terms, delete_by=found.delete_by,
        usage=await contracts_sql.usage(requests.connection, id),
    )  # fmt: skip


async def _open_acts(connection: Connection, work: str, state: str, *, over: bool) -> tuple[str, ...]:
    """Of the asking side."""
    if over:
        return ()
    opened = await instance(connection, work)
    rules = await definition(connection, opened.definition, opened.version)
    named = {one.name for one in rules.actions if state in one.origins and SIDES.get(one.name) == CONSUMER}
    return tuple(sorted(named & set(ConsumerAct)))


async def _sign(requests: Requests, id: str, said: Acted) -> None:
    await requests.sign(id, said.sm3)


async def _counter(requests: Requests, id: str, said: Acted) -> None:
    if said.terms is None:
        raise Invalid("federation.request.lacks", act=said.act, what="terms")
    await requests.counter(id, said.terms, said.reason)


async def _report(requests: Requests, id: str, said: Acted) -> None:
    if said.effect is None:
        raise Invalid("federation.request.lacks", act=said.act, what="effect")
    await requests.report(id, said.effect)


async def _resubmit(requests: Requests, id: str, said: Acted) -> None:
    if said.application is None:
        raise Invalid("federation.request.lacks", act=said.act, what="application")
    await requests.resubmit(id, said.application)


async def _simply(requests: Requests, id: str, said: Acted) -> None:
    await requests.act(id, said.act, said.reason)


_DOING: Mapping[str, Doing] = {
    ConsumerAct.SIGN: _sign,
    ConsumerAct.COUNTER: _counter,
    ConsumerAct.REPORT: _report,
    ConsumerAct.RESUBMIT: _resubmit,
}

REQUESTS = Matter(
    kind="request", initial="X", unknown="federation.request.unknown", letter=VIEW, shown=Shown, view=_shown,
    moved="""select concat_ws('|', r.modified, c.modified, c.state, u.calls, u.refused) from share_request r
             left join share_contract c on c.tenant = r.tenant and c.id = r.contract
             left join share_usage u on u.tenant = c.tenant and u.contract = c.id
             where r.tenant = l.tenant and r.id = l.other_id""",
)  # fmt: skip
"""Requests for data."""
