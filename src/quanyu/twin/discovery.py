"""Which types and attributes there are, exactly, from counters that every write keeps (see migration 0031)."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from quanyu.store import Connection
from quanyu.twin.counting import fold

_FOLD_AT = 500  # rows of differences; summing up fewer is quicker than folding them

_SHAPES = """
select types, name, kind, sum(number)::bigint as number, (select count(*) from shape_change where tenant = $1) as uncounted
from (select dataset, types, name, kind, number from shape where tenant = $1
      union all
      select dataset, types, name, kind, number from shape_change where tenant = $1) as both_
where $2::text[] is null or dataset = any($2)
group by types, name, kind having sum(number) > 0 order by types, name, kind
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """So many instances of an attribute among entities of exactly these types, at least one; with name '' so many entities."""

    types: tuple[str, ...]
    name: str
    kind: str
    number: int


@dataclass(frozen=True, slots=True)
class Attribute:
    name: str
    instances: int
    kinds: tuple[str, ...]
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntityType:
    name: str
    entities: int
    attributes: tuple[Attribute, ...]


async def shapes(
    connection: Connection, tenant: str, datasets: Collection[str] | None = None
) -> tuple[Shape, ...]:
    """Of everything, or of the entities of some datasets."""
    rows = await connection.fetch(_SHAPES, tenant, None if datasets is None else list(datasets))
    if rows and rows[0]["uncounted"] > _FOLD_AT:
        await fold(connection, tenant)
    return tuple(Shape(tuple(row["types"]), row["name"], row["kind"], row["number"]) for row in rows)


def number_of(found: Iterable[Shape], fits: Collection[tuple[str, ...]] | None = None) -> int:
    """Entities, of these combinations of types or of all."""
    return sum(one.number for one in found if not one.name and (fits is None or one.types in fits))


def entity_types(found: Collection[Shape]) -> list[EntityType]:
    """By name. An entity of several types counts under each."""
    names = sorted({name for one in found if not one.name for name in one.types})
    return [_entity_type(name, [one for one in found if name in one.types]) for name in names]


def attributes(found: Collection[Shape]) -> list[Attribute]:
    """By name."""
    return list(_attributes(found))


def _entity_type(name: str, found: list[Shape]) -> EntityType:
    return EntityType(name, number_of(found), tuple(_attributes(found)))


def _attributes(found: Collection[Shape]) -> Iterator[Attribute]:
    by_name: dict[str, list[Shape]] = {}
    for one in found:
        if one.name:
            by_name.setdefault(one.name, []).append(one)
    for name in sorted(by_name):
        same = by_name[name]
        kinds = tuple(sorted({one.kind for one in same}))
        types = tuple(sorted({type for one in same for type in one.types}))
        yield Attribute(name, sum(one.number for one in same), kinds, types)
