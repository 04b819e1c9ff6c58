"""Records of a dataset of another node, given back to it."""

import msgspec
from litestar import get, post
from litestar.params import JSONBody
from litestar.status_codes import HTTP_202_ACCEPTED

from quanyu.exchange.http.asking import After, Limit
from quanyu.exchange.parties import bodies_of
from quanyu.exchange.returns.model import Returned
from quanyu.federation.http import Asker, Carrier, NodeId, Now, Store
from quanyu.federation.links import _sql as links
from quanyu.federation.links.http import links_page
from quanyu.federation.messages import Mail
from quanyu.federation.returns.model import ListedRemoteReturn, RemoteReturn, listed_of
from quanyu.federation.returns.service import RETURNS, give
from quanyu.federation.sharing.http import asked_seen

_ROOT = "/api/v1/asked/{number:str}/returns"


class RemoteReturnPage(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[ListedRemoteReturn, ...]
    next: str | None


class RemoteReturns(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[ListedRemoteReturn, ...]


@post(_ROOT, opt={"action": "share.request"}, status_code=HTTP_202_ACCEPTED)
async def return_asked(
    number: NodeId, data: JSONBody[Returned], actor: Asker, database: Store, courier: Carrier, clock: Now
) -> RemoteReturn:
    """回流: what is wrong with it comes back as `fault`."""
    async with database.tenant(actor.tenant) as connection:
        found = await asked_seen(connection, actor, number, "share.request")
        return await give(Mail(connection, actor.tenant, courier.folder, clock()), actor, found, data)


@get(_ROOT, opt={"action": "share.read"})
async def list_asked_returns(number: NodeId, actor: Asker, database: Store) -> RemoteReturns:
    """The newest first."""
    async with database.tenant(actor.tenant) as connection:
        await asked_seen(connection, actor, number, "share.read")
        found = await links.under(connection, RETURNS.kind, number)
    return RemoteReturns(items=tuple(map(listed_of, found)))


@get("/api/v1/returned", opt={"action": "share.read"})
async def list_all_returns(
    actor: Asker, database: Store, after: After = None, limit: Limit = 50
) -> RemoteReturnPage:
    """What the asker's bodies gave back to other nodes, the newest first."""
    async with database.tenant(actor.tenant) as connection:
        found, more = await links_page(connection, RETURNS.kind, bodies_of(actor), after=after, limit=limit)
    return RemoteReturnPage(items=tuple(map(listed_of, found)), next=more)


routes = (return_asked, list_asked_returns, list_all_returns)
