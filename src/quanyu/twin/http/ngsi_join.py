"""Linked entities beside or inside those that were asked for (ETSI GS CIM 009, 4.5.23, 5.7.1.5)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from quanyu.core.entity import Kind, instances
from quanyu.core.errors import Invalid
from quanyu.twin.http.ngsi_shown import Join, Shown
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.document import Form, Representation, show
from quanyu.twin.ngsild.query import Projection

MOST_LINKED = 10_000

Fetch = Callable[[Collection[str]], Any]
"""Awaited with ids: the entities of them that the asker sees, by id."""

_NOTHING = Projection()


@dataclass(frozen=True, slots=True)
class _Level:
    """How entities so many links away are shown, along one path."""

    pick: Projection
    omit: Projection

    def shows(self, name: str, attributes: Collection[str]) -> bool:
        return (
            (not attributes or name in attributes)
            and (not self.pick.members or name in self.pick.members)
            and (name not in self.omit.members or name in self.omit.linked)
        )

    def beyond(self, name: str) -> "_Level":
        return _Level(self.pick.linked.get(name, _NOTHING), self.omit.linked.get(name, _NOTHING))


async def shown_entities(
    entities: Sequence[Stored], shown: Shown, context: Context, fetch: Fetch
) -> list[dict[str, Any]]:
    """As asked; what nothing is left of is left out. Flat: the linked ones after all that were asked for."""
    if shown.join is None:
        return [made for one in entities if (made := show(one, context, shown.representation))]
    linked = await _gathered(entities, shown, shown.join, fetch)
    joined = _Joined(shown, shown.join, context, linked)
    if shown.join.inline:
        return [made for one in entities if (made := joined.inline(one))]
    return [made for made in joined.flat(entities) if made]


async def _gathered(entities: Sequence[Stored], shown: Shown, join: Join, fetch: Fetch) -> dict[str, Stored]:
    """Level by level, each in one go. Raises Invalid where they become too many."""
    linked: dict[str, Stored] = {}
    here = [(one, _top(shown)) for one in entities]
    attributes: Collection[str] = shown.representation.attributes
    for _ in range(join.levels):
        steps = [
            (id, level.beyond(name)) for one, level in here for name, id in _links(one, level, attributes)
        ]
        wanted = {id for id, _ in steps} - linked.keys() - join.known
        if len(linked) + len(wanted) > MOST_LINKED:
            raise Invalid("twin.asked.linked", limit=MOST_LINKED)
        if wanted:
            linked |= await fetch(wanted)
        seen: dict[tuple[str, int], tuple[Stored, _Level]] = {}
        for id, level in steps:
            if id in linked:
                seen[id, id_of(level)] = (linked[id], level)
        here, attributes = list(seen.values()), ()
    return linked


def id_of(level: _Level) -> int:
    return hash((level.pick.members, level.omit.members))


class _Joined:
    def __init__(self, shown: Shown, join: Join, context: Context, linked: Mapping[str, Stored]) -> None:
        self._shown = shown
        self._join = join
        self._context = context
        self._linked = linked

    def inline(self, entity: Stored) -> dict[str, Any]:
        known = self._join.known | {entity.id}
        return self._nested(entity, _top(self._shown), self._shown.representation, known, self._join.levels)

    def flat(self, entities: Sequence[Stored]) -> Iterator[dict[str, Any]]:
        """Breadth first, each entity once."""
        top, base = _top(self._shown), self._shown.representation
        done = set(self._join.known) | {one.id for one in entities}
        yield from (show(one, self._context, base) for one in entities)
        here = [(one, top) for one in entities]
        attributes: Collection[str] = base.attributes
        for _ in range(self._join.levels):
            beyond = []
            for one, level in here:
                for name, id in _links(one, level, attributes):
                    if id in self._linked and id not in done:
                        done.add(id)
                        beyond.append((self._linked[id], level.beyond(name)))
            yield from (show(one, self._context, _at(level, base)) for one, level in beyond)
            here, attributes = beyond, ()

    def _nested(
        self, entity: Stored, level: _Level, what: Representation, known: frozenset[str], levels: int
    ) -> dict[str, Any]:
        """The entity with what its relationships lead to in them; `known` are those on the way here."""
        inside: dict[str, dict[str, Any]] = {}
        for name, id in _links(entity, level, what.attributes) if levels else ():
            if id in self._linked and id not in known:
                beyond = level.beyond(name)
                made = self._nested(self._linked[id], beyond, _at(beyond, what), known | {id}, levels - 1)
                inside.setdefault(name, {})[id] = made
        if not inside:
            return show(entity, self._context, what)
        if what.form is Form.SIMPLIFIED:
            return self._replaced(show(entity, self._context, what), inside)
        document = {
            name: _carrying(value, inside[name]) if name in inside else value
            for name, value in entity.document.items()
        }
        return show(replace(entity, document=document), self._context, what)

    def _replaced(self, made: dict[str, Any], inside: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        members = made["properties"] if "properties" in made and made.get("type") == "Feature" else made
        for name, entities in inside.items():
            term = self._context.term(name)
            members[term] = _swapped(members[term], entities)
        return made


def _top(shown: Shown) -> _Level:
    return _Level(shown.pick, shown.omit)


def _at(level: _Level, base: Representation) -> Representation:
    omitted = tuple(name for name in level.omit.members if name not in level.omit.linked)
    return replace(base, attributes=(), pick=level.pick.members, omit=omitted, geometry="")


def _links(entity: Stored, level: _Level, attributes: Collection[str]) -> Iterator[tuple[str, str]]:
    """Name and object of the relationships that are shown."""
    for name, value in entity.document.items():
        if level.shows(name, attributes):
            for one in instances(value):
                yield from ((name, id) for id in _objects(one))


def _objects(instance: Mapping[str, Any]) -> Iterable[str]:
    match instance:
        case {"type": Kind.RELATIONSHIP, "object": str() as id}:
            return (id,)
        case {"type": Kind.RELATIONSHIP, "object": list() as ids}:
            return (one for one in ids if isinstance(one, str))
        case {"type": Kind.LIST_RELATIONSHIP, "objectList": list() as found}:
            return (one["object"] if isinstance(one, dict) else one for one in found)
    return ()


def _carrying(value: Any, entities: Mapping[str, Any]) -> Any:
    """The relationship with `entity`, or `entityList` in the order of its objects, in each instance."""
    if isinstance(value, list):
        return [_carrying(one, entities) for one in value]
    found = [entities[id] for id in _objects(value) if id in entities]
    if not found:
        return value
    if value["type"] == Kind.LIST_RELATIONSHIP:
        return {**value, "entityList": found}
    return {**value, "entity": found if isinstance(value["object"], list) else found[0]}


def _swapped(value: Any, entities: Mapping[str, Any]) -> Any:
    """The simplified form: an entity in the place of its id."""
    match value:
        case str():
            return entities.get(value, value)
        case list():
            return [_swapped(one, entities) for one in value]
        case dict():
            return {key: _swapped(one, entities) for key, one in value.items()}
    return value
