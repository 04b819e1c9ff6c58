"""The desk of the level between, and by way of whom requests go."""

from typing import Annotated, Literal

import msgspec
from litestar import get, post, put
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from quanyu.exchange.http.asking import DECIDE, READ, After, Limit
from quanyu.federation.http import Asker, Carrier, NodeId, Now, Store
from quanyu.federation.messages import Mail
from quanyu.federation.model import NodeName
from quanyu.federation.nodes import Nodes
from quanyu.federation.referrals.model import Referral, ReferralView
from quanyu.federation.referrals.service import Referrals

_ROOT = "/api/v1/sharing/referrals"
Open = Annotated[bool | None, QueryParameter(name="open")]


class WayForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without a `node` directly."""

    node: NodeName | None = None


class DecisionForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    act: Literal["pass_on", "reject"]
    reason: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class ReferralPage(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Referral, ...]
    next: str | None


@put("/api/v1/nodes/{peer:str}/through", opt={"action": "node.manage"})
async def lead(
    peer: NodeId, data: JSONBody[WayForm], actor: Asker, database: Store, courier: Carrier, clock: Now
) -> None:
    """By way of which node requests go to that one and come from it."""
    async with database.tenant(actor.tenant) as connection:
        await Nodes(connection, actor, courier.folder, clock()).lead(peer, through=data.node or "")


@get(_ROOT, opt=READ)
async def list_referrals(
    actor: Asker, database: Store, courier: Carrier, clock: Now, open: Open = None, after: After = None, limit: Limit = 50
) -> ReferralPage:  # fmt: skip
    """Requests of other nodes that go on from here (转报), the newest first."""
    async with database.tenant(actor.tenant) as connection:
        mail = Mail(connection, actor.tenant, courier.folder, clock())
        page = await Referrals(mail, actor).page(open=open, after=after, limit=limit)
    return ReferralPage(items=page.items, next=page.next)


@get(f"{_ROOT}/{{number:str}}", opt=READ)
async def show_referral(
    number: NodeId, actor: Asker, database: Store, courier: Carrier, clock: Now
) -> ReferralView:
    async with database.tenant(actor.tenant) as connection:
        return await Referrals(Mail(connection, actor.tenant, courier.folder, clock()), actor).view(number)


@post(f"{_ROOT}/{{number:str}}/decision", opt=DECIDE, status_code=HTTP_200_OK)
async def decide_referral(
    number: NodeId, data: JSONBody[DecisionForm], actor: Asker, database: Store, courier: Carrier, clock: Now
) -> ReferralView:
    """`pass_on` to the owner's node with an opinion as its `reason`, or `reject`."""
    async with database.tenant(actor.tenant) as connection:
        desk = Referrals(Mail(connection, actor.tenant, courier.folder, clock()), actor)
        await desk.decide(number, data.act, data.reason)
        return await desk.view(number)


routes = (lead, list_referrals, show_referral, decide_referral)
