"""Data of other connectors: their catalogues, what bodies here negotiate with them, the data that comes of it."""

from typing import Annotated

from litestar import delete, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter
from litestar.response import Stream

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.core.errors import Conflict, Invalid
from quanyu.core.page_token import page_token, place_in_time
from quanyu.exchange.dataspace import _sql
from quanyu.exchange.dataspace.connectors import (
    Connectors,
    NewConnector,
    authorization,
    catalogue_of,
    dataset_of,
)
from quanyu.exchange.dataspace.consumer import Consumer, Counterpart
from quanyu.exchange.dataspace.desks import Desks
from quanyu.exchange.dataspace.model import Connector, Json, Kind, NegotiationRow, TransferRow
from quanyu.exchange.dataspace.protocol import HTTP_PULL
from quanyu.exchange.dataspace.pulling import endpoint_of, pulled
from quanyu.exchange.dataspace.views import (
    Acting,
    ConnectorPage,
    Moving,
    NegotiationAct,
    NegotiationPage,
    NegotiationView,
    TransferPage,
    TransferView,
    Wanted,
    negotiation_view,
    said_by,
    transfer_view,
)
from quanyu.exchange.http.asking import (
    ASK,
    READ,
    USE,
    After,
    Asker,
    Folder,
    Id,
    Limit,
    Now,
    Store,
    TheDesks,
    TheOutgoing,
)
from quanyu.exchange.parties import bodies_of
from quanyu.store import Connection

_ROOT = "/api/v1/sharing/connectors"
_NEGOTIATIONS, _TRANSFERS = "/api/v1/sharing/negotiations", "/api/v1/sharing/transfers"

Pid = Annotated[str, PathParameter(max_length=100)]
Dataset = Annotated[str | None, QueryParameter(max_length=500)]


@get(_ROOT, opt=READ)
async def list_connectors(actor: Asker, database: Store, folder: Folder, clock: Now) -> ConnectorPage:
    async with database.tenant(actor.tenant) as connection:
        return ConnectorPage(items=tuple(await Connectors(connection, actor, clock(), folder).listed()))


@post(_ROOT, opt=ASK)
async def add_connector(
    data: JSONBody[NewConnector], actor: Asker, database: Store, folder: Folder, clock: Now
) -> Connector:
    async with database.tenant(actor.tenant) as connection:
        return await Connectors(connection, actor, clock(), folder).add(data)


@delete(_ROOT + "/{id:str}", opt=ASK)
async def remove_connector(id: Id, actor: Asker, database: Store, folder: Folder, clock: Now) -> None:
    async with database.tenant(actor.tenant) as connection:
        await Connectors(connection, actor, clock(), folder).remove(id)


@get(_ROOT + "/{id:str}/catalogue", opt=ASK)
async def show_catalogue(
    id: Id, actor: Asker, database: Store, folder: Folder, outgoing: TheOutgoing, clock: Now, dataset: Dataset = None
) -> Json:  # fmt: skip
    """As its provider tells it now: the first page, or one dataset."""
    async with database.tenant(actor.tenant) as connection:
        known = await Connectors(connection, actor, clock(), folder).mine(id)
        headers = await authorization(connection, folder, actor.tenant, id)
    if dataset is not None:
        return await dataset_of(outgoing, known, headers, dataset)
    return await catalogue_of(outgoing, known, headers)


@post(_ROOT + "/{id:str}/negotiations", opt=ASK, status_code=202)
async def begin_negotiation(
    id: Id, data: JSONBody[Wanted], actor: Asker, database: Store, desks: TheDesks, outgoing: TheOutgoing, clock: Now
) -> NegotiationView:  # fmt: skip
    """Asks by the offer that the catalogue there makes, or by one's own."""
    async with database.tenant(actor.tenant) as connection:
        known = await Connectors(connection, actor, clock(), desks.folder).mine(id)
        headers = await authorization(connection, desks.folder, actor.tenant, id)
    offer = data.offer or _first_offer(await dataset_of(outgoing, known, headers, data.dataset))
    to = Counterpart(consumer=known.organisation, address=known.url, connector=known.id)
    async with database.tenant(actor.tenant) as connection:
        made = await _consumer(connection, actor, desks, clock).request(to, data.dataset, offer)
    return negotiation_view(made)


@get(_NEGOTIATIONS, opt=READ)
async def list_negotiations(
    actor: Asker, database: Store, after: After = None, limit: Limit = 50
) -> NegotiationPage:
    async with database.tenant(actor.tenant) as connection:
        found, next = await _page(connection, actor, NegotiationRow, after, limit)
    return NegotiationPage(items=tuple(map(negotiation_view, found)), next=next)


@get(_NEGOTIATIONS + "/{pid:str}", opt=READ)
async def show_negotiation(
    pid: Pid, actor: Asker, database: Store, desks: TheDesks, clock: Now
) -> NegotiationView:
    async with database.tenant(actor.tenant) as connection:
        desk = _consumer(connection, actor, desks, clock)
        return negotiation_view(await desk.mine(NegotiationRow, pid, "share.read"))


@post(_NEGOTIATIONS + "/{pid:str}/acts", opt=ASK, status_code=202)
async def act_on_negotiation(
    pid: Pid, data: JSONBody[Acting], actor: Asker, database: Store, desks: TheDesks, clock: Now
) -> NegotiationView:
    """The state follows once the other side has heard it."""
    async with database.tenant(actor.tenant) as connection:
        desk = _consumer(connection, actor, desks, clock)
        found = await desk.mine(NegotiationRow, pid, "share.request")
        if data.act is NegotiationAct.COUNTER:
            if data.offer is None:
                raise Invalid("exchange.dataspace.member", member="offer")
            return negotiation_view(await desk.counter(found, data.offer))
        return negotiation_view(await desk.say(found, said_by(data.act)))


@post(_NEGOTIATIONS + "/{pid:str}/transfers", opt=USE, status_code=202)
async def begin_transfer(
    pid: Pid, actor: Asker, database: Store, desks: TheDesks, clock: Now
) -> TransferView:
    """Of the data of its agreement. Raises Conflict before it is final."""
    async with database.tenant(actor.tenant) as connection:
        desk = _consumer(connection, actor, desks, clock)
        found = await desk.mine(NegotiationRow, pid, "share.use")
        if found.agreement is None or found.state != "FINALIZED":
            raise Conflict("exchange.dataspace.not_final", id=pid, state=found.state.value)
        to = Counterpart(consumer=found.consumer, address=found.address, connector=found.connector)
        return transfer_view(await desk.start(to, str(found.agreement["@id"]), found.dataset, HTTP_PULL))


@get(_TRANSFERS, opt=READ)
async def list_transfers(
    actor: Asker, database: Store, after: After = None, limit: Limit = 50
) -> TransferPage:
    async with database.tenant(actor.tenant) as connection:
        found, next = await _page(connection, actor, TransferRow, after, limit)
    return TransferPage(items=tuple(map(transfer_view, found)), next=next)


@get(_TRANSFERS + "/{pid:str}", opt=READ)
async def show_transfer(pid: Pid, actor: Asker, database: Store, desks: TheDesks, clock: Now) -> TransferView:
    async with database.tenant(actor.tenant) as connection:
        desk = _consumer(connection, actor, desks, clock)
        return transfer_view(await desk.mine(TransferRow, pid, "share.read"))


@post(_TRANSFERS + "/{pid:str}/acts", opt=USE, status_code=202)
async def act_on_transfer(
    pid: Pid, data: JSONBody[Moving], actor: Asker, database: Store, desks: TheDesks, clock: Now
) -> TransferView:
    async with database.tenant(actor.tenant) as connection:
        desk = _consumer(connection, actor, desks, clock)
        found = await desk.mine(TransferRow, pid, "share.use")
        return transfer_view(await desk.say(found, said_by(data.act)))


@get(_TRANSFERS + "/{pid:str}/data", opt=USE)
async def fetch_data(
    pid: Pid, actor: Asker, database: Store, desks: TheDesks, outgoing: TheOutgoing, clock: Now
) -> Stream:
    """What the provider gives, as it gives it. Raises Conflict while the transfer is not started."""
    async with database.tenant(actor.tenant) as connection:
        desk = _consumer(connection, actor, desks, clock)
        found = await desk.mine(TransferRow, pid, "share.use")
        endpoint_of(found)
        headers = await authorization(connection, desks.folder, actor.tenant, found.connector)
    incoming = await pulled(outgoing, database, actor, found, headers)
    return Stream(incoming.stream(), media_type=incoming.media_type)


def _consumer(connection: Connection, actor: Actor, desks: Desks, clock: Clock) -> Consumer:
    now = clock()
    return Consumer(connection, actor, now, desks.consumer(connection, actor, now))


async def _page(
    connection: Connection, actor: Actor, kind: type[Kind], after: str | None, limit: int
) -> tuple[list[Kind], str | None]:
    place = place_in_time(after, refusal="exchange.token")
    found = await _sql.listed(connection, kind, bodies_of(actor), after=place, limit=limit + 1)
    more = page_token((found[limit - 1].created, found[limit - 1].pid)) if len(found) > limit else None
    return found[:limit], more


def _first_offer(dataset: Json) -> Json:
    """Raises Conflict where the provider offers nothing."""
    offers = dataset.get("hasPolicy")
    first = offers[0] if isinstance(offers, list) and offers else offers
    if not isinstance(first, dict):
        raise Conflict("exchange.dataspace.no_offer", id=str(dataset.get("@id", ""))[:80])
    return first


routes = (
    list_connectors, add_connector, remove_connector, show_catalogue, begin_negotiation, list_negotiations, show_negotiation,
    act_on_negotiation, begin_transfer, list_transfers, show_transfer, act_on_transfer, fetch_data,
)  # fmt: skip
