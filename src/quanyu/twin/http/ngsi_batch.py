"""Batches of entities (ETSI GS CIM 009, 5.6.7 to 5.6.10 and 5.6.20; 6.14 to 6.17, 6.31): each entity ends by itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from quanyu.core.entity import Entity
from quanyu.core.errors import Invalid, QuanyuError, Unavailable
from quanyu.twin.fold import Outcome
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Malformed, Operation, problem
from quanyu.twin.http.ngsi_problems import UNKNOWN
from quanyu.twin.http.ngsi_write import options, update_result
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.document import Fragment, append, is_uri, merge, parse_entity, parse_fragment
from quanyu.twin.provision import Create, Delete, Modify, Upsert
from quanyu.twin.state import Change

MAX_BATCH = 10_000

Make = Callable[[dict[str, Any], Context], Change]


@dataclass(frozen=True, slots=True)
class Item:
    """One entity of a batch: the change that it asks for, or why it asks for nothing."""

    id: str
    context: Context | None = None
    change: Change | None = None
    error: QuanyuError | None = None


async def batch_create(exchange: Exchange) -> Answer:
    """5.6.7."""
    exchange.refuse_others()

    def make(source: dict[str, Any], context: Context) -> Change:
        entity = parse_entity(source, context)
        return Create(id=entity.id, actor=exchange.actor.id, entity=entity)

    batch = await _batch(exchange, make)
    outcomes = await _submit(exchange, batch)
    return _answer(exchange, batch, outcomes, Answer(201, [item.id for item in batch]))


async def batch_upsert(exchange: Exchange) -> Answer:
    """5.6.8: replaces, or updates as 5.6.2 with `options=update`; 201 names the new ones."""
    update = "update" in options(exchange, ("update", "replace"))
    exchange.refuse_others()

    def make(source: dict[str, Any], context: Context) -> Change:
        unlimited = False
        if update:
            entity, unlimited = _updating(source, context)
        else:
            entity = parse_entity(source, context)
        return Upsert(
            id=entity.id, actor=exchange.actor.id, entity=entity, update=update, unlimited=unlimited
        )

    batch = await _batch(exchange, make)
    outcomes = await _submit(exchange, batch)
    created = [item.id for item, outcome in zip(batch, outcomes, strict=True) if outcome.created]
    return _answer(exchange, batch, outcomes, Answer(201, created) if created else Answer(204))


async def batch_update(exchange: Exchange) -> Answer:
    """5.6.9: appends to each, with `options=noOverwrite` only what is not there."""
    overwrite = "noOverwrite" not in options(exchange, ("noOverwrite",))
    exchange.refuse_others()

    def make(source: dict[str, Any], context: Context) -> Change:
        fragment = _part(source, context, partial=False)
        return Modify(
            id=fragment.id, actor=exchange.actor.id, fragment=fragment,
            how=lambda state, now: append(state, fragment, now, overwrite=overwrite),
        )  # fmt: skip

    batch = await _batch(exchange, make)
    return _answer(exchange, batch, await _submit(exchange, batch), Answer(204))


async def batch_merge(exchange: Exchange) -> Answer:
    """5.6.20."""
    exchange.refuse_others()

    def make(source: dict[str, Any], context: Context) -> Change:
        fragment = _part(source, context, partial=True)
        return Modify(
            id=fragment.id, actor=exchange.actor.id, fragment=fragment,
            how=lambda state, now: merge(state, fragment, now),
        )  # fmt: skip

    batch = await _batch(exchange, make)
    return _answer(exchange, batch, await _submit(exchange, batch), Answer(204))


async def batch_delete(exchange: Exchange) -> Answer:
    """5.6.10: a list of ids."""
    exchange.refuse_others()
    ids = await exchange.json()
    if not isinstance(ids, list):
        raise Malformed("twin.ngsi.ids")
    if not ids or not all(isinstance(id, str) for id in ids):
        raise Invalid("twin.ngsi.ids")
    _bounded(ids)
    batch = [_deletion(exchange, id) for id in ids]
    return _answer(exchange, batch, await _submit(exchange, batch), Answer(204))


def _part(source: dict[str, Any], context: Context, *, partial: bool) -> Fragment:
    fragment = parse_fragment(source, context, nulls=partial, partial=partial)
    if not fragment.id:
        raise Invalid("core.entity.id", value="")
    return fragment


def _updating(source: dict[str, Any], context: Context) -> tuple[Entity, bool]:
    """One that may hold NGSI-LD Null, for what is there already; and whether its end is taken away."""
    found = parse_fragment(source, context)
    if not found.id or not found.types:
        parse_entity(source, context)
    entity = Entity(
        id=found.id, types=found.types, document=found.document, scope=found.scope or (),
        expires=found.expires,
    )  # fmt: skip
    return entity, found.unlimited


def _deletion(exchange: Exchange, id: str) -> Item:
    if not is_uri(id):
        return Item(id[:1024], error=Invalid("core.entity.id", value=id[:80]))
    return Item(id, change=Delete(id=id, actor=exchange.actor.id))


async def _batch(exchange: Exchange, make: Make) -> list[Item]:
    sources = await exchange.json()
    if not isinstance(sources, list):
        raise Malformed("twin.ngsi.list")
    if not sources or None in sources:
        raise Invalid("twin.ngsi.list")
    _bounded(sources)
    return [await _item(exchange, source, make) for source in sources]


async def _item(exchange: Exchange, source: Any, make: Make) -> Item:
    if not isinstance(source, dict):
        return Item(UNKNOWN, error=Invalid("core.entity.object"))
    try:
        context = await exchange.context(source)
        change = make(source, context)
    except QuanyuError as error:
        if error.key == "twin.context.both":  # wrong with the whole request (6.3.5)
            raise
        return Item(str(source.get("id") or UNKNOWN)[:1024], error=error)
    return Item(change.id, context, change)


def _bounded(batch: Sequence[object]) -> None:
    if len(batch) > MAX_BATCH:
        raise Invalid("twin.ngsi.batch", limit=MAX_BATCH)


async def _submit(exchange: Exchange, batch: list[Item]) -> list[Outcome]:
    """One outcome for each of the batch, those that ask for nothing among them.

    Raises Unavailable where nothing could be written: many a client takes any 2xx, a 207 too, for a success.
    """
    changes = [item.change for item in batch if item.change]
    written = await exchange.door.writer.submit(exchange.actor.tenant, changes)
    away = [one.error for one in written if isinstance(one.error, Unavailable)]
    if away and len(away) == len(written):
        raise away[0]
    outcomes = iter(written)
    return [next(outcomes) if item.change else Outcome(error=item.error) for item in batch]


def _answer(exchange: Exchange, batch: list[Item], outcomes: list[Outcome], fine: Answer) -> Answer:
    """BatchOperationResult (5.2.16): `fine` where all succeeded, else 207 with the result of each."""
    language = exchange.header("accept-language")
    success, errors = [], []
    for item, outcome in zip(batch, outcomes, strict=True):
        if outcome.error:
            errors.append({"entityId": item.id, "error": problem(outcome.error, language)})
        elif outcome.told is not None and outcome.told.refused:
            errors.append({"entityId": item.id, "error": _partly(item, outcome, language)})
        else:
            success.append(item.id)
    return Answer(207, {"success": success, "errors": errors}) if errors else fine


def _partly(item: Item, outcome: Outcome, language: str) -> dict[str, Any]:
    """Some attributes of an entity were not taken."""
    assert item.context is not None
    result = update_result(outcome.told, item.context, language)
    return {**problem(Invalid("twin.ngsi.partly"), language), **result}


OPERATIONS = (
    Operation("entityOperations/create", "POST", "entity.write", batch_create),
    Operation("entityOperations/upsert", "POST", "entity.write", batch_upsert),
    Operation("entityOperations/update", "POST", "entity.write", batch_update),
    Operation("entityOperations/merge", "POST", "entity.write", batch_merge),
    Operation("entityOperations/delete", "POST", "entity.write", batch_delete),
)
