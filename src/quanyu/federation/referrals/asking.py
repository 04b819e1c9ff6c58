"""At the node that asks: its request goes by way of the level between, and shows where it is."""

from collections.abc import Sequence

from quanyu.core.actor import Actor
from quanyu.exchange.requests.model import Application, plain
from quanyu.federation.cascade import listed
from quanyu.federation.links import Link, _sql
from quanyu.federation.messages import Mail
from quanyu.federation.referrals.model import (
    ACT,
    ASK,
    Checked,
    Named,
    Petition,
    Withdrawn,
    checked_of,
)
from quanyu.federation.referrals.service import REFERRALS, WITHDRAW
from quanyu.store import Connection


async def refer(mail: Mail, actor: Actor, through: str, request: Link, application: Application) -> Checked:
    petition = Petition(
        owner=request.node, local=request.id, organisation=request.organisation, application=application,
        entry=await _named(mail.connection, request.node, application),
    )  # fmt: skip
    link = Link(
        id=request.id, node=through, under=request.id, organisation=request.organisation, dataset=request.dataset,
        said={"owner": request.node, "application": plain(application)}, created=mail.now, modified=mail.now,
    )  # fmt: skip
    return checked_of(await REFERRALS.begin(mail, actor, link, letter=ASK, payload=petition))


async def withdraw(mail: Mail, actor: Actor, request: str, reason: str) -> None:
    """While a level between has it. Raises Conflict once the owner has it."""
    link = await REFERRALS.one(mail.connection, request)
    said = Withdrawn(local=request, person=actor.name or actor.id, reason=reason)
    await REFERRALS.act(mail, actor, link, WITHDRAW, letter=ACT, payload=said)


async def _named(connection: Connection, node: str, application: Application) -> Named:
    found = await listed(connection, f"{node}/{application.dataset}")
    if found is None:
        return Named()
    labels = {one.name: one.label for one in found.entry.items}
    return Named(
        title=found.entry.title,
        labels={one.name: labels[one.name] for one in application.items if labels.get(one.name)},
    )


async def checked(connection: Connection, requests: Sequence[str]) -> dict[str, Checked]:
    """By request, of those that went by way of a level between."""
    found = await _sql.each(connection, REFERRALS.kind, requests)
    return {one.id: checked_of(one) for one in found}
