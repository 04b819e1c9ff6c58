"""What a body of this node asks of another one, and the questions that others ask here."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter, RawBody, SkipValidation
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from quanyu.core.actor import Actor
from quanyu.core.errors import NotFound
from quanyu.core.page_token import page_token, place_of
from quanyu.exchange.delivery.coverage import Ask
from quanyu.exchange.delivery.engine import Engines
from quanyu.exchange.delivery.formats import MEDIA_TYPES, Format
from quanyu.exchange.delivery.service import Deliveries
from quanyu.exchange.parties import Party, acts_for, bodies_of, is_side, node_actor
from quanyu.exchange.policy import Terms, Way
from quanyu.exchange.policy.grammar import LONGEST, tables_of
from quanyu.exchange.requests.model import Application, Effect
from quanyu.federation.http import Asker, Carrier, NodeId, Now, Store, read_body
from quanyu.federation.messages import Mail
from quanyu.federation.model import Signed
from quanyu.federation.sharing import _sql
from quanyu.federation.sharing.model import Acted, Asked, ConsumerAct, Question
from quanyu.federation.sharing.questions import QUESTIONS, Wish, believe, put
from quanyu.federation.sharing.service import act, ask, asked
from quanyu.store import Connection

TheEngines = NamedDependency[SkipValidation[Engines]]

_MOST_ASKED = 256 * 1024
_NEWEST = (datetime.max.replace(tzinfo=UTC), "")


class AskedPage(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[Asked, ...]
    next: str | None


class ActForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    act: ConsumerAct
    reason: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    sm3: Annotated[str, msgspec.Meta(max_length=64)] = ""
    terms: Terms | None = None
    effect: Effect | None = None
    application: Application | None = None


class QueryForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sql: Annotated[str, msgspec.Meta(max_length=LONGEST)]
    purpose: Annotated[str, msgspec.Meta(max_length=500)] = ""
    format: Format = Format.JSON


@post("/api/v1/nodes/{peer:str}/requests", opt={"action": "share.request"}, status_code=HTTP_202_ACCEPTED)
async def ask_node(
    peer: NodeId, data: JSONBody[Application], actor: Asker, database: Store, courier: Carrier, clock: Now
) -> Asked:
    """Goes to that node; what is wrong with it comes back as `fault`."""
    body = acts_for(actor, data.organisation, "share.request")
    async with database.tenant(actor.tenant) as connection:
        return await ask(_mail(connection, actor, courier, clock()), actor, peer, body, data)


@get("/api/v1/asked", opt={"action": "share.read"})
async def show_asked(
    actor: Asker,
    database: Store,
    after: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
) -> AskedPage:
    """Requests to other nodes, the newest first."""
    place = _NEWEST if after is None else place_of(after, tuple[datetime, str], refusal="federation.token")
    async with database.tenant(actor.tenant) as connection:
        found = await _sql.all_asked(connection, bodies_of(actor), after=place, limit=limit)
    more = page_token((found[-1].created, found[-1].id)) if len(found) == limit else None
    return AskedPage(items=tuple(found), next=more)


@get("/api/v1/asked/{number:str}", opt={"action": "share.read"})
async def show_one(number: NodeId, actor: Asker, database: Store) -> Asked:
    async with database.tenant(actor.tenant) as connection:
        return await asked_seen(connection, actor, number, "share.read")


@post("/api/v1/asked/{number:str}/acts", opt={"action": "share.request"}, status_code=HTTP_202_ACCEPTED)
async def act_on_asked(
    number: NodeId, data: JSONBody[ActForm], actor: Asker, database: Store, courier: Carrier, clock: Now
) -> Asked:
    async with database.tenant(actor.tenant) as connection:
        await asked_seen(connection, actor, number, "share.request")
        said = Acted(
            local=number, act=data.act, person=actor.name or actor.id, reason=data.reason, sm3=data.sm3,
            terms=data.terms, effect=data.effect, application=data.application,
        )  # fmt: skip
        return await act(_mail(connection, actor, courier, clock()), actor, said)


@post("/api/v1/asked/{number:str}/query", opt={"action": "share.use"}, status_code=HTTP_200_OK)
async def query_asked(
    number: NodeId, data: JSONBody[QueryForm], actor: Asker, database: Store, courier: Carrier
) -> Stream:
    """One SELECT over the dataset of the contract, answered by its owner's node."""
    async with database.tenant(actor.tenant) as connection:
        found = await asked_seen(connection, actor, number, "share.use")
    incoming = await put(courier, actor, found, Wish(sql=data.sql, purpose=data.purpose, format=data.format))
    return Stream(incoming.stream(), media_type=incoming.media_type, headers={"x-quanyu-call": incoming.call})


@post(QUESTIONS, opt={"action": "node.exchange"}, status_code=HTTP_200_OK, request_max_body_size=_MOST_ASKED)
async def answer_question(
    body: RawBody, actor: Asker, database: Store, courier: Carrier, engines: TheEngines, clock: Now
) -> Stream:
    signed = read_body(body, Signed[Question])
    async with database.tenant(actor.tenant) as connection:
        peer = await believe(_mail(connection, actor, courier, clock()), signed)
    question = signed.body
    wanted = Ask(
        party=Party(organisation=question.organisation, node=peer.id), sql=question.sql,
        datasets=tuple(sorted(tables_of(question.sql))), way=Way.SQL, format=question.format,
        contracts=question.contracts, purpose=question.purpose,
    )  # fmt: skip
    deliveries = Deliveries(database, courier.folder, engines, clock)
    named = replace(node_actor(actor.tenant, peer.id), name=question.person)
    delivery = await deliveries.begin(named, wanted)
    return Stream(
        deliveries.stream(delivery), media_type=MEDIA_TYPES[delivery.format], headers=delivery.headers
    )


async def asked_seen(connection: Connection, actor: Actor, number: str, action: str) -> Asked:
    """Raises NotFound, also for a request of another body."""
    found = await asked(connection, number)
    if not is_side(actor, found.organisation, action):
        raise NotFound("federation.request.unknown", id=number[:40])
    return found


def _mail(connection: Connection, actor: Actor, courier: Carrier, now: datetime) -> Mail:
    return Mail(connection, actor.tenant, courier.folder, now)


routes = (ask_node, show_asked, show_one, act_on_asked, query_asked, answer_question)
