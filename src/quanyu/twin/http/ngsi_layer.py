"""The layer between a request and its operation (ETSI GS CIM 009, 4.3.6): whether sources have to do with it, and how.

Without registrations, and with `local=true`, a request passes as it came. Retrieval and queries of entities and of their
past ask sources themselves (`ngsi_federated`, `ngsi_temporal_sources`), because only they know what they filter and show.
"""

from dataclasses import replace

from quanyu.twin.http.ngsi_branch import HEADER, enter
from quanyu.twin.http.ngsi_consulted import sees_all
from quanyu.twin.http.ngsi_distributed import changed
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Operation
from quanyu.twin.http.ngsi_joined import JOINTS, joint_answer
from quanyu.twin.registrations.changes import CHANGE_AT


async def answered(exchange: Exchange, operation: Operation) -> Answer:
    """The answer of an operation, with everything that sources have to do with it; in a branch they have nothing."""
    if exchange.header(HEADER):
        return await operation.answer(await enter(exchange, operation))
    answer = await _answered(exchange, operation)
    return replace(answer, headers=(*answer.headers, *exchange.warnings)) if exchange.warnings else answer


async def _answered(exchange: Exchange, operation: Operation) -> Answer:
    key = (operation.method, operation.path)
    sources = exchange.door.sources
    if (
        sources is None
        or exchange.parameters.get("local") == "true"
        or not (key in CHANGE_AT or key in JOINTS)
    ):
        return await operation.answer(exchange)
    if not len(await sources.index(exchange.actor.tenant)):
        return await operation.answer(exchange)
    if key in CHANGE_AT:
        return await changed(exchange, operation, CHANGE_AT[key])
    if not await sees_all(exchange):
        return await operation.answer(exchange)
    return await joint_answer(exchange, operation, JOINTS[key])
