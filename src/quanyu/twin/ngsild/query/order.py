"""Entity ordering (4.23): by values of mixed types, or by distance."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any as Anything
from unicodedata import combining, normalize

from quanyu.core.errors import Invalid
from quanyu.core.geometry import Geometry
from quanyu.core.pinyin import syllables
from quanyu.twin.model import Stored as Entity
from quanyu.twin.ngsild.query.elements import values_at
from quanyu.twin.ngsild.query.geo import distance_to, parse_reference
from quanyu.twin.ngsild.query.literals import order_of_moment
from quanyu.twin.ngsild.query.q import parse_path
from quanyu.twin.ngsild.query.scanner import Stored
from quanyu.twin.ngsild.query.tree import Path

_COLLATION = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")


class Direction(StrEnum):
    ASCENDING = "asc"
    DESCENDING = "desc"
    NEAREST = "dist-asc"
    FARTHEST = "dist-desc"

    @property
    def by_distance(self) -> bool:
        return self in (Direction.NEAREST, Direction.FARTHEST)

    @property
    def reversed(self) -> bool:
        return self in (Direction.DESCENDING, Direction.FARTHEST)


@dataclass(frozen=True, slots=True)
class OrderTerm:
    path: Path
    direction: Direction = Direction.ASCENDING


@dataclass(frozen=True, slots=True)
class Ordering:
    terms: tuple[OrderTerm, ...]
    reference: Geometry | None = None
    collation: str = ""


def parse_ordering(
    text: str, stored: Stored, *, origin: Anything = "", geometry: str = "Point", collation: str = ""
) -> Ordering:
    """`origin` is `orderFrom`: coordinates, decoded or as JSON text. Raises Invalid."""
    terms = tuple(_term(part, stored) for part in text.split(","))
    if collation and not _COLLATION.fullmatch(collation):
        raise Invalid("twin.order.collation", collation=collation[:40])
    reference = parse_reference(geometry or "Point", origin) if origin not in ("", None) else None
    if reference is None and any(one.direction.by_distance for one in terms):
        raise Invalid("twin.order.origin")
    return Ordering(terms, reference, collation)


def named(ordering: Ordering) -> frozenset[str]:
    """The attributes whose values decide."""
    return frozenset(one.path.names[0] for one in ordering.terms)


def ordered(entities: list[Entity], ordering: Ordering) -> list[Entity]:
    """Stable: what is equal stays in the order it came in. What lacks the value comes last, in both directions."""
    for term in reversed(ordering.terms):
        keyed = [(_key(one, term, ordering), one) for one in entities]
        there = [pair for pair in keyed if pair[0] is not None]
        there.sort(key=lambda pair: pair[0] or (), reverse=term.direction.reversed)
        entities = [one for _, one in there] + [one for key, one in keyed if key is None]
    return entities


def _term(text: str, stored: Stored) -> OrderTerm:
    name, semicolon, direction = text.strip().partition(";")
    if semicolon and direction not in tuple(Direction):
        raise Invalid("twin.order.direction", direction=direction[:40])
    own = lambda term: term if term in ("id", "type", "scope") else stored(term)  # noqa: E731
    return OrderTerm(parse_path(name, own, "orderBy"), Direction(direction or "asc"))


def _key(entity: Entity, term: OrderTerm, ordering: Ordering) -> tuple[Anything, ...] | None:
    """None: there is no value."""
    values = _values(entity, term.path)
    if term.direction.by_distance and ordering.reference is not None:
        far = [metres for one in values if (metres := distance_to(one, ordering.reference)) is not None]
        if far:
            return (0, max(far) if term.direction.reversed else min(far))
    keys = [_rank(one, ordering.collation) for one in values if one is not None]
    if not keys:
        return None
    best = max(keys) if term.direction.reversed else min(keys)
    return (1, *best) if term.direction.by_distance else best


def _values(entity: Entity, path: Path) -> list[Anything]:
    match path.names:
        case ("id",):
            return [entity.id]
        case ("type",):
            return [min(entity.types)]
        case ("scope",):
            return [min(entity.scope)] if entity.scope else []
    return values_at(path, entity)


def _rank(value: Anything, collation: str) -> tuple[Anything, ...]:
    """4.23.2: numbers, strings, objects, arrays, truth values, times, dates, moments."""
    if isinstance(value, bool):
        return (4, value)
    if isinstance(value, int | float):
        return (0, value)
    if (moment := order_of_moment(value)) is not None:
        return moment
    if isinstance(value, str):
        return (1, _folded(value, collation), value)
    return (3, len(value)) if isinstance(value, list) else (2, 0)


def _folded(text: str, collation: str) -> str:
    """The levels of the root collation as near as they are had without its tables: letters first, then their marks
    and case. Chinese goes by its reading where the collation is `zh`.
    """
    if collation.startswith("zh"):
        text = " ".join(syllables(text)) or text
    return "".join(one for one in normalize("NFKD", text) if not combining(one)).casefold()
