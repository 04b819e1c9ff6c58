"""Doors between nodes (`/federation/v1`, signed, no account) and for the people who look after them (`/api/v1/nodes`)."""

from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter, RawBody, SkipValidation
from litestar.status_codes import HTTP_200_OK

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.core.errors import Denied, Invalid
from quanyu.core.page_token import page_of, place_of
from quanyu.federation import _sql
from quanyu.federation.announcing import HEADER, expected, read_within
from quanyu.federation.courier import MOST_BYTES, PATH, Courier
from quanyu.federation.messages import Mail
from quanyu.federation.model import Address, Joining, Level, NodeName, Poll, Post, Signed
from quanyu.federation.node_views import NodePage, NodeView, page_of_nodes, peer_view, view
from quanyu.federation.nodes import Identity, Nodes, read_invitation
from quanyu.federation.signature import Suite, canonical
from quanyu.store import Database

Asker = NamedDependency[SkipValidation[Actor]]
Store = NamedDependency[SkipValidation[Database]]
Carrier = NamedDependency[SkipValidation[Courier]]
Now = NamedDependency[SkipValidation[Clock]]
NodeId = Annotated[str, PathParameter(max_length=64)]

Told = TypeVar("Told")

_OPEN = {"action": "node.exchange"}
_MOST_SAID = 1024**2
"""Of an invitation that is taken up, or receipts of one turn."""
_READ = {"action": "node.read"}
_MANAGE = {"action": "node.manage"}


class Ties(msgspec.Struct, frozen=True, kw_only=True):
    """What hangs on a node and stops once it is not trusted any more. `asked` there and open, `answering` here for it."""

    waiting: int
    asked: int
    answering: int
    contracts: int
    cases: int
    bodies: int
    entries: int


class Tie(msgspec.Struct, frozen=True, kw_only=True):
    """One of what hangs on a node. `dataset` and its `title` where it is about one; `organisation`: whose it is, `since` when."""

    id: str
    dataset: str | None
    title: str | None
    organisation: str | None
    since: datetime | None


class TiePage(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Tie, ...]
    next: str | None


class SelfForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: NodeName
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    level: Level
    region: Annotated[str, msgspec.Meta(max_length=12)] = ""
    url: Address | None = None
    name_en: Annotated[str, msgspec.Meta(max_length=100)] = ""
    suite: Suite = Suite.ED25519


class KeyForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    suite: Suite = Suite.ED25519


class InvitationForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    level: Level


class InvitationText(msgspec.Struct, frozen=True, kw_only=True):
    invitation: Annotated[str, msgspec.Meta(max_length=4000)]


@get(f"{PATH}/node", opt=_OPEN)
async def card(actor: Asker, database: Store, courier: Carrier) -> Response[bytes]:
    async with database.tenant(actor.tenant) as connection:
        own = await _sql.own_card(connection)
    return _signed(own)


@get(f"{PATH}/nodes", opt=_OPEN)
async def listed(actor: Asker, database: Store, courier: Carrier, clock: Now) -> Response[bytes]:
    async with database.tenant(actor.tenant) as connection:
        return _signed(await Nodes(connection, actor, courier.folder, clock()).published())


@post(f"{PATH}/join", opt=_OPEN, status_code=HTTP_200_OK, request_max_body_size=_MOST_SAID)
async def admit(
    body: RawBody, actor: Asker, database: Store, courier: Carrier, clock: Now
) -> Response[bytes]:
    joining = read_body(body, Joining)
    async with database.tenant(actor.tenant) as connection:
        own = await Nodes(connection, actor, courier.folder, clock()).admit(joining)
    return _signed(own)


@post(f"{PATH}/messages", opt=_OPEN, status_code=HTTP_200_OK, request_max_body_size=MOST_BYTES)
async def take(
    request: Request[Any, Any, Any], actor: Asker, database: Store, courier: Carrier, clock: Now
) -> Response[bytes]:
    """More than a little is read only of whom we know (`announcing`)."""
    announced = None
    if header := request.headers.get(HEADER):
        async with database.tenant(actor.tenant) as connection:
            mail = Mail(connection, actor.tenant, courier.folder, clock())
            announced = await expected(mail, header, MOST_BYTES)
    messages = read_body(await read_within(request.stream(), announced), Post).messages
    senders = {one.envelope.body.sender for one in messages}
    async with database.tenant(actor.tenant) as connection:
        peer = await _sql.peer(connection, senders.pop()) if len(senders) == 1 else None
        if peer is None or not peer.trusted:
            raise Denied("federation.sender.unknown")
        mail = Mail(connection, actor.tenant, courier.folder, clock())
        return _signed(await mail.take(peer, messages, courier.handlers))


@post(f"{PATH}/mailbox", opt=_OPEN, status_code=HTTP_200_OK, request_max_body_size=_MOST_SAID)
async def hand_out(
    body: RawBody, actor: Asker, database: Store, courier: Carrier, clock: Now
) -> Response[bytes]:
    poll = read_body(body, Signed[Poll])
    async with database.tenant(actor.tenant) as connection:
        mail = Mail(connection, actor.tenant, courier.folder, clock())
        own = await mail.own()
        _, waiting = await mail.fetch(poll, own.id)
    return _signed(waiting)


@get("/api/v1/nodes", opt=_READ)
async def show_nodes(
    actor: Asker,
    database: Store,
    q: Annotated[str, QueryParameter(max_length=100)] = "",
    after: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 100,
) -> NodePage:
    """Those above first, then those beside and below; `q` is part of a name or an id."""
    async with database.tenant(actor.tenant) as connection:
        return await page_of_nodes(connection, text=q, after=after, limit=limit)


@post("/api/v1/nodes/self", opt=_MANAGE, status_code=HTTP_200_OK)
async def init(
    data: JSONBody[SelfForm], actor: Asker, database: Store, courier: Carrier, clock: Now
) -> NodeView:
    identity = Identity(
        id=data.id, name=data.name, level=data.level, region=data.region, url=data.url, name_en=data.name_en
    )
    async with database.tenant(actor.tenant) as connection:
        own = await Nodes(connection, actor, courier.folder, clock()).init(identity, data.suite)
    await courier.announce(actor)
    return view(own.body, "self", "trusted")


@post("/api/v1/nodes/self/keys", opt=_MANAGE, status_code=HTTP_200_OK)
async def rotate(
    data: JSONBody[KeyForm], actor: Asker, database: Store, courier: Carrier, clock: Now
) -> NodeView:
    async with database.tenant(actor.tenant) as connection:
        own = await Nodes(connection, actor, courier.folder, clock()).rotate(data.suite)
    await courier.announce(actor)
    return view(own.body, "self", "trusted")


@post("/api/v1/nodes/invitations", opt=_MANAGE, status_code=HTTP_200_OK)
async def invite(
    data: JSONBody[InvitationForm], actor: Asker, database: Store, courier: Carrier, clock: Now
) -> InvitationText:
    async with database.tenant(actor.tenant) as connection:
        text = await Nodes(connection, actor, courier.folder, clock()).invite(data.level)
    return InvitationText(invitation=text)


@post("/api/v1/nodes/join", opt=_MANAGE, status_code=HTTP_200_OK)
async def join(data: JSONBody[InvitationText], actor: Asker, courier: Carrier) -> NodeView:
    return peer_view(await courier.join(actor, read_invitation(data.invitation)))


@get("/api/v1/nodes/{peer:str}/list", opt=_READ)
async def show_list(peer: NodeId, actor: Asker, courier: Carrier) -> tuple[NodeView, ...]:
    """What that node vouches for; asked now."""
    found = await courier.list_of(peer)
    return tuple(view(one.card, "listed", "revoked" if one.revoked else "trusted") for one in found.nodes)


@post("/api/v1/nodes/{peer:str}/trust", opt=_MANAGE, status_code=HTTP_200_OK)
async def trust(
    peer: NodeId,
    actor: Asker,
    courier: Carrier,
    listed_by: Annotated[str, QueryParameter(name="by", max_length=64)],
) -> NodeView:
    """A node beside this one that `by` vouches for."""
    return peer_view(await courier.trust(actor, peer, by=listed_by))


@delete("/api/v1/nodes/{peer:str}", opt=_MANAGE)
async def revoke(peer: NodeId, actor: Asker, database: Store, courier: Carrier, clock: Now) -> None:
    async with database.tenant(actor.tenant) as connection:
        await Nodes(connection, actor, courier.folder, clock()).revoke(peer)


@get("/api/v1/nodes/{peer:str}/ties", opt=_READ)
async def show_ties(peer: NodeId, actor: Asker, database: Store, courier: Carrier, clock: Now) -> Ties:
    async with database.tenant(actor.tenant) as connection:
        await Nodes(connection, actor, courier.folder, clock()).peer(peer)
        return Ties(**await _sql.ties(connection, peer))


@get("/api/v1/nodes/{peer:str}/tied", opt=_READ)
async def show_tied(
    peer: NodeId, actor: Asker, database: Store, courier: Carrier, clock: Now,
    kind: Annotated[Literal["contracts", "answering", "asked", "cases", "bodies", "entries"], QueryParameter()],
    after: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 50,
) -> TiePage:  # fmt: skip
    """What `ties` counts of one kind, by id; the messages that wait are among the messages."""
    place = place_of(after, str, refusal="federation.token") if after else None
    async with database.tenant(actor.tenant) as connection:
        await Nodes(connection, actor, courier.folder, clock()).peer(peer)
        found = [Tie(**one) for one in await _sql.tied(connection, peer, kind, place, limit + 1)]
    page = page_of(found, limit, lambda one: one.id)
    return TiePage(items=page.items, next=page.next)


def read_body(body: bytes, kind: type[Told]) -> Told:
    """Raises Invalid."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid("federation.body", reason=str(error)) from error


def _signed(body: object) -> Response[bytes]:
    return Response(canonical(body), media_type="application/json")


routes = (
    card, listed, admit, take, hand_out, show_nodes, init, rotate, invite, join, show_list, trust, revoke, show_ties, show_tied,
)  # fmt: skip
