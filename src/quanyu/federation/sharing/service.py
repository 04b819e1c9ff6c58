"""Requests for data over the border: what is said here is done there, what happens there is shown here."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from quanyu.core.actor import Actor, Resource
from quanyu.core.clock import Clock
from quanyu.core.errors import Conflict, Invalid, NotFound
from quanyu.exchange.contracts import _sql as contracts_sql
from quanyu.exchange.delivery import ledger
from quanyu.exchange.parties import Party, node_actor
from quanyu.exchange.requests.model import Application
from quanyu.exchange.requests.service import Requests
from quanyu.exchange.requests.steps import CONSUMER, SIDES
from quanyu.federation.messages import Handler, Letter, Mail, Noted
from quanyu.federation.model import Envelope, Peer
from quanyu.federation.sharing import _sql
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
)
from quanyu.federation.sharing.notices import notice_kinds
from quanyu.identity import Outcome, append_evidence
from quanyu.store import Connection
from quanyu.workflow import definition, instance

MOST = 100

Told = TypeVar("Told")
Doing = Callable[[Requests, str, Acted], Awaitable[object]]


async def ask(mail: Mail, actor: Actor, node: str, organisation: str, application: Application) -> Asked:
    """A request that another node answers; what is wrong with it is said there."""
    local = await contracts_sql.number(mail.connection, "X", mail.now)
    await _sql.add(
        mail.connection, mail.tenant, "asked", peer=node, id=local, organisation=organisation,
        application=application, other_id=None, now=mail.now,
    )  # fmt: skip
    await _say(mail, actor, node, local, REQUEST, Wanted(local=local, organisation=organisation, application=application))  # fmt: skip
    return await asked(mail.connection, local)


async def act(mail: Mail, actor: Actor, said: Acted) -> Asked:
    """Raises NotFound, Conflict for what the other node does not offer now."""
    found = await asked(mail.connection, said.local)
    if found.shown is None or said.act not in found.shown.acts:
        raise Conflict("federation.request.act", act=said.act, id=said.local)
    await _say(mail, actor, found.node, said.local, ACT, said)
    return await asked(mail.connection, said.local)


async def asked(connection: Connection, id: str) -> Asked:
    """Raises NotFound."""
    found = await _sql.asked(connection, id)
    if found is None:
        raise NotFound("federation.request.unknown", id=id[:40])
    return found


async def show_all(mail: Mail) -> int:
    """Tells every asking node how its requests and contracts stand; how many have moved."""
    untold = await _sql.untold(mail.connection, MOST)
    for peer, local, request, mark in untold:
        actor = node_actor(mail.tenant, peer)
        shown = await _shown(Requests(mail.connection, actor, mail.now, mail.folder), local, request)
        await mail.send(actor, Letter(to=peer, kind=VIEW, about=f"request {local}", payload=shown))
        await _sql.set_told(mail.connection, peer, local, mark)
    return len(untold)


def sharing_kinds(tenant: str, folder: Path, clock: Clock) -> Mapping[str, Handler]:
    def requests(connection: Connection, peer: Peer) -> Requests:
        return Requests(connection, node_actor(tenant, peer.id), clock(), folder)

    async def submit(connection: Connection, peer: Peer, envelope: Envelope, payload: msgspec.Raw) -> None:
        said = read_payload(payload, Wanted)
        consumer = Party(organisation=said.organisation, node=peer.id)
        made = await requests(connection, peer).submit(said.application, consumer, key=said.local)
        await _sql.add(
            connection, tenant, "answers", peer=peer.id, id=said.local, organisation=said.organisation,
            application=said.application, other_id=made.id, now=clock(),
        )  # fmt: skip

    async def do(connection: Connection, peer: Peer, envelope: Envelope, payload: msgspec.Raw) -> None:
        said = read_payload(payload, Acted)
        request = await _sql.answered(connection, peer.id, said.local)
        if request is None:
            raise NotFound("federation.request.unknown", id=said.local[:40])
        await _DOING.get(said.act, _simply)(requests(connection, peer), request, said)

    async def show(connection: Connection, peer: Peer, envelope: Envelope, payload: msgspec.Raw) -> None:
        shown = read_payload(payload, Shown)
        if not await _sql.show(connection, peer.id, shown, clock()):
            raise NotFound("federation.request.unknown", id=shown.local[:40])

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

    return {REQUEST: submit, ACT: do, VIEW: show, RECEIVED: compare, **notice_kinds(tenant, clock)}


async def _say(mail: Mail, actor: Actor, node: str, local: str, kind: str, payload: Wanted | Acted) -> None:
    letter = Letter(to=node, kind=kind, about=f"request {local}", payload=payload, purpose="sharing")
    message = await mail.send(actor, letter)
    await _sql.set_message(mail.connection, node, local, message, mail.now)


async def _shown(requests: Requests, local: str, id: str) -> Shown:
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


def read_payload(payload: msgspec.Raw, kind: type[Told]) -> Told:
    """Raises Invalid."""
    try:
        return msgspec.json.decode(payload, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Invalid("federation.payload", reason=str(error)) from error
