"""Keeps the link of one source open, to its broker or for its terminals, as long as it is active, through all its faults."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.sources import _sql, fault, mqtt, service, terminals
from quanyu.connect.sources.metrics import count_failure
from quanyu.connect.sources.model import Source
from quanyu.connect.sources.settings import Jt808Settings, MqttSettings
from quanyu.core.clock import Clock
from quanyu.core.errors import QuanyuError
from quanyu.store import Database

LONGEST_PAUSE = 60.0
_HELD = timedelta(seconds=30)

_log = logging.getLogger("quanyu.sources")


@dataclass(slots=True, kw_only=True)
class Listener:
    """`row` is the source as it was when the listener began; another row needs another listener."""

    database: Database
    folder: Path
    outgoing: Outgoing
    clock: Clock
    row: Any
    _failures: int = 0
    _linked_at: datetime | None = None

    @property
    def mark(self) -> tuple[object, ...]:
        return mark(self.row)

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                try:
                    source = service.from_row(self.row, self.folder)
                    await self._listen(source)
                except Exception as error:
                    await self._lost(error)
                await asyncio.sleep(min(2.0 ** min(self._failures, 6), LONGEST_PAUSE))
        except asyncio.CancelledError:
            await self._note(None)
            raise

    async def _listen(self, source: Source) -> None:
        if isinstance(source.settings, Jt808Settings):
            await terminals.listen(
                source, source.settings, self.database, self.folder, self.clock, linked=self._linked
            )
            return
        assert isinstance(source.settings, MqttSettings)

        async def store(messages: Sequence[mqtt.Message]) -> None:
            await service.store_messages(self.database, source, messages)

        await mqtt.listen(source, source.settings, self.outgoing, store=store, linked=self._linked)

    async def _linked(self) -> None:
        async with self.database.tenant(self.row["tenant"]) as connection:
            await _sql.linked(connection, self.row["tenant"], self.row["name"], self.clock())
        self._linked_at = self.clock()

    async def _lost(self, error: Exception) -> None:
        """The first pause after a link that held is short, each after it twice as long."""
        count_failure(self.row["kind"])
        held = self._linked_at is not None and self.clock() - self._linked_at > _HELD
        self._failures = 1 if held else self._failures + 1
        self._linked_at = None
        known = isinstance(error, QuanyuError)
        _log.warning("source %s: %s", self.row["name"], error, exc_info=None if known else error)
        await self._note(fault.kept(error))

    async def _note(self, told: dict[str, Any] | None) -> None:
        with contextlib.suppress(QuanyuError):
            async with self.database.tenant(self.row["tenant"]) as connection:
                await _sql.unlinked(
                    connection, self.row["tenant"], self.row["name"], fault=told, now=self.clock()
                )


def mark(row: Any) -> tuple[object, ...]:
    """What a listener depends on."""
    return (row["settings"], row["secret"], row["created"])
