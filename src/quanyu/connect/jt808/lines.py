"""Where bytes come in: TCP connections and senders of datagrams, each with its sessions."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol, cast

from quanyu.connect.jt808.frame import Frame, pack
from quanyu.connect.jt808.messages import downward
from quanyu.connect.jt808.session import Gate, Session
from quanyu.connect.jt808.splitting import Splitter

MOST_FAULTS = 200
"""Wrong frames of one connection before it is closed, of one sender of datagrams before no more of them are kept."""

MOST_SENDERS = 8_000
MOST_SESSIONS = 500
"""Terminals on one connection; the one that came first is forgotten and authenticates again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A message down to a terminal; its sequence tells whose answer comes."""

    terminal: str
    message: int
    sequence: int
    body: bytes


class Door(Protocol):
    """What a line needs of its gateway."""

    @property
    def gate(self) -> Gate: ...

    @property
    def clock(self) -> Callable[[], datetime]: ...

    @property
    def is_full(self) -> bool: ...

    def take(self, data: bytes, line: "Line") -> None: ...

    def opened(self, link: "Link") -> None: ...

    def gone(self, link: "Link") -> None: ...


@dataclass(slots=True, kw_only=True)
class Line:
    """One connection, or one sender of datagrams: its sessions, and the numbers of what is sent down. `send` takes whole frames."""

    gateway: Door
    send: Callable[[Sequence[bytes]], None]
    close: Callable[[], None]
    _sessions: dict[str, Session] = field(default_factory=dict)
    _version: int | None = None
    _sequence: int = 0
    _faults: int = 0

    def session(self, terminal: str) -> Session:
        if terminal not in self._sessions:
            if len(self._sessions) >= MOST_SESSIONS:
                self._sessions.pop(next(iter(self._sessions)))
            self._sessions[terminal] = Session(self.gateway.gate, self.gateway.clock)
        return self._sessions[terminal]

    def ask_again(self) -> None:
        """For parts of long messages that did not come."""
        requests = [frame for session in self._sessions.values() for frame in session.missing()]
        if requests:
            self.send([self.framed(frame) for frame in requests])

    def framed(self, frame: Frame) -> bytes:
        self._version = frame.version
        self._sequence = (self._sequence + 1) & 0x7FFF
        return pack(replace(frame, sequence=self._sequence))

    def addressed(self, order: Order) -> Frame:
        """In the header that was spoken last. Orders have the upper half of the numbers."""
        return Frame(
            message=order.message, terminal=order.terminal, sequence=order.sequence,
            body=downward(order.message, order.body, version=self._version), version=self._version,
        )  # fmt: skip

    def faulty(self) -> bool:
        """Counts a wrong frame; whether it is still one to be kept."""
        self._faults += 1
        if self._faults == MOST_FAULTS:
            self.close()
        return self._faults <= MOST_FAULTS


class Link(asyncio.Protocol):
    """One TCP connection."""

    def __init__(self, gateway: Door) -> None:
        self._gateway = gateway
        self._splitter = Splitter()
        self._transport: asyncio.Transport | None = None
        self.line = Line(gateway=gateway, send=self._send, close=self.close)
        self.heard = asyncio.get_running_loop().time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are none of asyncio's classes
        self._gateway.opened(self)

    def data_received(self, data: bytes) -> None:
        self.heard = asyncio.get_running_loop().time()
        for piece in self._splitter.feed(data):
            self._gateway.take(piece, self.line)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._gateway.gone(self)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def pause(self) -> None:
        if self._transport is not None and self._transport.is_reading():
            self._transport.pause_reading()

    def resume(self) -> None:
        if (
            self._transport is not None
            and not self._transport.is_reading()
            and not self._transport.is_closing()
        ):
            self._transport.resume_reading()

    def _send(self, frames: Sequence[bytes]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(frames))


class Datagrams(asyncio.DatagramProtocol):
    """UDP: each datagram holds whole frames; who sends is told by the address. What comes while too much waits is passed over: nobody
    acknowledges it, so it comes again."""

    def __init__(self, gateway: Door) -> None:
        self._gateway = gateway
        self._lines: dict[Any, Line] = {}
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if self._gateway.is_full:
            return
        splitter = Splitter()
        for piece in [*splitter.feed(data), *splitter.left()]:
            self._gateway.take(piece, self._line(addr))

    def _line(self, address: Any) -> Line:
        """The newest senders are remembered; one that was forgotten authenticates again."""
        if address not in self._lines:
            if len(self._lines) >= MOST_SENDERS:
                self._lines.pop(next(iter(self._lines)))
            self._lines[address] = Line(
                gateway=self._gateway, send=lambda said: self._send(said, address), close=lambda: None
            )
        return self._lines[address]

    def _send(self, frames: Sequence[bytes], address: Any) -> None:
        if self._transport is not None and not self._transport.is_closing():
            for frame in frames:
                self._transport.sendto(frame, address)
