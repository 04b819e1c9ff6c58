"""Parts that run as long as the node: one that fails unexpectedly rests and begins anew, and takes nothing else with it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

Part = Callable[[], Awaitable[None]]

_REST_SECONDS = 1.0
_LONGEST_REST_SECONDS = 60.0
_WELL_SECONDS = 300.0

_log = logging.getLogger("quanyu.parts")


async def lasting(part: Part) -> None:
    """Until cancelled, or until the part ends by itself. Rests double up to a minute while it fails soon after it began."""
    clock, rest = asyncio.get_running_loop().time, _REST_SECONDS
    while True:
        began = clock()
        try:
            return await part()
        except Exception:
            rest = _REST_SECONDS if clock() - began > _WELL_SECONDS else rest
            _log.exception("%s fails and begins anew in %s s", _name(part), rest)
        await asyncio.sleep(rest)
        rest = min(2 * rest, _LONGEST_REST_SECONDS)


def _name(part: Part) -> str:
    """Without what the part was given: settings hold secrets."""
    bare = part.func if isinstance(part, partial) else part
    return getattr(bare, "__qualname__", type(bare).__name__)
