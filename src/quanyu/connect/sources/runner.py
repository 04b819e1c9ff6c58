"""Runs the sources of a node: each on its own, so that one that fails stops alone."""

import asyncio
import contextlib
import logging
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from quanyu.connect.outgoing import Outgoing
from quanyu.connect.sources import _sql, fetching, listening, service
from quanyu.connect.sources.listening import Listener
from quanyu.connect.sources.metrics import count_failure, count_records
from quanyu.connect.sources.model import LISTENING, Deliver, Source
from quanyu.connect.sources.places import Places, check_place
from quanyu.core.clock import Clock
from quanyu.core.errors import Conflict, QuanyuError, Unavailable
from quanyu.store import Database

FETCHES_AT_ONCE = 16
IMPORTS_AT_ONCE = 3
_LOOK_SECONDS = 1.0
_SCRATCH = "source-"
_KEPT = timedelta(days=1)

_log = logging.getLogger("quanyu.sources")


@dataclass(slots=True)
class _Progress:
    """What a run has come to."""

    records: int = 0
    refused: QuanyuError | None = None


@dataclass(slots=True, kw_only=True)
class Runner:
    """`deliver` imports what a source brings; it is handed in, because sources know nothing of datasets. `listed`: folders
    that the administrator opened."""

    database: Database
    tenant: str
    folder: Path
    deliver: Deliver
    outgoing: Outgoing
    clock: Clock
    listed: tuple[Path, ...] = ()
    _runs: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _listeners: dict[str, tuple[Listener, asyncio.Task[None]]] = field(default_factory=dict)
    _imports: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(IMPORTS_AT_ONCE))

    async def run(self) -> None:
        """Until cancelled."""
        await asyncio.to_thread(self._sweep)
        try:
            while True:
                with contextlib.suppress(Unavailable):  # the database is away; it is asked again
                    await self._start_due()
                    await self._mind_listeners()
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            tasks = [*self._runs.values(), *(task for _, task in self._listeners.values())]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def run_once(self, source: Source) -> int:
        """One run of one source: fetch, deliver, remember. Returns the records read.

        A failure, and the last refusal of the import, is kept with the source and raised.
        """
        progress = _Progress()
        with self._scratch() as scratch:
            errand = fetching.Errand(
                database=self.database, source=source, folder=self.folder, scratch=scratch,
                outgoing=self.outgoing, now=self.clock(),
            )  # fmt: skip
            try:
                check_place(source.settings, Places(own=self.folder, listed=self.listed))
                await self._work_off(errand, progress)
            except Exception as error:
                await self._failed(source, error, wait=service.back_off(source.failures, error))
                raise
        if progress.refused is not None:
            await self._failed(source, progress.refused, wait=None)
            raise progress.refused
        await service.succeeded(self.database, source, self.clock())
        return progress.records

    async def _work_off(self, errand: fetching.Errand, progress: _Progress) -> None:
        """Delivery after delivery; what is done stays done when a later one fails."""
        async with contextlib.aclosing(fetching.bring(errand)) as bringing:
            async for brought in bringing:
                progress.refused = brought.fault or progress.refused
                if not await self._hand_over(errand.source, brought, progress):
                    return

    async def _hand_over(self, source: Source, brought: fetching.Brought, progress: _Progress) -> bool:
        """What the import refuses is kept aside; where it cannot judge now, the run fails and is tried again.

        Returns whether the run goes on.
        """
        records = 0
        try:
            if brought.delivery is not None:
                async with self._imports:
                    records = await self.deliver(brought.delivery)
        except (Unavailable, Conflict):
            raise
        except QuanyuError as error:
            progress.refused = error
            return await service.refused(self.database, self.folder, source, brought, error, now=self.clock())
        await service.taken(self.database, self.folder, source, brought, records=records, now=self.clock())
        count_records(source.kind, records)
        progress.records += records
        return True

    async def _failed(self, source: Source, error: Exception, *, wait: timedelta | None) -> None:
        count_failure(source.kind)
        await service.failed(self.database, source, error, now=self.clock(), wait=wait)

    @contextlib.contextmanager
    def _scratch(self) -> Iterator[Path]:
        """Gone after the run, but not when the node stops in the middle: the import goes on with these files."""
        path = Path(tempfile.mkdtemp(dir=self.folder / "tmp", prefix=_SCRATCH))
        try:
            yield path
        except Exception:
            shutil.rmtree(path, ignore_errors=True)
            raise
        shutil.rmtree(path, ignore_errors=True)

    async def _start_due(self) -> None:
        async with self.database.tenant(self.tenant) as connection:
            rows = await _sql.due(connection, self.tenant, self.clock())
        for row in rows:
            if len(self._runs) >= FETCHES_AT_ONCE or row["name"] in self._runs:
                continue
            task = asyncio.create_task(self._run_quietly(row))
            self._runs[row["name"]] = task
            task.add_done_callback(partial(self._ended, row["name"]))

    def _ended(self, name: str, _: asyncio.Task[None]) -> None:
        self._runs.pop(name, None)

    async def _run_quietly(self, row: Any) -> None:
        try:
            source = service.from_row(row, self.folder)
        except Exception as error:
            _log.warning("source %s: %s", row["name"], error)
            await service.unreadable(self.database, row, error, self.clock())
            return
        try:
            await self.run_once(source)
        except QuanyuError as error:
            _log.warning("source %s: %s", row["name"], error)
        except Exception:
            _log.exception("source %s fails", row["name"])

    async def _mind_listeners(self) -> None:
        """One listener for every active source that keeps a link open, as it is now, none for any other."""
        async with self.database.tenant(self.tenant) as connection:
            rows = {row["name"]: row for row in await _sql.active(connection, self.tenant, LISTENING)}
        for name, (listener, task) in list(self._listeners.items()):
            if name not in rows or listening.mark(rows[name]) != listener.mark:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                del self._listeners[name]
        for name in rows.keys() - self._listeners.keys():
            self._listeners[name] = self._listening(rows[name])

    def _listening(self, row: Any) -> tuple[Listener, asyncio.Task[None]]:
        listener = Listener(
            database=self.database, folder=self.folder, outgoing=self.outgoing, clock=self.clock, row=row
        )
        return listener, asyncio.create_task(listener.run())

    def _sweep(self) -> None:
        """What runs of nodes that stopped in the middle left behind, once no import needs it any longer."""
        old = (self.clock() - _KEPT).timestamp()
        for path in (self.folder / "tmp").glob(f"{_SCRATCH}*"):
            if path.stat().st_mtime < old:
                shutil.rmtree(path, ignore_errors=True)
