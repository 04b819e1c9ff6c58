"""异议: raised, answered, corrected."""

from typing import Annotated
from urllib.parse import quote

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody, QueryParameter, RawBody

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.core.errors import Fault, Invalid
from quanyu.exchange import exhibits
from quanyu.exchange.contracts.model import Contract
from quanyu.exchange.contracts.service import Contracts
from quanyu.exchange.delivery.coverage import Ask
from quanyu.exchange.delivery.questions import Page, records_sql
from quanyu.exchange.delivery.service import Deliveries
from quanyu.exchange.disputes.model import Dispute, DisputeView, Objection
from quanyu.exchange.disputes.service import Disputes
from quanyu.exchange.exhibits import Exhibit
from quanyu.exchange.exhibits.model import JPEG, LIMIT
from quanyu.exchange.http.asking import (
    ASK,
    READ,
    After,
    Asker,
    Folder,
    Id,
    Key,
    Limit,
    Name,
    Now,
    Store,
    TheEngines,
    Word,
)
from quanyu.exchange.parties import Deal, Party, bodies_of, check_consumer, check_seen
from quanyu.exchange.requests.model import Said
from quanyu.exchange.titles import titles_of
from quanyu.govern.imports import _sql as imports_sql
from quanyu.govern.imports.records import Condition
from quanyu.store import Database

_ROOT = "/api/v1/sharing/disputes"

FileName = Annotated[str, QueryParameter(name="name", max_length=200)]


class DisputePage(msgspec.Struct, frozen=True, kw_only=True):
    """`titles` by the name of the dataset."""

    items: tuple[Dispute, ...]
    titles: dict[str, str]
    next: str | None


class Acted(Said, frozen=True):
    """confirm, deny, correct (owner); agree, object, withdraw (consumer); uphold, overrule (authority)."""

    act: str
    reason: Annotated[str, msgspec.Meta(max_length=20_000)] = ""


@post(_ROOT, opt=ASK)
async def raise_dispute(
    data: JSONBody[Objection], actor: Asker, database: Store, folder: Folder, engines: TheEngines, clock: Now, key: Key = None
) -> DisputeView:  # fmt: skip
    """Of a record that a contract gives: it is read once more under the contract, and counted as a call."""
    async with database.tenant(actor.tenant) as connection:
        contract = await Contracts(connection, actor, clock()).one(data.contract)
        check_seen(actor, contract.deal, data.contract)
        check_consumer(actor, contract.consumer, "share.request", data.contract)
        dataset = await imports_sql.dataset(connection, contract.dataset)
    current = await _current(Deliveries(database, folder, engines, clock), actor, contract, data)
    async with database.tenant(actor.tenant) as connection:
        desk = Disputes(connection, actor, clock())
        version = dataset.version if dataset else 0
        made = await desk.open(data, contract, current=current, version=version, key=key)
        return await desk.view(made.id)


@post("/api/v1/sharing/exhibits", opt=ASK, request_max_body_size=LIMIT)
async def send_exhibit(
    body: RawBody, actor: Asker, database: Store, clock: Now, name: FileName = ""
) -> Exhibit:
    """A picture or a PDF as the body. A dispute names it within a day."""
    return await exhibits.keep(database, actor.tenant, name, body, clock())


@get(_ROOT + "/{id:str}/exhibits/{exhibit:str}", opt=READ)
async def show_exhibit(id: Id, exhibit: Name, actor: Asker, database: Store, clock: Now) -> Response[bytes]:
    found = await _shown(database, actor, id, clock)
    async with database.tenant(actor.tenant) as connection:
        one, content = await exhibits.content(connection, found.dispute.exhibits, exhibit)
    return exhibit_answer(one, content)


def exhibit_answer(one: Exhibit, content: bytes) -> Response[bytes]:
    """Never as a page of ours, whatever it holds."""
    kind = "inline" if one.media_type == JPEG else "attachment"
    headers = {
        "content-disposition": f"{kind}; filename*=UTF-8''{quote(one.name or one.id, safe='')}",
        "content-security-policy": "sandbox; default-src 'none'",
    }
    return Response(content, media_type=one.media_type, headers=headers)


@get(_ROOT, opt=READ)
async def list_disputes(
    actor: Asker, database: Store, clock: Now, dataset: Word = None,
    is_open: Annotated[bool | None, QueryParameter(name="open")] = None, after: After = None, limit: Limit = 50,
) -> DisputePage:  # fmt: skip
    async with database.tenant(actor.tenant) as connection:
        page = await Disputes(connection, actor, clock()).page(
            bodies_of(actor), dataset=dataset, open=is_open, after=after, limit=limit
        )
        titles = await titles_of(connection, (one.dataset for one in page.items))
    return DisputePage(items=page.items, titles=titles, next=page.next)


@get(_ROOT + "/{id:str}", opt=READ)
async def show_dispute(id: Id, actor: Asker, database: Store, clock: Now) -> DisputeView:
    return await _shown(database, actor, id, clock)


@post(_ROOT + "/{id:str}/acts", opt=READ, status_code=200)
async def act(id: Id, data: JSONBody[Acted], actor: Asker, database: Store, clock: Now) -> DisputeView:
    """`correct` needs a newer version of the dataset; everybody who was given it is told."""
    await _shown(database, actor, id, clock)
    async with database.tenant(actor.tenant) as connection:
        await Disputes(connection, actor, clock()).act(id, data.act, data.reason)
    return await _shown(database, actor, id, clock)


async def _shown(database: Database, actor: Actor, id: str, clock: Clock) -> DisputeView:
    async with database.tenant(actor.tenant) as connection:
        found = await Disputes(connection, actor, clock()).view(id)
    deal = Deal(provider=found.dispute.provider, consumer=Party(organisation=found.dispute.consumer))
    check_seen(actor, deal, id)
    return found


async def _current(deliveries: Deliveries, actor: Actor, contract: Contract, said: Objection) -> str | None:
    """The disputed field as the contract gives it. Raises Invalid where not exactly one record is meant."""
    terms = contract.terms
    if terms is None or said.field not in terms.columns:
        fault = Fault("exchange.dispute.field", "/field", {"column": said.field[:80]})
        raise Invalid("exchange.dispute.invalid", faults=(fault,), count=1)
    named = [Condition(column, "eq", value) for column, value in said.record.items()]
    sql = records_sql(contract.dataset, terms, columns=[said.field], conditions=named, page=Page(0, 2, 0))
    ask = Ask(
        party=contract.consumer, sql=sql, datasets=(contract.dataset,), way=terms.ways[0], contracts=(contract.id,),
        said=f"dispute of {said.field}",
    )  # fmt: skip
    rows = await deliveries.rows(actor, ask)
    if len(rows) != 1:
        raise Invalid("exchange.dispute.record", number=len(rows))
    value = next(iter(rows[0].values()))
    return None if value is None else str(value)


routes = (raise_dispute, send_exhibit, list_disputes, show_dispute, show_exhibit, act)
