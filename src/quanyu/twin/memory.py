"""What the writer remembers of the entities it wrote last, so that it need not ask for them again."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping

import msgspec

from quanyu.twin.common import Common
from quanyu.twin.fold import Plan
from quanyu.twin.rows import Written
from quanyu.twin.state import State

MOST = 20_000
LARGEST = 16 * 1024
"""Entities whose document is larger are read each time: the memory stays within some 30 MiB."""


class Memory:
    """Of one tenant. Another process may have changed an entity since: what rests on this is checked when it is written.

    With `common` the processes of a node remember together: here is only what is under way, and there what is written.
    """

    def __init__(self, tenant: str, common: Common | None = None, most: int = MOST) -> None:
        self._tenant = tenant
        self._common = common
        self._most = most
        self._states: OrderedDict[str, tuple[State, msgspec.Raw]] = OrderedDict()

    def recall(self, ids: Iterable[str]) -> dict[str, State]:
        found = {}
        for id in ids:
            if (kept := self._states.get(id)) is not None:
                self._states.move_to_end(id)
                found[id] = msgspec.structs.replace(kept[0], document=msgspec.json.decode(kept[1]))
            elif self._common is not None and (state := self._common.recall(self._key(id))) is not None:
                found[id] = state
        return found

    def remember(self, plan: Plan, written: Mapping[str, Written]) -> None:
        """Before the commit; `forget` where it does not come, `tell` where it does."""
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

    def tell(self, plan: Plan) -> None:
        """After the commit: what was under way is what the other processes find."""
        if self._common is None:
            return
        for id in plan.rows:
            kept = self._states.pop(id, None)
            if kept is None:
                self._common.forget(self._key(id))
            else:
                self._common.keep(self._key(id), kept[0], bytes(kept[1]))

    def forget(self, ids: Iterable[str]) -> None:
        for id in ids:
            self._states.pop(id, None)
            if self._common is not None:
                self._common.forget(self._key(id))

    def _key(self, id: str) -> str:
        return f"{self._tenant}\0{id}"
