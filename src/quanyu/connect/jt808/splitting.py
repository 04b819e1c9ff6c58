"""Frames out of a stream of bytes that arrive split, merged and with rubbish in between."""

LONGEST = 4 * 1024
"""Twice the longest frame of the standard with every byte escaped; more without a delimiter is rubbish."""


class Splitter:
    """Keeps what is not whole yet."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Whole frames with their delimiters, and pieces of rubbish without; one delimiter may end and begin."""
        pieces = (self._rest + data).split(b"\x7e")
        rubbish, *inside = pieces
        self._rest = b""
        if not inside:
            return self._keep(rubbish)
        *whole, last = inside
        frames = [rubbish] if rubbish else []
        frames += [b"\x7e" + one + b"\x7e" for one in whole if one]
        return frames + self._keep(b"\x7e" + last)

    def left(self) -> list[bytes]:
        """What was begun and does not go on."""
        begun, self._rest = self._rest, b""
        return [begun] if begun.strip(b"\x7e") else []

    def _keep(self, rest: bytes) -> list[bytes]:
        """The begin of the next frame; `rest` of a delimiter alone may be the end of the last one."""
        if len(rest) > LONGEST:
            return [rest]
        self._rest = rest
        return []
