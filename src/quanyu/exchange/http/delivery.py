"""Data under a contract: records by filters, SQL, whole files, yes or no."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.params import JSONBody, QueryParameter
from litestar.response import Stream

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.core.errors import Invalid
from quanyu.exchange.contracts.model import Contract
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.delivery.coverage import Ask
from quanyu.exchange.delivery.formats import MEDIA_TYPES, Format
from quanyu.exchange.delivery.questions import (
    MOST_A_PAGE,
    check_sql,
    page_after,
    page_mark,
    records_sql,
)
from quanyu.exchange.delivery.service import Deliveries
from quanyu.exchange.http.asking import USE, After, Asker, Folder, Id, Now, Store, TheEngines
from quanyu.exchange.parties import Party, acts_for, check_consumer, check_seen
from quanyu.exchange.policy import Terms, Way
from quanyu.exchange.policy.grammar import LONGEST, tables_of
from quanyu.exchange.requests.model import Said
from quanyu.govern.imports import _sql as imports_sql
from quanyu.govern.imports.records import Condition
from quanyu.store import Database

Wanted = Annotated[Format, QueryParameter(name="format")]
Purpose = Annotated[str, QueryParameter(name="purpose", max_length=500)]


class Query(Said, frozen=True):
    """`contracts` names those to be used; without, all that the body has, the strictest of each dataset."""

    sql: Annotated[str, msgspec.Meta(max_length=LONGEST)]
    format: Format = Format.JSON
    contracts: Annotated[tuple[str, ...], msgspec.Meta(max_length=20)] = ()
    purpose: Annotated[str, msgspec.Meta(max_length=500)] = ""
    organisation: str | None = None


class Claims(Said, frozen=True):
    """What is claimed of one record: values by column, as text; every column of the contract's key is among them."""

    claims: Annotated[
        Mapping[str, Annotated[str, msgspec.Meta(max_length=2000)]], msgspec.Meta(max_length=100)
    ]
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
    return await _streamed(Deliveries(database, folder, engines, clock), actor, ask)


@get("/api/v1/sharing/contracts/{id:str}/records", opt=USE)
async def records(
    id: Id, actor: Asker, database: Store, folder: Folder, engines: TheEngines, clock: Now,
    columns: Annotated[list[str] | None, QueryParameter(name="column", max_items=1000)] = None,
    filters: Annotated[list[str] | None, QueryParameter(name="filter", max_items=20)] = None,
    after: After = None, limit: Annotated[int, QueryParameter(ge=1, le=MOST_A_PAGE)] = 100, wanted: Wanted = Format.JSON,
    purpose: Purpose = "",
) -> Stream:  # fmt: skip
    """A page; `filter` may come several times: `column:op:value`, op one of eq ne lt le gt ge has null."""
    conditions = [Condition.parse(one) for one in filters or ()]
    contract, terms, version = await _own(database, actor, id, clock)
    if terms.rows is not None and limit > terms.rows:
        raise Invalid("exchange.query.page", most=terms.rows)
    offset = page_after(after, version)
    sql = records_sql(
        contract.dataset, terms, columns=columns or (), conditions=conditions, offset=offset, limit=limit
    )
    ask = _ask(contract, sql, Way.RECORDS, wanted, purpose)
    return await _streamed(
        Deliveries(database, folder, engines, clock), actor, ask, page=(offset, limit, version)
    )


@get("/api/v1/sharing/contracts/{id:str}/file", opt=USE)
async def file(
    id: Id, actor: Asker, database: Store, folder: Folder, engines: TheEngines, clock: Now, wanted: Wanted = Format.PARQUET,
    purpose: Purpose = "",
) -> Stream:  # fmt: skip
    """All that the contract gives, at once."""
    contract, terms, _ = await _own(database, actor, id, clock)
    sql = records_sql(contract.dataset, terms, columns=(), conditions=(), offset=0, limit=None)
    ask = _ask(contract, sql, Way.FILE, wanted, purpose)
    return await _streamed(Deliveries(database, folder, engines, clock), actor, ask)


@post("/api/v1/sharing/contracts/{id:str}/check", opt=USE, status_code=200)
async def check_claims(
    id: Id,
    data: JSONBody[Claims],
    actor: Asker,
    database: Store,
    folder: Folder,
    engines: TheEngines,
    clock: Now,
) -> Verdict:
    """核验: is there a record with exactly these values? No value of the data is shown."""
    contract, terms, _ = await _own(database, actor, id, clock)
    said = f"check {', '.join(data.claims)}"
    ask = msgspec.structs.replace(
        _ask(contract, check_sql(contract.dataset, terms, data.claims), Way.CHECK, Format.JSON, data.purpose),
        said=said, masked=False,
    )  # fmt: skip
    rows = await Deliveries(database, folder, engines, clock).rows(actor, ask)
    return Verdict(answer=bool(rows[0]["answer"]))


async def _own(database: Database, actor: Actor, id: str, clock: Clock) -> tuple[Contract, Terms, int]:
    """The contract, its terms, and the version of the dataset. Others' contracts do not exist."""
    async with database.tenant(actor.tenant) as connection:
        found = await Contracts(connection, actor, clock()).one(id)
        check_seen(actor, found.deal, id)
        check_consumer(actor, found.consumer, "share.use", id)
        dataset = await imports_sql.dataset(connection, found.dataset)
    if found.terms is None:
        raise Invalid("exchange.contract.offered", id=id, reason="")
    return found, found.terms, dataset.version if dataset else 0


def _ask(contract: Contract, sql: str, way: Way, wanted: Format, purpose: str) -> Ask:
    return Ask(
        party=contract.consumer, sql=sql, datasets=(contract.dataset,), way=way, format=wanted, contracts=(contract.id,),
        purpose=purpose,
    )  # fmt: skip


async def _streamed(
    deliveries: Deliveries, actor: Actor, ask: Ask, *, page: tuple[int, int, int] | None = None
) -> Stream:
    delivery = await deliveries.begin(actor, ask)
    headers: dict[str, Any] = dict(delivery.headers)
    if page is not None:
        offset, limit, version = page
        full = delivery.first is not None and delivery.first.num_rows == limit
        mark = page_mark(offset + limit, version) if full else None
        delivery.tail["next"] = mark
        headers |= {"x-quanyu-next": mark} if mark else {}
    return Stream(deliveries.stream(delivery), media_type=MEDIA_TYPES[ask.format], headers=headers)


routes = (query, records, file, check_claims)
