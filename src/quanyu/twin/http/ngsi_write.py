"""Provision of single entities and attributes (ETSI GS CIM 009, 5.6.1 to 5.6.6 and 5.6.17 to 5.6.19; 6.4 to 6.7)."""

from collections.abc import Iterable
from urllib.parse import quote

from quanyu.core.errors import Invalid, NotFound
from quanyu.core.messages import text
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Operation
from quanyu.twin.http.ngsi_parameters import truth_of
from quanyu.twin.http.ngsi_temporal_write import end_in_past
from quanyu.twin.ngsild.context import Context, iri_of
from quanyu.twin.ngsild.document import (
    Fragment,
    Merged,
    State,
    append,
    delete_attribute,
    delete_scope,
    is_uri,
    merge,
    merge_values,
    parse_attribute,
    parse_entity,
    parse_fragment,
    parse_values,
    replace_attribute,
    update,
    update_attribute,
    utc_moment,
)
from quanyu.twin.ngsild.document.members import DEFAULT_INSTANCE
from quanyu.twin.ngsild.query import parse_types
from quanyu.twin.ngsild.query.tree import TypeSelection
from quanyu.twin.provision import Create, Delete, Modification, Modify, Replace, Told
from quanyu.twin.state import Change

_SIMPLIFIED = frozenset({"simplified", "keyValues"})
_FORMS = _SIMPLIFIED | {"normalized", "concise"}


async def create_entity(exchange: Exchange) -> Answer:
    """5.6.1."""
    exchange.refuse_others()
    body = await exchange.json_object()
    entity = parse_entity(body, await exchange.context(body))
    await submit(exchange, Create(id=entity.id, actor=exchange.actor.id, entity=entity))
    return Answer(201, headers=(("location", f"/ngsi-ld/v1/entities/{quote(entity.id, safe=':')}"),))


async def merge_entity(exchange: Exchange) -> Answer:
    """5.6.17; `lang` and `observedAt` stand for what the fragment leaves out."""
    id = entity_id(exchange)
    named = {exchange.take("format")} - {""} or {*options(exchange, _FORMS)}
    exchange.take("options")
    said = {"observed": _observed(exchange), "language": exchange.take("lang") or None}
    exchange.refuse_others()
    if not named <= _FORMS:
        raise Invalid("twin.ngsi.option", name=min(named)[:40])
    body = await exchange.json_object()
    context = await exchange.context(body)
    if named & _SIMPLIFIED:
        values = parse_values(body, context)
        return await _modify(
            exchange,
            id,
            values,
            lambda state, now: merge_values(state, values, now, names=context.stored_names, **said),
        )
    fragment = parse_fragment(body, context, partial=True)
    return await _modify(exchange, id, fragment, lambda state, now: merge(state, fragment, now, **said))


async def replace_entity(exchange: Exchange) -> Answer:
    """5.6.18."""
    id = entity_id(exchange)
    exchange.refuse_others()
    body = await exchange.json_object()
    context = await exchange.context(body)
    fragment = parse_fragment(body, context, nulls=False)
    _same_id(id, fragment)
    types = _types(exchange, context)
    await submit(exchange, Replace(id=id, actor=exchange.actor.id, types=types, fragment=fragment))
    return Answer(204)


async def delete_entity(exchange: Exchange) -> Answer:
    """5.6.6."""
    id = entity_id(exchange)
    exchange.refuse_others()
    types = _types(exchange, await exchange.context())
    await submit(exchange, Delete(id=id, actor=exchange.actor.id, types=types))
    return Answer(204)


async def append_attributes(exchange: Exchange) -> Answer:
    """5.6.3; with `options=noOverwrite` what is there stays and is named in a 207."""
    id = entity_id(exchange)
    overwrite = "noOverwrite" not in options(exchange, {"noOverwrite"})
    exchange.refuse_others()
    body = await exchange.json_object()
    fragment = parse_fragment(body, await exchange.context(body), nulls=False)
    return await _modify(
        exchange, id, fragment, lambda state, now: append(state, fragment, now, overwrite=overwrite)
    )


async def update_attributes(exchange: Exchange) -> Answer:
    """5.6.2; what cannot be done is named in a 207."""
    id = entity_id(exchange)
    exchange.refuse_others()
    body = await exchange.json_object()
    fragment = parse_fragment(body, await exchange.context(body))
    return await _modify(exchange, id, fragment, lambda state, now: update(state, fragment, now))


async def update_one_attribute(exchange: Exchange) -> Answer:
    """5.6.4: members of one instance."""
    id, name = entity_id(exchange), exchange.parts[3]
    exchange.refuse_others()
    body = await exchange.json()
    context = await exchange.context(body)
    fragment = parse_attribute(name, body, context)
    stored = context.stored(name)
    return await _modify(
        exchange, id, Fragment(), lambda state, now: update_attribute(state, stored, fragment, now)
    )


async def replace_one_attribute(exchange: Exchange) -> Answer:
    """5.6.19: one instance."""
    id, name = entity_id(exchange), exchange.parts[3]
    exchange.refuse_others()
    body = await exchange.json()
    context = await exchange.context(body)
    fragment = parse_attribute(name, body, context, partial=False)
    stored = context.stored(name)
    return await _modify(
        exchange, id, Fragment(), lambda state, now: replace_attribute(state, stored, fragment, now)
    )


async def delete_one_attribute(exchange: Exchange) -> Answer:
    """5.6.5: the default instance, the one with `datasetId`, or with `deleteAll` every one."""
    id, name = entity_id(exchange), exchange.parts[3]
    every = truth_of(exchange.take("deleteAll"), "deleteAll")
    dataset_id = exchange.take("datasetId") or None
    exchange.refuse_others()
    dataset_id = None if dataset_id == DEFAULT_INSTANCE else dataset_id
    if dataset_id is not None and not is_uri(dataset_id):
        raise Invalid("core.entity.dataset_id", value=dataset_id[:80])
    context = await exchange.context()
    stored = name if name == "scope" else context.stored(name)

    def how(state: State, now: str) -> Merged:
        if name == "scope":
            return delete_scope(state)
        return delete_attribute(state, stored, now, dataset_id=dataset_id, every=every)

    try:
        return await _modify(exchange, id, Fragment(), how)
    except NotFound as unknown:
        await end_in_past(exchange, id, stored, unknown, dataset=None if every else dataset_id or "")
        return Answer(204)


def entity_id(exchange: Exchange) -> str:
    """The id in the path. The `type` that may stand beside it is read with the @context of the request."""
    id = exchange.parts[1]
    exchange.take("type")
    if not is_uri(id):
        raise Invalid("core.entity.id", value=id[:80])
    return id


def _types(exchange: Exchange, context: Context) -> TypeSelection:
    """4.17: what is of none of these types counts as not there. Raises Invalid."""
    text = exchange.take("type")
    return parse_types(text, context.stored) if text else ()


def options(exchange: Exchange, known: Iterable[str]) -> tuple[str, ...]:
    named = exchange.take_list("options")
    if unknown := [name for name in named if name not in known]:
        raise Invalid("twin.ngsi.option", name=unknown[0][:40])
    return named


async def submit(exchange: Exchange, change: Change) -> Told | None:
    """After the commit. Raises what the change is refused with."""
    (outcome,) = await exchange.door.writer.submit(exchange.actor.tenant, [change])
    if outcome.error:
        raise outcome.error
    told: Told | None = outcome.told
    return told


async def _modify(exchange: Exchange, id: str, fragment: Fragment, how: Modification) -> Answer:
    _same_id(id, fragment)
    types = _types(exchange, exchange.asked_context)
    change = Modify(id=id, actor=exchange.actor.id, types=types, how=how, fragment=fragment)
    told = await submit(exchange, change)
    if told is None or not told.refused:
        return Answer(204)
    return Answer(207, update_result(told, exchange.asked_context, exchange.header("accept-language")))


def update_result(told: Told, context: Context, language: str) -> dict[str, object]:
    """5.2.18; attributes are named by their IRIs."""
    gaps = [
        {"attributeName": iri_of(name), "reason": text(key, language or "en", name=context.term(name))}
        for name, key in told.refused.items()
    ]
    return {"updated": [iri_of(name) for name in told.updated], "notUpdated": gaps}


def _same_id(id: str, fragment: Fragment) -> None:
    if fragment.id and fragment.id != id:
        raise Invalid("twin.ngsi.other_id", id=id, other=fragment.id)


def _observed(exchange: Exchange) -> str | None:
    given = exchange.take("observedAt")
    if not given:
        return None
    moment = utc_moment(given.replace(" ", "+"))
    if moment is None:
        raise Invalid("core.entity.moment", value=given[:40])
    return moment


OPERATIONS = (
    Operation("entities", "POST", "entity.write", create_entity),
    Operation("entities/*", "PATCH", "entity.write", merge_entity),
    Operation("entities/*", "PUT", "entity.write", replace_entity),
    Operation("entities/*", "DELETE", "entity.write", delete_entity),
    Operation("entities/*/attrs", "POST", "entity.write", append_attributes),
    Operation("entities/*/attrs", "PATCH", "entity.write", update_attributes),
    Operation("entities/*/attrs/*", "PATCH", "entity.write", update_one_attribute),
    Operation("entities/*/attrs/*", "PUT", "entity.write", replace_one_attribute),
    Operation("entities/*/attrs/*", "DELETE", "entity.write", delete_one_attribute),
)
