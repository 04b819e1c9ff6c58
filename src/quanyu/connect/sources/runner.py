"""Runs the sources of a node: each on its own, so that one that fails stops alone."""

import asyncio
import contextlib
import logging
import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.sources import _sql, mqtt, service
from quanyu.connect.sources.model import Deliver, MqttSettings, Source
from quanyu.core.clock import Clock
from quanyu.core.errors import QuanyuError
from quanyu.store import Database

AT_ONCE = 3
_LOOK_SECONDS = 1.0

_log = logging.getLogger("quanyu.sources")


@dataclass(slots=True, kw_only=True)
class Runner:
    """`deliver` imports what a source brings; it is handed in, because sources know nothing of datasets."""

    database: Database
    tenant: str
    folder: Path
    deliver: Deliver
    outgoing: Outgoing
    clock: Clock
    _runs: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _listeners: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                with contextlib.suppress(QuanyuError):  # the database is away; it is asked again
                    await self._start_due()
                    await self._mind_listeners()
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            tasks = [*self._runs.values(), *self._listeners.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def run_once(self, source: Source) -> int:
        """One run of one source: fetch, deliver, remember. Returns the records read; a failure is kept and raised."""
        with tempfile.TemporaryDirectory(dir=self.folder / "tmp", prefix="source-") as scratch:
            try:
                delivery, cursor = await service.bring(
                    self.database, source, Path(scratch), outgoing=self.outgoing, now=self.clock()
                )
                records = await self.deliver(delivery) if delivery else 0
            except Exception as error:
                await service.failed(self.database, source, error, now=self.clock())
                raise
            await service.succeeded(
                self.database, source, delivery, cursor=cursor, records=records, now=self.clock()
            )
        return records

    async def _start_due(self) -> None:
        async with self.database.tenant(self.tenant) as connection:
            rows = await _sql.due(connection, self.tenant, self.clock())
        for row in rows:
            if len(self._runs) >= AT_ONCE or row["name"] in self._runs:
                continue
            task = asyncio.create_task(self._run_quietly(service.from_row(row, self.folder)))
            self._runs[row["name"]] = task
            task.add_done_callback(partial(self._ended, row["name"]))

    def _ended(self, name: str, _: asyncio.Task[None]) -> None:
        self._runs.pop(name, None)

    async def _run_quietly(self, source: Source) -> None:
        try:
            await self.run_once(source)
        except QuanyuError as error:
            _log.warning("source %s: %s", source.name, error)
        except Exception:
            _log.exception("source %s fails", source.name)

    async def _mind_listeners(self) -> None:
        """A listener for every active MQTT source, none for any other."""
        async with self.database.tenant(self.tenant) as connection:
            rows = {row["name"]: row for row in await _sql.active(connection, self.tenant, "mqtt")}
        for name in self._listeners.keys() - rows.keys():
            self._listeners[name].cancel()
        for name, row in rows.items():
            if (name not in self._listeners and row["failures"] == 0) or self._rested(row):
                self._listen(service.from_row(row, self.folder))

    def _rested(self, row: object) -> bool:
        return row["name"] not in self._listeners and row["due"] <= self.clock()  # type: ignore[index]

    def _listen(self, source: Source) -> None:
        task = asyncio.create_task(self._listen_quietly(source))
        self._listeners[source.name] = task
        task.add_done_callback(lambda _: self._listeners.pop(source.name, None))

    async def _listen_quietly(self, source: Source) -> None:
        assert isinstance(source.settings, MqttSettings)
        try:
            await mqtt.listen(
                source,
                source.settings,
                lambda messages: service.store_messages(self.database, source, messages),
                self.outgoing,
            )
        except Exception as error:
            _log.warning("source %s: %s", source.name, error, exc_info=not isinstance(error, QuanyuError))
            with contextlib.suppress(QuanyuError):
                await service.failed(self.database, source, error, now=self.clock())
