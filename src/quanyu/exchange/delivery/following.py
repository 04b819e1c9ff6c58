"""Whether something has come that a contract gives, waited for with an eye on the contract."""

import asyncio

from quanyu.core.actor import Actor
from quanyu.core.errors import NotFound
from quanyu.exchange.contracts import _sql as contracts_sql
from quanyu.exchange.contracts.model import why_not
from quanyu.exchange.delivery.changes import Mark
from quanyu.exchange.delivery.service import Deliveries
from quanyu.exchange.parties import resource
from quanyu.exchange.policy import Way
from quanyu.identity import AccessDenied

_LOOK_SECONDS = 0.4


async def comes(deliveries: Deliveries, actor: Actor, id: str, after: str | None, *, wait: int) -> bool:
    """Whether a contract has changes after a mark within so many seconds. Raises AccessDenied once it gives nothing, NotFound."""
    mark, deadline = Mark.read(after), _now() + wait
    while True:
        async with deliveries.database.tenant(actor.tenant) as connection:
            contract = await contracts_sql.contract(connection, id)
            if contract is None:
                raise NotFound("exchange.unknown", id=id[:40])
            used = await contracts_sql.usage(connection, id)
            version = await contracts_sql.version_of(connection, contract.dataset)
        if refusal := why_not(contract, used, Way.CHANGES, deliveries.clock()):
            raise AccessDenied(actor, "share.use", resource(actor, id, contract.provider), refusal)
        if mark is None or not mark.is_up_to_date(contract, version):
            return True
        if _now() >= deadline:
            return False
        await asyncio.sleep(_LOOK_SECONDS)


def _now() -> float:
    return asyncio.get_running_loop().time()
