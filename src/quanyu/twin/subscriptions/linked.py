"""Entities that relationships lead to, told along (ETSI GS CIM 009, 4.5.23): in place of the link, or beside."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from quanyu.core.entity import Kind, instances
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.document import Form, Representation, show
from quanyu.twin.ngsild.query import Projection

Fetch = Callable[[Collection[str]], Awaitable[Mapping[str, Stored]]]
"""Those of the named entities that exist and may be seen."""

_RELATIONSHIPS = (Kind.RELATIONSHIP, Kind.LIST_RELATIONSHIP)


@dataclass(frozen=True, slots=True)
class Linking:
    """How linked entities are shown. Attributes that the subscription chose are those of the linking entity alone."""

    context: Context
    representation: Representation
    projection: Projection

    def of_linked(self, name: str) -> "Linking":
        inner = self.projection.linked.get(name, Projection())
        what = replace(
            self.representation, attributes=(), pick=frozenset(inner.members), omit=(), geometry=""
        )
        return Linking(self.context, what, inner)

    def shown(self, entity: Stored) -> dict[str, Any]:
        return show(entity, self.context, self.representation)


async def gathered(
    entity: Stored, shown_names: Collection[str], levels: int, fetch: Fetch
) -> dict[str, Stored]:
    """All entities within so many links, each once. `shown_names`: the relationships of the first that are told."""
    found: dict[str, Stored] = {}
    ids = {id for name in shown_names for id in _targets(entity.document.get(name))}
    for _ in range(levels):
        new = await fetch(ids - found.keys() - {entity.id})
        if not new:
            break
        found |= new
        ids = {id for one in new.values() for value in one.document.values() for id in _targets(value)}
    return found


def beside(
    entity: Stored, linked: Mapping[str, Stored], linking: Linking, levels: int
) -> list[dict[str, Any]]:
    """join=flat: each linked entity once, in the order in which it is reached."""
    made: dict[str, dict[str, Any]] = {}
    for name, value in entity.document.items():
        inner = linking.of_linked(name)
        for id in _targets(value) if levels else ():
            if id in linked and id not in made:
                made[id] = inner.shown(linked[id])
                for one in beside(linked[id], linked, inner, levels - 1):
                    made.setdefault(str(one.get("id")), one)
    return list(made.values())


def in_place(
    shown: dict[str, Any], entity: Stored, linked: Mapping[str, Stored], linking: Linking, levels: int
) -> dict[str, Any]:
    """join=inline."""
    made = dict(shown)
    for name, value in entity.document.items() if levels else ():
        term = linking.context.term(name)
        if term not in made or not any(id in linked for id in _targets(value)):
            continue
        inner = linking.of_linked(name)

        def inlined(id: str, inner: Linking = inner) -> dict[str, Any]:
            return in_place(inner.shown(linked[id]), linked[id], linked, inner, levels - 1)

        several = instances(value)
        content = [made[term]] if len(several) == 1 and not isinstance(made[term], list) else made[term]
        if linking.representation.form is Form.SIMPLIFIED:
            made[term] = _simple(value, linked, inlined, made[term])
        elif len(content) == len(several):
            filled = [_filled(one, was, linked, inlined) for one, was in zip(content, several, strict=True)]
            made[term] = filled if isinstance(made[term], list) else filled[0]
    return made


def _filled(
    content: Any, instance: Mapping[str, Any], linked: Mapping[str, Stored], inlined: Callable[[str], Any]
) -> Any:
    entities = [inlined(id) for id in _targets(instance) if id in linked]
    if not entities or not isinstance(content, dict):
        return content
    if instance["type"] == Kind.LIST_RELATIONSHIP:
        return {**content, "entityList": entities}
    return {**content, "entity": entities[0] if isinstance(instance.get("object"), str) else entities}


def _simple(value: Any, linked: Mapping[str, Stored], inlined: Callable[[str], Any], content: Any) -> Any:
    several = instances(value)
    if len(several) != 1:
        return content
    made = [inlined(id) if id in linked else id for id in _targets(several[0])]
    return made[0] if len(made) == 1 and isinstance(several[0].get("object"), str) else made


def _targets(value: Any) -> Iterator[str]:
    """The ids that the instances of a relationship name."""
    for one in instances(value) if value else ():
        if one.get("type") not in _RELATIONSHIPS:
            continue
        named = one.get("object", one.get("objectList"))
        for target in named if isinstance(named, list) else [named]:
            id = target.get("object") if isinstance(target, dict) else target
            if isinstance(id, str):
                yield id
