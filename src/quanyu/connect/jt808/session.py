"""How the platform reacts to what a terminal says (JT/T 808-2019, 8.1 to 8.8): a value in, a value out.

0x0100 registration    ─► 0x8100 with a code
0x0102 authentication  ─► 0x8001: 0 right, 1 wrong
0x0002, 0x0003, 0x0200, 0x0704, 0x0800 …  ─► 0x8001: 0 stored, 2 wrong, 3 unknown
0x0801 multimedia      ─► 0x8800
parts that are missing ─► 0x8003; of multimedia whose first part is there 0x8800 with their numbers
0x0004 what time is it ─► 0x8004
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from quanyu.connect.jt808.body import MULTIMEDIA, Said, understand
from quanyu.connect.jt808.frame import Frame
from quanyu.connect.jt808.layout import write
from quanyu.connect.jt808.messages import ANSWER, layout_of
from quanyu.connect.jt808.parts import Missing, Parts
from quanyu.connect.jt808.records import records_of

DONE, FAILED, WRONG, UNKNOWN = 0, 1, 2, 3
NO_TERMINAL = 4
"""Result of a registration."""

_IDENTIFIER = 4
"""Bytes at the begin of multimedia."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Who may speak. `terminals` empty: everybody who asks. `secret`: codes of authentication are made from it."""

    secret: bytes
    terminals: frozenset[str] = frozenset()
    authenticate: bool = False

    def knows(self, terminal: str) -> bool:
        return not self.terminals or terminal in self.terminals or terminal.lstrip("0") in self.terminals

    def code(self, terminal: str) -> str:
        return hmac.new(self.secret, terminal.encode(), sha256).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """`records` are stored before `answer` is sent. `ordered`: sequence of a command that was answered, and its result."""

    records: tuple[dict[str, Any], ...] = ()
    answer: Frame | None = None
    media: bytes | None = None
    ordered: tuple[int, int] | None = None
    registered: str | None = None
    faults: tuple[Any, ...] = ()


@dataclass(slots=True)
class Session:
    """One terminal on one connection."""

    gate: Gate
    clock: Callable[[], datetime]
    admitted: bool = False
    _parts: Parts = field(default_factory=Parts)

    def react(self, frame: Frame) -> Reaction:
        match frame.message:
            case 0x0100:
                return self._register(frame)
            case 0x0102:
                return self._admit(frame)
            case _ if not self.is_open(frame.terminal):
                return Reaction(answer=_answer(frame, FAILED))
            case 0x0001:
                return _ordered(frame)
            case 0x0004:
                return Reaction(
                    answer=_say(
                        frame, 0x8004, {"time": self.clock().astimezone(UTC).strftime("%y%m%d%H%M%S")}
                    )
                )
            case 0x0003:
                self.admitted = False
        if frame.part is not None and frame.part.belongs:
            whole = self._parts.add(frame, frame.part, self.clock())
            return self._take(whole) if whole is not None else Reaction()
        return self._take(frame)

    def missing(self) -> list[Frame]:
        """Requests for parts of long messages that should have come by now."""
        return [_again(one) for one in self._parts.missing(self.clock())]

    def is_open(self, terminal: str) -> bool:
        """Whether what it says counts, and what is for it may be sent here."""
        return self.gate.knows(terminal) and (self.admitted or not self.gate.authenticate)

    def _take(self, frame: Frame) -> Reaction:
        said = understand(frame)
        result = WRONG if said.faults else DONE if _is_known(frame) else UNKNOWN
        media = _media(frame, said)
        answer = _answer(frame, result)
        if media is not None:
            answer = _say(frame, 0x8800, {"multimedia": said.attributes["multimedia"], "missing": ""})
        records = tuple(records_of(frame, said, arrived=self.clock()))
        return Reaction(records=records, answer=answer, media=media, faults=said.faults)

    def _register(self, frame: Frame) -> Reaction:
        said = understand(frame)
        if not self.gate.knows(frame.terminal):
            return Reaction(answer=_register_answer(frame, NO_TERMINAL, ""))
        if said.faults:
            return Reaction(answer=_register_answer(frame, FAILED, ""), faults=said.faults)
        records = tuple(records_of(frame, said, arrived=self.clock()))
        code = self.gate.code(frame.terminal)
        return Reaction(
            records=records,
            answer=_register_answer(frame, DONE, code),
            registered=str(said.attributes.get("plate", "")),
        )

    def _admit(self, frame: Frame) -> Reaction:
        said: Said = understand(frame)
        code = str(said.attributes.get("code", ""))
        right = hmac.compare_digest(code.encode(), self.gate.code(frame.terminal).encode())
        self.admitted = right and self.gate.knows(frame.terminal)
        open_to_all = not self.gate.authenticate and self.gate.knows(frame.terminal)
        return Reaction(
            answer=_answer(frame, DONE if self.admitted or open_to_all else FAILED), faults=said.faults
        )


def _again(missing: Missing) -> Frame:
    count, numbers = len(missing.numbers), b"".join(number.to_bytes(2) for number in missing.numbers)
    begin = missing.begin
    if begin is not None and begin.message == MULTIMEDIA and len(begin.body) >= _IDENTIFIER:
        multimedia = int.from_bytes(begin.body[:_IDENTIFIER])
        return _say(begin, 0x8800, {"multimedia": multimedia, "missing": (count.to_bytes() + numbers).hex()})
    return _say(missing.like, 0x8003, {"first": missing.first, "count": count, "parts": numbers.hex()})


def _media(frame: Frame, said: Said) -> bytes | None:
    if frame.message != MULTIMEDIA or said.faults or "multimedia" not in said.attributes:
        return None
    return bytes.fromhex(said.attributes["data"])


def _ordered(frame: Frame) -> Reaction:
    said = understand(frame).attributes
    return Reaction(ordered=(said["answered"], said["result"]) if "result" in said else None)


def _is_known(frame: Frame) -> bool:
    located = frame.message in (0x0200, 0x0201, 0x0210, 0x0500, 0x0704, 0x0801, 0x0802, 0x5501, 0x5502)
    return not frame.encryption and (located or layout_of(frame.message, version=frame.version) is not None)


def _answer(frame: Frame, result: int) -> Frame:
    values = {"answered": frame.sequence, "answeredMessage": frame.message, "result": result}
    return _framed(frame, 0x8001, write(ANSWER, values))


def _register_answer(frame: Frame, result: int, code: str) -> Frame:
    return _say(frame, 0x8100, {"answered": frame.sequence, "result": result, "code": code})


def _say(frame: Frame, message: int, values: dict[str, Any]) -> Frame:
    return _framed(frame, message, write(layout_of(message, version=frame.version) or (), values))


def _framed(frame: Frame, message: int, body: bytes) -> Frame:
    return Frame(message=message, terminal=frame.terminal, body=body, version=frame.version)
