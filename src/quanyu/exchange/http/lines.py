"""An open line: server-sent events with what has come, a beat while there is nothing, and why it ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import msgspec
from litestar.response import ServerSentEventMessage

from quanyu.core.errors import QuanyuError

MOST_AT_ONCE = 1000
"""Records in one portion of a line."""

_BEAT_SECONDS = 10
_LIFE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Told:
    """A portion in JSON, and the mark from which the next one goes on."""

    content: bytes
    next: str


Portions = Callable[[str | None, int], Awaitable[Told | None]]
"""The portion after a mark; None where there is none within so many seconds. Raises QuanyuError once there will be no other."""


async def line(portions: Portions, after: str | None, language: str) -> AsyncIterator[ServerSentEventMessage]:
    """For a minute: clients of such lines come back by themselves, and are asked again who they are."""
    clock = asyncio.get_running_loop().time
    ends = clock() + _LIFE_SECONDS
    try:
        while clock() < ends:
            portion = await portions(after, _BEAT_SECONDS)
            if portion is None:
                yield ServerSentEventMessage(data="{}", event="beat")
                continue
            after = portion.next
            yield ServerSentEventMessage(data=portion.content.decode(), event="changes", id=after)
    except QuanyuError as error:
        said = msgspec.json.encode({"code": error.key, "reason": error.text(language)})
        yield ServerSentEventMessage(data=said.decode(), event="end")
