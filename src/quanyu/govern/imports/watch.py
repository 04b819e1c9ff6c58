"""The engine at work: its progress noted in the import's row, its process gone when somebody cancels."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from quanyu.core.errors import Unavailable
from quanyu.govern.engine.model import EngineJob, EngineReport, Progress, Stage
from quanyu.govern.imports import _sql
from quanyu.govern.imports.model import ImportProgress, ImportState, progress_of
from quanyu.store import Database

_NOTE_SECONDS = 0.5


class RunEngine(Protocol):
    """`engine.process.run`, or a twin of it."""

    def __call__(
        self, job: EngineJob, *, on_progress: Callable[[Progress], None]
    ) -> Awaitable[EngineReport]: ...


class Cancelled(Exception):
    """Somebody asked for it."""


async def watched(database: Database, tenant: str, job: EngineJob, run_engine: RunEngine) -> EngineReport:
    """Raises Cancelled, and whatever the engine raises."""
    gauge = _Gauge()
    engine = asyncio.ensure_future(run_engine(job, on_progress=gauge.show))
    try:
        while not engine.done():
            await asyncio.wait({engine}, timeout=_NOTE_SECONDS)
            if await _noted(database, tenant, job.import_id, gauge.shown):
                raise Cancelled
        return await engine
    finally:
        engine.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await engine


async def _noted(database: Database, tenant: str, import_id: str, progress: ImportProgress) -> bool:
    """Whether somebody cancels. A database that is away for a moment does not stop the engine."""
    state = ImportState.LANDING if progress.stage == Stage.LAND else ImportState.CHECKING
    with contextlib.suppress(Unavailable):
        async with database.tenant(tenant) as connection:
            return await _sql.note_progress(connection, import_id, state, progress)
    return False


class _Gauge:
    """The newest progress of the engine; a stage's rate counts from the stage's begin."""

    def __init__(self) -> None:
        self.shown = ImportProgress(stage=Stage.LAND, done=0, total=0, unit="bytes")
        self._stage: Stage | None = None
        self._since = 0.0

    def show(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.stage is not self._stage:
            self._stage, self._since = progress.stage, now
        self.shown = progress_of(progress, seconds=now - self._since)
