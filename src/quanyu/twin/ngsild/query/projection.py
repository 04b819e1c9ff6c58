"""Attribute projection (4.21): which members of an entity, and of the entities linked from it, are shown."""

from dataclasses import dataclass, field

from quanyu.twin.ngsild.query.scanner import Scanner, Stored

_SEPARATORS = frozenset('{},|;() "<>')


@dataclass(frozen=True, slots=True)
class Projection:
    """`members` by stored-name (id, type and scope as themselves); what follows in braces is for the linked entities."""

    members: tuple[str, ...] = ()
    linked: dict[str, "Projection"] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        return max((1 + one.depth for one in self.linked.values()), default=0)


def parse_projection(text: str, stored: Stored, what: str) -> Projection:
    """Raises Invalid."""
    scanner = Scanner(text, what)
    found = _read(scanner, stored)
    scanner.expect_end()
    return found


def print_projection(projection: Projection) -> str:
    return ",".join(
        name + (f"{{{print_projection(projection.linked[name])}}}" if name in projection.linked else "")
        for name in projection.members
    )


def _read(scanner: Scanner, stored: Stored) -> Projection:
    members: list[str] = []
    linked: dict[str, Projection] = {}
    while True:
        name = _name(scanner, stored)
        members.append(name)
        if scanner.accept("{"):
            scanner.deeper()
            linked[name] = _read(scanner, stored)
            scanner.expect("}")
            scanner.shallower()
        if not scanner.accept(",", "|"):
            return Projection(tuple(dict.fromkeys(members)), linked)


def _name(scanner: Scanner, stored: Stored) -> str:
    found = scanner.take_while(lambda one: one not in _SEPARATORS)
    if not found or not found[0].isalpha():
        raise scanner.fault("twin.query.name", found=(found or scanner.peek(20)))
    return found if found in ("id", "type", "scope") else stored(found)
