"""The Dataspace Protocol 2025-1 over HTTPS, as provider. Whoever asks is known by their token; errors are those of the protocol."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from litestar import Request, Response, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.core.errors import Conflict, Invalid, NotFound, QuanyuError
from quanyu.exchange.dataspace import messages
from quanyu.exchange.dataspace._sql import NegotiationRow, TransferRow
from quanyu.exchange.dataspace.messages import Json
from quanyu.exchange.dataspace.protocol import CONTEXT, PATH, VERSION, Message
from quanyu.exchange.dataspace.service import Dataspace
from quanyu.exchange.http.asking import After, Asker, Folder, Name, Now, Store
from quanyu.govern.catalogue import listing, service
from quanyu.govern.catalogue.search import Query
from quanyu.govern.catalogue.view import view_of
from quanyu.store import Database

CATALOGUE = {"action": "catalogue.read"}
NEGOTIATE = {"action": "share.request"}
TRANSFER = {"action": "share.use"}
_PAGE = 100

Row = TypeVar("Row", NegotiationRow, TransferRow)

AnyRequest = Request[Any, Any, Any]
Pid = Annotated[str, PathParameter(max_length=200)]
PageSize = Annotated[int, QueryParameter(ge=1, le=_PAGE)]


@get("/.well-known/dspace-version", opt={"action": "public"}, include_in_schema=False)
async def version() -> Json:
    return {"protocolVersions": [{"version": VERSION, "path": PATH, "binding": "HTTPS"}]}


@post(PATH + "/catalog/request", opt=CATALOGUE, status_code=200, include_in_schema=False)
async def catalogue(
    request: AnyRequest,
    actor: Asker,
    database: Store,
    clock: Now,
    after: After = None,
    limit: PageSize = _PAGE,
) -> Response[Json]:
    """A page of what is shared; the next one is in the Link header."""
    async with database.tenant(actor.tenant) as connection:
        page = await listing.find(connection, Query(), view_of(actor), after=after, limit=limit)
    shown = [one for one in page.entries if one.is_shared]
    body = messages.catalogue(
        shown, base=_base(request), participant=f"urn:quanyu:{actor.tenant}", asked_at=clock()
    )
    link = f'<{request.url.path}?after={page.next}&limit={limit}>; rel="next"' if page.next else None
    return Response(body, headers={"link": link} if link else {})


@get(PATH + "/catalog/datasets/{name:str}", opt=CATALOGUE, include_in_schema=False)
async def dataset(
    name: Name, request: AnyRequest, actor: Asker, database: Store, clock: Now
) -> Response[Json]:
    async with database.tenant(actor.tenant) as connection:
        try:
            entry = await service.find_visible(connection, name, view_of(actor))
        except NotFound as error:
            return _refused("CatalogError", error, actor.language)
    if not entry.is_shared:
        return _refused("CatalogError", NotFound("govern.catalogue.unknown", name=name), actor.language)
    found = messages.dataset(entry, base=_base(request), asked_at=clock())
    return Response({"@context": [CONTEXT], **found})


@post(PATH + "/negotiations/request", opt=NEGOTIATE, status_code=201, include_in_schema=False)
async def begin_negotiation(
    data: JSONBody[dict[str, Any]],
    request: AnyRequest,
    actor: Asker,
    database: Store,
    folder: Folder,
    clock: Now,
) -> Response[Json]:
    asked = _Asked(actor, database, folder, clock, _base(request))
    return await asked.negotiation(lambda desk: desk.request(data), status=201)


@get(PATH + "/negotiations/{pid:str}", opt=NEGOTIATE, include_in_schema=False)
async def show_negotiation(
    pid: Pid, request: AnyRequest, actor: Asker, database: Store, folder: Folder, clock: Now
) -> Response[Json]:
    asked = _Asked(actor, database, folder, clock, _base(request))
    return await asked.negotiation(lambda desk: desk.negotiation(pid))


@post(PATH + "/negotiations/{pid:str}/request", opt=NEGOTIATE, status_code=200, include_in_schema=False)
async def counter_negotiation(
    pid: Pid, data: JSONBody[dict[str, Any]], request: AnyRequest, actor: Asker, database: Store, folder: Folder, clock: Now
) -> Response[Json]:  # fmt: skip
    asked = _Asked(actor, database, folder, clock, _base(request))
    return await asked.negotiation(lambda desk: desk.counter(pid, data))


@post(PATH + "/negotiations/{pid:str}/events", opt=NEGOTIATE, status_code=200, include_in_schema=False)
async def accept_offer(
    pid: Pid, data: JSONBody[dict[str, Any]], request: AnyRequest, actor: Asker, database: Store, folder: Folder, clock: Now
) -> Response[Json]:  # fmt: skip
    """A consumer may only say ACCEPTED."""
    if data.get("eventType") != "ACCEPTED":
        wrong = Invalid("exchange.dataspace.member", member="eventType")
        return _refused("ContractNegotiationError", wrong, actor.language)
    asked = _Asked(actor, database, folder, clock, _base(request))
    return await asked.negotiation(lambda desk: desk.accept(pid))


@post(
    PATH + "/negotiations/{pid:str}/agreement/verification",
    opt=NEGOTIATE,
    status_code=200,
    include_in_schema=False,
)
async def verify_agreement(
    pid: Pid, request: AnyRequest, actor: Asker, database: Store, folder: Folder, clock: Now
) -> Response[Json]:
    asked = _Asked(actor, database, folder, clock, _base(request))
    return await asked.negotiation(lambda desk: desk.verify(pid))


@post(PATH + "/negotiations/{pid:str}/termination", opt=NEGOTIATE, status_code=200, include_in_schema=False)
async def end_negotiation(
    pid: Pid, request: AnyRequest, actor: Asker, database: Store, folder: Folder, clock: Now
) -> Response[Json]:
    asked = _Asked(actor, database, folder, clock, _base(request))
    return await asked.negotiation(lambda desk: desk.terminate(pid))


@post(PATH + "/transfers/request", opt=TRANSFER, status_code=201, include_in_schema=False)
async def begin_transfer(
    data: JSONBody[dict[str, Any]],
    request: AnyRequest,
    actor: Asker,
    database: Store,
    folder: Folder,
    clock: Now,
) -> Response[Json]:
    asked = _Asked(actor, database, folder, clock, _base(request))
    return await asked.transfer(lambda desk: desk.start(data), status=201)


@get(PATH + "/transfers/{pid:str}", opt=TRANSFER, include_in_schema=False)
async def show_transfer(
    pid: Pid, request: AnyRequest, actor: Asker, database: Store, folder: Folder, clock: Now
) -> Response[Json]:
    asked = _Asked(actor, database, folder, clock, _base(request))
    return await asked.transfer(lambda desk: desk.transfer(pid))


@post(PATH + "/transfers/{pid:str}/{step:str}", opt=TRANSFER, status_code=200, include_in_schema=False)
async def move_transfer(
    pid: Pid, step: Pid, request: AnyRequest, actor: Asker, database: Store, folder: Folder, clock: Now
) -> Response[Json]:
    """start, completion, suspension or termination."""
    if step not in _STEPS:
        return _refused("TransferError", NotFound("exchange.request.act", act=step[:40]), actor.language)
    asked = _Asked(actor, database, folder, clock, _base(request))
    return await asked.transfer(lambda desk: desk.move_transfer(pid, _STEPS[step]))


_STEPS = {
    "start": Message.START, "completion": Message.COMPLETE, "suspension": Message.SUSPEND, "termination": Message.TERMINATE,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """One message that came in. What is refused leaves nothing behind: the transaction ends before it is answered."""

    actor: Actor
    database: Database
    folder: Path
    clock: Clock
    base: str

    async def negotiation(
        self, work: Callable[[Dataspace], Awaitable[NegotiationRow]], *, status: int = 200
    ) -> Response[Json]:
        try:
            return Response(messages.negotiation(await self._done(work)), status_code=status)
        except (Invalid, NotFound, Conflict) as error:
            return _refused("ContractNegotiationError", error, self.actor.language)

    async def transfer(
        self, work: Callable[[Dataspace], Awaitable[TransferRow]], *, status: int = 200
    ) -> Response[Json]:
        try:
            return Response(messages.transfer(await self._done(work)), status_code=status)
        except (Invalid, NotFound, Conflict) as error:
            return _refused("TransferError", error, self.actor.language)

    async def _done(self, work: Callable[[Dataspace], Awaitable[Row]]) -> Row:
        async with self.database.tenant(self.actor.tenant) as connection:
            return await work(Dataspace(connection, self.actor, self.clock(), self.folder, self.base))


def _refused(type_: str, error: QuanyuError, language: str) -> Response[Json]:
    """A message that is not due is a bad request in this protocol."""
    faults = error.faults if isinstance(error, Invalid) else ()
    reason = [one.text(language) for one in faults] or [error.text(language)]
    body = messages.message(type_, code=error.key, reason=reason)
    return Response(body, status_code=404 if isinstance(error, NotFound) else 400)


def _base(request: AnyRequest) -> str:
    return str(request.base_url).rstrip("/")


routes = (
    version, catalogue, dataset, begin_negotiation, show_negotiation, counter_negotiation, accept_offer, verify_agreement,
    end_negotiation, begin_transfer, show_transfer, move_transfer,
)  # fmt: skip
