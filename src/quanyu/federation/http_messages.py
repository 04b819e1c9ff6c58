"""What was exchanged with other nodes, and its proofs."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import QueryParameter, RawBody
from litestar.status_codes import HTTP_200_OK

from quanyu.federation import _sql
from quanyu.federation.http import Asker, Carrier, Now, Store
from quanyu.federation.messages import Mail
from quanyu.federation.proof import Proven, export, verify

_READ = {"action": "node.read"}


class ProofView(msgspec.Struct, frozen=True, kw_only=True):
    """What a sound proof says. `known`: sender and receiver sign with keys that this node knows."""

    message: str
    kind: str
    about: str
    sender: str
    receiver: str
    outcome: str
    sent: datetime
    received: datetime
    payload: str
    receipt: str
    keys: tuple[str, ...]
    known: bool


class MessagePage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[dict[str, Any]]
    next: str | None


@get("/api/v1/messages", opt=_READ)
async def show_messages(
    actor: Asker,
    database: Store,
    about: Annotated[str | None, QueryParameter(max_length=200)] = None,
    peer: Annotated[str | None, QueryParameter(max_length=64)] = None,
    in_state: Annotated[
        Literal["waiting", "accepted", "refused"] | None, QueryParameter(name="state")
    ] = None,
    after: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=500)] = 50,
) -> MessagePage:
    """The newest first; `about` is a subject as messages have it (`request X…`), or the number alone."""
    async with database.tenant(actor.tenant) as connection:
        found = await _sql.messages(
            connection, about=about, peer=peer, state=in_state, after=after, limit=limit
        )
    return MessagePage(items=found, next=found[-1]["id"] if len(found) == limit else None)


@get("/api/v1/messages/proof", opt=_READ)
async def show_proof(
    actor: Asker,
    database: Store,
    courier: Carrier,
    clock: Now,
    message: Annotated[str, QueryParameter(name="id", max_length=400)],
) -> Response[bytes]:
    """The file that `quanyu evidence verify-proof` reads."""
    async with database.tenant(actor.tenant) as connection:
        content = await export(Mail(connection, actor.tenant, courier.folder, clock()), message)
    return Response(
        content, media_type="application/json",
        headers={"content-disposition": 'attachment; filename="proof.json"'},
    )  # fmt: skip


@post("/api/v1/messages/proof/verification", opt=_READ, status_code=HTTP_200_OK)
async def verify_proof(body: RawBody, actor: Asker, database: Store) -> ProofView:
    """Whether a proof file is whole; raises Invalid with what is wrong. It changes nothing and is kept nowhere."""
    proven = verify(body)
    async with database.tenant(actor.tenant) as connection:
        own, peers = await _sql.own_card(connection), await _sql.peers(connection)
    cards = {one.card.body.id: one.keys for one in peers} | ({own.body.id: own.body.keys} if own else {})
    known = all(
        {key.id for key in cards.get(node, ())} & set(proven.keys)
        for node in (proven.sender, proven.receiver)
    )
    said = {name: getattr(proven, name) for name in Proven.__slots__}
    return ProofView(**said, known=known)


routes = (show_messages, show_proof, verify_proof)
