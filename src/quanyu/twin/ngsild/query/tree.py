"""What a query says, as a tree (ETSI GS CIM 009 V1.9.1, 4.9, 4.10, 4.17, 4.19).

Names in it are stored-names: the request's @context has been applied by the parser. The tree is what HTTP,
subscriptions and rules keep and evaluate; it knows neither text nor SQL.
"""

from dataclasses import dataclass
from enum import StrEnum

from quanyu.core.geometry import Geometry
from quanyu.twin.ngsild.query.pattern import Pattern

SYSTEM_NAMES = frozenset({"createdAt", "modifiedAt", "expiresAt", "deletedAt"})
"""Of an entity or an attribute; not attributes themselves (4.8)."""


class Operator(StrEnum):
    EQUAL = "=="
    UNEQUAL = "!="
    GREATER_EQUAL = ">="
    LESS_EQUAL = "<="
    GREATER = ">"
    LESS = "<"


class Temporal(StrEnum):
    """4.6.3."""

    DATE_TIME = "DateTime"
    DATE = "Date"
    TIME = "Time"


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Uri:
    """Written without quotes; compares as its text does."""

    value: str


@dataclass(frozen=True, slots=True)
class Expanded:
    """A term of an attribute named in `expandValues`: its IRI is compared."""

    term: str
    iri: str


@dataclass(frozen=True, slots=True)
class Number:
    value: int | float


@dataclass(frozen=True, slots=True)
class Truth:
    value: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """`text` as it was written."""

    kind: Temporal
    text: str


Value = Text | Uri | Expanded | Number | Truth | Moment


@dataclass(frozen=True, slots=True)
class Between:
    """Both ends belong to it."""

    low: Value
    high: Value


@dataclass(frozen=True, slots=True)
class OneOf:
    values: tuple[Value, ...]


Operand = Value | Between | OneOf


@dataclass(frozen=True, slots=True)
class Path:
    """`a.b[c.d]`: attribute, sub-attributes, then members inside the value (or a language, `*` any)."""

    names: tuple[str, ...]
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """`a{T1,T2:path}`: the path is looked up in the entities that relationship `a` names."""

    name: str
    types: tuple[str, ...]
    path: "Target"


Target = Path | Link


@dataclass(frozen=True, slots=True)
class Exists:
    target: Target


@dataclass(frozen=True, slots=True)
class Compare:
    target: Target
    operator: Operator
    operand: Operand


@dataclass(frozen=True, slots=True)
class Like:
    """`~=`, or `!~=` where `positive` is false."""

    target: Target
    pattern: Pattern
    positive: bool = True


@dataclass(frozen=True, slots=True)
class All:
    terms: tuple["Term", ...]


@dataclass(frozen=True, slots=True)
class Any:
    terms: tuple["Term", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Has no place in `q`; CQL2 needs it for what is absent."""

    term: "Term"


@dataclass(frozen=True, slots=True)
class Located:
    """A geo-query among other terms, as CQL2 has it."""

    geo: "GeoQuery"


Term = Exists | Compare | Like | All | Any | Not | Located

TypeSelection = tuple[tuple[str, ...], ...]
"""4.17: of one of these, all types. Empty: any type."""


@dataclass(frozen=True, slots=True)
class ScopePattern:
    """Levels, `+` any one of them; `below`: and everything under it. No levels with `below`: any scope."""

    levels: tuple[str, ...]
    below: bool = False


ScopeQuery = tuple[tuple[ScopePattern, ...], ...]
"""4.19: of one of these, all patterns."""


class Relation(StrEnum):
    """4.10."""

    NEAR = "near"
    WITHIN = "within"
    CONTAINS = "contains"
    OVERLAPS = "overlaps"
    INTERSECTS = "intersects"
    EQUALS = "equals"
    DISJOINT = "disjoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class GeoQuery:
    """`at_most` and `at_least` in metres, only with NEAR."""

    relation: Relation
    geometry: Geometry
    property: str = "location"
    at_most: float | None = None
    at_least: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """5.2.33: which entities; what is left empty does not narrow."""

    ids: tuple[str, ...] = ()
    pattern: Pattern | None = None
    types: TypeSelection = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One of `selectors` (none: any entity), and everything else that is given, must hold."""

    selectors: tuple[Selector, ...] = ()
    attributes: tuple[str, ...] = ()
    q: Term | None = None
    geo: GeoQuery | None = None
    scope: ScopeQuery | None = None
