"""The instances of several entities, read from the log in portions, and no more of it than the answer needs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from quanyu.core.entity import instances
from quanyu.store import Connection
from quanyu.twin.history.instances import Instance
from quanyu.twin.history.interval import TimeProperty
from quanyu.twin.history.known import Known
from quanyu.twin.history.log import Reading, newest_sealed, read
from quanyu.twin.history.observed import observations
from quanyu.twin.history.select import Choice, Timed, chosen
from quanyu.twin.history.source import Archive

_READ_AT_ONCE = 20  # entities whose log is in memory at once
_EVER = datetime.min.replace(tzinfo=UTC)
_SHORT = 50  # rows of an entity that are read anyway where only the newest are asked for


async def instances_of(
    connection: Connection,
    tenant: str,
    entities: Sequence[Known],
    choice: Choice,
    archive: Archive,
    most: int,
) -> list[list[Instance]]:
    """Of each of these entities all in the interval of the choice, and perhaps some beside it."""
    names = sorted(choice.attributes) or None
    found = await _newest(connection, tenant, entities, choice, archive)
    for some in _batched([one.id for one in entities if one.id not in found], _READ_AT_ONCE):
        reading = Reading(entities=some, attributes=names, interval=choice.interval, most=most)
        found |= {id: [] for id in some} | await read(connection, tenant, reading, archive)
    return [
        await observations(tenant, one.id, one.document, found[one.id], choice, archive)
        if one.dataset and one.document
        else found[one.id]
        for one in entities
    ]


async def _newest(
    connection: Connection, tenant: str, entities: Sequence[Known], choice: Choice, archive: Archive
) -> dict[str, list[Instance]]:
    """Of those entities whose last instances stand near the end of the log, so that no more of it need be read: first
    in the database alone, where they are later than all that is sealed.
    """
    last = choice.interval.last
    series = {one.id: its for one in entities if not one.dataset and (its := _series(one, choice))}
    if last is None or not series or choice.interval.property not in (None, TimeProperty.OBSERVED):
        return {}
    most = max(_SHORT, 2 * last * max(map(len, series.values())))
    names = sorted(choice.attributes) or None
    enough: dict[str, list[Instance]] = {}
    sealed = _EVER if archive.folder is None else await newest_sealed(connection, tenant)
    for place, since in ((Archive(), sealed), (archive, _EVER)):
        left = [id for id in series if id not in enough]
        reading = Reading(entities=left, attributes=names, interval=choice.interval, most=most)
        found = await read(connection, tenant, reading, place) if left else {}
        for id, those in found.items():
            timed = [one for one in chosen(those, choice) if one[0] > since]
            if _is_enough(timed, series[id], last):
                enough[id] = those
    return enough


def _series(entity: Known, choice: Choice) -> set[tuple[str, str]]:
    """The attributes and datasetIds that an entity has now and that are chosen, or that are chosen alone."""
    known = entity.document or {name: {} for name in choice.attributes}
    found = {
        (name, one.get("datasetId", ""))
        for name, value in known.items()
        if choice.shows(name)
        for one in instances(value)
    }
    return {one for one in found if not choice.datasets or one[1] in choice.datasets}


def _is_enough(timed: list[Timed], series: set[tuple[str, str]], last: int) -> bool:
    counted = Counter((one.name, one.dataset) for _, one in timed)
    return all(counted[one] == last for one in series)


def _batched(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for begin in range(0, len(ids), size):
        yield ids[begin : begin + size]
