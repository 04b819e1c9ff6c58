"""One question to the database for all who ask it at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Together(Generic[K, V]):
    """Who comes while others are being answered waits and is asked for with all who come meanwhile.

    So an answer is never older than its question: what was withdrawn before somebody asked is not granted.
    """

    def __init__(self, ask: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._ask = ask
        self._waiting: dict[K, asyncio.Future[V | None]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def of(self, key: K) -> V | None:
        """None where there is no answer. Raises what the question ends with."""
        answer = self._waiting.get(key)
        if answer is None:
            answer = self._waiting[key] = asyncio.get_running_loop().create_future()
        if self._asking is None:
            self._asking = asyncio.create_task(self._answer_all())
        return await asyncio.shield(answer)  # others wait for it, too

    async def _answer_all(self) -> None:
        try:
            while self._waiting:
                asked, self._waiting = self._waiting, {}
                try:
                    found = await self._ask(list(asked))
                except Exception as error:
                    for answer in asked.values():
                        answer.set_exception(error)
                        answer.exception()  # told, even where nobody waits any more
                except BaseException:
                    for answer in asked.values():
                        answer.cancel()
                    raise
                else:
                    for key, answer in asked.items():
                        answer.set_result(found.get(key))
        finally:
            self._asking = None
