"""The import engine within the test's own process: a process each takes longer than a small file does.

What its own process adds is tried in unit/govern/engine/test_process.py, in the stories and in the faults.
"""

import asyncio
from collections.abc import Callable

from quanyu.govern.engine.model import EngineJob, EngineReport, Progress
from quanyu.govern.engine.pipeline import import_files


async def run_here(job: EngineJob, *, on_progress: Callable[[Progress], None]) -> EngineReport:
    loop = asyncio.get_running_loop()
    return await asyncio.to_thread(
        import_files, job, lambda progress: loop.call_soon_threadsafe(on_progress, progress)
    )
