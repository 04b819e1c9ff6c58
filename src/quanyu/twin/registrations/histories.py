"""Histories as other brokers show them (ETSI GS CIM 009, 4.5.6 to 4.5.8, 5.7.3.4): understood, and laid together. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from quanyu.core.entity import instances
from quanyu.core.errors import Invalid
from quanyu.twin.history.beyond import Beyond
from quanyu.twin.history.instances import SCOPE, Elsewhere, Instance
from quanyu.twin.history.known import Known
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.document import parse_fragment
from quanyu.twin.registrations.model import Mode, Registration
from quanyu.twin.registrations.plan import Subject, Wanted, divide


@dataclass(frozen=True, slots=True)
class Past:
    """What one source tells of one entity."""

    registration: Registration
    entity: Known
    instances: tuple[Instance, ...]


def past_of(source: Any, context: Context, now: datetime, registration: Registration) -> Past:
    """From a normalized temporal representation. Raises Invalid."""
    if not isinstance(source, dict):
        raise Invalid("core.entity.object")
    scope = tuple(_scopes(source.get(SCOPE)))
    source = {name: value for name, value in source.items() if name != SCOPE}
    part = parse_fragment(source, context, nulls=True, temporal=True)
    id = source.get("id")
    if not isinstance(id, str) or not any(info.covers(id, part.types) for info in registration.information):
        raise Invalid("core.entity.id", value=str(id)[:80])
    created = _moment(source.get("createdAt")) or now
    entity = Known(
        id=id, types=part.types or ("Thing",), dataset="", scope=scope, created=created,
        modified=_moment(source.get("modifiedAt")) or created, deleted=_moment(source.get("deletedAt")), document=None,
    )  # fmt: skip
    raw = {context.stored(name): value for name, value in source.items() if isinstance(value, list | dict)}
    found = [
        one for name, value in part.document.items() for one in _instances(name, value, raw.get(name), now)
    ]
    return Past(registration, entity, tuple(found))


def beyond_of(told: Sequence[Past], wanted: Wanted, registrations: Sequence[Registration]) -> Beyond:
    """Of one entity: from each source what belongs to it (4.3.6.2, 4.3.6.3)."""
    first = told[0].entity
    types = frozenset(type for one in told for type in one.entity.types)
    division = divide(Subject(ids=frozenset({first.id}), types=types), wanted, registrations)
    scopes = {part.registration.id: part.scope for part in division.parts}
    found: dict[bool, list[Instance]] = {True: [], False: []}
    for one in told:
        if scope := scopes.get(one.registration.id):
            auxiliary = one.registration.mode is Mode.AUXILIARY
            found[auxiliary] += [each for each in one.instances if scope.has(each.name)]
    return Beyond(
        entity=first, instances=tuple(found[False]), auxiliary=tuple(found[True]), here=division.local.has
    )


def _instances(name: str, value: Any, raw: Any, now: datetime) -> Iterator[Instance]:
    """With the times and ids that the source told."""
    contents = instances(value)
    told = raw if isinstance(raw, list) else [raw]
    for place, content in enumerate(contents):
        beside = told[place] if len(told) == len(contents) and isinstance(told[place], dict) else {}
        created, deleted = _moment(beside.get("createdAt")), _moment(beside.get("deletedAt"))
        id = beside.get("instanceId")
        yield Instance(
            name,
            content,
            Elsewhere(id if isinstance(id, str) else "", place),
            deleted or created or _moment(beside.get("modifiedAt")) or now,
            deleted is not None,
            _moment(beside.get("modifiedAt")),
        )


def _scopes(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            yield from _scopes(one.get("value"))


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)
