"""Telling and correcting the past (ETSI GS CIM 009, 5.6.11 to 5.6.16).

What is told becomes rows of the log, a row per observed moment; what is corrected or taken back lies over the log,
which itself is never rewritten (docs/decisions/0033).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from quanyu.core.entity import VALUE_MEMBER, instances
from quanyu.core.errors import NotFound
from quanyu.store import Connection
from quanyu.twin.history import _sql
from quanyu.twin.history.evolution import evolution_of, known
from quanyu.twin.history.instances import SCOPE, Instance, digest_of, parse_instance_id
from quanyu.twin.history.known import Known
from quanyu.twin.history.select import Choice
from quanyu.twin.history.source import Archive
from quanyu.twin.ngsild.document import null_of

ALL_DATASETS = None
DEFAULT_INSTANCE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Of one entity: `document` holds lists of instances, any number of one datasetId; `scopes` those of its scope."""

    id: str
    types: tuple[str, ...]
    document: Mapping[str, Any]
    scope: tuple[str, ...] | None = None
    scopes: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """On whose word, when, and where the past lies."""

    tenant: str
    actor: str
    now: datetime
    archive: Archive


async def tell(connection: Connection, told: Told, by: Teller) -> bool:
    """5.6.11; answers whether the temporal evolution is new."""
    try:
        await append(connection, told, by)
    except NotFound:
        await _record(connection, told, by)
        return True
    return False


async def append(connection: Connection, told: Told, by: Teller) -> None:
    """5.6.12: types that it does not have yet are added. Raises NotFound."""
    entity = await known(connection, by.tenant, told.id)
    await _record(connection, replace(told, types=tuple(dict.fromkeys((*entity.types, *told.types)))), by)


async def erase(connection: Connection, id: str, by: Teller) -> None:
    """5.6.16. The state of a living entity stays. Raises NotFound."""
    await known(connection, by.tenant, id)
    await _correct(connection, id, by, upto=await connection.fetchval(_sql.LAST, by.tenant))
    await connection.execute(_sql.FORGET, by.tenant, id)


async def erase_attribute(
    connection: Connection, id: str, name: str, by: Teller, *, dataset: str | None
) -> None:
    """5.6.13: the instances of one datasetId, '' those without, None all. Raises NotFound where there are none."""
    entity = await known(connection, by.tenant, id)
    there = await _of_attribute(connection, entity, name, by)
    if not any(dataset in (ALL_DATASETS, one.dataset) for one in there):
        raise NotFound("twin.attribute.unknown", id=id, name=name)
    last = await connection.fetchval(_sql.LAST, by.tenant)
    await _correct(connection, id, by, attribute=name, dataset=dataset, upto=last)


async def erase_instance(connection: Connection, id: str, name: str, instance: str, by: Teller) -> None:
    """5.6.15. Raises NotFound."""
    await instance_of(connection, id, name, instance, by)
    await _correct(connection, id, by, attribute=name, instance=instance)


async def rewrite_instance(
    connection: Connection, id: str, name: str, instance: str, content: Mapping[str, Any], by: Teller
) -> None:
    """5.6.14, with the instance as `instance_of` has answered it, changed."""
    await _correct(connection, id, by, attribute=name, instance=instance, content=content)


async def instance_of(connection: Connection, id: str, name: str, instance: str, by: Teller) -> Instance:
    """Raises NotFound, also for an observation that lies in a dataset and is corrected there."""
    entity = await known(connection, by.tenant, id)
    position = parse_instance_id(instance)
    if position is not None and position.digest == digest_of(name):
        for one in await _of_attribute(connection, entity, name, by):
            if one.position == position:
                return one
    raise NotFound("twin.history.instance", id=id, name=name, instance=instance[:200])


async def note_deletion(
    connection: Connection, id: str, name: str, by: Teller, *, dataset: str | None
) -> None:
    """That an attribute has ended, for an entity of which nothing but its past is known. Raises NotFound."""
    entity = await known(connection, by.tenant, id)
    there = {
        one.dataset: one.content
        for one in await _of_attribute(connection, entity, name, by)
        if not one.deleted and dataset in (ALL_DATASETS, one.dataset)
    }
    if entity.document is not None or not there:
        raise NotFound("twin.attribute.unknown", id=id, name=name)
    ends = [_end(content) for content in there.values()]
    attrs = {name: None if name == SCOPE else ends}
    await _log(connection, entity.id, entity.types, {None: attrs}, by)


async def _of_attribute(connection: Connection, entity: Known, name: str, by: Teller) -> list[Instance]:
    choice = Choice(attributes=frozenset({name}))
    found = await evolution_of(connection, by.tenant, entity, choice, by.archive)
    return [one for one in found if one.name == name and one.position.seq]


async def _record(connection: Connection, told: Told, by: Teller) -> None:
    document = dict(told.document)
    now = told.scope
    if told.scopes:
        document[SCOPE] = list(told.scopes)
        now = max(told.scopes, key=lambda one: one.get("observedAt", ""))["value"]
    elif told.scope is not None:
        document[SCOPE] = {"type": "Property", "value": list(told.scope)}
    moments = _by_moment(document)
    if moments:
        await _log(connection, told.id, told.types, moments, by)
    several = list(told.types) if len(told.types) > 1 else None
    scope = list(now) if now else None
    await connection.execute(_sql.REMEMBER, by.tenant, told.id, told.types[0], several, scope, by.now)


def _by_moment(document: Mapping[str, Any]) -> dict[datetime | None, dict[str, Any]]:
    """One change per observed moment, so that the log's `observed` is that of each instance in it."""
    found: dict[datetime | None, dict[str, Any]] = {}
    for name, value in document.items():
        for one in instances(value):
            text = one.get("observedAt")
            moment = datetime.fromisoformat(text) if text else None
            found.setdefault(moment, {}).setdefault(name, []).append(one)
    return found


async def _log(
    connection: Connection,
    id: str,
    types: tuple[str, ...],
    moments: Mapping[datetime | None, Mapping[str, Any]],
    by: Teller,
) -> None:
    several = list(types) if len(types) > 1 else None
    await connection.execute(
        _sql.RECORD, by.tenant, by.now, by.actor, id, list(moments), list(moments.values()), types[0], several
    )


async def _correct(
    connection: Connection,
    id: str,
    by: Teller,
    *,
    attribute: str = "",
    instance: str = "",
    dataset: str | None = None,
    upto: int = 0,
    content: Mapping[str, Any] | None = None,
) -> None:
    await connection.execute(
        _sql.CORRECT, by.tenant, id, attribute, instance, dataset, upto, content, by.actor, by.now
    )


def _end(content: Mapping[str, Any]) -> dict[str, Any]:
    kind = content["type"]
    named = {"datasetId": content["datasetId"]} if "datasetId" in content else {}
    return {"type": kind, VALUE_MEMBER[kind]: null_of(kind), **named}
