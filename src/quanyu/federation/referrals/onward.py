"""What has been passed on, at the node whose data it is: believed there, and shown to who passed it on."""

import msgspec

from quanyu.core.actor import Actor
from quanyu.core.errors import Denied
from quanyu.exchange.requests.model import Referred
from quanyu.exchange.requests.service import Requests
from quanyu.federation import _sql
from quanyu.federation.links.model import Link
from quanyu.federation.links.service import Matter
from quanyu.federation.messages import Mail
from quanyu.federation.model import Peer, payload_digest, read_payload, vouched
from quanyu.federation.referrals.model import ASK, ONWARD_VIEW, OnwardShown, Passed, Petition


async def petitioned(mail: Mail, carrier: Peer, said: Passed) -> tuple[Peer, Petition]:
    """Who asks, and what. Raises Denied for what its asker did not sign, to that node and for this one, and for another way than
    the one that is set for the asker."""
    signed = said.petition.envelope
    asker = await _sql.peer(mail.connection, signed.body.sender)
    if asker is None or not asker.trusted:
        raise Denied("federation.referral.asker", id=signed.body.sender[:60])
    if asker.through != carrier.id:
        raise Denied("federation.referral.way", id=asker.id, node=carrier.id)
    body = signed.body
    if (body.kind, body.receiver) != (ASK, carrier.id) or not vouched(signed, asker.keys):
        raise Denied("federation.referral.unsound", id=asker.id)
    if payload_digest(said.petition.payload) != body.payload:
        raise Denied("federation.referral.unsound", id=asker.id)
    petition = read_payload(said.petition.payload, Petition)
    if petition.owner != (await mail.own()).id:
        raise Denied("federation.referral.unsound", id=asker.id)
    return asker, petition


def referred(mail: Mail, carrier: Peer, said: Passed) -> Referred:
    return Referred(node=carrier.id, person=said.person, opinion=said.opinion, at=mail.now)


def onward_of(link: Link) -> OnwardShown | None:
    return msgspec.convert(link.shown, OnwardShown | None)


async def _shown(mail: Mail, actor: Actor, local: str, id: str) -> OnwardShown:
    view = await Requests(mail.connection, actor, mail.now, mail.folder).view(id)
    found = view.request
    return OnwardShown(
        local=local, request=id, state=found.state, due=found.due, outcome=found.outcome, answer=view.answer,
        contract=found.contract, timeline=view.timeline, acts=(),
    )  # fmt: skip


ONWARD = Matter(
    kind="onward", initial="T", unknown="federation.referral.unknown", letter=ONWARD_VIEW, shown=OnwardShown, view=_shown,
    moved="select concat_ws('|', r.modified, r.state) from share_request r where r.tenant = l.tenant and r.id = l.other_id",
)  # fmt: skip
"""What was passed on, as it stands with the owner."""
