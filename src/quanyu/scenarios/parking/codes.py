"""What is told, read once: codes of a list, moments with their zone. What is wrong at a door is said with its place."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import IntEnum
from typing import TypeVar

from quanyu.core.errors import Fault, Invalid
from quanyu.packs import Thing

Code = TypeVar("Code", bound=IntEnum)


class Reader:
    """Collects every fault of a delivery; `done` raises them together."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def code(self, codes: type[Code], said: int, where: str) -> Code:
        """The first of the list where it is none of them: `done` refuses the delivery then."""
        try:
            return codes(said)
        except ValueError:
            known = ", ".join(str(one.value) for one in codes)
            self.wrong("packs.thing.code", where, value=said, list=codes.__name__, known=known)
            return next(iter(codes))

    def moments(self, at: Sequence[datetime | None], where: str) -> None:
        """Each has its zone, and none comes before the one that stands before it."""
        told = [one for one in at if one is not None]
        if any(one.tzinfo is None for one in told):
            self.wrong("packs.thing.moment", where)
        elif told != sorted(told):
            self.wrong("packs.thing.order", where)

    def wrong(self, key: str, where: str, **values: object) -> None:
        self._faults.append(Fault(key, where, values))

    def done(self) -> None:
        """Raises Invalid, in the words of the only fault where there is one."""
        if not self._faults:
            return
        first = self._faults[0]
        if len(self._faults) == 1:
            raise Invalid(first.key, faults=(first,), **first.values)
        raise Invalid("packs.thing.reading", faults=tuple(self._faults[:100]), count=len(self._faults))


def moment_of(thing: Thing, name: str) -> datetime | None:
    """None where it cannot be read: then it says nothing of time. Without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(str(thing.values.get(name, "")))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
