"""Where in the order of ids every two-thousandth entity of a type stands: an offset of a million is one step away.

Kept in the memory of the process. A mark holds as long as no entity of the type came or went (`turnover` says so);
values that change move nothing.
"""

from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass

from quanyu.store import Connection

STEP = 2000
_MOST_TYPES = 1000

_MARKS = """
select id from (select id, row_number() over (order by id) as place from entity where tenant = $1 and type = $2) as placed
where place % $3 = 0 order by id
"""


@dataclass(frozen=True, slots=True)
class _Kept:
    turnover: int
    ids: tuple[str, ...]


class Marks:
    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()

    async def before(
        self, connection: Connection, tenant: str, type: str, *, offset: int, turnover: int
    ) -> tuple[str, int]:
        """The id to begin after, and how many are still to be skipped from there."""
        if offset < STEP:
            return "", offset
        kept = self._kept.get((tenant, type))
        if kept is None or kept.turnover != turnover:
            rows = await connection.fetch(_MARKS, tenant, type, STEP)
            kept = _Kept(turnover, tuple(row["id"] for row in rows))
            self._keep((tenant, type), kept)
        place = min(offset // STEP, len(kept.ids))
        return (kept.ids[place - 1], offset - place * STEP) if place else ("", offset)

    def _keep(self, key: tuple[str, str], kept: _Kept) -> None:
        self._kept[key] = kept
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST_TYPES:
            self._kept.popitem(last=False)


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
