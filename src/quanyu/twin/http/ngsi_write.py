"""Provision (ETSI GS CIM 009, 5.6 and 6.4 to 6.17), first part: everything goes through the node's one writer."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from quanyu.core.entity import NULL, instances
from quanyu.core.entity_source import parse_entity, parse_fragment
from quanyu.core.errors import Invalid, NotFound, QuanyuError
from quanyu.twin.fold import Outcome
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Malformed, Operation, problem
from quanyu.twin.model import EntityWrite, Expect, Op, write_of
from quanyu.twin.query import retrieve

MAX_BATCH = 10_000

Parsed = tuple[EntityWrite | None, str, QuanyuError | None]


async def create_entity(exchange: Exchange) -> Answer:
    """5.6.1."""
    exchange.refuse_others()
    entity = parse_entity(await exchange.json())
    made = write_of(entity, Op.REPLACE, expect=Expect.ABSENT, actor=exchange.actor.id)
    await _submit_one(exchange, made)
    return Answer(201, headers=(("location", f"/ngsi-ld/v1/entities/{quote(entity.id, safe=':')}"),))


async def delete_entity(exchange: Exchange) -> Answer:
    """5.6.6."""
    exchange.refuse_others()
    gone = EntityWrite(id=exchange.parts[1], op=Op.DELETE, expect=Expect.PRESENT, actor=exchange.actor.id)
    await _submit_one(exchange, gone)
    return Answer(204)


async def append_attributes(exchange: Exchange) -> Answer:
    """5.6.3, overwriting; `options=noOverwrite` is not known yet and says so."""
    exchange.refuse_others()
    await _submit_one(exchange, _fragment_write(exchange, await exchange.json()))
    return Answer(204)


async def update_attributes(exchange: Exchange) -> Answer:
    """5.6.2: only attributes that are there are updated; the others are named in a 207."""
    exchange.refuse_others()
    update = _fragment_write(exchange, await exchange.json())
    tenant = exchange.actor.tenant
    async with exchange.database.tenant(tenant) as connection:
        present = (await retrieve(connection, tenant, exchange.parts[1])).document
    named = (*update.document, *update.removed)
    missing = [name for name in named if name not in present]
    if not missing:
        await _submit_one(exchange, update)
        return Answer(204)
    document = {name: value for name, value in update.document.items() if name in present}
    removed = tuple(name for name in update.removed if name in present)
    if document or removed:
        await _submit_one(exchange, _merge(exchange, document, removed))
    updated = [name for name in named if name in present]
    gaps = [{"attributeName": name, "reason": "ResourceNotFound"} for name in missing]
    return Answer(207, {"updated": updated, "notUpdated": gaps})


async def delete_attribute(exchange: Exchange) -> Answer:
    """5.6.5."""
    exchange.refuse_others()
    tenant, id, name = exchange.actor.tenant, exchange.parts[1], exchange.parts[3]
    async with exchange.database.tenant(tenant) as connection:
        if name not in (await retrieve(connection, tenant, id)).document:
            raise NotFound("twin.attribute.unknown", id=id, name=name)
    await _submit_one(exchange, _merge(exchange, {}, (name,)))
    return Answer(204)


async def batch_create(exchange: Exchange) -> Answer:
    """5.6.7."""
    exchange.refuse_others()
    batch = await _batch(exchange, Op.REPLACE, Expect.ABSENT)
    outcomes = await _submit(exchange, batch)
    ids = [id for (_, id, _), outcome in zip(batch, outcomes, strict=True) if not outcome.error]
    return _many(exchange, batch, outcomes, lambda: Answer(201, ids))


async def batch_upsert(exchange: Exchange) -> Answer:
    """5.6.8: replaces, or updates with `options=update`; 201 names the new ones."""
    options = exchange.take_list("options")
    exchange.refuse_others()
    if set(options) - {"update", "replace"}:
        raise Invalid("twin.ngsi.option", name=options[0][:40])
    batch = await _batch(exchange, Op.MERGE if "update" in options else Op.REPLACE, Expect.ANYTHING)
    outcomes = await _submit(exchange, batch)
    created = [id for (_, id, _), outcome in zip(batch, outcomes, strict=True) if outcome.created]
    return _many(exchange, batch, outcomes, lambda: Answer(201, created) if created else Answer(204))


async def batch_update(exchange: Exchange) -> Answer:
    """5.6.9."""
    exchange.refuse_others()
    batch = await _batch(exchange, Op.MERGE, Expect.PRESENT)
    outcomes = await _submit(exchange, batch)
    return _many(exchange, batch, outcomes, lambda: Answer(204))


async def batch_delete(exchange: Exchange) -> Answer:
    """5.6.10: a list of ids."""
    exchange.refuse_others()
    ids = await exchange.json()
    if not isinstance(ids, list) or not ids or not all(isinstance(id, str) for id in ids):
        raise Malformed("twin.ngsi.ids")
    batch: list[Parsed] = [(_deletion(exchange, id), id, None) for id in ids[: MAX_BATCH + 1]]
    _bounded(batch)
    return _many(exchange, batch, await _submit(exchange, batch), lambda: Answer(204))


def _fragment_write(exchange: Exchange, source: Any) -> EntityWrite:
    """NGSI-LD Null (4.5.0) removes the attribute."""
    document = parse_fragment(source)
    if not document:
        raise Invalid("twin.ngsi.no_attribute")
    removed = tuple(name for name, value in document.items() if NULL in instances(value)[0].values())
    return _merge(exchange, {name: value for name, value in document.items() if name not in removed}, removed)


def _merge(exchange: Exchange, document: dict[str, Any], removed: tuple[str, ...]) -> EntityWrite:
    return EntityWrite(
        id=exchange.parts[1],
        op=Op.REMOVE if removed else Op.MERGE,
        document=document,
        removed=removed,
        expect=Expect.PRESENT,
        actor=exchange.actor.id,
    )


def _deletion(exchange: Exchange, id: str) -> EntityWrite:
    return EntityWrite(id=id, op=Op.DELETE, expect=Expect.PRESENT, actor=exchange.actor.id)


async def _batch(exchange: Exchange, op: Op, expect: Expect) -> list[Parsed]:
    sources = await exchange.json()
    if not isinstance(sources, list) or not sources:
        raise Malformed("twin.ngsi.list")
    _bounded(sources)
    return [_parsed(exchange, source, op, expect) for source in sources]


def _parsed(exchange: Exchange, source: Any, op: Op, expect: Expect) -> Parsed:
    try:
        entity = parse_entity(source)
    except Invalid as error:
        id = source.get("id") if isinstance(source, dict) else None
        return None, str(id)[:1024] if id else "urn:ngsi-ld:unknown", error
    return write_of(entity, op, expect=expect, actor=exchange.actor.id), entity.id, None


def _bounded(batch: Sequence[object]) -> None:
    if len(batch) > MAX_BATCH:
        raise Invalid("twin.ngsi.batch", limit=MAX_BATCH)


async def _submit_one(exchange: Exchange, write: EntityWrite) -> None:
    (outcome,) = await exchange.door.writer.submit(exchange.actor.tenant, [write])
    if outcome.error:
        raise outcome.error


async def _submit(exchange: Exchange, batch: list[Parsed]) -> list[Outcome]:
    """One outcome for each of the batch, those that did not parse among them."""
    written = iter(
        await exchange.door.writer.submit(exchange.actor.tenant, [write for write, _, _ in batch if write])
    )
    return [next(written) if write else Outcome(error=error) for write, _, error in batch]


def _many(
    exchange: Exchange, batch: list[Parsed], outcomes: list[Outcome], fine: Callable[[], Answer]
) -> Answer:
    """5.6.7: `fine` where all succeeded, else 207 with the result of each."""
    if not any(outcome.error for outcome in outcomes):
        return fine()
    language = exchange.header("accept-language")
    pairs = [(id, outcome.error) for (_, id, _), outcome in zip(batch, outcomes, strict=True)]
    errors = [{"entityId": id, "error": problem(error, language)} for id, error in pairs if error]
    return Answer(207, {"success": [id for id, error in pairs if not error], "errors": errors})


OPERATIONS = (
    Operation("entities", "POST", "entity.write", create_entity),
    Operation("entities/*", "DELETE", "entity.write", delete_entity),
    Operation("entities/*/attrs", "PATCH", "entity.write", update_attributes),
    Operation("entities/*/attrs", "POST", "entity.write", append_attributes),
    Operation("entities/*/attrs/*", "DELETE", "entity.write", delete_attribute),
    Operation("entityOperations/create", "POST", "entity.write", batch_create),
    Operation("entityOperations/upsert", "POST", "entity.write", batch_upsert),
    Operation("entityOperations/update", "POST", "entity.write", batch_update),
    Operation("entityOperations/delete", "POST", "entity.write", batch_delete),
)
