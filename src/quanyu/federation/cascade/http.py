"""Search in the catalogues of all levels, and the subscription to those of another node."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get, put
from litestar.params import JSONBody, PathParameter, QueryParameter
from litestar.status_codes import HTTP_202_ACCEPTED

from quanyu.core.errors import NotFound
from quanyu.core.page_token import page_token, place_of
from quanyu.federation._sql import names, own_card
from quanyu.federation.cascade import _sql
from quanyu.federation.cascade.model import ListedEntry, Subscription
from quanyu.federation.cascade.service import search, subscribe
from quanyu.federation.http import Asker, Carrier, NodeId, Now, Store
from quanyu.federation.messages import Mail
from quanyu.federation.model import Level, NodeCard, NodeNames, Signed


class CascadeLine(msgspec.Struct, frozen=True, kw_only=True):
    """`here`: the entry is of this node."""

    entry: ListedEntry
    told_by: str
    here: bool


class CascadePage(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[CascadeLine, ...]
    next: str | None


@get("/api/v1/cascade", opt={"action": "catalogue.read"})
async def show_cascade(
    actor: Asker,
    database: Store,
    q: Annotated[str, QueryParameter(max_length=200)] = "",
    level: Annotated[Level | None, QueryParameter()] = None,
    of: Annotated[str | None, QueryParameter(max_length=64)] = None,
    told_by: Annotated[str | None, QueryParameter(max_length=64)] = None,
    share_type: Annotated[int | None, QueryParameter(ge=1, le=3)] = None,
    after: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
) -> CascadePage:
    """Published entries of all levels, the newest first; `of`: of one node; `told_by`: those that this node knows from it, whosever they are."""
    said = {"level": level, "node": of, "share_type": share_type, "told_by": told_by}
    filters = {name: str(value) for name, value in said.items() if value is not None}
    behind = None if after is None else place_of(after, tuple[datetime, str], refusal="federation.token")
    async with database.tenant(actor.tenant) as connection:
        found = await search(connection, q, filters, after=behind, limit=limit)
        own = await own_card(connection)
    items = tuple(_line(one, own) for one in found)
    last = (found[-1].entry.modified, found[-1].entry.id) if len(found) == limit else None
    return CascadePage(items=items, next=page_token(last) if last else None)


@get("/api/v1/cascade/{peer:str}/{name:str}", opt={"action": "catalogue.read"})
async def show_listed(
    peer: NodeId, name: Annotated[str, PathParameter(max_length=200)], actor: Asker, database: Store
) -> CascadeLine:
    """One entry of a node, as it has told of it."""
    async with database.tenant(actor.tenant) as connection:
        found = await _sql.one(connection, f"{peer}/{name}")
        own = await own_card(connection)
    if found is None:
        raise NotFound("govern.catalogue.unknown", name=name)
    return _line(found, own)


@get("/api/v1/cascade/nodes", opt={"action": "catalogue.read"})
async def show_names(
    actor: Asker,
    database: Store,
    q: Annotated[str, QueryParameter(max_length=200)] = "",
    ids: Annotated[list[str] | None, QueryParameter(name="id", max_items=100)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 100,
) -> dict[str, NodeNames]:
    """What this node and those that it knows are called, by id: for whoever reads of their entries, requests and contracts.
    `q` is part of an id or name, `id` asks for certain ones."""
    async with database.tenant(actor.tenant) as connection:
        return await names(connection, query=q, ids=ids, limit=limit)


@put("/api/v1/nodes/{peer:str}/subscription", opt={"action": "node.manage"}, status_code=HTTP_202_ACCEPTED)
async def change_subscription(
    peer: NodeId, data: JSONBody[Subscription], actor: Asker, database: Store, courier: Carrier, clock: Now
) -> None:
    async with database.tenant(actor.tenant) as connection:
        mail = Mail(connection, actor.tenant, courier.folder, clock())
        await subscribe(mail, actor, peer, on=data.on)


def _line(found: _sql.Found, own: Signed[NodeCard] | None) -> CascadeLine:
    here = own is not None and own.body.id == found.entry.node
    return CascadeLine(entry=found.entry, told_by=found.told_by, here=here)


routes = (show_cascade, show_listed, show_names, change_subscription)
