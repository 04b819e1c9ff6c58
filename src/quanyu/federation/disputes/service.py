"""Disputes over the border: what is said here is done there, what happens there is shown here."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.core.errors import Conflict, Invalid, NotFound
from quanyu.exchange import exhibits
from quanyu.exchange.contracts import _sql as contracts_sql
from quanyu.exchange.contracts.model import Contract
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.disputes.model import Doubt
from quanyu.exchange.disputes.service import CONSUMER, SIDES, Disputes
from quanyu.exchange.exhibits import Named
from quanyu.exchange.parties import Party, node_actor
from quanyu.federation.disputes import _sql
from quanyu.federation.disputes.model import (
    ACT,
    RAISE,
    VIEW,
    Attached,
    DisputeActed,
    DisputeShown,
    Raised,
    RemoteDispute,
)
from quanyu.federation.messages import Handler, Letter, Mail
from quanyu.federation.model import Envelope, Peer
from quanyu.federation.sharing.model import Asked
from quanyu.federation.sharing.service import read_payload
from quanyu.store import Connection

MOST = 100


async def raise_(mail: Mail, actor: Actor, asked: Asked, said: Doubt, current: str | None) -> RemoteDispute:
    """`current`: the field as the owner's node gave it just now. Raises Invalid, Conflict before there is a contract."""
    contract = asked.shown.contract if asked.shown else None
    if contract is None:
        raise Conflict("federation.request.no_contract", id=asked.id)
    if said.claimed == current:
        raise Invalid("exchange.dispute.same")
    shown = await exhibits.named(mail.connection, mail.tenant, said.exhibits, mail.now)
    made = RemoteDispute(
        id=await contracts_sql.number(mail.connection, "Y", mail.now), node=asked.node, asked=asked.id,
        organisation=asked.organisation, dataset=asked.dataset, record=dict(said.record), field=said.field,
        current=current, claimed=said.claimed, evidence=said.evidence, exhibits=shown, shown=None, fault=None,
        created=mail.now, modified=mail.now,
    )  # fmt: skip
    await _sql.add_raised(mail.connection, mail.tenant, made)
    attached = [
        Attached(exhibit=one, content=(await exhibits.content(mail.connection, shown, one.id))[1])
        for one in shown
    ]
    letter = Raised(
        local=made.id, organisation=asked.organisation, contract=contract.id, record=made.record, field=made.field,
        current=current, claimed=made.claimed, evidence=made.evidence, person=actor.name or actor.id,
        exhibits=tuple(attached),
    )  # fmt: skip
    return await _said(mail, actor, made, RAISE, letter)


async def act(mail: Mail, actor: Actor, id: str, name: str, reason: str) -> RemoteDispute:
    """Raises NotFound, Conflict for what the owner's node does not offer now."""
    found = await raised(mail.connection, id)
    if found.shown is None or name not in found.shown.acts:
        raise Conflict("federation.request.act", act=name[:40], id=id)
    said = DisputeActed(local=id, act=name, person=actor.name or actor.id, reason=reason)
    return await _said(mail, actor, found, ACT, said)


async def raised(connection: Connection, id: str) -> RemoteDispute:
    """Raises NotFound."""
    found = await _sql.raised(connection, id)
    if found is None:
        raise NotFound("federation.dispute.unknown", id=id[:40])
    return found


async def show_all(mail: Mail) -> int:
    """Tells every raising node how its disputes stand; how many have moved."""
    untold = await _sql.untold(mail.connection, MOST)
    for peer, local, id, mark in untold:
        actor = node_actor(mail.tenant, peer)
        view = await Disputes(mail.connection, actor, mail.now).view(id)
        found = view.dispute
        shown = DisputeShown(
            local=local, dispute=id, state=found.state, due=found.due, outcome=found.outcome, answer=found.answer,
            corrected_version=found.corrected_version, timeline=view.timeline,
            acts=tuple(one for one in view.acts if SIDES[one] == CONSUMER),
        )  # fmt: skip
        await mail.send(actor, Letter(to=peer, kind=VIEW, about=f"dispute {local}", payload=shown))
        await _sql.set_told(mail.connection, peer, local, mark)
    return len(untold)


def dispute_kinds(tenant: str, folder: Path, clock: Clock) -> Mapping[str, Handler]:
    async def take(connection: Connection, peer: Peer, envelope: Envelope, payload: msgspec.Raw) -> None:
        said = read_payload(payload, Raised)
        actor, now = node_actor(tenant, peer.id), clock()
        contract = await _contract(Contracts(connection, actor, now), peer, said)
        for one in said.exhibits:
            await exhibits.adopt(connection, tenant, one.exhibit, one.content, now)
        doubt = Doubt(
            record=said.record, field=said.field, claimed=said.claimed, evidence=said.evidence,
            exhibits=tuple(Named(id=one.exhibit.id, name=one.exhibit.name) for one in said.exhibits),
        )  # fmt: skip
        version = await contracts_sql.version_of(connection, contract.dataset)
        made = await Disputes(connection, actor, now).open(
            doubt, contract, current=said.current, version=version, key=said.local
        )
        await _sql.add_answered(
            connection, tenant, peer=peer.id, id=said.local, dispute=made.id, organisation=said.organisation,
            dataset=contract.dataset, now=now,
        )  # fmt: skip

    async def do(connection: Connection, peer: Peer, envelope: Envelope, payload: msgspec.Raw) -> None:
        said = read_payload(payload, DisputeActed)
        dispute = await _sql.answered(connection, peer.id, said.local)
        if dispute is None or SIDES.get(said.act) != CONSUMER:
            raise NotFound("federation.dispute.unknown", id=said.local[:40])
        await Disputes(connection, node_actor(tenant, peer.id), clock()).act(dispute, said.act, said.reason)

    async def show(connection: Connection, peer: Peer, envelope: Envelope, payload: msgspec.Raw) -> None:
        shown = read_payload(payload, DisputeShown)
        if not await _sql.show(connection, peer.id, shown, clock()):
            raise NotFound("federation.dispute.unknown", id=shown.local[:40])

    return {RAISE: take, ACT: do, VIEW: show}


async def _contract(desk: Contracts, peer: Peer, said: Raised) -> Contract:
    """Raises NotFound for a contract of others, Invalid for a field that it does not give."""
    found = await desk.one(said.contract)
    if found.consumer != Party(organisation=said.organisation, node=peer.id):
        raise NotFound("exchange.unknown", id=said.contract[:40])
    if found.terms is None or said.field not in found.terms.columns:
        raise Invalid("exchange.dispute.field", column=said.field[:80])
    return found


async def _said(
    mail: Mail, actor: Actor, about: RemoteDispute, kind: str, payload: Raised | DisputeActed
) -> RemoteDispute:
    letter = Letter(to=about.node, kind=kind, about=f"dispute {about.id}", payload=payload, purpose="sharing")
    message = await mail.send(actor, letter)
    await _sql.set_message(mail.connection, about.node, about.id, message, mail.now)
    return await raised(mail.connection, about.id)
