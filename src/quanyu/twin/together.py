"""What the processes of one node do together: one asks, each of them, the asking one too, does it and says so."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import uuid4

from quanyu.core.errors import QuanyuError
from quanyu.store import Database

CHANNEL = "quanyu_together"
_MOST_SAID = 7_000  # characters that NOTIFY takes, and some to spare
_LOOK_SECONDS = 1.0
_LONGEST_SECONDS = 1.0
"""A process that is just being started again is not waited for."""


class Deed(StrEnum):
    FORGET_CONTEXT = "forget context"
    """By its URL: it was deleted or fetched anew."""
    WRITE_USES = "write uses"
    """Down, of the @contexts of a tenant."""
    READ_REGISTRATIONS = "read registrations"
    """Of a tenant, before they are used again."""
    WRITE_TALLIES = "write tallies"
    """Down, of the sources of a tenant."""
    REST = "rest"
    """A source, until a moment."""
    SETTLE = "settle"
    """What is under way to a subscriber to registrations, by id."""


_DONE = "done"

Do = Callable[[str, str], Awaitable[None]]
"""For a tenant; what it is about."""


def notice(deed: Deed, tenant: str) -> str:
    """To be said on the channel in the transaction that makes it necessary: done by all even where this process dies."""
    return f"{deed}\n\n{tenant}\n"


@dataclass(slots=True)
class _Asked:
    missing: int
    done: asyncio.Event = field(default_factory=asyncio.Event)


class Together:
    """Of each process of a node; `processes`: how many these are."""

    def __init__(self, database: Database, processes: int = 1) -> None:
        self._database = database
        self._processes = processes
        self._able: dict[Deed, Do] = {}
        self._afresh: list[Callable[[], None]] = []
        self._asked: dict[str, _Asked] = {}
        self._doing: set[asyncio.Task[None]] = set()

    def able(self, deed: Deed, do: Do) -> None:
        """How this process does it."""
        self._able[deed] = do

    def begins_afresh(self, forget: Callable[[], None]) -> None:
        """What this process does where it may not have heard something."""
        self._afresh.append(forget)

    async def do(self, deed: Deed, tenant: str, about: str = "") -> None:
        """Here at once; returns when the others have done it too, but for one that does not answer."""
        await self._able[deed](tenant, about)
        if self._processes == 1:
            return
        number, asked = uuid4().hex, _Asked(self._processes)
        self._asked[number] = asked
        try:
            await self._say(deed, number, tenant, about)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LONGEST_SECONDS):
                    await asked.done.wait()
        finally:
            del self._asked[number]

    async def run(self) -> None:
        """Hears the others, as long as the node lives."""
        while True:
            with contextlib.suppress(QuanyuError):  # the database is away
                async with self._database.listening(CHANNEL, self._heard) as connection:
                    for forget in self._afresh:
                        forget()
                    while True:
                        await asyncio.sleep(_LOOK_SECONDS)
                        await connection.execute("select 1")  # raises where it was cut
            await asyncio.sleep(_LOOK_SECONDS)

    def _heard(self, said: str) -> None:
        word, number, tenant, about = said.split("\n", 3)
        if word == _DONE:
            self._count(number)
            return
        task = asyncio.create_task(self._answer(Deed(word), number, tenant, about))
        self._doing.add(task)
        task.add_done_callback(self._doing.discard)

    def _count(self, number: str) -> None:
        if asked := self._asked.get(number):
            asked.missing -= 1
            if not asked.missing:
                asked.done.set()

    async def _answer(self, deed: Deed, number: str, tenant: str, about: str) -> None:
        with contextlib.suppress(QuanyuError):  # the database is away; whoever asks does not wait for long
            await self._able[deed](tenant, about)
            if number:
                await self._say(_DONE, number, tenant)

    async def _say(self, word: str, number: str, tenant: str, about: str = "") -> None:
        text = "\n".join((word, number, tenant, about))
        async with self._database.system() as connection:
            await connection.execute("select pg_notify($1, $2)", CHANNEL, text[:_MOST_SAID])
