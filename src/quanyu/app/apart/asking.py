"""The node's side: a request for a pack that others made is answered by the pack's own process."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from litestar import Request, Response

from quanyu.app.apart.letters import ALGORITHMS, OK, Answer, Computed, Question
from quanyu.app.apart.process import Ended, PackProcess, begin, numbers
from quanyu.app.settings import Settings
from quanyu.core.actor import Actor
from quanyu.core.clock import Clock
from quanyu.core.errors import Invalid, QuanyuError, Unavailable
from quanyu.packs.trouble import Trouble, note
from quanyu.store import Database

Asked = Request[Any, Any, Any]

_OWN_HEADERS = frozenset({b"content-length", b"content-type"})

_log = logging.getLogger("quanyu.packs")


@dataclass(slots=True, eq=False)
class Apart:
    """The processes of the packs that somebody has asked something: one each, begun with the first question."""

    settings: Settings
    database: Database
    clock: Clock
    _processes: dict[str, PackProcess] = field(default_factory=dict)
    _beginning: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    def answering(self, pack: str) -> Callable[[Asked], Awaitable[Response[bytes]]]:
        """What answers the requests for a pack, in place of its handlers."""

        async def answer(request: Asked) -> Response[bytes]:
            question = Question(
                number=next(numbers), method=str(request.method), path=request.scope["path"],
                query=request.scope["query_string"], headers=list(request.scope["headers"]),
                body=await request.body(), actor=request.scope["state"]["actor"],
            )  # fmt: skip
            return _response(await self.ask(pack, question))

        return answer

    async def ask(self, pack: str, question: Question) -> Answer:
        """Raises Unavailable where the pack hangs or has ended; the next question begins it anew."""
        try:
            process = await self._running(pack)
            return await process.ask(question, seconds=self.settings.pack_seconds)
        except Ended as ended:
            if ended.culprit:
                await self._note(pack, question, ended)
            raise Unavailable(
                f"app.pack.{ended.reason}", name=pack, seconds=self.settings.pack_seconds
            ) from ended

    async def run(self, actor: Actor, pack: str, algorithm: str, inputs: dict[str, Any]) -> dict[str, Any]:
        """The outputs of an algorithm of the pack. Raises Invalid and Unavailable as the algorithm does, or as `ask`."""
        question = Question(
            number=next(numbers), method="POST", path=f"{ALGORITHMS}/{algorithm}", query=b"",
            headers=[(b"content-type", b"application/json")], body=msgspec.json.encode(inputs), actor=actor,
        )  # fmt: skip
        answer = await self.ask(pack, question)
        if answer.status != OK:
            raise Unavailable("packs.algorithm.failed", id=f"{pack}.{algorithm}")
        told = msgspec.json.decode(answer.body, type=Computed)
        if told.refused is not None:
            raise Invalid("packs.algorithm.inputs", faults=(told.refused,), id=f"{pack}.{algorithm}")
        return told.outputs

    def close(self) -> None:
        for process in self._processes.values():
            process.end()

    async def _running(self, pack: str) -> PackProcess:
        async with self._beginning[pack]:
            known = self._processes.get(pack)
            if known is None or not known.alive:
                known = self._processes[pack] = await begin(self.settings, pack)
                await known.ready()
            return known

    async def _note(self, pack: str, question: Question, ended: Ended) -> None:
        """Whoever looks at the packs sees it; where that cannot be written, the log has it."""
        where = f"{question.method} {question.path}"
        _log.warning("pack %s: %s at %s", pack, ended.reason, where)
        trouble = Trouble(reason=ended.reason, where=where, at=self.clock())
        try:
            async with self.database.tenant(question.actor.tenant) as connection:
                await note(connection, question.actor.tenant, pack, trouble)
        except QuanyuError as error:
            _log.warning("the trouble of pack %s is not noted: %s", pack, error)


def _response(answer: Answer) -> Response[bytes]:
    headers = {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in answer.headers
        if name not in _OWN_HEADERS
    }
    kind = next((value.decode("latin-1") for name, value in answer.headers if name == b"content-type"), None)
    return Response(answer.body, status_code=answer.status, headers=headers, media_type=kind)
