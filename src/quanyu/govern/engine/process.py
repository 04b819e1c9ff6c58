"""The engine as a child process: one import each, its memory gone with it, stopped with its parent."""

import os
from collections.abc import Callable

import msgspec

from quanyu.core.child import Child, child
from quanyu.core.errors import Invalid, Unavailable
from quanyu.govern.engine.answers import Answer, ErrorAnswer
from quanyu.govern.engine.model import EngineJob, EngineReport, Progress

_LINE_LIMIT = 256 * 1024 * 1024
_KEEPING_PAGES = {"MALLOC_MMAP_THRESHOLD_": str(32 * 1024**2), "MALLOC_TRIM_THRESHOLD_": str(128 * 1024**2)}
"""The block of a file is as large as what the allocator of the C library gives back to the system at once, to ask for it again."""


async def run(job: EngineJob, *, on_progress: Callable[[Progress], None]) -> EngineReport:
    """Raises Invalid for input that cannot be imported, Unavailable where the child dies (no memory, full disk)."""
    environment = {**_KEEPING_PAGES, **os.environ}
    async with child(
        "quanyu.govern.engine", msgspec.json.encode(job), line=_LINE_LIMIT, environment=environment
    ) as engine:
        return await _heard(engine, on_progress)


async def _heard(engine: Child, on_progress: Callable[[Progress], None]) -> EngineReport:
    async for line in engine.said:
        if not line.endswith(b"\n"):
            break  # killed in the middle of a word
        answer = msgspec.json.decode(line, type=Answer)
        if answer.progress is not None:
            on_progress(answer.progress)
        if answer.error is not None:
            raise _error(answer.error)
        if answer.report is not None:
            await engine.ended()
            return answer.report
    raise Unavailable("govern.engine.died", code=await engine.ended())


def _error(answer: ErrorAnswer) -> Exception:
    if answer.invalid:
        return Invalid(answer.key, faults=answer.faults, **answer.values)
    return Unavailable(answer.key, **answer.values)
