"""DCAT-AP at /catalog: Turtle or JSON-LD by Accept or by ending, page by page."""

import asyncio
from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.params import QueryParameter
from rdflib import Graph

from quanyu.govern.catalogue import listing, service
from quanyu.govern.catalogue.dcat import graph as dcat
from quanyu.govern.catalogue.dcat.vocabulary import CONTEXT
from quanyu.govern.catalogue.http.asking import After, Asker, Name, TheClock, TheDatabase, TheOpenFiles
from quanyu.govern.catalogue.open_files import with_files
from quanyu.govern.catalogue.search import Query
from quanyu.govern.catalogue.view import view_of

_TURTLE, _JSON_LD = "text/turtle", "application/ld+json"
_ENDINGS = {".ttl": _TURTLE, ".jsonld": _JSON_LD}
_PAGE = 100

AnyRequest = Request[Any, Any, Any]
PageSize = Annotated[int, QueryParameter(ge=1, le=_PAGE)]


@get(["/catalog", "/catalog.ttl", "/catalog.jsonld"], opt={"action": "public"}, include_in_schema=False)
async def catalogue(
    request: AnyRequest, actor: Asker, database: TheDatabase, open_files: TheOpenFiles, after: After = None, limit: PageSize = _PAGE
) -> Response[bytes]:  # fmt: skip
    """What the asker may see: nobody known sees what is open."""
    base, view = _base(request), view_of(actor)
    async with database.tenant(actor.tenant) as connection:
        page = await listing.find(connection, Query(), view, after=after, limit=limit)
        counts = await listing.counts(connection, Query(), view)
        listed = await with_files(connection, page.entries, open_files)
    here = str(request.url)
    following = (
        f"{base}{request.url.path}?" + urlencode({"after": page.next, "limit": limit}) if page.next else None
    )
    graph = dcat.catalogue(
        listed, base=base, publisher=actor.tenant, total=counts.get("", {}).get("", 0), page=here, following=following
    )  # fmt: skip
    return await _answer(request, graph)


@get("/catalog/{name:str}", opt={"action": "public"}, include_in_schema=False)
async def one(
    name: Name,
    request: AnyRequest,
    actor: Asker,
    database: TheDatabase,
    open_files: TheOpenFiles,
    clock: TheClock,
) -> Response[bytes]:
    """An ending .ttl or .jsonld is no part of the name."""
    bare = name.removesuffix(".ttl").removesuffix(".jsonld")
    async with database.tenant(actor.tenant) as connection:
        entry = await service.find_visible(connection, bare, view_of(actor))
        await service.count_use(connection, actor.tenant, bare, "call", clock())
        ((_, files),) = await with_files(connection, [entry], open_files)
    graph = dcat.empty()
    dcat.dataset(graph, entry, files, base=_base(request))
    return await _answer(request, graph)


async def _answer(request: AnyRequest, graph: Graph) -> Response[bytes]:
    """Writing a page takes tens of milliseconds of computing, so a thread does it."""
    media_type = _wanted(request)
    body = await asyncio.to_thread(_written, graph, media_type)
    return Response(body, media_type=media_type, headers={"Vary": "Accept"})


def _written(graph: Graph, media_type: str) -> bytes:
    if media_type == _TURTLE:
        return graph.serialize(format="turtle", encoding="utf-8")
    return graph.serialize(format="json-ld", context=CONTEXT, auto_compact=True, encoding="utf-8")


def _wanted(request: AnyRequest) -> str:
    for ending, media_type in _ENDINGS.items():
        if request.url.path.endswith(ending):
            return media_type
    accepted = request.headers.get("accept", "")
    return _TURTLE if "turtle" in accepted and "ld+json" not in accepted else _JSON_LD


def _base(request: AnyRequest) -> str:
    return str(request.base_url).rstrip("/")


routes = (catalogue, one)
