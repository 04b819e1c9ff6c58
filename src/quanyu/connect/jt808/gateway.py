"""The door for terminals, over TCP and UDP: what they send is stored, then acknowledged.

    bytes ─► frames ─► session ─► waiting ─► stored in one transaction with all that waits ─► answers

A slow database slows the terminals down: reading pauses while much waits, and resumes; datagrams are passed over meanwhile. What was
not stored is not acknowledged, so that terminals send it again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import msgspec

from quanyu.connect.jt808.frame import Frame, pack, unpack
from quanyu.connect.jt808.lines import Datagrams, Line, Link, Order
from quanyu.connect.jt808.records import broken
from quanyu.connect.jt808.session import Gate
from quanyu.core.errors import Fault, Invalid, Unavailable

GROUP = 2_000
MOST_WAITING = 8_000
_SILENCE_SECONDS = 900.0


class Book(Protocol):
    """Where the gateway writes down what comes and reads what it shall send."""

    async def store(self, records: Sequence[bytes]) -> None: ...

    async def keep_media(self, terminal: str, data: bytes) -> str: ...

    async def seen(self, terminals: dict[str, str | None]) -> None: ...

    async def orders(self, terminals: Sequence[str]) -> Sequence[Order]: ...

    async def answered(self, terminal: str, sequence: int, result: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Waiting:
    """`send` gets the answer once the record is stored."""

    record: bytes | None
    answer: bytes
    send: Callable[[Sequence[bytes]], None]


@dataclass(slots=True, kw_only=True)
class Gateway:
    """`pause`: seconds between two looks for orders."""

    gate: Gate
    book: Book
    clock: Callable[[], datetime]
    pause: float = 1.0
    _waiting: list[Waiting] = field(default_factory=list)
    _lines: dict[str, Line] = field(default_factory=dict)
    _open: set[Link] = field(default_factory=set)
    _work: asyncio.Event = field(default_factory=asyncio.Event)
    _seen: dict[str, str | None] = field(default_factory=dict)
    _chores: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(
        self, host: str, port: int, *, udp: bool, listening: Callable[[int], Awaitable[None]]
    ) -> None:
        """Until cancelled; `listening` is told the port. Raises Unavailable where the port is taken, and what the book raises."""
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(lambda: Link(self), host, port, backlog=4096)
            port = int(server.sockets[0].getsockname()[1])
            datagrams = (
                (await loop.create_datagram_endpoint(lambda: Datagrams(self), (host, port)))[0]
                if udp
                else None
            )
        except OSError as error:
            raise Unavailable(
                "connect.jt808.port", host=host, port=port, reason=error.strerror or str(error)
            ) from error
        try:
            await listening(port)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._storing())
                group.create_task(self._minding())
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from errors
        finally:
            server.close()
            if datagrams is not None:
                datagrams.close()
            for link in list(self._open):
                link.close()

    @property
    def is_full(self) -> bool:
        return len(self._waiting) >= MOST_WAITING

    def take(self, data: bytes, line: Line) -> None:
        """One piece of a stream, a frame or rubbish."""
        try:
            frame, faults = unpack(data)
        except Invalid as error:
            self._broken(data, error.faults, line)
            return
        if faults:
            self._broken(data, faults, line)
            return
        self._heard(frame, data, line)

    def _heard(self, frame: Frame, data: bytes, line: Line) -> None:
        session = line.session(frame.terminal)
        reaction = session.react(frame)
        if session.is_open(frame.terminal):
            self._lines[frame.terminal] = line
        if session.is_open(frame.terminal) or reaction.registered is not None:
            self._seen[frame.terminal] = reaction.registered or self._seen.get(frame.terminal)
        if reaction.faults:
            self._wait(broken(data, _reason(reaction.faults)), b"", line)
        answer = line.framed(reaction.answer) if reaction.answer else b""
        if reaction.media is not None:
            self._chore(self._media(frame.terminal, reaction.media, reaction.records, answer, line))
        elif reaction.ordered is not None:
            self._chore(self.book.answered(frame.terminal, *reaction.ordered))
        elif reaction.records:
            *before, last = reaction.records
            for record in before:
                self._wait(record, b"", line)
            self._wait(last, answer, line)
        elif answer:
            line.send([answer])

    def _broken(self, data: bytes, faults: Sequence[Fault], line: Line) -> None:
        if line.faulty():
            self._wait(broken(data, _reason(faults)), b"", line)

    def _wait(self, record: dict[str, Any], answer: bytes, line: Line) -> None:
        self._waiting.append(Waiting(msgspec.json.encode(record), answer, line.send))
        self._work.set()
        if len(self._waiting) == MOST_WAITING:
            for link in self._open:
                link.pause()

    async def _storing(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while self._waiting:
                group, self._waiting = self._waiting[:GROUP], self._waiting[GROUP:]
                await self.book.store([one.record for one in group if one.record is not None])
                _answer(group)
                if len(self._waiting) < MOST_WAITING // 2:
                    for link in self._open:
                        link.resume()

    async def _minding(self) -> None:
        """Orders go down, missing parts are asked for, terminals that spoke are noted, links that are silent are closed."""
        while True:
            await asyncio.sleep(self.pause)
            seen, self._seen = self._seen, {}
            if seen:
                await self.book.seen(seen)
            for order in await self.book.orders(list(self._lines)) if self._lines else ():
                if line := self._lines.get(order.terminal):  # it may have gone while the book was asked
                    line.send([pack(line.addressed(order))])
            for line in {id(line): line for line in self._lines.values()}.values():
                line.ask_again()
            now = asyncio.get_running_loop().time()
            for link in [one for one in self._open if now - one.heard > _SILENCE_SECONDS]:
                link.close()

    async def _media(
        self, terminal: str, data: bytes, records: Sequence[dict[str, Any]], answer: bytes, line: Line
    ) -> None:
        name = await self.book.keep_media(terminal, data)
        for record in records:
            self._wait(record | {"media": name}, answer, line)

    def _chore(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

    def opened(self, link: Link) -> None:
        self._open.add(link)
        if self.is_full:
            link.pause()

    def gone(self, link: Link) -> None:
        self._open.discard(link)
        for terminal in [name for name, line in self._lines.items() if line is link.line]:
            del self._lines[terminal]


def _answer(group: Sequence[Waiting]) -> None:
    """Answers for one line go out together."""
    by_line: dict[Callable[[Sequence[bytes]], None], list[bytes]] = {}
    for one in group:
        if one.answer:
            by_line.setdefault(one.send, []).append(one.answer)
    for send, answers in by_line.items():
        send(answers)


def _reason(faults: Sequence[Fault]) -> str:
    return "; ".join(f"{fault.where}: {fault.text()}" if fault.where else fault.text() for fault in faults)
