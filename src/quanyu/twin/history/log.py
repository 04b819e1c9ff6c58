"""One history from three places: the log in the database, sealed days, and what lies over both."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from quanyu.store import Connection
from quanyu.twin.history import _sql
from quanyu.twin.history.instances import Correction, Instance, Row, unfold
from quanyu.twin.history.interval import EVER, Interval, TimeProperty
from quanyu.twin.history.sealed import read_sealed
from quanyu.twin.history.source import Archive

MOST_ROWS = 50_000
"""Of the log, for one answer: several times a page."""
MOST_COUNTED = 1_000_000
"""Of the log, for aggregates, which are not paged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is read: of which entities, at least these attributes (None: all), in which interval."""

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
    rows = await _sealed(connection, tenant, reading, archive) + rows
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


async def _logged(connection: Connection, tenant: str, reading: Reading, *, corrected: bool) -> list[Row]:
    interval = reading.interval
    match interval.property:
        case None:
            by = ""
        case TimeProperty.OBSERVED:
            by = "observed"
        case _:
            by = "ts"
    # A correction moves observedAt and modifiedAt of what an older row says.
    narrow = not corrected or interval.property is TimeProperty.CREATED
    statement = _sql.ROWS.format(
        after=_sql.AFTER[by], before=_sql.BEFORE[by], order="asc" if interval.last is None else "desc"
    )
    found = await connection.fetch(
        statement, tenant, list(reading.entities), reading.attributes and list(reading.attributes),
        interval.after if narrow else None, interval.before if narrow else None, reading.most,
    )  # fmt: skip
    return [Row._make(row.values()) for row in found]


async def _sealed(connection: Connection, tenant: str, reading: Reading, archive: Archive) -> list[Row]:
    if archive.folder is None:
        return []
    days = [row["day"] for row in await connection.fetch(_sql.SEALED_DAYS, tenant)]
    if not days:
        return []
    return await asyncio.to_thread(
        read_sealed, archive.folder, tenant, days, entities=reading.entities, attributes=reading.attributes
    )
