"""What the writer remembers of the entities it wrote last, so that it need not ask for them again."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping

import msgspec

from quanyu.twin.fold import Plan
from quanyu.twin.rows import Written
from quanyu.twin.state import State

MOST = 20_000
LARGEST = 16 * 1024
"""Entities whose document is larger are read each time: the memory stays within some 30 MiB."""


class Memory:
    """Of one tenant. Another process may have changed an entity since: what rests on this is checked when it is written."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._states: OrderedDict[str, tuple[State, msgspec.Raw]] = OrderedDict()

    def recall(self, ids: Iterable[str]) -> dict[str, State]:
        found = {}
        for id in ids:
            if (kept := self._states.get(id)) is not None:
                self._states.move_to_end(id)
                found[id] = msgspec.structs.replace(kept[0], document=msgspec.json.decode(kept[1]))
        return found

    def remember(self, plan: Plan, written: Mapping[str, Written]) -> None:
        """Before the commit; `forget` where it does not come."""
        if not self._most:
            return
        for id, row in plan.rows.items():
            made = written.get(id)
            if row.after is None or made is None or len(memoryview(made.document)) > LARGEST:
                self._states.pop(id, None)
                continue
            state = msgspec.structs.replace(row.after, document={}, version=made.version)
            self._states[id] = (state, made.document)
            self._states.move_to_end(id)
        while len(self._states) > self._most:
            self._states.popitem(last=False)

    def forget(self, ids: Iterable[str]) -> None:
        for id in ids:
            self._states.pop(id, None)
