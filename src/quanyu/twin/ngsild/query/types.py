"""Entity type selection (4.17): `A,B`, `A|B`, `(A;B)|C`; names or IRIs."""

from collections.abc import Collection

from quanyu.twin.ngsild.query.scanner import Scanner, Stored
from quanyu.twin.ngsild.query.tree import TypeSelection

ANY_TYPE = "*"
_MOST_ALTERNATIVES = 1000
_SEPARATORS = frozenset('()|,; "<>{}')


def parse_types(text: str, stored: Stored) -> TypeSelection:
    """`*` is any type. Raises Invalid."""
    if text == ANY_TYPE:
        return ()
    scanner = Scanner(text, "type")
    found = _either(scanner, stored)
    scanner.expect_end()
    return found


def print_types(selection: TypeSelection) -> str:
    if not selection:
        return ANY_TYPE
    return "|".join(names[0] if len(names) == 1 else f"({';'.join(names)})" for names in selection)


def of_types(types: Collection[str], selection: TypeSelection) -> bool:
    return not selection or any(all(name in types for name in names) for names in selection)


def named_types(selection: TypeSelection) -> tuple[str, ...]:
    """Each once; an entity that fits has at least one of them."""
    return tuple(dict.fromkeys(name for names in selection for name in names))


def _either(scanner: Scanner, stored: Stored) -> TypeSelection:
    found = _together(scanner, stored)
    while scanner.accept("|", ","):
        found = _bounded(scanner, (*found, *_together(scanner, stored)))
    return found


def _together(scanner: Scanner, stored: Stored) -> TypeSelection:
    """Of what stands on both sides of a semicolon every pair."""
    found = _factor(scanner, stored)
    while scanner.accept(";"):
        other = _factor(scanner, stored)
        found = _bounded(scanner, tuple((*one, *two) for one in found for two in other))
    return found


def _factor(scanner: Scanner, stored: Stored) -> TypeSelection:
    if not scanner.accept("("):
        return ((_name(scanner, stored),),)
    scanner.deeper()
    found = _either(scanner, stored)
    scanner.shallower()
    scanner.expect(")")
    return found


def _bounded(scanner: Scanner, found: TypeSelection) -> TypeSelection:
    if len(found) > _MOST_ALTERNATIVES:
        raise scanner.fault("twin.query.type", found=scanner.peek(20))
    return found


def _name(scanner: Scanner, stored: Stored) -> str:
    found = scanner.take_while(lambda one: one not in _SEPARATORS)
    if not found or not (found[0].isalpha() or found[0] == "_"):
        raise scanner.fault("twin.query.type", found=(found or scanner.peek(20)))
    return stored(found)
