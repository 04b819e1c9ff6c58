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
from quanyu.federation.disputes.model import (
    ACT,
    RAISE,
    VIEW,
    Attached,
    DisputeActed,
    DisputeShown,
    Raised,
    RemoteDispute,
    dispute_of,
)
from quanyu.federation.links.model import Link
from quanyu.federation.links.service import Matter
from quanyu.federation.messages import Handler, Mail
from quanyu.federation.model import Envelope, Peer, read_payload
from quanyu.federation.sharing.model import Asked
from quanyu.store import Connection

_KEPT = ("record", "field", "current", "claimed", "evidence")


async def raise_(mail: Mail, actor: Actor, asked: Asked, said: Doubt, current: str | None) -> RemoteDispute:
    """`current`: the field as the owner's node gave it just now. Raises Invalid, Conflict before there is a contract."""
    contract = asked.shown.contract if asked.shown else None
    if contract is None:
        raise Conflict("federation.request.no_contract", id=asked.id)
    if said.claimed == current:
        raise Invalid("exchange.dispute.same")
    shown = await exhibits.named(mail.connection, mail.tenant, said.exhibits, mail.now)
    letter = Raised(
        local=await DISPUTES.number(mail), organisation=asked.organisation, contract=contract.id, record=dict(said.record),
        field=said.field, current=current, claimed=said.claimed, evidence=said.evidence, person=actor.name or actor.id,
        exhibits=tuple([await _attached(mail.connection, shown, one) for one in shown]),
    )  # fmt: skip
    link = Link(
        id=letter.local, node=asked.node, under=asked.id, organisation=asked.organisation, dataset=asked.dataset,
        said={**{name: getattr(letter, name) for name in _KEPT}, "exhibits": msgspec.to_builtins(shown)},
        created=mail.now, modified=mail.now,
    )  # fmt: skip
    return dispute_of(await DISPUTES.begin(mail, actor, link, letter=RAISE, payload=letter))


async def act(mail: Mail, actor: Actor, id: str, name: str, reason: str) -> RemoteDispute:
    """Raises NotFound, Conflict for what the owner's node does not offer now."""
    found = await DISPUTES.one(mail.connection, id)
    said = DisputeActed(local=id, act=name, person=actor.name or actor.id, reason=reason)
    return dispute_of(await DISPUTES.act(mail, actor, found, name, letter=ACT, payload=said))


async def raised(connection: Connection, id: str) -> RemoteDispute:
    """Raises NotFound."""
    return dispute_of(await DISPUTES.one(connection, id))


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
        await DISPUTES.answer(
            connection, tenant, peer=peer.id, id=said.local, other_id=made.id, organisation=said.organisation,
            dataset=contract.dataset, now=now,
        )  # fmt: skip

    async def do(connection: Connection, peer: Peer, envelope: Envelope, payload: msgspec.Raw) -> None:
        said = read_payload(payload, DisputeActed)
        dispute = await DISPUTES.answered(connection, peer.id, said.local)
        if SIDES.get(said.act) != CONSUMER:
            raise NotFound("exchange.request.act", act=said.act[:40])
        await Disputes(connection, node_actor(tenant, peer.id), clock()).act(dispute, said.act, said.reason)

    return {RAISE: take, ACT: do, VIEW: DISPUTES.hear(clock)}


async def _attached(
    connection: Connection, shown: tuple[exhibits.Exhibit, ...], one: exhibits.Exhibit
) -> Attached:
    return Attached(exhibit=one, content=(await exhibits.content(connection, shown, one.id))[1])


async def _contract(desk: Contracts, peer: Peer, said: Raised) -> Contract:
    """Raises NotFound for a contract of others, Invalid for a field that it does not give."""
    found = await desk.one(said.contract)
    if found.consumer != Party(organisation=said.organisation, node=peer.id):
        raise NotFound("exchange.unknown", id=said.contract[:40])
    if found.terms is None or said.field not in found.terms.columns:
        raise Invalid("exchange.dispute.field", column=said.field[:80])
    return found


async def _shown(mail: Mail, actor: Actor, local: str, id: str) -> DisputeShown:
    view = await Disputes(mail.connection, actor, mail.now).view(id)
    found = view.dispute
    return DisputeShown(
        local=local, dispute=id, state=found.state, due=found.due, outcome=found.outcome, answer=found.answer,
        corrected_version=found.corrected_version, timeline=view.timeline,
        acts=tuple(one for one in view.acts if SIDES[one] == CONSUMER),
    )  # fmt: skip


DISPUTES = Matter(
    kind="dispute", initial="Y", unknown="federation.dispute.unknown", letter=VIEW, shown=DisputeShown, view=_shown,
    moved="""select concat_ws('|', d.modified, d.state, d.answer) from share_dispute d
             where d.tenant = l.tenant and d.id = l.other_id""",
)  # fmt: skip
"""异议 over the border."""
