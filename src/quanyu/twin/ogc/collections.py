"""The collections of features: each entity type, and each located layer of a dataset; live, from the twin's counters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from quanyu.core.errors import NotFound
from quanyu.core.geometry import Box
from quanyu.core.messages import text
from quanyu.store import Connection
from quanyu.twin.discovery import Attribute, Shape, attributes, entity_types, shapes
from quanyu.twin.http.sight import Seen
from quanyu.twin.map.layers import Layer, layers


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """`dataset` None: of all datasets. `box`: where its located features are, as far as that is known."""

    id: str
    type: str
    dataset: str | None
    title: str
    description: str
    number: int
    box: Box | None


async def collections(
    connection: Connection, tenant: str, seen: Seen, language: str
) -> tuple[Collection, ...]:
    """What the asker sees, by id."""
    located = [one for one in await layers(connection, tenant) if seen.has(one.dataset)]
    found = [_of_type(one, located, language) for one in await _types(connection, tenant, seen)]
    found += [_of_layer(one, language) for one in located if one.dataset]
    return tuple(sorted(found, key=lambda one: one.id))


async def collection(connection: Connection, tenant: str, seen: Seen, language: str, id: str) -> Collection:
    """Raises NotFound, also for one that the asker does not see."""
    for one in await collections(connection, tenant, seen, language):
        if one.id == id:
            return one
    raise NotFound("twin.ogc.collection", id=id[:200])


async def queryables(
    connection: Connection, tenant: str, seen: Seen, of: Collection
) -> tuple[Attribute, ...]:
    """The attributes that its features have."""
    datasets = seen.datasets if of.dataset is None else [of.dataset]
    found = await shapes(connection, tenant, datasets)
    return tuple(attributes([one for one in found if of.type in one.types]))


def collection_id(type: str, dataset: str = "") -> str:
    """Without a slash, so that it is one part of a path: IRIs are written with %2F."""
    id = type if "/" not in type else quote(type, safe=":#")
    return f"{id}~{dataset}" if dataset else id


async def _types(connection: Connection, tenant: str, seen: Seen) -> list[tuple[str, int]]:
    found: Sequence[Shape] = await shapes(connection, tenant, seen.datasets)
    return [(one.name, one.entities) for one in entity_types(found)]


def _of_type(counted: tuple[str, int], located: Iterable[Layer], language: str) -> Collection:
    type, number = counted
    return Collection(
        id=collection_id(type),
        type=type,
        dataset=None,
        title=type,
        description=text("twin.ogc.of_type", language, type=type),
        number=number,
        box=_around([one.box for one in located if one.type == type]),
    )


def _of_layer(layer: Layer, language: str) -> Collection:
    title = layer.titles.get(language) or f"{layer.type} · {layer.dataset}"
    return Collection(
        id=collection_id(layer.type, layer.dataset),
        type=layer.type,
        dataset=layer.dataset,
        title=title,
        description=text("twin.ogc.of_layer", language, type=layer.type, dataset=layer.dataset),
        number=layer.entities,
        box=layer.box,
    )


def _around(boxes: Sequence[Box]) -> Box | None:
    if not boxes:
        return None
    return Box(
        min(one.x1 for one in boxes), min(one.y1 for one in boxes),
        max(one.x2 for one in boxes), max(one.y2 for one in boxes),
    )  # fmt: skip
