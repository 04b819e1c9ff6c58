"""The Dataspace Protocol 2025-1 over HTTPS, as provider. Whoever asks is known by their token; errors are those of the protocol."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from quanyu.core.errors import Invalid, NotFound
from quanyu.exchange.dataspace import messages
from quanyu.exchange.dataspace.catalogue import catalogue as shown_catalogue
from quanyu.exchange.dataspace.catalogue import dataset as shown_dataset
from quanyu.exchange.dataspace.model import Json, NegotiationRow, TransferRow
from quanyu.exchange.dataspace.protocol import CONTEXT, PATH, VERSION, Message
from quanyu.exchange.http.asking import After, Asker, Name, Now, Store, TheDesks
from quanyu.exchange.http.spoken import EVENT, TRANSFER_STEPS, Spoken, in_words_of, refused
from quanyu.govern.catalogue import listing, service
from quanyu.govern.catalogue.search import Query
from quanyu.govern.catalogue.view import view_of

CATALOGUE = {"action": "catalogue.read"}
NEGOTIATE = {"action": "share.request"}
TRANSFER = {"action": "share.use"}
_PAGE = 100
_NEGOTIATION_WORDS = in_words_of("ContractNegotiationError")
_TRANSFER_WORDS = in_words_of("TransferError")
_CATALOG_WORDS = in_words_of("CatalogError")
_NEGOTIATIONS, _TRANSFERS = PATH + "/negotiations", PATH + "/transfers"

AnyRequest = Request[Any, Any, Any]
Pid = Annotated[str, PathParameter(max_length=200)]
Said = JSONBody[dict[str, Any]]
PageSize = Annotated[int, QueryParameter(ge=1, le=_PAGE)]


@get("/.well-known/dspace-version", opt={"action": "public"}, include_in_schema=False)
async def version() -> Json:
    return {"protocolVersions": [{"version": VERSION, "path": PATH, "binding": "HTTPS"}]}


@post(
    PATH + "/catalog/request",
    opt=CATALOGUE,
    status_code=200,
    include_in_schema=False,
    exception_handlers=_CATALOG_WORDS,
)
async def catalogue(
    data: Said,
    request: AnyRequest,
    actor: Asker,
    database: Store,
    clock: Now,
    after: After = None,
    limit: PageSize = _PAGE,
) -> Response[Json]:
    """A page of what is shared; the next one is in the Link header. A filter is not understood, and said so (6.2.1)."""
    try:
        messages.check(data, "CatalogRequestMessage")
        if data.get("filter"):
            raise Invalid("exchange.dataspace.member", member="filter")
    except Invalid as error:
        return refused("CatalogError", error, actor.language)
    async with database.tenant(actor.tenant) as connection:
        page = await listing.find(connection, Query(), view_of(actor), after=after, limit=limit)
    shown = [one for one in page.entries if one.is_shared]
    body = shown_catalogue(
        shown, base=_base(request), participant=f"urn:quanyu:{actor.tenant}", asked_at=clock()
    )
    link = f'<{request.url.path}?after={page.next}&limit={limit}>; rel="next"' if page.next else None
    return Response(body, headers={"link": link} if link else {})


@get(
    PATH + "/catalog/datasets/{name:str}",
    opt=CATALOGUE,
    include_in_schema=False,
    exception_handlers=_CATALOG_WORDS,
)
async def dataset(
    name: Name, request: AnyRequest, actor: Asker, database: Store, clock: Now
) -> Response[Json]:
    async with database.tenant(actor.tenant) as connection:
        try:
            entry = await service.find_visible(connection, name, view_of(actor))
        except NotFound as error:
            return refused("CatalogError", error, actor.language)
    if not entry.is_shared:
        return refused("CatalogError", NotFound("govern.catalogue.unknown", name=name), actor.language)
    found = shown_dataset(entry, base=_base(request), asked_at=clock())
    return Response({"@context": [CONTEXT], **found})


@post(
    _NEGOTIATIONS + "/request",
    opt=NEGOTIATE,
    status_code=201,
    include_in_schema=False,
    exception_handlers=_NEGOTIATION_WORDS,
)
async def begin_negotiation(
    data: Said, actor: Asker, database: Store, desks: TheDesks, clock: Now
) -> Response[Json]:
    asked = Spoken(actor, database, desks, clock)
    return await asked.answered(
        NegotiationRow, lambda connection: asked.provider(connection).request(data), status=201, body=data
    )


@get(
    _NEGOTIATIONS + "/{pid:str}",
    opt=NEGOTIATE,
    include_in_schema=False,
    exception_handlers=_NEGOTIATION_WORDS,
)
async def show_negotiation(
    pid: Pid, actor: Asker, database: Store, desks: TheDesks, clock: Now
) -> Response[Json]:
    return await Spoken(actor, database, desks, clock).asked(NegotiationRow, pid)


@post(
    _NEGOTIATIONS + "/{pid:str}/request",
    opt=NEGOTIATE,
    status_code=200,
    include_in_schema=False,
    exception_handlers=_NEGOTIATION_WORDS,
)
async def counter_negotiation(
    pid: Pid, data: Said, actor: Asker, database: Store, desks: TheDesks, clock: Now
) -> Response[Json]:
    asked = Spoken(actor, database, desks, clock)
    return await asked.heard(NegotiationRow, pid, "ContractRequestMessage", Message.REQUEST, data)


@post(
    _NEGOTIATIONS + "/{pid:str}/events",
    opt=NEGOTIATE,
    status_code=200,
    include_in_schema=False,
    exception_handlers=_NEGOTIATION_WORDS,
)
async def accept_offer(
    pid: Pid, data: Said, actor: Asker, database: Store, desks: TheDesks, clock: Now
) -> Response[Json]:
    """A consumer may only say ACCEPTED."""
    asked = Spoken(actor, database, desks, clock)
    said = {**data, "@type": data.get("@type") if data.get("eventType") == "ACCEPTED" else ""}
    return await asked.heard(NegotiationRow, pid, EVENT, Message.ACCEPT, said)


@post(
    _NEGOTIATIONS + "/{pid:str}/agreement/verification",
    opt=NEGOTIATE,
    status_code=200,
    include_in_schema=False,
    exception_handlers=_NEGOTIATION_WORDS,
)
async def verify_agreement(
    pid: Pid, data: Said, actor: Asker, database: Store, desks: TheDesks, clock: Now
) -> Response[Json]:
    asked = Spoken(actor, database, desks, clock)
    return await asked.heard(
        NegotiationRow, pid, "ContractAgreementVerificationMessage", Message.VERIFY, data
    )


@post(
    _NEGOTIATIONS + "/{pid:str}/termination",
    opt=NEGOTIATE,
    status_code=200,
    include_in_schema=False,
    exception_handlers=_NEGOTIATION_WORDS,
)
async def end_negotiation(
    pid: Pid, data: Said, actor: Asker, database: Store, desks: TheDesks, clock: Now
) -> Response[Json]:
    asked = Spoken(actor, database, desks, clock)
    return await asked.heard(
        NegotiationRow, pid, "ContractNegotiationTerminationMessage", Message.TERMINATE, data
    )


@post(
    _TRANSFERS + "/request",
    opt=TRANSFER,
    status_code=201,
    include_in_schema=False,
    exception_handlers=_TRANSFER_WORDS,
)
async def begin_transfer(
    data: Said, actor: Asker, database: Store, desks: TheDesks, clock: Now
) -> Response[Json]:
    asked = Spoken(actor, database, desks, clock)
    return await asked.answered(
        TransferRow, lambda connection: asked.provider(connection).start(data), status=201, body=data
    )


@get(_TRANSFERS + "/{pid:str}", opt=TRANSFER, include_in_schema=False, exception_handlers=_TRANSFER_WORDS)
async def show_transfer(
    pid: Pid, actor: Asker, database: Store, desks: TheDesks, clock: Now
) -> Response[Json]:
    return await Spoken(actor, database, desks, clock).asked(TransferRow, pid)


@post(
    _TRANSFERS + "/{pid:str}/{step:str}",
    opt=TRANSFER,
    status_code=200,
    include_in_schema=False,
    exception_handlers=_TRANSFER_WORDS,
)
async def move_transfer(
    pid: Pid, step: Pid, data: Said, actor: Asker, database: Store, desks: TheDesks, clock: Now
) -> Response[Json]:
    """start, completion, suspension or termination."""
    if step not in TRANSFER_STEPS:
        return refused("TransferError", NotFound("exchange.request.act", act=step[:40]), actor.language)
    return await Spoken(actor, database, desks, clock).heard(TransferRow, pid, *TRANSFER_STEPS[step], data)


def _base(request: AnyRequest) -> str:
    return str(request.base_url).rstrip("/")


routes = (
    version, catalogue, dataset, begin_negotiation, show_negotiation, counter_negotiation, accept_offer, verify_agreement,
    end_negotiation, begin_transfer, show_transfer, move_transfer,
)  # fmt: skip
