"""The places of a layer in memory: a sorted array of numbers, eight bytes an entity, from which any tile is counted.

Read again when the layer has changed, but no oftener than costs a twentieth of the time, so that a layer that moves
every second is drawn a little late instead of read all day.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

import numpy as np

from quanyu.core.errors import TooLarge
from quanyu.store import Connection
from quanyu.twin.map import _sql
from quanyu.twin.map.grid import Places
from quanyu.twin.map.layers import Layer

BUDGET = 96 * 1024 * 1024  # bytes of all arrays together
_HEADER = 19  # of the binary COPY format: signature, flags, length of nothing
_ROW = np.dtype([("fields", ">i2"), ("size", ">i4"), ("place", ">i8")])
_PATIENCE = 20

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Held:
    """`version` of the layer that the places are of."""

    places: Places
    version: int
    read_at: float
    cost: float

    def count(self, first: int, behind: int) -> int:
        return len(self.within(first, behind))

    def within(self, first: int, behind: int) -> Places:
        low, high = np.searchsorted(self.places, (first, behind))
        return self.places[low:high]

    def inside(self, firsts: Places, behinds: Places) -> Places:
        """The places of several ranges."""
        lows, highs = np.searchsorted(self.places, firsts), np.searchsorted(self.places, behinds)
        parts = [
            self.places[low:high]
            for low, high in zip(lows.tolist(), highs.tolist(), strict=True)
            if low < high
        ]
        return np.concatenate(parts) if parts else self.places[:0]


class PlaceMemory:
    """The arrays of the layers looked at last, within BUDGET."""

    def __init__(self, *, budget: int = BUDGET, seconds: Callable[[], float] = monotonic) -> None:
        self._budget = budget
        self._seconds = seconds
        self._held: OrderedDict[Key, Held] = OrderedDict()
        self._locks: dict[Key, asyncio.Lock] = {}

    async def of(self, connection: Connection, tenant: str, layer: Layer) -> Held:
        """The places of a layer, at most a little old: compare `version`. Raises TooLarge beyond the budget."""
        if layer.located * 8 > self._budget:
            raise TooLarge("twin.layer.large", id=layer.id, located=layer.located, limit=self._budget // 8)
        key = (tenant, layer.id)
        async with self._locks.setdefault(key, asyncio.Lock()):
            held = self._held.get(key)
            if held is None or self._is_due(held, layer):
                held = await self._read(connection, tenant, layer)
                self._held[key] = held
                self._forget_oldest()
            self._held.move_to_end(key)
            return held

    def _is_due(self, held: Held, layer: Layer) -> bool:
        return held.version != layer.version and self._seconds() - held.read_at >= held.cost * _PATIENCE

    async def _read(self, connection: Connection, tenant: str, layer: Layer) -> Held:
        begun = self._seconds()
        parts: list[bytes] = []

        async def take(part: bytes) -> None:
            parts.append(part)

        await connection.copy_from_query(
            _sql.PLACES, tenant, layer.type, layer.dataset, output=take, format="binary"
        )
        places = await asyncio.to_thread(_sorted, b"".join(parts))
        now = self._seconds()
        return Held(places, layer.version, now, now - begun)

    def _forget_oldest(self) -> None:
        total = sum(held.places.nbytes for held in self._held.values())
        while total > self._budget and len(self._held) > 1:
            key, held = self._held.popitem(last=False)
            self._locks.pop(key, None)
            total -= held.places.nbytes


def _sorted(copied: bytes) -> Places:
    rows = np.frombuffer(copied, dtype=_ROW, offset=_HEADER, count=(len(copied) - _HEADER) // _ROW.itemsize)
    places: Places = rows["place"].astype(np.int64)
    places.sort()
    return places
