"""A formula as a tree. `parse` makes it, `written` says it again in the one usual form."""

import re
from dataclasses import dataclass
from enum import StrEnum

Literal = str | float | bool


class Kind(StrEnum):
    """What a measure does with the rows that it looks at."""

    COUNT = "count"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    SHARE = "share"
    PERCENTILE = "percentile"


@dataclass(frozen=True, slots=True)
class Source:
    """`of` is the type of entities or the name of a dataset, `at` the column that says in which period a record falls."""

    name: str
    of: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Flag:
    """A field that is true."""

    field: str


@dataclass(frozen=True, slots=True)
class Known:
    field: str
    known: bool = True


@dataclass(frozen=True, slots=True)
class Compare:
    field: str
    operator: str
    value: Literal


@dataclass(frozen=True, slots=True)
class Among:
    field: str
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Begins:
    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Not:
    inner: "Condition"


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple["Condition", ...]


Condition = Flag | Known | Compare | Among | Begins | Not | Every | Either


@dataclass(frozen=True, slots=True)
class Measure:
    """One number out of rows. `field` is what is added up, `rank` (0 to 100) of a percentile, `part` of a share."""

    kind: Kind
    source: Source
    field: str = ""
    rank: float = 0.0
    where: Condition | None = None
    part: Condition | None = None


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Reference:
    """Another indicator, of the same period and key."""

    code: str


@dataclass(frozen=True, slots=True)
class Operation:
    operator: str
    left: "Formula"
    right: "Formula"


@dataclass(frozen=True, slots=True)
class Extreme:
    """The least or the most of what is known."""

    name: str
    parts: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Band:
    """Points by steps: those of the first step whose limit is not passed, else `beyond`."""

    inner: "Formula"
    steps: tuple[tuple[float, float], ...]
    beyond: float


@dataclass(frozen=True, slots=True)
class Blend:
    """A weighted mean; what is not known leaves its weight to the others."""

    parts: tuple[tuple[float, "Formula"], ...]


Formula = Number | Reference | Measure | Operation | Extreme | Band | Blend

_PLAIN = re.compile(r"[^\W\d]\w*")
WORDS = frozenset({"and", "or", "not", "of", "where", "in", "begins", "known", "unknown", "at", "else", "true", "false"})  # fmt: skip
"""Words of the language itself; a field or type of such a name stands in quotes."""


def inner_formulas(formula: Formula) -> tuple[Formula, ...]:
    match formula:
        case Operation(_, left, right):
            return (left, right)
        case Extreme(_, parts):
            return parts
        case Band(inner):
            return (inner,)
        case Blend(weighted):
            return tuple(part for _, part in weighted)
    return ()


def measures_of(formula: Formula) -> tuple[Measure, ...]:
    """In the order in which they stand, each once."""
    if isinstance(formula, Measure):
        return (formula,)
    found = (one for part in inner_formulas(formula) for one in measures_of(part))
    return tuple(dict.fromkeys(found))


def references_of(formula: Formula) -> tuple[str, ...]:
    if isinstance(formula, Reference):
        return (formula.code,)
    found = (code for part in inner_formulas(formula) for code in references_of(part))
    return tuple(dict.fromkeys(found))


def conditions_of(condition: Condition | None) -> tuple[Condition, ...]:
    """The simple ones in it."""
    match condition:
        case None:
            return ()
        case Not(inner):
            return conditions_of(inner)
        case Every(parts) | Either(parts):
            return tuple(one for part in parts for one in conditions_of(part))
    return (condition,)


def written(formula: Formula) -> str:
    match formula:
        case Number(value):
            return number_text(value)
        case Reference(code):
            return f"[{code}]"
        case Measure():
            return _measure(formula)
        case Operation(operator, left, right):
            return f"({written(left)} {operator} {written(right)})"
        case Extreme(name, parts):
            return f"{name}({', '.join(map(written, parts))})"
        case Band(inner, steps, beyond):
            told = (f"{number_text(limit)}: {number_text(points)}" for limit, points in steps)
            return f"band({', '.join((written(inner), *told))}, else: {number_text(beyond)})"
        case Blend(parts):
            return f"blend({', '.join(f'{number_text(weight)}: {written(part)}' for weight, part in parts)})"


def _measure(measure: Measure) -> str:
    rows = " ".join(filter(None, (measure.source.name, *_of(measure.source))))
    if measure.where is not None:
        rows += f" where {condition_text(measure.where)}"
    match measure.kind:
        case Kind.COUNT:
            return f"count({rows})"
        case Kind.SHARE if measure.part is not None:
            return f"share({condition_text(measure.part)} of {rows})"
        case Kind.PERCENTILE:
            return f"percentile({number_text(measure.rank)}, {_name(measure.field)} of {rows})"
    return f"{measure.kind}({_name(measure.field)} of {rows})"


def _of(source: Source) -> tuple[str, ...]:
    of = (_name(source.of),) if source.of else ()
    return (*of, "at", _name(source.at)) if source.at else of


def condition_text(condition: Condition) -> str:
    match condition:
        case Flag(field):
            return _name(field)
        case Known(field, known):
            return f"{_name(field)} {'known' if known else 'unknown'}"
        case Compare(field, operator, value):
            return f"{_name(field)} {operator} {_literal(value)}"
        case Among(field, values):
            return f"{_name(field)} in ({', '.join(map(_literal, values))})"
        case Begins(field, text):
            return f"{_name(field)} begins {_literal(text)}"
        case Not(inner):
            return f"not {_grouped(inner)}"
        case Every(parts):
            return " and ".join(map(_grouped, parts))
        case Either(parts):
            return " or ".join(map(_grouped, parts))


def _grouped(condition: Condition) -> str:
    text = condition_text(condition)
    return f"({text})" if isinstance(condition, Every | Either) else text


def _name(name: str) -> str:
    return name if _PLAIN.fullmatch(name) and name not in WORDS else _quoted(name, '"')


def _literal(value: Literal) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _quoted(value, "'") if isinstance(value, str) else number_text(value)


def _quoted(text: str, mark: str) -> str:
    return mark + text.replace(mark, mark + mark) + mark


def number_text(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
