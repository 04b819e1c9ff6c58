"""Sub-packets (分包) of long messages, put together again (JT/T 808-2019, 4.4.3), and those that are asked for again (8.4)."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from quanyu.connect.jt808.frame import Frame, Part

MOST_MESSAGES = 8
MOST_BYTES = 1024**2
PATIENCE = timedelta(seconds=5)
"""Without a further part of a message, until those that are missing are asked for; and between two requests."""

MOST_REQUESTS = 3
MOST_ASKED = 255
"""Parts in one request: their number is one byte in 2013."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Parts of a message that did not come. `like`: one that came, for its header; `begin`: the first part, where it came."""

    first: int
    numbers: tuple[int, ...]
    like: Frame
    begin: Frame | None


@dataclass(slots=True)
class _Open:
    """`asked`: how often for what is missing."""

    total: int
    heard: datetime | None
    parts: dict[int, Frame] = field(default_factory=dict)
    asked: int = 0


@dataclass(slots=True)
class Parts:
    """Of one terminal. What is begun last stays; older messages that never end give way."""

    _open: dict[tuple[int, int], _Open] = field(default_factory=dict)

    def add(self, frame: Frame, part: Part, at: datetime | None = None) -> Frame | None:
        """The whole message once its last part is there. A part that comes twice counts once. `at` None: nobody asks for what is missing."""
        first = (frame.sequence - part.number + 1) & 0xFFFF
        key = (frame.message, first)
        one = self._open.setdefault(key, _Open(part.total, at))
        one.parts[part.number], one.heard = frame, at
        if len(one.parts) >= part.total:
            del self._open[key]
            body = b"".join(one.parts[number].body for number in sorted(one.parts))
            return replace(frame, sequence=first, body=body, part=None)
        self._bound()
        return None

    def missing(self, at: datetime) -> Iterator[Missing]:
        """Of messages of which nothing has come for a while. Each is asked for a few times, then given up."""
        for (_, first), one in self._open.items():
            if one.heard is None or at - one.heard < PATIENCE or one.asked >= MOST_REQUESTS:
                continue
            one.heard, one.asked = at, one.asked + 1
            numbers = [number for number in range(1, one.total + 1) if number not in one.parts]
            like = next(iter(one.parts.values()))
            yield Missing(first, tuple(numbers[:MOST_ASKED]), like, one.parts.get(1))

    def _bound(self) -> None:
        while len(self._open) > MOST_MESSAGES or self._bytes() > MOST_BYTES:
            self._open.pop(next(iter(self._open)))

    def _bytes(self) -> int:
        return sum(len(frame.body) for one in self._open.values() for frame in one.parts.values())
