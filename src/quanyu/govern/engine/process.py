"""The engine as a child process: one import each, its memory gone with it, stopped with its parent."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable

import msgspec

from quanyu.core.errors import Invalid, Unavailable
from quanyu.govern.engine.answers import Answer, ErrorAnswer
from quanyu.govern.engine.model import EngineJob, EngineReport, Progress

_LINE_LIMIT = 256 * 1024 * 1024
_KEEPING_PAGES = {"MALLOC_MMAP_THRESHOLD_": str(32 * 1024**2), "MALLOC_TRIM_THRESHOLD_": str(128 * 1024**2)}
"""The block of a file is as large as what the allocator of the C library gives back to the system at once, to ask for it again."""


async def run(job: EngineJob, *, on_progress: Callable[[Progress], None]) -> EngineReport:
    """Raises Invalid for input that cannot be imported, Unavailable where the child dies (no memory, full disk)."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "quanyu.govern.engine"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE_LIMIT,
        env={**_KEEPING_PAGES, **os.environ},
        start_new_session=True,  # Ctrl-C of the terminal is the node's to hear; it decides what becomes of the child
    )
    try:
        return await _converse(child, job, on_progress)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def _converse(
    child: asyncio.subprocess.Process, job: EngineJob, on_progress: Callable[[Progress], None]
) -> EngineReport:
    assert child.stdin is not None
    assert child.stdout is not None
    with contextlib.suppress(
        ConnectionError, RuntimeError
    ):  # a child that is dead already says so by its silence
        child.stdin.write(msgspec.json.encode(job))
        child.stdin.close()
    async for line in child.stdout:
        if not line.endswith(b"\n"):
            break  # killed in the middle of a word
        answer = msgspec.json.decode(line, type=Answer)
        if answer.progress is not None:
            on_progress(answer.progress)
        if answer.error is not None:
            raise _error(answer.error)
        if answer.report is not None:
            await child.wait()
            return answer.report
    raise Unavailable("govern.engine.died", code=await child.wait())


def _error(answer: ErrorAnswer) -> Exception:
    if answer.invalid:
        return Invalid(answer.key, faults=answer.faults, **answer.values)
    return Unavailable(answer.key, **answer.values)
