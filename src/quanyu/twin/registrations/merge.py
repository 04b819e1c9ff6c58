"""Pieces of one entity from several places become one entity (4.5.5): of each attribute the freshest instance. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from quanyu.core.entity import instances
from quanyu.core.errors import Invalid
from quanyu.twin.model import Stored
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.document import parse_entity
from quanyu.twin.ngsild.document.scalars import moment_text
from quanyu.twin.registrations.plan import Scope

_Key = tuple[str, str]  # stored name and datasetId


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What one place says of an entity; `auxiliary` where it counts only if nobody else says anything (4.3.6.2)."""

    entity: Stored
    auxiliary: bool = False


def merged(pieces: Sequence[Piece]) -> Stored:
    """Of pieces with the same id, in order of trust: of equally fresh instances the first stays."""
    first = pieces[0].entity
    chosen: dict[_Key, dict[str, Any]] = {}
    for piece in sorted(pieces, key=lambda one: one.auxiliary):
        for key, instance in _keyed(piece.entity):
            known = chosen.get(key)
            if known is None or (not piece.auxiliary and _freshness(instance) > _freshness(known)):
                chosen[key] = instance
    return replace(
        first,
        types=tuple(dict.fromkeys(type for one in pieces for type in one.entity.types)),
        scope=tuple(dict.fromkeys(scope for one in pieces for scope in one.entity.scope)),
        document=_document(chosen),
        created=min(one.entity.created for one in pieces),
        modified=max(one.entity.modified for one in pieces),
    )


def within(entity: Stored, scope: Scope) -> Stored:
    """With nothing but the attributes of a scope."""
    document = {name: value for name, value in entity.document.items() if scope.has(name)}
    return entity if len(document) == len(entity.document) else replace(entity, document=document)


def received(source: Any, context: Context, now: datetime) -> Stored:
    """An entity as another broker showed it, normalized or concise. Raises Invalid."""
    if not isinstance(source, dict):
        raise Invalid("core.entity.object")
    parsed = parse_entity(source, context)
    created = _moment(source.get("createdAt")) or now
    document = dict(parsed.document)
    for term, raw in source.items():
        name = context.stored(term) if isinstance(raw, dict | list) else ""
        if name in document:
            document[name] = _stamped(document[name], raw)
    return Stored(
        id=parsed.id,
        types=parsed.types,
        dataset="",
        scope=parsed.scope,
        document=document,
        version=0,
        created=created,
        modified=_moment(source.get("modifiedAt")) or created,
    )


def _stamped(parsed: Any, raw: Any) -> Any:
    """The instances with the moments that the source told (4.8)."""
    sent = raw if isinstance(raw, list) else [raw]
    made = instances(parsed)
    if len(sent) != len(made):
        return parsed
    stamped = [{**one, **_stamps(told)} for one, told in zip(made, sent, strict=True)]
    return stamped if isinstance(parsed, list) else stamped[0]


def _stamps(told: Any) -> dict[str, str]:
    if not isinstance(told, dict):
        return {}
    moments = {name: _moment(told.get(name)) for name in ("createdAt", "modifiedAt")}
    return {name: moment_text(moment) for name, moment in moments.items() if moment}


def _keyed(entity: Stored) -> Iterator[tuple[_Key, dict[str, Any]]]:
    """Each instance with its own moments, because the entity that it goes into has others."""
    for name, value in entity.document.items():
        for one in instances(value):
            created = one.get("createdAt") or moment_text(entity.attributes_created)
            stamps = {"createdAt": created, "modifiedAt": one.get("modifiedAt") or created}
            yield (name, one.get("datasetId", "")), {**one, **stamps}


def _freshness(instance: dict[str, Any]) -> tuple[datetime, datetime]:
    """observedAt decides, then modifiedAt."""
    never = datetime.min.replace(tzinfo=UTC)
    return (
        _moment(instance.get("observedAt")) or never,
        _moment(instance.get("modifiedAt")) or never,
    )


def _document(chosen: dict[_Key, dict[str, Any]]) -> dict[str, Any]:
    made: dict[str, list[dict[str, Any]]] = {}
    for (name, _), instance in chosen.items():
        made.setdefault(name, []).append(instance)
    return {name: found if len(found) > 1 else found[0] for name, found in made.items()}


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)
