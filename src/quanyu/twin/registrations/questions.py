"""What a source is asked when a client asks the broker (5.7.1, 5.7.2, 4.3.6.7): narrowed to what it is registered for. Pure.

Filters stay here: an entity may lie in pieces at several places, and only the whole of it can be held against `q`, a
place or an order. With `splitEntities=false` the client says that none does, and the filters travel with the question.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.query.scope import in_scope
from quanyu.twin.ngsild.query.tree import Query, Selector, Term, TypeSelection
from quanyu.twin.ngsild.query.types import named_types
from quanyu.twin.registrations.forward import Call
from quanyu.twin.registrations.model import EntityInfo, Registration
from quanyu.twin.registrations.operations import Action
from quanyu.twin.registrations.plan import Part, Subject, Wanted, holders

RETRIEVING = (Action.RETRIEVE_ENTITY, Action.QUERY_ENTITY, Action.QUERY_BATCH)
QUERYING = (Action.QUERY_ENTITY, Action.QUERY_BATCH)
BATCH_QUERYING = (Action.QUERY_BATCH, Action.QUERY_ENTITY)
PAGE = 1000

_SYSTEM = {"options": "sysAttrs"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`attributes` are those that the answer and its filters need, None for all.

    `filters` are parameters that may travel as they are; empty where entities may be split. `csf` says which sources.
    """

    query: Query
    context: Context
    attributes: frozenset[str] | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    csf: Term | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """A part of the answer and the calls that bring it."""

    part: Part
    calls: tuple[Call, ...]


def puts(
    question: Question, wanted: Wanted, registrations: Sequence[Registration], contexts: Mapping[str, Context]
) -> tuple[Put, ...]:
    """What is asked of whom; `contexts` of sources that have one of their own."""
    made: list[Put] = []
    for selector in question.query.selectors or (Selector(),):
        for part in holders(_subject(selector, question.attributes), wanted, registrations):
            if fits_filters(question.query, part.registration):
                asked = replace(
                    question, context=contexts.get(part.registration.context or "", question.context)
                )
                made.append(Put(part=part, calls=tuple(_calls(asked, selector, part))))
    return tuple(made)


def fits_filters(query: Query, registration: Registration) -> bool:
    """A source that is registered for other scopes has nothing to say (5.12)."""
    return query.scope is None or not registration.scopes or in_scope(registration.scopes, query.scope)


def _subject(selector: Selector, attributes: frozenset[str] | None) -> Subject:
    return Subject(
        ids=frozenset(selector.ids), types=frozenset(named_types(selector.types)), attributes=attributes
    )


def _calls(question: Question, selector: Selector, part: Part) -> Iterator[Call]:
    for common in dict.fromkeys(narrowed(selector, part.registration)):
        parameters = dict(question.filters)
        if part.scope.names is not None:
            names = sorted(part.scope.names - part.scope.without)
            parameters["attrs"] = ",".join(map(question.context.term, names))
        yield _call(question, part, common, parameters)


def narrowed(selector: Selector, registration: Registration) -> Iterator[Selector]:
    """The entities that the client and the registration both mean (4.3.6.1): no types that it does not name."""
    for info in registration.information:
        for entity in info.entities or (EntityInfo(),):
            ids = _ids(selector, entity)
            if ids is None or not entity.covers(None, named_types(selector.types)):
                continue
            pattern = selector.pattern or (entity.pattern if not ids else None)
            yield Selector(ids=ids, pattern=pattern, types=_types(selector, entity))


def _types(selector: Selector, entity: EntityInfo) -> TypeSelection:
    if not selector.types:
        return tuple((type,) for type in sorted(entity.types))
    return tuple(names for names in selector.types if not entity.types or entity.types.intersection(names))


def _ids(selector: Selector, entity: EntityInfo) -> tuple[str, ...] | None:
    """None where the two cannot mean the same entity."""
    if not selector.ids:
        fits = entity.id is None or selector.pattern is None or selector.pattern.found_in(entity.id)
        return ((entity.id,) if entity.id else ()) if fits else None
    both = tuple(id for id in selector.ids if entity.covers(id, ()))
    return both or None


def _call(question: Question, part: Part, selector: Selector, parameters: dict[str, str]) -> Call:
    made = Call(registration=part.registration, method="GET", parts=("entities",), context=question.context)
    match part.action:
        case Action.RETRIEVE_ENTITY:
            return replace(made, parts=("entities", selector.ids[0]), parameters=parameters | _SYSTEM)
        case Action.QUERY_BATCH:
            return replace(
                made,
                method="POST",
                parts=("entityOperations", "query"),
                parameters=_SYSTEM | {"limit": str(PAGE)},
                body=_query_body(question, selector, parameters),
            )
    types = _types_text(selector.types, question.context)
    named = {
        "type": types,
        "id": ",".join(selector.ids),
        "idPattern": selector.pattern.text if selector.pattern else "",
    }
    given = {name: text for name, text in named.items() if text}
    return replace(made, parameters=given | parameters | _SYSTEM | {"limit": str(PAGE)})


def _query_body(question: Question, selector: Selector, parameters: Mapping[str, str]) -> dict[str, Any]:
    """5.2.23."""
    types = _types_text(selector.types, question.context)
    base: dict[str, Any] = {"type": types} if types else {}
    if selector.pattern:
        base["idPattern"] = selector.pattern.text
    entities = [{"id": id, **base} for id in selector.ids] or ([base] if base else [])
    body: dict[str, Any] = {"type": "Query"} | ({"entities": entities} if entities else {})
    if "attrs" in parameters:
        body["attrs"] = parameters["attrs"].split(",")
    return body | {name: parameters[name] for name in ("q", "scopeQ") if name in parameters}


def _types_text(types: TypeSelection, context: Context) -> str:
    named = [[context.term(name) for name in together] for together in types]
    return ",".join(names[0] if len(names) == 1 else f"({';'.join(names)})" for names in named)
