"""Data under a contract: records by filters, SQL, whole files, yes or no."""

from typing import Annotated

import msgspec
from litestar import get, post
from litestar.params import JSONBody, QueryParameter
from litestar.response import Stream

from quanyu.core.actor import Actor
from quanyu.core.errors import Invalid
from quanyu.exchange.contracts.model import Contract
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.delivery.changes import Portion, changes_ask, changes_of
from quanyu.exchange.delivery.coverage import Ask
from quanyu.exchange.delivery.formats import MEDIA_TYPES, Format
from quanyu.exchange.delivery.questions import MOST_A_PAGE, Claims, Inquiry, Page, ask_of
from quanyu.exchange.delivery.service import Deliveries, Delivery
from quanyu.exchange.http.asking import USE, After, Asker, Folder, Id, Now, Store, TheEngines
from quanyu.exchange.parties import Party, acts_for, check_consumer, check_seen
from quanyu.exchange.policy import Way
from quanyu.exchange.policy.grammar import LONGEST, tables_of
from quanyu.exchange.requests.model import Said
from quanyu.govern.imports import _sql as imports_sql
from quanyu.store import Connection

Wanted = Annotated[Format, QueryParameter(name="format")]
Purpose = Annotated[str, QueryParameter(name="purpose", max_length=500)]


class Query(Said, frozen=True):
    """`contracts` names those to be used; without, all that the body has, the strictest of each dataset."""

    sql: Annotated[str, msgspec.Meta(max_length=LONGEST)]
    format: Format = Format.JSON
    contracts: Annotated[tuple[str, ...], msgspec.Meta(max_length=20)] = ()
    purpose: Annotated[str, msgspec.Meta(max_length=500)] = ""
    organisation: str | None = None


class Claimed(Said, frozen=True):
    claims: Claims
    purpose: Annotated[str, msgspec.Meta(max_length=500)] = ""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    answer: bool


@post("/api/v1/sharing/query", opt=USE, status_code=200)
async def query(
    data: JSONBody[Query], actor: Asker, database: Store, folder: Folder, engines: TheEngines, clock: Now
) -> Stream:
    """One SELECT over datasets by their names, in the SQL of DuckDB; joins take the strictest of all contracts."""
    body = acts_for(actor, data.organisation, "share.use")
    ask = Ask(
        party=Party(organisation=body), sql=data.sql, datasets=tuple(sorted(tables_of(data.sql))), way=Way.SQL,
        format=data.format, contracts=data.contracts, purpose=data.purpose,
    )  # fmt: skip
    return await streamed(Deliveries(database, folder, engines, clock), actor, ask)


@get("/api/v1/sharing/contracts/{id:str}/records", opt=USE)
async def records(
    id: Id, actor: Asker, database: Store, folder: Folder, engines: TheEngines, clock: Now,
    columns: Annotated[list[str] | None, QueryParameter(name="column", max_items=1000)] = None,
    filters: Annotated[list[str] | None, QueryParameter(name="filter", max_items=20)] = None,
    after: After = None, limit: Annotated[int, QueryParameter(ge=1, le=MOST_A_PAGE)] = 100, wanted: Wanted = Format.JSON,
    purpose: Purpose = "",
) -> Stream:  # fmt: skip
    """A page; `filter` may come several times: `column:op:value`, op one of eq ne lt le gt ge has null."""
    inquiry = Inquiry(
        way=Way.RECORDS, columns=tuple(columns or ()), filters=tuple(filters or ()), after=after, limit=limit, format=wanted,
        purpose=purpose,
    )  # fmt: skip
    deliveries = Deliveries(database, folder, engines, clock)
    return await streamed(deliveries, actor, *await ask_own(deliveries, actor, id, inquiry))


@get("/api/v1/sharing/contracts/{id:str}/file", opt=USE)
async def file(
    id: Id, actor: Asker, database: Store, folder: Folder, engines: TheEngines, clock: Now, wanted: Wanted = Format.PARQUET,
    purpose: Purpose = "",
) -> Stream:  # fmt: skip
    """All that the contract gives, at once."""
    deliveries = Deliveries(database, folder, engines, clock)
    inquiry = Inquiry(way=Way.FILE, format=wanted, purpose=purpose)
    return await streamed(deliveries, actor, *await ask_own(deliveries, actor, id, inquiry))


@post("/api/v1/sharing/contracts/{id:str}/check", opt=USE, status_code=200)
async def check_claims(
    id: Id,
    data: JSONBody[Claimed],
    actor: Asker,
    database: Store,
    folder: Folder,
    engines: TheEngines,
    clock: Now,
) -> Verdict:
    """核验: is there a record with exactly these values? No value of the data is shown."""
    deliveries = Deliveries(database, folder, engines, clock)
    inquiry = Inquiry(way=Way.CHECK, claims=data.claims, purpose=data.purpose)
    ask, _ = await ask_own(deliveries, actor, id, inquiry)
    (row,) = await deliveries.rows(actor, ask)
    return Verdict(answer=bool(row["answer"]))


async def ask_own(
    deliveries: Deliveries, actor: Actor, id: str, inquiry: Inquiry
) -> tuple[Ask, Page | Portion | None]:
    """Of a contract of the asker's. Others' contracts do not exist."""
    async with deliveries.database.tenant(actor.tenant) as connection:
        found = await Contracts(connection, actor, deliveries.clock()).one(id)
        check_seen(actor, found.deal, id)
        check_consumer(actor, found.consumer, "share.use", id)
        return await ask_for(connection, found, inquiry)


async def ask_for(
    connection: Connection, contract: Contract, inquiry: Inquiry
) -> tuple[Ask, Page | Portion | None]:
    """Raises Invalid before it is agreed, and with every fault of the inquiry."""
    terms = contract.terms
    if terms is None:
        raise Invalid("exchange.contract.offered", id=contract.id, reason="")
    dataset = await imports_sql.dataset(connection, contract.dataset)
    version = dataset.version if dataset else 0
    if inquiry.way is not Way.CHANGES:
        return ask_of(contract, terms, version, inquiry)
    parts = await imports_sql.parts(connection, contract.dataset)
    portion = changes_of(contract, terms, parts, version, after=inquiry.after, limit=inquiry.limit)
    return changes_ask(contract, terms, portion, format=inquiry.format, purpose=inquiry.purpose), portion


async def begun(
    deliveries: Deliveries, actor: Actor, ask: Ask, page: Page | Portion | None = None
) -> tuple[Delivery, dict[str, str]]:
    """With its headers, which say of a part how it goes on."""
    delivery = await deliveries.begin(actor, ask)
    headers = dict(delivery.headers)
    if page is not None:
        tail = page.tail(delivery.first.num_rows if delivery.first is not None else 0)
        delivery.tail.update(tail)
        headers |= {f"x-quanyu-{one}": "true" if said is True else said for one, said in tail.items() if said}
    return delivery, headers


async def streamed(
    deliveries: Deliveries, actor: Actor, ask: Ask, page: Page | Portion | None = None
) -> Stream:
    delivery, headers = await begun(deliveries, actor, ask, page)
    return Stream(deliveries.stream(delivery), media_type=MEDIA_TYPES[ask.format], headers=headers)


routes = (query, records, file, check_claims)
