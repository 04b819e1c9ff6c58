"""Entity type selection (4.17): `A,B`, `A|B`, `(A;B)|C`; names or IRIs."""

from collections.abc import Collection

from quanyu.twin.ngsild.query.scanner import Scanner, Stored
from quanyu.twin.ngsild.query.tree import TypeSelection

ANY_TYPE = "*"
_SEPARATORS = frozenset('()|,; "<>{}')


def parse_types(text: str, stored: Stored) -> TypeSelection:
    """`*` is any type. Raises Invalid."""
    if text == ANY_TYPE:
        return ()
    scanner = Scanner(text, "type")
    found = [_together(scanner, stored)]
    while scanner.accept("|", ","):
        found.append(_together(scanner, stored))
    scanner.expect_end()
    return tuple(found)


def print_types(selection: TypeSelection) -> str:
    if not selection:
        return ANY_TYPE
    return "|".join(names[0] if len(names) == 1 else f"({';'.join(names)})" for names in selection)


def of_types(types: Collection[str], selection: TypeSelection) -> bool:
    return not selection or any(all(name in types for name in names) for names in selection)


def named_types(selection: TypeSelection) -> tuple[str, ...]:
    """Each once; an entity that fits has at least one of them."""
    return tuple(dict.fromkeys(name for names in selection for name in names))


def _together(scanner: Scanner, stored: Stored) -> tuple[str, ...]:
    if not scanner.accept("("):
        return (_name(scanner, stored),)
    found = [_name(scanner, stored)]
    while scanner.accept(";"):
        found.append(_name(scanner, stored))
    scanner.expect(")")
    return tuple(found)


def _name(scanner: Scanner, stored: Stored) -> str:
    found = scanner.take_while(lambda one: one not in _SEPARATORS)
    if not found or not (found[0].isalpha() or found[0] == "_"):
        raise scanner.fault("twin.query.type", found=(found or scanner.peek(20)))
    return stored(found)
