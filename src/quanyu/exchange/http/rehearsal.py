"""Where a conformance kit asks this node to begin as consumer; only where a rehearsal is set, in development mode."""

from typing import Any

import msgspec
from litestar import Response, post
from litestar.params import JSONBody

from quanyu.core.errors import NotFound
from quanyu.exchange.dataspace.consumer import Counterpart
from quanyu.exchange.dataspace.desks import Desks
from quanyu.exchange.dataspace.model import Json, NegotiationRow, TransferRow
from quanyu.exchange.dataspace.protocol import HTTP_PULL, PATH
from quanyu.exchange.http.asking import Asker, Now, Store, TheDesks
from quanyu.exchange.http.spoken import Spoken
from quanyu.exchange.parties import acts_for

_ROOT = PATH + "/rehearsal"


class Signal(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """As conformance kits of the protocol send it."""

    connector_address: str
    provider_id: str = ""
    dataset_id: str = ""
    offer_id: str = ""
    agreement_id: str = ""
    format: str = HTTP_PULL


@post(_ROOT + "/negotiations", opt={"action": "share.request"}, status_code=200, include_in_schema=False)
async def begin_negotiation(
    data: JSONBody[Signal], actor: Asker, database: Store, desks: TheDesks, clock: Now
) -> Response[Json]:
    _check_rehearsed(desks, data.dataset_id)
    to = Counterpart(consumer=acts_for(actor, None, "share.request"), address=data.connector_address)
    offer: dict[str, Any] = {"@id": data.offer_id, "permission": [{"action": "use", "constraint": []}]}
    asked = Spoken(actor, database, desks, clock)
    return await asked.answered(
        NegotiationRow, lambda connection: asked.consumer(connection).request(to, data.dataset_id, offer)
    )


@post(_ROOT + "/transfers", opt={"action": "share.use"}, status_code=200, include_in_schema=False)
async def begin_transfer(
    data: JSONBody[Signal], actor: Asker, database: Store, desks: TheDesks, clock: Now
) -> Response[Json]:
    _check_rehearsed(desks, data.agreement_id)
    to = Counterpart(consumer=acts_for(actor, None, "share.use"), address=data.connector_address)
    asked = Spoken(actor, database, desks, clock)
    return await asked.answered(
        TransferRow,
        lambda connection: asked.consumer(connection).start(to, data.agreement_id, "", data.format),
    )


def _check_rehearsed(desks: Desks, key: str) -> None:
    if desks.rehearsal is None or not desks.rehearsal.plays(key):
        raise NotFound("exchange.unknown", id=key[:40])


routes = (begin_negotiation, begin_transfer)
