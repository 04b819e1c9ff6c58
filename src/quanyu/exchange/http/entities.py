"""NGSI-LD with a contract's eyes: `/api/v1/sharing/entities/{contract}` is its API root, so that every client of the standard can use it.

Here are the operations that a contract can give; each answer is a call of its ledger.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from urllib.parse import unquote

from litestar import asgi
from litestar.handlers import ASGIRouteHandler

from quanyu.core.actor import Actor
from quanyu.core.errors import Invalid, NotFound
from quanyu.exchange.entities.asking import check_asked
from quanyu.exchange.entities.service import Entities, View, own_id
from quanyu.exchange.http.entity_subscriptions import Subscribing
from quanyu.exchange.http.metering import ACTOR, CALL, CONTRACT, Open, contract_of, metered
from quanyu.identity import AccessDenied
from quanyu.twin.http import Door, NgsiApp
from quanyu.twin.http.ngsi import PREFIX
from quanyu.twin.http.ngsi_asked import Asked, asked_in_body, asked_in_url
from quanyu.twin.http.ngsi_exchange import ROOT, Answer, Authorize, Exchange, Operation, Receive, Scope, Send
from quanyu.twin.http.ngsi_media import ENTITY_MEDIA, GEO_JSON
from quanyu.twin.http.ngsi_pages import ListPage
from quanyu.twin.http.ngsi_read import page_links
from quanyu.twin.http.ngsi_shown import shown_in_url
from quanyu.twin.ngsild.document import collection, is_uri, show
from quanyu.twin.ngsild.query import of_types, parse_types
from quanyu.twin.query import retrieve
from quanyu.twin.search import Search

_MOUNT = "/api/v1/sharing/entities"

EntitiesApp = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reading:
    """Consumption of entities (ETSI GS CIM 009, 5.7.1, 5.7.2) as far as one contract goes."""

    entities: Entities

    async def retrieve(self, exchange: Exchange) -> Answer:
        """5.7.1."""
        context = await exchange.context()
        shown, types = shown_in_url(exchange, context), exchange.take("type")
        selection = parse_types(types, context.stored) if types else ()
        exchange.refuse_others()
        if shown.join is not None:
            raise Invalid("exchange.entities.absent", name="join")
        if not is_uri(id := exchange.parts[1]):
            raise Invalid("twin.asked.uri", name="id", uri=id[:80])
        view = await self._view(exchange)
        call = await self._begin(exchange, view)
        async with exchange.database.tenant(exchange.actor.tenant) as connection:
            found = await retrieve(connection, exchange.actor.tenant, own_id(view, id))
        known = found.dataset == view.eyes.dataset and of_types(found.types, selection)
        seen = await self.entities.shown(view, (found,) if known else ())
        if not seen:
            raise NotFound("twin.entity.unknown", id=id)
        call.rows = 1
        return Answer(200, show(seen[0], context, shown.representation), call.headers)

    async def query(self, exchange: Exchange) -> Answer:
        """5.7.2."""
        return await self._answer(exchange, asked_in_url(exchange, await exchange.context()))

    async def query_by_body(self, exchange: Exchange) -> Answer:
        """5.7.2 over POST."""
        body = await exchange.json()
        return await self._answer(
            exchange, asked_in_body(exchange, await exchange.context(body), body), said=str(body)
        )

    async def _answer(self, exchange: Exchange, asked: Asked, said: str = "") -> Answer:
        view = await self._view(exchange, said)
        check_asked(asked, view.eyes.outline)
        call = await self._begin(exchange, view)
        asked = replace(asked, page=_narrowed(asked.page, view.most))
        tenant = exchange.actor.tenant
        async with exchange.database.tenant(tenant) as connection:
            finder = exchange.door.finder
            search = Search(
                tenant=tenant, query=asked.query, declared=finder.declared, datasets=[view.eyes.dataset],
                question=f"{view.ask.contracts[0]}\x00{asked.query!r}",
            )  # fmt: skip
            found = await self.entities.page(
                connection,
                view,
                search,
                finder,
                asked.ordering,
                limit=asked.page.limit,
                offset=asked.page.start,
            )
            number = await self.entities.number(connection, view, search) if asked.page.counted else 0
        call.rows = len(found.items)
        counted = (("ngsild-results-count", str(number)),) if asked.page.counted else ()
        links = page_links(exchange, asked, more=found.more)
        made = [show(one, asked.context, asked.shown.representation) for one in found.items]
        body = collection(made) if exchange.media == GEO_JSON else made
        return Answer(200, body, (*counted, *links, *call.headers))

    async def _view(self, exchange: Exchange, said: str = "") -> View:
        words = f"{exchange.scope['method']} {'/'.join(exchange.parts)}?{exchange.scope['query_string'].decode('latin-1')} {said}"
        return await self.entities.view(exchange.actor, contract_of(exchange), words.strip("? "))

    async def _begin(self, exchange: Exchange, view: View) -> Open:
        call = exchange.scope[CALL] = Open(view.actor, await self.entities.count(view))
        return call

    @property
    def operations(self) -> tuple[Operation, ...]:
        return (
            Operation("entities", "GET", "share.use", self.query, ENTITY_MEDIA),
            Operation("entities/*", "GET", "share.use", self.retrieve, ENTITY_MEDIA),
            Operation("entityOperations/query", "POST", "share.use", self.query_by_body, ENTITY_MEDIA),
        )


def _narrowed(page: ListPage, most: int | None) -> ListPage:
    """The most rows that the contract gives at once are the longest page."""
    return page if most is None else replace(page, limit=min(page.limit, most))


def open_entities(
    entities: Entities, door: Door, authorize: Authorize, denied: Callable[[AccessDenied], None]
) -> EntitiesApp:
    """For all contracts; the scope says which one, and who asks where that is known already (`ACTOR`)."""
    operations = (*Reading(entities).operations, *Subscribing(entities).operations)

    async def who(scope: Scope, action: str) -> Actor:
        return scope[ACTOR] if ACTOR in scope else await authorize(scope, action)

    app = NgsiApp(door, who, operations=operations, denied=denied)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await metered(app, scope, receive, send, entities.counting)

    return answer


def entity_door(app: EntitiesApp) -> ASGIRouteHandler:
    @asgi(_MOUNT, is_mount=True, opt={"action": "public"}, copy_scope=True)
    async def under_contract(scope: Scope, receive: Receive, send: Send) -> None:
        contract, below = below_mount(scope, _MOUNT)
        at = {ROOT: f"{_MOUNT}/{contract}{PREFIX}", CONTRACT: unquote(contract)}
        await app({**scope, **path_in(below), **at}, receive, send)

    return under_contract


def below_mount(scope: Scope, mount: str) -> tuple[str, str]:
    """What is named below a mount, and the path as the broker's own API has it."""
    path = scope["raw_path"].partition(b"?")[0].decode("latin-1")
    named, _, rest = path.removeprefix(mount).lstrip("/").partition(PREFIX)
    return named, PREFIX + rest


def path_in(path: str) -> dict[str, object]:
    """Of a scope."""
    return {"path": unquote(path), "raw_path": path.encode("latin-1")}
