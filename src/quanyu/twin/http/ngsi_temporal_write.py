"""Temporal provision (ETSI GS CIM 009, 5.6.11 to 5.6.16; 6.18 to 6.21): telling and correcting what was."""

from typing import Any
from urllib.parse import quote

from quanyu.core.clock import utc_now
from quanyu.core.entity import instances
from quanyu.core.errors import Invalid, NotFound
from quanyu.twin.history.instances import SCOPE
from quanyu.twin.history.record import (
    Teller,
    Told,
    append,
    erase,
    erase_attribute,
    erase_instance,
    instance_of,
    note_deletion,
    rewrite_instance,
    tell,
)
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Operation
from quanyu.twin.http.ngsi_parameters import truth_of
from quanyu.twin.http.ngsi_temporal import entity_id
from quanyu.twin.http.ngsi_temporal_sight import known_to
from quanyu.twin.ngsild.document import is_uri, parse_attribute, parse_entity, parse_fragment, utc_moment

_OF_SCOPE = frozenset({"type", "value", "observedAt", "createdAt", "modifiedAt", "deletedAt", "instanceId"})


async def upsert_evolution(exchange: Exchange) -> Answer:
    """5.6.11: 201 for a new temporal evolution, 204 where instances were added to one."""
    exchange.refuse_others()
    body = await exchange.json_object()
    context = await exchange.context(body)
    rest, scopes = _scopes(body)
    entity = parse_entity(rest, context, temporal=True)
    told = Told(
        id=entity.id, types=entity.types, document=entity.document, scope=entity.scope or None, scopes=scopes
    )
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        new = await tell(connection, told, _teller(exchange))
    if not new:
        return Answer(204)
    place = f"/ngsi-ld/v1/temporal/entities/{quote(entity.id, safe=':')}"
    return Answer(201, headers=(("location", place),))


async def delete_evolution(exchange: Exchange) -> Answer:
    """5.6.16."""
    exchange.refuse_others()
    id = entity_id(exchange)
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        await known_to(exchange, connection, id)
        await erase(connection, id, _teller(exchange))
    return Answer(204)


async def append_instances(exchange: Exchange) -> Answer:
    """5.6.12."""
    exchange.refuse_others()
    id = entity_id(exchange)
    body = await exchange.json_object()
    context = await exchange.context(body)
    rest, scopes = _scopes(body)
    part = parse_fragment(rest, context, nulls=False, temporal=True)
    if not part.document and not part.scope and not scopes:
        raise Invalid("twin.ngsi.no_attribute")
    told = Told(id=id, types=part.types, document=part.document, scope=part.scope, scopes=scopes)
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        await known_to(exchange, connection, id)
        await append(connection, told, _teller(exchange))
    return Answer(204)


async def delete_attribute(exchange: Exchange) -> Answer:
    """5.6.13."""
    every = truth_of(exchange.take("deleteAll"), "deleteAll")
    dataset = None if every else exchange.take("datasetId")
    exchange.take("datasetId")
    exchange.refuse_others()
    id, name = entity_id(exchange), await _attribute(exchange)
    if dataset and not is_uri(dataset):
        raise Invalid("core.entity.dataset_id", value=dataset[:80])
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        await known_to(exchange, connection, id)
        await erase_attribute(connection, id, name, _teller(exchange), dataset=dataset)
    return Answer(204)


async def modify_instance(exchange: Exchange) -> Answer:
    """5.6.14: the instance in the fragment takes the place of the one there was."""
    exchange.refuse_others()
    id, instance = entity_id(exchange), _instance(exchange)
    body = await exchange.json_object()
    context = await exchange.context(body)
    told = parse_attribute(exchange.parts[4], body, context, partial=False, temporal=True)
    ((name, value),) = told.document.items()
    if len(instances(value)) != 1:
        raise Invalid("twin.temporal.one_instance")
    teller = _teller(exchange)
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        await known_to(exchange, connection, id)
        await instance_of(connection, id, name, instance, teller)
        await rewrite_instance(connection, id, name, instance, instances(value)[0], teller)
    return Answer(204)


async def delete_instance(exchange: Exchange) -> Answer:
    """5.6.15."""
    exchange.refuse_others()
    id, instance, name = entity_id(exchange), _instance(exchange), await _attribute(exchange)
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        await known_to(exchange, connection, id)
        await erase_instance(connection, id, name, instance, _teller(exchange))
    return Answer(204)


async def end_in_past(
    exchange: Exchange, id: str, name: str, unknown: NotFound, *, dataset: str | None
) -> None:
    """5.6.5 for an entity of which only its past is known: that the attribute has ended belongs to it.

    Raises `unknown` where there is no such entity either.
    """
    async with exchange.database.tenant(exchange.actor.tenant) as connection:
        try:
            await known_to(exchange, connection, id)
            await note_deletion(connection, id, name, _teller(exchange), dataset=dataset)
        except NotFound:
            raise unknown from None


def _scopes(body: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """4.5.6: a scope may be told as the history of a Property. The body without it, and its instances."""
    given = body.get(SCOPE)
    several = given if isinstance(given, list) else [given]
    if not any(isinstance(one, dict) for one in several):
        return body, []
    return {name: value for name, value in body.items() if name != SCOPE}, list(map(_scope, several))


def _scope(source: Any) -> dict[str, Any]:
    if not isinstance(source, dict) or source.keys() - _OF_SCOPE or source.get("type") != "Property":
        raise Invalid("core.entity.scope", value=str(source)[:80])
    scope = parse_fragment({SCOPE: source.get("value")}, nulls=False).scope
    if not scope:
        raise Invalid("core.entity.scope", value=str(source)[:80])
    made = {"type": "Property", "value": list(scope)}
    if "observedAt" not in source:
        return made
    moment = utc_moment(source["observedAt"])
    if moment is None:
        raise Invalid("twin.query.moment", name="observedAt")
    return {**made, "observedAt": moment}


async def _attribute(exchange: Exchange) -> str:
    name = exchange.parts[4]
    return name if name == SCOPE else (await exchange.context()).stored(name)


def _instance(exchange: Exchange) -> str:
    found = exchange.parts[5]
    if not is_uri(found):
        raise Invalid("twin.temporal.instance_id", value=found[:80])
    return found


def _teller(exchange: Exchange) -> Teller:
    actor = exchange.actor
    return Teller(tenant=actor.tenant, actor=actor.id, now=utc_now(), archive=exchange.door.history)


OPERATIONS = (
    Operation("temporal/entities", "POST", "entity.write", upsert_evolution),
    Operation("temporal/entities/*", "DELETE", "entity.write", delete_evolution),
    Operation("temporal/entities/*/attrs", "POST", "entity.write", append_instances),
    Operation("temporal/entities/*/attrs/*", "DELETE", "entity.write", delete_attribute),
    Operation("temporal/entities/*/attrs/*/*", "PATCH", "entity.write", modify_instance),
    Operation("temporal/entities/*/attrs/*/*", "DELETE", "entity.write", delete_instance),
)
