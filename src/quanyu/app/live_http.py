"""Server-sent events of what is live: open as long as the page is, for who may see the map."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from litestar.response import ServerSentEvent, ServerSentEventMessage

from quanyu.app.live import Live, State, Watch
from quanyu.app.node import Node
from quanyu.core.actor import Actor, ActorKind, Resource
from quanyu.core.errors import QuanyuError, Unauthenticated
from quanyu.identity import allowed, authenticate, check
from quanyu.store import Database
from quanyu.twin.http.entities import GivenSight
from quanyu.twin.http.sight import Sight, WholeTenant
from quanyu.twin.map.layers import Layer

BEAT_SECONDS = 10.0
"""A page that hears nothing for longer than this, and a little, knows that the line is dead."""
_ACTION = "map.read"

Asking = Callable[[], Awaitable[Actor]]


@get("/api/v1/live", opt={"action": _ACTION, "exclude_from_compression": True})
async def live(
    request: Request[Any, Any, Any],
    actor: NamedDependency[Actor],
    node: NamedDependency[SkipValidation[Node]],
    watched: NamedDependency[SkipValidation[Live]],
    sight: GivenSight = WholeTenant(),  # noqa: B008 (it has no state)
) -> ServerSentEvent:
    """`layers` (what has risen: id, version, count, bbox, modified), `cases`, and `beat` every ten seconds.

    The first event says all, unless Last-Event-ID is what is so now: nothing is missed by a cut.
    """
    if actor.kind is ActorKind.ANONYMOUS:
        raise Unauthenticated("app.problem.401")

    async def still() -> Actor:
        return await _asked_again(request, node)

    async def events() -> AsyncIterator[ServerSentEventMessage]:
        view = View(node.database, sight, still)
        async with watched.listening(actor.tenant, actor.id) as watch:
            async for message in told_to(watch, view, request.headers.get("last-event-id", "")):
                yield message

    watched.check(actor.tenant, actor.id)
    return ServerSentEvent(events())


async def _asked_again(request: Request[Any, Any, Any], node: Node) -> Actor:
    """A right that is withdrawn and a session that ends are felt by a page that stays open, too."""
    actor = await authenticate(
        node.database,
        headers=request.headers,
        cookies=request.cookies,
        method="GET",
        tenant=node.tenant,
        clock=node.clock,
        settings=node.identity,
    )
    if actor.kind is ActorKind.ANONYMOUS:
        raise Unauthenticated("app.problem.401")
    check(actor, _ACTION, Resource("route", request.url.path, actor.tenant))
    return actor


class View:
    """What of the state this asker may hear."""

    def __init__(self, database: Database, sight: Sight, still: Asking) -> None:
        self._database = database
        self._sight = sight
        self._still = still

    async def messages(self, state: State, told: State | None) -> list[ServerSentEventMessage]:
        actor = await self._still()
        made = []
        if risen := state.risen_since(told):
            async with self._database.tenant(actor.tenant) as connection:
                seen = await self._sight.seen(connection, actor, _ACTION)
            shown = [_shown(one) for one in risen if seen.has(one.dataset)]
            body = msgspec.json.encode({"whole": told is None, "layers": shown}).decode()
            made.append(ServerSentEventMessage(data=body, event="layers"))
        moved = told is not None and told.cases != state.cases
        if moved and allowed(actor, "case.read", Resource("case", tenant=actor.tenant)).allowed:
            made.append(ServerSentEventMessage(data="{}", event="cases"))
        return made

    async def beat(self) -> ServerSentEventMessage:
        await self._still()
        return ServerSentEventMessage(data="{}", event="beat")


async def told_to(
    watch: Watch, view: View, last_id: str, *, beat: float = BEAT_SECONDS
) -> AsyncIterator[ServerSentEventMessage]:
    told: State | None = None
    while True:
        state = await watch.other_than(told, seconds=beat)
        if watch.state is None:  # the database is away: the page shall see that
            return
        try:
            if state is None or (told is None and state.id == last_id):
                yield await view.beat()
            else:
                for message in await view.messages(state, told):
                    yield ServerSentEventMessage(data=message.data, event=message.event, id=state.id)
        except QuanyuError:
            return
        told = state or told


def _shown(one: Layer) -> dict[str, Any]:
    box = one.box
    return {
        "id": one.id,
        "version": one.version,
        "count": one.located,
        "bbox": (box.x1, box.y1, box.x2, box.y2),
        "modified": one.modified,
    }


routes = (live,)
