"""What the processes of one node do together: one asks, each of them, the asking one too, does it and says so."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import uuid4

from quanyu.core.errors import QuanyuError
from quanyu.store import Database
from quanyu.twin.contexts import _sql

_LONGEST_SECONDS = 1.0
"""A process that is just being started again is not waited for."""


class Deed(StrEnum):
    FORGET = "forget"
    """An @context, by its URL: it was deleted or fetched anew."""
    WRITE = "write"
    """Down the uses that were counted."""


_DONE = "done"


@dataclass(slots=True)
class _Asked:
    missing: int
    done: asyncio.Event = field(default_factory=asyncio.Event)


Do = Callable[[Deed, str, str], Awaitable[None]]
"""The deed, its tenant, what it is about."""


class Together:
    def __init__(self, database: Database, processes: int, do: Do) -> None:
        self._database = database
        self._processes = processes
        self._do = do
        self._asked: dict[str, _Asked] = {}
        self._doing: set[asyncio.Task[None]] = set()

    async def do(self, deed: Deed, tenant: str, about: str = "") -> None:
        """Here at once; returns when the others have done it too, but for one that does not answer."""
        await self._do(deed, tenant, about)
        if self._processes == 1:
            return
        number, asked = uuid4().hex, _Asked(self._processes)
        self._asked[number] = asked
        try:
            await self._say(deed, tenant, number, about)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LONGEST_SECONDS):
                    await asked.done.wait()
        finally:
            del self._asked[number]

    def heard(self, said: str) -> None:
        word, tenant, number, about = said.split("\n", 3)
        if word == _DONE:
            self._count(number)
            return
        task = asyncio.create_task(self._answer(Deed(word), tenant, number, about))
        self._doing.add(task)
        task.add_done_callback(self._doing.discard)

    def _count(self, number: str) -> None:
        if asked := self._asked.get(number):
            asked.missing -= 1
            if not asked.missing:
                asked.done.set()

    async def _answer(self, deed: Deed, tenant: str, number: str, about: str) -> None:
        with contextlib.suppress(QuanyuError):  # the database is away; whoever asks does not wait for long
            await self._do(deed, tenant, about)
            await self._say(_DONE, tenant, number)

    async def _say(self, word: str, tenant: str, number: str, about: str = "") -> None:
        async with self._database.tenant(tenant) as connection:
            await _sql.say(connection, "\n".join((word, tenant, number, about)))
