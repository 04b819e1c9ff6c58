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
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.delivery.engine import Engines
from quanyu.exchange.delivery.formats import Format
from quanyu.exchange.delivery.questions import MOST_A_PAGE, Inquiry
from quanyu.exchange.delivery.service import Deliveries
from quanyu.exchange.http.delivery import Claimed, Purpose, Verdict, Wanted, ask_for, streamed
from quanyu.exchange.parties import Party, acts_for, bodies_of, is_side, node_actor
from quanyu.exchange.policy import Terms, Way
from quanyu.exchange.policy.grammar import LONGEST
from quanyu.exchange.requests.model import Application, Effect
from quanyu.federation.courier import Courier
from quanyu.federation.http import Asker, Carrier, NodeId, Now, Store, read_body
from quanyu.federation.links import _sql as links
from quanyu.federation.messages import Mail
from quanyu.federation.model import Signed
from quanyu.federation.sharing.model import Acted, Asked, ConsumerAct, Question, asked_of
from quanyu.federation.sharing.questions import QUESTIONS, believe, put
from quanyu.federation.sharing.service import REQUESTS, act, ask, asked
from quanyu.store import Connection, Database

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
        found = await links.page(connection, REQUESTS.kind, bodies_of(actor), after=place, limit=limit)
    more = page_token((found[-1].created, found[-1].id)) if len(found) == limit else None
    return AskedPage(items=tuple(map(asked_of, found)), next=more)


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
    inquiry = Inquiry(sql=data.sql, purpose=data.purpose, format=data.format)
    return await _answered(database, courier, actor, number, inquiry)


@get("/api/v1/asked/{number:str}/records", opt={"action": "share.use"})
async def read_asked(
    number: NodeId, actor: Asker, database: Store, courier: Carrier,
    columns: Annotated[list[str] | None, QueryParameter(name="column", max_items=1000)] = None,
    filters: Annotated[list[str] | None, QueryParameter(name="filter", max_items=20)] = None,
    after: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MOST_A_PAGE)] = 100, wanted: Wanted = Format.JSON, purpose: Purpose = "",
) -> Stream:  # fmt: skip
    """A page; `filter` may come several times: `column:op:value`, op one of eq ne lt le gt ge has null."""
    inquiry = Inquiry(
        way=Way.RECORDS, columns=tuple(columns or ()), filters=tuple(filters or ()), after=after, limit=limit, format=wanted,
        purpose=purpose,
    )  # fmt: skip
    return await _answered(database, courier, actor, number, inquiry)


@get("/api/v1/asked/{number:str}/file", opt={"action": "share.use"})
async def fetch_asked(
    number: NodeId, actor: Asker, database: Store, courier: Carrier, wanted: Wanted = Format.PARQUET, purpose: Purpose = ""
) -> Stream:  # fmt: skip
    """All that the contract gives, at once."""
    inquiry = Inquiry(way=Way.FILE, format=wanted, purpose=purpose)
    return await _answered(database, courier, actor, number, inquiry)


@post("/api/v1/asked/{number:str}/check", opt={"action": "share.use"}, status_code=HTTP_200_OK)
async def check_asked(
    number: NodeId, data: JSONBody[Claimed], actor: Asker, database: Store, courier: Carrier
) -> Verdict:
    """核验: is there a record with exactly these values? No value of the data travels."""
    async with database.tenant(actor.tenant) as connection:
        found = await asked_seen(connection, actor, number, "share.use")
    inquiry = Inquiry(way=Way.CHECK, claims=data.claims, purpose=data.purpose)
    (row,) = await (await put(courier, actor, found, inquiry)).records()
    return Verdict(answer=bool(row["answer"]))


@post(QUESTIONS, opt={"action": "node.exchange"}, status_code=HTTP_200_OK, request_max_body_size=_MOST_ASKED)
async def answer_question(
    body: RawBody, actor: Asker, database: Store, courier: Carrier, engines: TheEngines, clock: Now
) -> Stream:
    signed = read_body(body, Signed[Question])
    async with database.tenant(actor.tenant) as connection:
        peer = await believe(_mail(connection, actor, courier, clock()), signed)
        question, node = signed.body, node_actor(actor.tenant, peer.id)
        contract = await Contracts(connection, node, clock()).one(question.contract)
        if contract.consumer != Party(organisation=question.organisation, node=peer.id):
            raise NotFound("exchange.unknown", id=question.contract[:40])
        ask, page = await ask_for(connection, contract, question.inquiry)
    deliveries = Deliveries(database, courier.folder, engines, clock)
    return await streamed(deliveries, replace(node, name=question.person), ask, page)


async def _answered(
    database: Database, courier: Courier, actor: Actor, number: str, inquiry: Inquiry
) -> Stream:
    async with database.tenant(actor.tenant) as connection:
        found = await asked_seen(connection, actor, number, "share.use")
    incoming = await put(courier, actor, found, inquiry)
    return Stream(incoming.stream(), media_type=incoming.media_type, headers=incoming.headers)


async def asked_seen(connection: Connection, actor: Actor, number: str, action: str) -> Asked:
    """Raises NotFound, also for a request of another body."""
    found = await asked(connection, number)
    if not is_side(actor, found.organisation, action):
        raise NotFound("federation.request.unknown", id=number[:40])
    return found


def _mail(connection: Connection, actor: Actor, courier: Carrier, now: datetime) -> Mail:
    return Mail(connection, actor.tenant, courier.folder, now)


routes = (
    ask_node, show_asked, show_one, act_on_asked, query_asked, read_asked, fetch_asked, check_asked, answer_question,
)  # fmt: skip
