"""Sub-packets (分包) of long messages, put together again (JT/T 808-2019, 4.4.3)."""

from dataclasses import dataclass, field, replace

from quanyu.connect.jt808.frame import Frame, Part

MOST_MESSAGES = 8
MOST_BYTES = 1024**2


@dataclass(slots=True)
class Parts:
    """Of one terminal. What is begun last stays; older messages that never end give way."""

    _open: dict[tuple[int, int], dict[int, Frame]] = field(default_factory=dict)

    def add(self, frame: Frame, part: Part) -> Frame | None:
        """The whole message once its last part is there. A part that comes twice counts once."""
        first = (frame.sequence - part.number + 1) & 0xFFFF
        key = (frame.message, first)
        parts = self._open.setdefault(key, {})
        parts[part.number] = frame
        if len(parts) >= part.total:
            del self._open[key]
            body = b"".join(parts[number].body for number in sorted(parts))
            return replace(frame, sequence=first, body=body, part=None)
        self._bound()
        return None

    def _bound(self) -> None:
        while len(self._open) > MOST_MESSAGES or self._bytes() > MOST_BYTES:
            self._open.pop(next(iter(self._open)))

    def _bytes(self) -> int:
        return sum(len(frame.body) for parts in self._open.values() for frame in parts.values())
