"""How many of the things that report are heard of: by layer, in the city or in a part of it.

Looked at again when something has been written, but no oftener than costs a twentieth of the time, as the places are.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

import asyncpg

from quanyu.core.geometry import Box
from quanyu.store import Connection
from quanyu.twin.map import _sql
from quanyu.twin.map.layers import layer_id

SILENT = timedelta(hours=1)
"""Of what reports: not heard of for longer is no answer any more."""
_PATIENCE = 20
_SHORTEST = 5.0
_KEPT = 64


@dataclass(frozen=True, slots=True)
class Standing:
    """Things of a type and dataset that have a place and report what they observe; `silent` of them not for SILENT."""

    type: str
    dataset: str
    number: int
    silent: int

    @property
    def layer(self) -> str:
        return layer_id(self.type, self.dataset)


@dataclass(slots=True)
class Standings:
    """One per process."""

    seconds: Callable[[], float] = monotonic
    _held: OrderedDict[tuple[str, Box | None], tuple[float, tuple[Standing, ...]]] = field(
        default_factory=OrderedDict
    )
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of(
        self, connection: Connection, tenant: str, box: Box | None, now: datetime
    ) -> tuple[Standing, ...]:
        key = (tenant, box)
        async with self._lock:
            until, found = self._held.get(key, (0.0, ()))
            begun = self.seconds()
            if begun >= until:
                found = await _read(connection, tenant, box, now)
                ended = self.seconds()
                self._held[key] = ended + max(_SHORTEST, (ended - begun) * _PATIENCE), found
            self._held.move_to_end(key)
            while len(self._held) > _KEPT:
                self._held.popitem(last=False)
        return found


async def _read(connection: Connection, tenant: str, box: Box | None, now: datetime) -> tuple[Standing, ...]:
    area = box and asyncpg.Box((box.x2, box.y2), (box.x1, box.y1))
    rows = await connection.fetch(_sql.STANDING, tenant, area, now - SILENT)
    return tuple(Standing(**row) for row in rows)
