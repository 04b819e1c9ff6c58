"""Where the pages of a question begin that was asked before, in the memory of the process."""

from bisect import bisect_right


class Places:
    """Where the page after one that was shown begins, by question and offset; forgotten when there are many."""

    def __init__(self, most: int = 4096) -> None:
        self._most = most
        self._known: dict[str, dict[int, tuple[str, str]]] = {}
        self._number = 0

    def remember(self, question: str, offset: int, last: tuple[str, str]) -> None:
        if self._number >= self._most:
            self._known.clear()
            self._number = 0
        self._known.setdefault(question, {})[offset] = last
        self._number += 1

    def nearest(self, question: str, offset: int) -> tuple[int, tuple[str, str]]:
        """The greatest known offset up to this one, and what stands before it."""
        known = self._known.get(question, {})
        offsets = sorted(known)
        place = bisect_right(offsets, offset)
        return (offsets[place - 1], known[offsets[place - 1]]) if place else (0, ("", ""))
