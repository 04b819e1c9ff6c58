"""Which types and attributes there are (ETSI GS CIM 009, 5.7.5 to 5.7.10; 6.25 to 6.28), exact, from counters."""

from typing import Any
from uuid import uuid4

from quanyu.core.errors import NotFound
from quanyu.twin.discovery import Attribute, EntityType, Shape, attributes, entity_types, shapes
from quanyu.twin.http.ngsi_exchange import Answer, Exchange, Operation
from quanyu.twin.http.ngsi_parameters import truth_of
from quanyu.twin.ngsild.context import Context, iri_of


async def list_types(exchange: Exchange) -> Answer:
    """5.7.5, 5.7.6."""
    context, details = await exchange.context(), _details(exchange)
    found = entity_types(await _shapes(exchange))
    if details:
        return Answer(200, [_type(one, context) for one in found])
    names = sorted(context.term(one.name) for one in found)
    return Answer(200, {"id": _new_id("EntityTypeList"), "type": "EntityTypeList", "typeList": names})


async def show_type(exchange: Exchange) -> Answer:
    """5.7.7."""
    context = await exchange.context()
    _no_more(exchange)
    name = context.stored(exchange.parts[1])
    for one in entity_types(await _shapes(exchange)):
        if one.name == name:
            return Answer(200, _type_information(one, context))
    raise NotFound("twin.type.unknown", type=exchange.parts[1])


async def list_attributes(exchange: Exchange) -> Answer:
    """5.7.8, 5.7.9."""
    context, details = await exchange.context(), _details(exchange)
    found = attributes(await _shapes(exchange))
    if details:
        return Answer(200, [_attribute(one, context) for one in found])
    names = sorted(context.term(one.name) for one in found)
    return Answer(200, {"id": _new_id("AttributeList"), "type": "AttributeList", "attributeList": names})


async def show_attribute(exchange: Exchange) -> Answer:
    """5.7.10."""
    context = await exchange.context()
    _no_more(exchange)
    name = context.stored(exchange.parts[1])
    for one in attributes(await _shapes(exchange)):
        if one.name == name:
            kinds = {"attributeCount": one.instances, "attributeTypes": list(one.kinds)}
            return Answer(200, _attribute(one, context) | kinds)
    raise NotFound("twin.attribute.none", name=exchange.parts[1])


async def _shapes(exchange: Exchange) -> tuple[Shape, ...]:
    """Of what the asker sees."""
    tenant = exchange.actor.tenant
    async with exchange.database.tenant(tenant) as connection:
        seen = await exchange.sight.seen(connection, exchange.actor, "entity.read")
        return await shapes(connection, tenant, seen.datasets)


def _details(exchange: Exchange) -> bool:
    wanted = truth_of(exchange.take("details"), "details")
    _no_more(exchange)
    return wanted


def _no_more(exchange: Exchange) -> None:
    exchange.take("local")
    exchange.refuse_others()


def _type(one: EntityType, context: Context) -> dict[str, Any]:
    """5.2.25."""
    names = sorted(context.term(attribute.name) for attribute in one.attributes)
    return {
        "id": iri_of(one.name),
        "type": "EntityType",
        "typeName": context.term(one.name),
        "attributeNames": names,
    }


def _type_information(one: EntityType, context: Context) -> dict[str, Any]:
    """5.2.26."""
    return {
        "id": iri_of(one.name), "type": "EntityTypeInfo", "typeName": context.term(one.name),
        "entityCount": one.entities,
        "attributeDetails": [
            {"id": iri_of(attribute.name), "type": "Attribute", "attributeName": context.term(attribute.name),
             "attributeTypes": list(attribute.kinds)}
            for attribute in one.attributes
        ],
    }  # fmt: skip


def _attribute(one: Attribute, context: Context) -> dict[str, Any]:
    """5.2.28."""
    types = sorted(context.term(name) for name in one.types)
    return {
        "id": iri_of(one.name),
        "type": "Attribute",
        "attributeName": context.term(one.name),
        "typeNames": types,
    }


def _new_id(kind: str) -> str:
    return f"urn:ngsi-ld:{kind}:{uuid4()}"


OPERATIONS = (
    Operation("types", "GET", "entity.read", list_types),
    Operation("types/*", "GET", "entity.read", show_type),
    Operation("attributes", "GET", "entity.read", list_attributes),
    Operation("attributes/*", "GET", "entity.read", show_attribute),
)
