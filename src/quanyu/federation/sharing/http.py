"""What a body of this node asks of another one, and the questions that others ask here."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter, RawBody, SkipValidation
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from quanyu.core.actor import Actor
from quanyu.core.errors import NotFound
from quanyu.exchange.contracts.model import Contract
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.delivery.engine import Engines
from quanyu.exchange.delivery.following import comes
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
from quanyu.federation.links.http import links_page
from quanyu.federation.messages import Mail
from quanyu.federation.model import Signed
from quanyu.federation.sharing.model import Acted, Asked, ConsumerAct, Question
from quanyu.federation.sharing.questions import QUESTIONS, Put, believe, put
from quanyu.federation.sharing.service import REQUESTS, act, ask, asked, asked_each
from quanyu.store import Connection, Database

TheEngines = NamedDependency[SkipValidation[Engines]]

MOST_ASKED = 256 * 1024


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
    async with database.tenant(actor.tenant) as connection:
        found, more = await links_page(connection, REQUESTS.kind, bodies_of(actor), after=after, limit=limit)
        items = await asked_each(connection, found)
    return AskedPage(items=items, next=more)


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
    return await answered(database, courier, actor, number, inquiry)


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
    return await answered(database, courier, actor, number, inquiry)


@get("/api/v1/asked/{number:str}/file", opt={"action": "share.use"})
async def fetch_asked(
    number: NodeId, actor: Asker, database: Store, courier: Carrier, wanted: Wanted = Format.PARQUET, purpose: Purpose = ""
) -> Stream:  # fmt: skip
    """All that the contract gives, at once."""
    inquiry = Inquiry(way=Way.FILE, format=wanted, purpose=purpose)
    return await answered(database, courier, actor, number, inquiry)


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


@post(QUESTIONS, opt={"action": "node.exchange"}, status_code=HTTP_200_OK, request_max_body_size=MOST_ASKED)
async def answer_question(
    body: RawBody, actor: Asker, database: Store, courier: Carrier, engines: TheEngines, clock: Now
) -> Stream | Response[None]:
    """Nothing at all where it was to be waited for changes and none have come."""
    signed = read_body(body, Signed[Question])
    async with database.tenant(actor.tenant) as connection:
        contract, node = await contract_asked(Mail(connection, actor.tenant, courier.folder, clock()), signed)
    deliveries, inquiry = Deliveries(database, courier.folder, engines, clock), signed.body.inquiry
    if inquiry.wait and not await comes(deliveries, node, contract.id, inquiry.after, wait=inquiry.wait):
        return Response(None, status_code=HTTP_204_NO_CONTENT)
    async with database.tenant(actor.tenant) as connection:
        ask, page = await ask_for(connection, contract, inquiry)
    return await streamed(deliveries, node, ask, page)


async def contract_asked(mail: Mail, signed: Signed[Put]) -> tuple[Contract, Actor]:
    """The contract that a question is put under, and who asks. Raises NotFound, Denied."""
    question, peer = signed.body, await believe(mail, signed)
    node = node_actor(mail.tenant, peer.id)
    contract = await Contracts(mail.connection, node, mail.now).one(question.contract)
    if contract.consumer != Party(organisation=question.organisation, node=peer.id):
        raise NotFound("exchange.unknown", id=question.contract[:40])
    return contract, replace(node, name=question.person)


async def answered(
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
