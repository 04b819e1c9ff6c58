"""One history from three places: the log in the database, sealed days, and what lies over both."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter

from quanyu.core.errors import TooLarge
from quanyu.store import Connection
from quanyu.twin.history import _sql
from quanyu.twin.history.instances import Correction, Instance, Row, unfold
from quanyu.twin.history.interval import EVER, Interval, TimeProperty
from quanyu.twin.history.sealed import read_sealed
from quanyu.twin.history.source import Archive

MOST_ROWS = 50_000
"""Of the log, of one entity: several times a page."""
MOST_COUNTED = 500_000
"""Of the log, of one entity, for aggregates: they are not paged, so more is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is read: of which entities, at least these attributes (None: all), in which interval; `most` rows of each."""

    entities: Sequence[str]
    attributes: Sequence[str] | None = None
    interval: Interval = EVER
    most: int = MOST_ROWS


async def read(
    connection: Connection, tenant: str, reading: Reading, archive: Archive
) -> dict[str, list[Instance]]:
    """The instances of each entity, in the order of the log.

    The log is asked before the list of sealed days: until the transaction ends its days cannot leave it, so no day
    is missed and none is read twice.
    """
    corrections = await corrections_of(connection, tenant, reading.entities)
    rows = await _logged(connection, tenant, reading, corrected=bool(corrections))
    rows = await _sealed(connection, tenant, reading, archive, corrected=bool(corrections)) + rows
    by_entity: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_entity[row.entity].append(row)
    return {
        entity: unfold(sorted(found, key=attrgetter("seq")), corrections.get(entity, ()))
        for entity, found in by_entity.items()
    }


async def corrections_of(
    connection: Connection, tenant: str, entities: Sequence[str]
) -> Mapping[str, list[Correction]]:
    found: dict[str, list[Correction]] = {}
    for row in await connection.fetch(_sql.CORRECTIONS, tenant, list(entities)):
        found.setdefault(row["entity"], []).append(
            Correction(
                attribute=row["attribute"],
                instance=row["instance"],
                dataset=row["dataset"],
                upto=row["upto"],
                content=row["content"],
                made=row["ts"],
            )
        )
    return found


async def newest_sealed(connection: Connection, tenant: str) -> datetime:
    """The latest moment that a sealed day tells of."""
    found: datetime | None = await connection.fetchval(_sql.NEWEST_SEALED, tenant)
    return found or datetime.min.replace(tzinfo=UTC)


async def _logged(connection: Connection, tenant: str, reading: Reading, *, corrected: bool) -> list[Row]:
    interval = reading.interval
    match interval.property:
        case None:
            statement = _sql.by_either
        case TimeProperty.OBSERVED:
            statement = _sql.by_observation
        case _:
            statement = _sql.by_receipt
    # A correction moves observedAt and modifiedAt of what an older row says.
    narrow = not corrected or interval.property is TimeProperty.CREATED
    after, before = (interval.after, interval.before) if narrow else (None, None)
    order = "asc" if interval.last is None else "desc"
    found = await connection.fetch(
        statement(_sql.Bounds(after is not None, before is not None), order), tenant, list(reading.entities),
        reading.attributes and list(reading.attributes), after, before, reading.most,
    )  # fmt: skip
    if reading.most == MOST_COUNTED and len(found) >= reading.most:
        raise TooLarge("twin.history.too_many", most=reading.most)
    return [Row._make(row.values()) for row in found]


async def _sealed(
    connection: Connection, tenant: str, reading: Reading, archive: Archive, *, corrected: bool
) -> list[Row]:
    """Of the days that may tell of something later than what is asked for begins."""
    if archive.folder is None:
        return []
    since = None if corrected else reading.interval.after
    days = [row["day"] for row in await connection.fetch(_sql.SEALED_DAYS, tenant, since)]
    if not days:
        return []
    rows = await asyncio.to_thread(
        read_sealed, archive.folder, tenant, days,
        entities=reading.entities, most=reading.most, newest=reading.interval.last is not None,
    )  # fmt: skip
    if reading.attributes is None:
        return rows
    names = set(reading.attributes)
    return [row for row in rows if not (names.isdisjoint(row.attrs) and names.isdisjoint(row.was or ()))]
