"""What has become of a dataset since, under a contract: asked for from a mark on, or told as it happens."""

from typing import Annotated

from litestar import get
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import ServerSentEvent, Stream

from quanyu.exchange.delivery.following import comes
from quanyu.exchange.delivery.formats import Format
from quanyu.exchange.delivery.questions import MOST_A_PAGE, Inquiry
from quanyu.exchange.delivery.service import Deliveries
from quanyu.exchange.http.asking import USE, After, Asker, Folder, Id, Now, Store, TheEngines
from quanyu.exchange.http.delivery import Purpose, Wanted, ask_own, begun, streamed
from quanyu.exchange.http.lines import MOST_AT_ONCE, Told, line
from quanyu.exchange.policy import Way

Most = Annotated[int, QueryParameter(name="limit", ge=1, le=MOST_A_PAGE)]
LastEvent = Annotated[str | None, HeaderParameter(name="Last-Event-ID", max_length=400)]


@get("/api/v1/sharing/contracts/{id:str}/changes", opt=USE)
async def changes(
    id: Id, actor: Asker, database: Store, folder: Folder, engines: TheEngines, clock: Now, after: After = None,
    most: Most = MOST_A_PAGE, wanted: Wanted = Format.JSON, purpose: Purpose = "",
) -> Stream:  # fmt: skip
    """Records that are to be put and keys that are gone, since the mark `after`; without one, all there is."""
    deliveries = Deliveries(database, folder, engines, clock)
    inquiry = Inquiry(way=Way.CHANGES, after=after, limit=most, format=wanted, purpose=purpose)
    return await streamed(deliveries, actor, *await ask_own(deliveries, actor, id, inquiry))


@get("/api/v1/sharing/contracts/{id:str}/events", opt=USE)
async def events(
    id: Id, actor: Asker, database: Store, folder: Folder, engines: TheEngines, clock: Now, after: After = None,
    last: LastEvent = None, purpose: Purpose = "",
) -> ServerSentEvent:  # fmt: skip
    """Server-sent events: `changes`, each a portion with its mark as id, `beat`, and `end` with its reason."""
    deliveries = Deliveries(database, folder, engines, clock)

    def inquiry(after: str | None) -> Inquiry:
        return Inquiry(way=Way.CHANGES, after=after, limit=MOST_AT_ONCE, purpose=purpose)

    async def portion(after: str | None, wait: int) -> Told | None:
        if not await comes(deliveries, actor, id, after, wait=wait):
            return None
        delivery, headers = await begun(
            deliveries, actor, *await ask_own(deliveries, actor, id, inquiry(after))
        )
        return Told(b"".join([part async for part in deliveries.stream(delivery)]), headers["x-quanyu-next"])

    after = last or after
    await ask_own(deliveries, actor, id, inquiry(after))
    await comes(deliveries, actor, id, after, wait=0)
    return ServerSentEvent(line(portion, after, actor.language))


routes = (changes, events)
