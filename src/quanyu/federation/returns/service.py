"""Records that are given back over the border."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.core.errors import Conflict, NotFound
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.parties import Party, node_actor
from quanyu.exchange.returns.model import Returned, State
from quanyu.exchange.returns.service import Returns
from quanyu.federation.links.model import Link
from quanyu.federation.links.service import Matter
from quanyu.federation.messages import Handler, Mail
from quanyu.federation.model import Envelope, Peer, read_payload
from quanyu.federation.returns.model import (
    GIVE,
    VIEW,
    Given,
    RemoteReturn,
    ReturnShown,
    return_of,
)
from quanyu.federation.sharing.model import Asked
from quanyu.store import Connection


async def give(mail: Mail, actor: Actor, asked: Asked, said: Returned) -> RemoteReturn:
    """What is wrong with it is said there. Raises Conflict before there is a contract."""
    contract = asked.shown.contract if asked.shown else None
    if contract is None:
        raise Conflict("federation.request.no_contract", id=asked.id)
    letter = Given(
        local=await RETURNS.number(mail),
        organisation=asked.organisation,
        contract=contract.id,
        returned=said,
    )
    link = Link(
        id=letter.local, node=asked.node, under=asked.id, organisation=asked.organisation, dataset=asked.dataset,
        said=msgspec.to_builtins(said), created=mail.now, modified=mail.now,
    )  # fmt: skip
    return return_of(await RETURNS.begin(mail, actor, link, letter=GIVE, payload=letter))


def return_kinds(tenant: str, folder: Path, clock: Clock) -> Mapping[str, Handler]:
    async def take(connection: Connection, peer: Peer, envelope: Envelope, payload: msgspec.Raw) -> None:
        said = read_payload(payload, Given)
        actor, now = node_actor(tenant, peer.id), clock()
        contract = await Contracts(connection, actor, now).one(said.contract)
        if contract.consumer != Party(organisation=said.organisation, node=peer.id):
            raise NotFound("exchange.unknown", id=said.contract[:40])
        made = await Returns(connection, actor, now, folder).give(contract, said.returned, key=said.local)
        await RETURNS.answer(
            connection, tenant, peer=peer.id, id=said.local, other_id=made.id, organisation=said.organisation,
            dataset=contract.dataset, now=now,
        )  # fmt: skip

    return {GIVE: take, VIEW: RETURNS.hear(clock)}


async def _shown(mail: Mail, actor: Actor, local: str, id: str) -> ReturnShown:
    found = await Returns(mail.connection, actor, mail.now, mail.folder).one(id)
    return ReturnShown(
        local=local, returned=id, state=found.state, due=None,
        outcome=None if found.state is State.WAITING else found.state.value, timeline=(), acts=(), taken=found.taken,
        reason=found.reason,
    )  # fmt: skip


RETURNS = Matter(
    kind="return", initial="Z", unknown="federation.return.unknown", letter=VIEW, shown=ReturnShown, view=_shown,
    moved="""select concat_ws('|', r.modified, r.state) from share_return r
             where r.tenant = l.tenant and r.id = l.other_id""",
)  # fmt: skip
"""回流 over the border."""
