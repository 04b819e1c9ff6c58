"""@contexts that are kept here (ETSI GS CIM 009, 5.13, 6.29 and 6.30): add, list, serve, delete, reload."""

from typing import Any

from quanyu.core.errors import Invalid, NotFound
from quanyu.twin.contexts import ContextLibrary, Kept, Kind
from quanyu.twin.contexts.model import PATH
from quanyu.twin.http.ngsi_exchange import (
    Answer,
    Exchange,
    Malformed,
    NotImplementedHere,
    NotSupported,
    Operation,
)
from quanyu.twin.http.ngsi_media import JSON
from quanyu.twin.ngsild.context import check_inline
from quanyu.twin.ngsild.document import moment_text


async def add_context(exchange: Exchange) -> Answer:
    """5.13.2."""
    exchange.refuse_others()
    document = await exchange.json()
    if not isinstance(document, dict) or "@context" not in document:
        raise Malformed("twin.context.no_member")
    if document["@context"] is None:
        raise Invalid("twin.context.no_member")
    check_inline(document["@context"])
    kept = await _library(exchange).add(exchange.actor.tenant, document["@context"])
    return Answer(201, headers=(("location", PATH + kept.id),))


async def list_contexts(exchange: Exchange) -> Answer:
    """5.13.3: URLs, or with `details` everything known of them; `kind` limits them."""
    details, kind = _flag(exchange, "details"), exchange.take("kind")
    exchange.refuse_others()
    if kind and kind not in set(Kind):
        raise Invalid("twin.context.kinds", kinds=", ".join(Kind))
    library = _library(exchange)
    if details:
        await library.settle(exchange.actor.tenant)
    found = await library.all_of(exchange.actor.tenant, Kind(kind) if kind else None)
    body = [_details(exchange, one) if details else library.url_of(one) for one in found]
    return Answer(200, body, media_type=JSON)


async def serve_context(exchange: Exchange) -> Answer:
    """5.13.4: by id, a cached one also by its URL; the content, or with `details` what is known of it."""
    details = _flag(exchange, "details")
    exchange.refuse_others()
    library, tenant = _library(exchange), exchange.actor.tenant
    if details:
        await library.settle(tenant)
    kept = await library.retrieve(tenant, exchange.parts[1])
    if not details and kept.kind is Kind.CACHED:
        raise NotSupported("twin.context.elsewhere", url=kept.url)
    library.used(tenant, (library.url_of(kept),))
    body = _details(exchange, kept) if details else await library.body(tenant, kept)
    return Answer(200, body, media_type=JSON)


async def delete_context(exchange: Exchange) -> Answer:
    """5.13.5: gone, or with `reload` fetched anew, which only a cached one can be."""
    reload = _flag(exchange, "reload")
    exchange.refuse_others()
    library, tenant = _library(exchange), exchange.actor.tenant
    try:
        kept = await library.retrieve(tenant, exchange.parts[1])
    except NotFound as error:
        if reload:
            raise Invalid(error.key, id=exchange.parts[1][:200]) from None
        raise
    if reload:
        await library.reload(tenant, kept)
    else:
        await library.delete(tenant, kept)
    return Answer(204)


def _library(exchange: Exchange) -> ContextLibrary:
    library = exchange.door.contexts.library
    if not isinstance(library, ContextLibrary):
        raise NotImplementedHere("twin.ngsi.path", path="jsonldContexts")
    return library


def _flag(exchange: Exchange, name: str) -> bool:
    """true or false in any case; Invalid for anything else."""
    value = exchange.take(name, "false").lower()
    if value not in ("true", "false"):
        raise Invalid("twin.ngsi.flag", name=name)
    return value == "true"


def _details(exchange: Exchange, kept: Kept) -> dict[str, Any]:
    return {
        "URL": _library(exchange).url_of(kept),
        "localId": kept.id,
        "kind": kept.kind,
        "createdAt": moment_text(kept.created),
        **({"lastUsage": moment_text(kept.used)} if kept.used else {}),
        "numberOfHits": kept.hits,
    }


OPERATIONS = (
    Operation("jsonldContexts", "POST", "entity.write", add_context),
    Operation("jsonldContexts", "GET", "entity.read", list_contexts),
    Operation("jsonldContexts/*", "GET", "entity.read", serve_context),
    Operation("jsonldContexts/*", "DELETE", "entity.write", delete_context),
)
