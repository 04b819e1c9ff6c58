"""A plain function in a child process: the memory that it takes is gone with it.

DuckDB gives what it has used back to its allocator and not to the machine, so that a node that read a large dataset once would stay
large. Little work stays in a thread: a process takes a third of a second to begin. Some libraries let no other thread run while
they work: they are always apart.
"""

import asyncio
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from quanyu.core.child import child
from quanyu.core.errors import Unavailable

Result = TypeVar("Result")

LITTLE = 2 * 1024 * 1024
"""Bytes of Parquet that are read in a thread."""


async def aside(work: Callable[[], Result], *, reads: int) -> Result:
    """`work` is a module's function, or a partial of one, over values that can be pickled; `reads` bytes are before it.

    Raises what it raises; Unavailable where the child dies.
    """
    if reads <= LITTLE:
        return await asyncio.to_thread(work)
    async with child(_MODULE, pickle.dumps(work)) as begun:
        said = await begun.said.read()
        result: Result = _answer(said, await begun.ended())
    return result


def apart(work: Callable[[], Result]) -> Result:
    """`aside` for a caller that is in a thread of its own already, however little is read."""
    command = (sys.executable, "-m", _MODULE)
    done = subprocess.run(command, input=pickle.dumps(work), stdout=subprocess.PIPE, start_new_session=True)
    result: Result = _answer(done.stdout, done.returncode)
    return result


_MODULE = "quanyu.govern.engine.aside"


def _answer(said: bytes, code: int | None) -> Any:
    if not said:
        raise Unavailable("govern.engine.died", code=code)
    result, error = pickle.loads(said)  # noqa: S301 (written by our own child)
    if error is not None:
        raise _revived(*error)
    return result


def _revived(kind: type[Exception], args: tuple[Any, ...], state: dict[str, Any]) -> Exception:
    """Without its constructor, whose keywords are not kept."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


def main() -> None:
    """The child: the work on standard input, (result, error) on standard output."""
    from quanyu.core.modules import do_without_pandas
    from quanyu.core.process import collect_rarely, leave
    from quanyu.govern.engine.parenthood import die_with_parent

    die_with_parent()
    collect_rarely()
    do_without_pandas()
    work = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 (written by the node)
    answer: tuple[Any, Any] = (None, None)
    try:
        answer = (work(), None)
    except Exception as error:
        answer = (None, (type(error), error.args, error.__dict__))
    sys.stdout.buffer.write(pickle.dumps(answer))
    leave(0)


if __name__ == "__main__":
    main()
