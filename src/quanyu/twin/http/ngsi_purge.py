"""Purge (ETSI GS CIM 009 V1.9.1, 5.6.21; 6.4.3.3): entities that a query finds leave, or some of their attributes do."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import msgspec

from quanyu.core.errors import Invalid, QuanyuError
from quanyu.twin.find import find
from quanyu.twin.http.ngsi_asked import Asked, asked_in_url
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, NotImplementedHere, Operation, problem
from quanyu.twin.http.ngsi_maps import used_map
from quanyu.twin.http.ngsi_reader import Reader
from quanyu.twin.http.ngsi_shown import names_of
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.document import Merged, delete_attribute
from quanyu.twin.ngsild.document import State as Parts
from quanyu.twin.provision import Delete, Modify
from quanyu.twin.state import Change

_AT_ONCE = 1000
_TAKEN = frozenset((
    "attrs", "coordinates", "csf", "datasetId", "drop", "expandValues", "geometry", "geometryProperty", "geoproperty",
    "georel", "id", "idPattern", "jsonKeys", "keep", "local", "q", "scopeQ", "type",
))  # fmt: skip
"""Table 6.4.3.3-1, and what belongs to its queries."""

Make = Callable[[str], Change]
Headers = tuple[tuple[str, str], ...]


async def purge_entities(exchange: Exchange) -> Answer:
    """`keep` and `drop` name attributes; without them whole entities leave."""
    context = await exchange.context()
    _refuse_others(exchange)
    make = _purging(exchange, context)
    asked = asked_in_url(exchange, context)
    exchange.refuse_others()
    failed: list[tuple[str, QuanyuError]] = []
    ids, headers = await _ids(exchange, asked)
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        outcomes = await exchange.door.writer.submit(exchange.actor.tenant, [make(id) for id in part])
        failed += [(id, one.error) for id, one in zip(part, outcomes, strict=True) if one.error]
    answer = _told(exchange, ids, failed) if failed else Answer(204)
    return replace(answer, headers=headers)


def _refuse_others(exchange: Exchange) -> None:
    """Linked entities are none of this operation's (5.6.21.4); what only shapes answers is not implemented.

    A parameter that says nothing would make more leave than was meant: without names to drop, whole entities.
    """
    if empty := sorted(name for name, text in exchange.parameters.items() if not text):
        raise Invalid("twin.ngsi.empty_parameter", name=", ".join(empty)[:200])
    if "join" in exchange.parameters:
        raise Invalid("twin.asked.join", join=exchange.parameters["join"][:40])
    if others := sorted(exchange.parameters.keys() - _TAKEN):
        raise NotImplementedHere("twin.ngsi.parameter", name=", ".join(others)[:200])


def _purging(exchange: Exchange, context: Context) -> Make:
    actor = exchange.actor.id
    keep, drop = exchange.take("keep"), exchange.take("drop")
    if keep and drop:
        raise Invalid("twin.ngsi.keep_and_drop")
    if not keep and not drop:
        return lambda id: Delete(id=id, actor=actor)
    names = frozenset(names_of(keep or drop, context))
    kept = bool(keep)

    def leaving(parts: Parts, now: str) -> Merged:
        made = Merged(state=parts)
        for name in [one for one in parts.document if (one in names) is not kept]:
            gone = delete_attribute(made.state, name, now, every=True)
            made = msgspec.structs.replace(gone, changed={**made.changed, **gone.changed})
        return made

    return lambda id: Modify(id=id, actor=actor, how=leaving)


async def _ids(exchange: Exchange, asked: Asked) -> tuple[Sequence[str], Headers]:
    """Of all entities that the query finds for who asks; of those in an entity map, where one is named (5.5.14)."""
    found: list[str] = []
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        search = await (await Reader.of(exchange, connection)).search(asked)
        while True:
            page = await find(connection, search, exchange.door.finder, limit=_AT_ONCE, offset=len(found))
            found += [one.id for one in page.items]
            if not page.more:
                break
        used = await used_map(exchange, connection, asked.wish, partial(_only, found))
    if used is None:
        return found, ()
    listed = frozenset(used.map.entities)
    return [id for id in found if id in listed], used.headers


async def _only(ids: list[str]) -> tuple[list[str], dict[str, list[str]]]:
    return ids, {}


def _told(exchange: Exchange, ids: Sequence[str], failed: list[tuple[str, QuanyuError]]) -> Answer:
    """BatchOperationResult (5.2.16)."""
    language = exchange.header("accept-language")
    wrong = {id for id, _ in failed}
    errors = [{"entityId": id, "error": problem(error, language)} for id, error in failed]
    return Answer(207, {"success": [id for id in ids if id not in wrong], "errors": errors})


OPERATIONS = (Operation("entities", "DELETE", "entity.write", purge_entities),)
