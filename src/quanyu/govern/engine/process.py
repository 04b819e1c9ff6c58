"""The engine as a child process: one import each, its memory gone with it, stopped with its parent."""

import asyncio
import sys
from collections.abc import Callable

import msgspec

from quanyu.core.errors import Fault, Invalid, Unavailable
from quanyu.govern.engine.model import EngineJob, EngineReport, Progress

_LINE_LIMIT = 256 * 1024 * 1024


class ErrorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An error of `core.errors` on its way through the pipe; `invalid` ones are the sender's to repair."""

    key: str
    values: dict[str, object] = {}
    faults: tuple[Fault, ...] = ()
    invalid: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the child's output; exactly one field is set."""

    progress: Progress | None = None
    report: EngineReport | None = None
    error: ErrorAnswer | None = None


async def run(job: EngineJob, *, on_progress: Callable[[Progress], None]) -> EngineReport:
    """Raises Invalid for input that cannot be imported, Unavailable where the child dies (no memory, full disk)."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "quanyu.govern.engine"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE_LIMIT,
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
    child.stdin.write(msgspec.json.encode(job))
    child.stdin.close()
    async for line in child.stdout:
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
