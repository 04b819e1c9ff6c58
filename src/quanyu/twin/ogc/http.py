"""OGC API Features at /ogc (17-069r4 with parts 2 and 3): the twin for QGIS, GDAL and whoever reads GeoJSON."""

from dataclasses import dataclass, replace
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from quanyu.core.actor import Actor
from quanyu.core.errors import NotFound
from quanyu.core.messages import preferred_language, text
from quanyu.store import Connection, Database
from quanyu.twin.find import find_after, number_found
from quanyu.twin.http.entities import GivenSight
from quanyu.twin.http.ngsi_media import negotiated
from quanyu.twin.http.sight import Seen, Sight, WholeTenant, as_asked, retrieve_seen, shown_to
from quanyu.twin.ogc import documents, pages
from quanyu.twin.ogc.collections import Collection, collection, collections, queryables
from quanyu.twin.ogc.crs import crs_named
from quanyu.twin.ogc.description import description
from quanyu.twin.ogc.documents import GEO_JSON, HTML, JSON, OPENAPI, SCHEMA
from quanyu.twin.ogc.wanted import Wanted, no_others, parameters_in, token, wanted_in
from quanyu.twin.search import Search, position_of
from quanyu.twin.service import Twin

Asking = Request[Any, Any, Any]

_FORMATS = {"json": JSON, "geojson": GEO_JSON, "html": HTML}


@dataclass(frozen=True, slots=True)
class _Form:
    """In what form a resource is wanted: `f` before Accept, JSON before HTML."""

    request: Asking
    media: str = JSON

    @property
    def base(self) -> str:
        return str(self.request.base_url).rstrip("/") + documents.ROOT

    @property
    def language(self) -> str:
        return preferred_language(self.request.headers.get("accept-language", ""))

    @property
    def parameters(self) -> dict[str, str]:
        return parameters_in(self.request.scope.get("query_string", b""))

    @property
    def is_html(self) -> bool:
        named = self.parameters.get("f")
        if named is not None:
            if named not in _FORMATS:
                raise NotFound("twin.ogc.format", format=named[:40])
            return named == "html"
        offered = (self.media, JSON, HTML) if self.media != JSON else (JSON, HTML)
        return negotiated(self.request.headers.get("accept", ""), offered) == HTML

    def answer(self, document: Any, headers: dict[str, str] | None = None) -> Response[bytes]:
        return Response(msgspec.json.encode(document), media_type=self.media, headers=headers)

    def page(self, html: str) -> Response[bytes]:
        return Response(html.encode(), media_type="text/html; charset=utf-8")


@get("/ogc", opt={"action": "map.read", "twin": True}, include_in_schema=False)
async def show_landing(request: Asking) -> Response[bytes]:
    form = _Form(request)
    no_others(form.parameters)
    if form.is_html:
        return form.page(pages.landing_page(form.base, form.language))
    return form.answer(documents.landing(form.base, form.language))


@get("/ogc/conformance", opt={"action": "map.read", "twin": True}, include_in_schema=False)
async def show_conformance(request: Asking) -> Response[bytes]:
    form = _Form(request)
    no_others(form.parameters)
    if form.is_html:
        title = text("twin.ogc.conformance", form.language)
        return form.page(pages.list_page(form.base, title, documents.CONFORMANCE, form.language))
    return form.answer({"conformsTo": documents.CONFORMANCE})


@get("/ogc/api", opt={"action": "map.read", "twin": True}, include_in_schema=False)
async def show_api(request: Asking) -> Response[bytes]:
    form = _Form(request, OPENAPI)
    no_others(form.parameters)
    made = description(form.base, form.language)
    if form.is_html:
        lines = [f"GET {path}" for path in made["paths"]]
        return form.page(pages.list_page(form.base, made["info"]["title"], lines, form.language))
    return form.answer(made)


@get("/ogc/collections", opt={"action": "map.read", "twin": True}, include_in_schema=False)
async def list_collections(
    request: Asking,
    actor: NamedDependency[Actor],
    database: NamedDependency[Database],
    sight: GivenSight = WholeTenant(),  # noqa: B008 (it has no state)
) -> Response[bytes]:
    form = _Form(request)
    no_others(form.parameters)
    async with database.tenant(actor.tenant) as connection:
        seen = await sight.seen(connection, actor, "map.read")
        found = await collections(connection, actor.tenant, seen, form.language)
    if form.is_html:
        return form.page(pages.collections_page(form.base, found, form.language))
    return form.answer(documents.collection_list(form.base, found))


@get(
    "/ogc/collections/{collection_id:str}", opt={"action": "map.read", "twin": True}, include_in_schema=False
)
async def show_collection(
    collection_id: FromPath[str],
    request: Asking,
    actor: NamedDependency[Actor],
    database: NamedDependency[Database],
    sight: GivenSight = WholeTenant(),  # noqa: B008
) -> Response[bytes]:
    form = _Form(request)
    no_others(form.parameters)
    async with database.tenant(actor.tenant) as connection:
        found, _ = await _collection(connection, actor, sight, form, collection_id)
    if form.is_html:
        return form.page(pages.collection_page(form.base, found, form.language))
    return form.answer(documents.collection_document(form.base, found))


@get(
    "/ogc/collections/{collection_id:str}/queryables",
    opt={"action": "map.read", "twin": True},
    include_in_schema=False,
)
async def show_queryables(
    collection_id: FromPath[str],
    request: Asking,
    actor: NamedDependency[Actor],
    database: NamedDependency[Database],
    sight: GivenSight = WholeTenant(),  # noqa: B008
) -> Response[bytes]:
    form = _Form(request, SCHEMA)
    no_others(form.parameters)
    async with database.tenant(actor.tenant) as connection:
        found, seen = await _collection(connection, actor, sight, form, collection_id)
        names = await queryables(connection, actor.tenant, seen, found)
    if form.is_html:
        return form.page(pages.list_page(form.base, found.title, [one.name for one in names], form.language))
    return form.answer(documents.queryables_document(form.base, found, names))


@get(
    "/ogc/collections/{collection_id:str}/items",
    opt={"action": "map.read", "twin": True},
    include_in_schema=False,
)
async def list_items(
    collection_id: FromPath[str],
    request: Asking,
    actor: NamedDependency[Actor],
    database: NamedDependency[Database],
    twin: NamedDependency[Twin],
    sight: GivenSight = WholeTenant(),  # noqa: B008
) -> Response[bytes]:
    form = _Form(request, GEO_JSON)
    async with database.tenant(actor.tenant) as connection:
        found, seen = await _collection(connection, actor, sight, form, collection_id)
        known = {one.name for one in await queryables(connection, actor.tenant, seen, found)}
        wanted = wanted_in(form.parameters, found, known)
        search = replace(_search(actor.tenant, found, seen, wanted), declared=twin.declared)
        search = await as_asked(connection, actor, sight, search)
        page = await find_after(connection, search, wanted.after, limit=wanted.limit)
        matched = await number_found(connection, search) if wanted.is_everything else None
        items = await shown_to(connection, actor, sight, page.items)
    made = documents.feature_page(
        form.base, found, [documents.feature(one, wanted.crs, wanted.properties) for one in items],
        parameters=form.parameters, next_token=token(position_of(items[-1])) if page.more else "", matched=matched,
    )  # fmt: skip
    if form.is_html:
        return form.page(pages.items_page(form.base, found, made, form.language))
    return form.answer(made, {"content-crs": f"<{wanted.crs.uri}>"})


@get(
    "/ogc/collections/{collection_id:str}/items/{feature_id:path}",
    opt={"action": "map.read", "twin": True},
    include_in_schema=False,
)
async def show_item(
    collection_id: FromPath[str],
    feature_id: FromPath[str],
    request: Asking,
    actor: NamedDependency[Actor],
    database: NamedDependency[Database],
    sight: GivenSight = WholeTenant(),  # noqa: B008
) -> Response[bytes]:
    form, id = _Form(request, GEO_JSON), str(feature_id).removeprefix("/")
    no_others(form.parameters, "crs")
    crs = crs_named(form.parameters.get("crs", ""), "crs")
    async with database.tenant(actor.tenant) as connection:
        found, _ = await _collection(connection, actor, sight, form, collection_id)
        entity = await retrieve_seen(connection, actor, sight, id)
        if found.type not in entity.types or found.dataset not in (None, entity.dataset):
            raise NotFound("twin.entity.unknown", id=id)
        (one,) = await shown_to(connection, actor, sight, [entity])
    made = documents.feature(one, crs) | {"links": _feature_links(form, found, one.id)}
    if form.is_html:
        return form.page(pages.feature_page_for(form.base, found, made, form.language))
    return form.answer(made, {"content-crs": f"<{crs.uri}>"})


async def _collection(
    connection: Connection, actor: Actor, sight: Sight, form: _Form, id: str
) -> tuple[Collection, Seen]:
    seen = await sight.seen(connection, actor, "map.read")
    return await collection(connection, actor.tenant, seen, form.language, id), seen


def _search(tenant: str, of: Collection, seen: Seen, wanted: Wanted) -> Search:
    datasets = seen.datasets if of.dataset is None else [of.dataset]
    return Search(
        tenant=tenant, query=wanted.query, datasets=datasets, since=wanted.since, until=wanted.until
    )


def _feature_links(form: _Form, of: Collection, id: str) -> list[documents.Document]:
    collection_link = documents.link(documents.url_of(form.base, of), "collection", JSON)
    return [*documents.both(documents.feature_url(form.base, of, id), "self", GEO_JSON), collection_link]


routes = (
    show_landing,
    show_conformance,
    show_api,
    list_collections,
    show_collection,
    show_queryables,
    list_items,
    show_item,
)
