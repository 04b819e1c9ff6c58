"""The Dataspace Protocol 2025-1 over HTTPS, as consumer: where providers call back. Whoever knows the secret in the address is the
provider that it was told to; nobody else was.
"""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.params import JSONBody, PathParameter

from quanyu.core.actor import Actor, system_actor
from quanyu.core.errors import NotFound
from quanyu.exchange.dataspace.model import Json, NegotiationRow, TransferRow
from quanyu.exchange.dataspace.protocol import PATH, Message
from quanyu.exchange.http.asking import Asker, Now, Store, TheDesks
from quanyu.exchange.http.spoken import EVENT, TRANSFER_STEPS, Spoken, in_words_of, refused

_ROOT = PATH + "/callbacks/{secret:str}"
_OPEN = {"action": "node.exchange"}
_NEGOTIATION_WORDS = in_words_of("ContractNegotiationError")
_TRANSFER_WORDS = in_words_of("TransferError")

Pid = Annotated[str, PathParameter(max_length=200)]
Said = JSONBody[dict[str, Any]]


@get(
    _ROOT + "/negotiations/{pid:str}",
    opt=_OPEN,
    include_in_schema=False,
    exception_handlers=_NEGOTIATION_WORDS,
)
async def show_negotiation(
    secret: Pid, pid: Pid, actor: Asker, database: Store, desks: TheDesks, clock: Now
) -> Response[Json]:
    asked = Spoken(_node(actor), database, desks, clock)
    return await asked.answered(
        NegotiationRow, lambda connection: asked.consumer(connection).called_back(NegotiationRow, secret, pid)
    )


@post(
    _ROOT + "/negotiations/{pid:str}/offers",
    opt=_OPEN,
    status_code=200,
    include_in_schema=False,
    exception_handlers=_NEGOTIATION_WORDS,
)
async def hear_offer(
    secret: Pid, pid: Pid, data: Said, actor: Asker, database: Store, desks: TheDesks, clock: Now
) -> Response[Json]:
    asked = Spoken(_node(actor), database, desks, clock)
    return await asked.called_back(NegotiationRow, secret, pid, "ContractOfferMessage", Message.OFFER, data)


@post(
    _ROOT + "/negotiations/{pid:str}/agreement",
    opt=_OPEN,
    status_code=200,
    include_in_schema=False,
    exception_handlers=_NEGOTIATION_WORDS,
)
async def hear_agreement(
    secret: Pid, pid: Pid, data: Said, actor: Asker, database: Store, desks: TheDesks, clock: Now
) -> Response[Json]:
    asked = Spoken(_node(actor), database, desks, clock)
    return await asked.called_back(
        NegotiationRow, secret, pid, "ContractAgreementMessage", Message.AGREE, data
    )


@post(
    _ROOT + "/negotiations/{pid:str}/events",
    opt=_OPEN,
    status_code=200,
    include_in_schema=False,
    exception_handlers=_NEGOTIATION_WORDS,
)
async def hear_event(
    secret: Pid, pid: Pid, data: Said, actor: Asker, database: Store, desks: TheDesks, clock: Now
) -> Response[Json]:
    """A provider may only say FINALIZED."""
    asked = Spoken(_node(actor), database, desks, clock)
    said = {**data, "@type": data.get("@type") if data.get("eventType") == "FINALIZED" else ""}
    return await asked.called_back(NegotiationRow, secret, pid, EVENT, Message.FINALIZE, said)


@post(
    _ROOT + "/negotiations/{pid:str}/termination",
    opt=_OPEN,
    status_code=200,
    include_in_schema=False,
    exception_handlers=_NEGOTIATION_WORDS,
)
async def hear_end(
    secret: Pid, pid: Pid, data: Said, actor: Asker, database: Store, desks: TheDesks, clock: Now
) -> Response[Json]:
    asked = Spoken(_node(actor), database, desks, clock)
    type_ = "ContractNegotiationTerminationMessage"
    return await asked.called_back(NegotiationRow, secret, pid, type_, Message.TERMINATE, data)


@get(_ROOT + "/transfers/{pid:str}", opt=_OPEN, include_in_schema=False, exception_handlers=_TRANSFER_WORDS)
async def show_transfer(
    secret: Pid, pid: Pid, actor: Asker, database: Store, desks: TheDesks, clock: Now
) -> Response[Json]:
    asked = Spoken(_node(actor), database, desks, clock)
    return await asked.answered(
        TransferRow, lambda connection: asked.consumer(connection).called_back(TransferRow, secret, pid)
    )


@post(
    _ROOT + "/transfers/{pid:str}/{step:str}",
    opt=_OPEN,
    status_code=200,
    include_in_schema=False,
    exception_handlers=_TRANSFER_WORDS,
)
async def hear_transfer(
    secret: Pid, pid: Pid, step: Pid, data: Said, actor: Asker, database: Store, desks: TheDesks, clock: Now
) -> Response[Json]:
    """start, completion, suspension or termination."""
    if step not in TRANSFER_STEPS:
        return refused("TransferError", NotFound("exchange.request.act", act=step[:40]), actor.language)
    asked = Spoken(_node(actor), database, desks, clock)
    return await asked.called_back(TransferRow, secret, pid, *TRANSFER_STEPS[step], data)


def _node(actor: Actor) -> Actor:
    """What a provider says is noted by the node itself."""
    return system_actor(actor.tenant, "dataspace")


routes = (
    show_negotiation, hear_offer, hear_agreement, hear_event, hear_end, show_transfer, hear_transfer,
)  # fmt: skip
