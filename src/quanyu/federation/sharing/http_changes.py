"""What has become of a dataset of another node since: asked for from a mark on, or told as it happens."""

from litestar import get
from litestar.response import ServerSentEvent, Stream

from quanyu.exchange.delivery.formats import Format
from quanyu.exchange.delivery.questions import MOST_A_PAGE, Inquiry
from quanyu.exchange.http.asking import USE, After
from quanyu.exchange.http.changes import LastEvent, Most
from quanyu.exchange.http.delivery import Purpose, Wanted
from quanyu.exchange.http.lines import MOST_AT_ONCE, Told, line
from quanyu.exchange.policy import Way
from quanyu.federation.http import Asker, Carrier, NodeId, Store
from quanyu.federation.sharing.http import answered, asked_seen
from quanyu.federation.sharing.questions import put


@get("/api/v1/asked/{number:str}/changes", opt=USE)
async def changes_asked(
    number: NodeId, actor: Asker, database: Store, courier: Carrier, after: After = None, most: Most = MOST_A_PAGE,
    wanted: Wanted = Format.JSON, purpose: Purpose = "",
) -> Stream:  # fmt: skip
    """Records that are to be put and keys that are gone, since the mark `after`; without one, all there is."""
    inquiry = Inquiry(way=Way.CHANGES, after=after, limit=most, format=wanted, purpose=purpose)
    return await answered(database, courier, actor, number, inquiry)


@get("/api/v1/asked/{number:str}/events", opt=USE)
async def events_asked(
    number: NodeId, actor: Asker, database: Store, courier: Carrier, after: After = None, last: LastEvent = None,
    purpose: Purpose = "",
) -> ServerSentEvent:  # fmt: skip
    """Server-sent events: `changes`, each a portion with its mark as id, `beat`, and `end` with its reason."""
    async with database.tenant(actor.tenant) as connection:
        found = await asked_seen(connection, actor, number, "share.use")

    async def portion(after: str | None, wait: int) -> Told | None:
        inquiry = Inquiry(way=Way.CHANGES, after=after, limit=MOST_AT_ONCE, purpose=purpose, wait=wait)
        incoming = await put(courier, actor, found, inquiry)
        content = await incoming.whole()
        return Told(content, incoming.headers["x-quanyu-next"]) if incoming.call else None

    return ServerSentEvent(line(portion, last or after, actor.language))


routes = (changes_asked, events_asked)
