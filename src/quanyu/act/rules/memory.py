"""The readings that windows look at: taken from the history of the twin once, then kept up with the feed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from quanyu.act.rules.replay import remembered
from quanyu.act.rules.series import Reading, moment_of, value_of
from quanyu.store import Connection
from quanyu.twin.history import Archive
from quanyu.twin.history.interval import Interval
from quanyu.twin.history.log import Reading as Asked
from quanyu.twin.history.log import read

MOST_SERIES = 20_000
_ENTITIES = 200

Series = tuple[str, str]
"""Entity and attribute."""


@dataclass(slots=True)
class Memory:
    """`reach`: how far back each attribute is asked for, by any rule. Nothing in it is needed after a restart."""

    archive: Archive
    reach: dict[str, timedelta] = field(default_factory=dict)
    _kept: dict[Series, list[Reading]] = field(default_factory=dict)
    _newest: dict[Series, int] = field(default_factory=dict)

    def clear(self) -> None:
        self._kept.clear()

    def drop(self, entities: Collection[str]) -> None:
        for series in [one for one in self._kept if one[0] in entities]:
            del self._kept[series]

    def of(self, entity: str, attribute: str) -> list[Reading]:
        return self._kept.get((entity, attribute), [])

    def hear(self, entity: str, attribute: str, readings: Iterable[Reading], now: datetime) -> None:
        """What a change brought; what was read with the history is known already."""
        series = entity, attribute
        kept = self._kept.get(series)
        if kept is None:
            return
        fresh = [one for one in readings if one.seq > self._newest[series]]
        if fresh:
            self._kept[series] = remembered([*kept, *fresh], now - self.reach[attribute])
            self._newest[series] = fresh[-1].seq

    async def load(
        self, connection: Connection, tenant: str, wanted: Collection[Series], at: datetime
    ) -> None:
        """`at`: the earliest moment at which a window will end."""
        missing = [one for one in wanted if one not in self._kept]
        if not missing:
            return
        if len(self._kept) + len(missing) > MOST_SERIES:
            self._kept.clear()
            missing = list(wanted)
        for attribute in sorted({attribute for _, attribute in missing}):
            entities = sorted({entity for entity, name in missing if name == attribute})
            for start in range(0, len(entities), _ENTITIES):
                await self._load(connection, tenant, entities[start : start + _ENTITIES], attribute, at)

    async def _load(
        self, connection: Connection, tenant: str, entities: list[str], attribute: str, at: datetime
    ) -> None:
        horizon = at - self.reach[attribute]
        before = Asked(
            entities=entities, attributes=[attribute], interval=Interval(before=horizon, last=1), most=1
        )
        within = Asked(entities=entities, attributes=[attribute], interval=Interval(after=horizon))
        found: dict[str, dict[tuple[int, datetime], Reading]] = {one: {} for one in entities}
        for asked in (before, within):
            for entity, instances in (await read(connection, tenant, asked, self.archive)).items():
                for one in instances:
                    if one.name == attribute and not one.deleted:
                        moment = moment_of(one.content, one.received)
                        reading = Reading(moment, one.position.seq, value_of(one.content))
                        found[entity][one.position.seq, moment] = reading
        for entity, readings in found.items():
            self._kept[entity, attribute] = list(readings.values())
            self._newest[entity, attribute] = max((one.seq for one in readings.values()), default=0)
