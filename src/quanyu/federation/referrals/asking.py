"""At the node that asks: its request goes by way of the level between, and shows where it is."""

from collections.abc import Sequence

from quanyu.core.actor import Actor
from quanyu.exchange.requests.model import Application, plain
from quanyu.federation.links import Link, _sql
from quanyu.federation.messages import Mail
from quanyu.federation.referrals.model import (
    ACT,
    ASK,
    Checked,
    Petition,
    Withdrawn,
    checked_of,
)
from quanyu.federation.referrals.service import REFERRALS, WITHDRAW
from quanyu.store import Connection


async def refer(mail: Mail, actor: Actor, through: str, request: Link, application: Application) -> Checked:
    petition = Petition(
        owner=request.node, local=request.id, organisation=request.organisation, application=application
    )
    link = Link(
        id=request.id, node=through, under=request.id, organisation=request.organisation, dataset=request.dataset,
        said={"owner": request.node, "application": plain(application)}, created=mail.now, modified=mail.now,
    )  # fmt: skip
    return checked_of(await REFERRALS.begin(mail, actor, link, letter=ASK, payload=petition))


async def withdraw(mail: Mail, actor: Actor, request: str, reason: str) -> None:
    """While the level between has it. Raises Conflict once it has gone on."""
    link = await REFERRALS.one(mail.connection, request)
    said = Withdrawn(local=request, person=actor.name or actor.id, reason=reason)
    await REFERRALS.act(mail, actor, link, WITHDRAW, letter=ACT, payload=said)


async def checked(connection: Connection, requests: Sequence[str]) -> dict[str, Checked]:
    """By request, of those that went by way of a level between."""
    found = await _sql.each(connection, REFERRALS.kind, requests)
    return {one.id: checked_of(one) for one in found}
