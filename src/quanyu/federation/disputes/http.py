"""Disputes of data that came from another node."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody, PathParameter
from litestar.status_codes import HTTP_202_ACCEPTED

from quanyu.core.actor import Actor
from quanyu.core.errors import Invalid, NotFound
from quanyu.exchange import exhibits
from quanyu.exchange.delivery.questions import Inquiry, Page, records_sql
from quanyu.exchange.disputes.model import Doubt
from quanyu.exchange.http.disputes import exhibit_answer
from quanyu.exchange.policy import Terms, Way
from quanyu.federation.courier import Courier
from quanyu.federation.disputes.model import RemoteDispute, dispute_of
from quanyu.federation.disputes.service import DISPUTES, act, raise_, raised
from quanyu.federation.http import Asker, Carrier, NodeId, Now, Store
from quanyu.federation.links import _sql as links
from quanyu.federation.messages import Mail
from quanyu.federation.sharing.http import asked_seen
from quanyu.federation.sharing.model import Asked
from quanyu.federation.sharing.questions import put
from quanyu.govern.imports.records import Condition
from quanyu.store import Connection

_ROOT = "/api/v1/asked/{number:str}/disputes"

DisputeId = Annotated[str, PathParameter(max_length=60)]
ExhibitId = Annotated[str, PathParameter(max_length=64)]


class DisputeActForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """agree, object, withdraw."""

    act: Annotated[str, msgspec.Meta(max_length=40)]
    reason: Annotated[str, msgspec.Meta(max_length=20_000)] = ""


class RemoteDisputes(msgspec.Struct, frozen=True, kw_only=True):
    items: tuple[RemoteDispute, ...]


@post(_ROOT, opt={"action": "share.request"}, status_code=HTTP_202_ACCEPTED)
async def dispute_asked(
    number: NodeId, data: JSONBody[Doubt], actor: Asker, database: Store, courier: Carrier, clock: Now
) -> RemoteDispute:
    """The record is read once more under the contract, which is a call; the exhibits travel in the message."""
    if not data.evidence.strip():
        raise Invalid("exchange.dispute.evidence")
    async with database.tenant(actor.tenant) as connection:
        found = await asked_seen(connection, actor, number, "share.request")
    current = await _current(courier, actor, found, data)
    async with database.tenant(actor.tenant) as connection:
        return await raise_(_mail(connection, actor, courier, clock()), actor, found, data, current)


@get(_ROOT, opt={"action": "share.read"})
async def list_asked_disputes(number: NodeId, actor: Asker, database: Store) -> RemoteDisputes:
    """The newest first."""
    async with database.tenant(actor.tenant) as connection:
        await asked_seen(connection, actor, number, "share.read")
        return RemoteDisputes(
            items=tuple(map(dispute_of, await links.under(connection, DISPUTES.kind, number)))
        )


@get(_ROOT + "/{dispute:str}/exhibits/{exhibit:str}", opt={"action": "share.read"})
async def show_asked_exhibit(
    number: NodeId, dispute: DisputeId, exhibit: ExhibitId, actor: Asker, database: Store
) -> Response[bytes]:
    async with database.tenant(actor.tenant) as connection:
        await asked_seen(connection, actor, number, "share.read")
        found = await _under(connection, number, dispute)
        one, content = await exhibits.content(connection, found.exhibits, exhibit)
    return exhibit_answer(one, content)


@post(_ROOT + "/{dispute:str}/acts", opt={"action": "share.request"}, status_code=HTTP_202_ACCEPTED)
async def act_on_asked_dispute(
    number: NodeId, dispute: DisputeId, data: JSONBody[DisputeActForm], actor: Asker, database: Store, courier: Carrier,
    clock: Now,
) -> RemoteDispute:  # fmt: skip
    async with database.tenant(actor.tenant) as connection:
        await asked_seen(connection, actor, number, "share.request")
        await _under(connection, number, dispute)
        return await act(_mail(connection, actor, courier, clock()), actor, dispute, data.act, data.reason)


async def _under(connection: Connection, number: str, dispute: str) -> RemoteDispute:
    """Raises NotFound, also for one of another request."""
    found = await raised(connection, dispute)
    if found.asked != number:
        raise NotFound("federation.dispute.unknown", id=dispute[:40])
    return found


async def _current(courier: Courier, actor: Actor, asked: Asked, said: Doubt) -> str | None:
    """The disputed field as the owner's node gives it. Raises Invalid where not exactly one record is meant."""
    terms = asked.shown.contract.terms if asked.shown and asked.shown.contract else None
    if terms is None or said.field not in terms.columns:
        raise Invalid("exchange.dispute.field", column=said.field[:80])
    rows = await (await put(courier, actor, asked, _record(asked.dataset, terms, said))).records()
    if len(rows) != 1:
        raise Invalid("exchange.dispute.record", number=len(rows))
    value = next(iter(rows[0].values()))
    return None if value is None else str(value)


def _record(dataset: str, terms: Terms, said: Doubt) -> Inquiry:
    """By a way that the contract allows."""
    purpose = f"dispute of {said.field}"
    if Way.RECORDS in terms.ways:
        filters = tuple(f"{column}:eq:{value}" for column, value in said.record.items())
        return Inquiry(way=Way.RECORDS, columns=(said.field,), filters=filters, limit=2, purpose=purpose)
    named = [Condition(column, "eq", value) for column, value in said.record.items()]
    sql = records_sql(dataset, terms, columns=[said.field], conditions=named, page=Page(0, 2, 0))
    return Inquiry(sql=sql, purpose=purpose)


def _mail(connection: Connection, actor: Actor, courier: Courier, now: datetime) -> Mail:
    return Mail(connection, actor.tenant, courier.folder, now)


routes = (dispute_asked, list_asked_disputes, show_asked_exhibit, act_on_asked_dispute)
