"""The terms of a contract: what is given, how it is masked, how often, how long, and what may be done with it.

Stored as JSON and read back for years: members are only ever added, each with a default that allows no more than before.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec

from quanyu.core.errors import Fault, Invalid
from quanyu.govern.grading.masking import MASKS

Text = Annotated[str, msgspec.Meta(max_length=500)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=10**12)]
Scalar = str | int | float | bool


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A misspelt constraint is refused, never passed over."""


class Way(StrEnum):
    """How records may be had."""

    RECORDS = "records"  # page by page, with filters
    SQL = "sql"
    FILE = "file"  # all at once
    CHANGES = "changes"  # what has become of it since, asked for or told as it happens
    CHECK = "check"  # 核验: yes or no, no data
    ENTITIES = "entities"  # NGSI-LD: as entities of the twin, asked for or subscribed to
    SANDBOX = "sandbox"  # 可用不可见: worked with here; what comes of it is checked and released by a person


class Span(StrEnum):
    SECOND = "second"
    HOUR = "hour"
    DAY = "day"

    @property
    def length(self) -> timedelta:
        return {
            "second": timedelta(seconds=1),
            "hour": timedelta(hours=1),
            "day": timedelta(days=1),
        }[self.value]


class Rate(Part, frozen=True):
    """So many calls in any stretch of one `per`, wherever it begins."""

    number: Positive
    per: Span


class Operator(StrEnum):
    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    IN = "in"
    STARTS = "starts"
    KNOWN = "known"
    UNKNOWN = "unknown"


class Condition(Part, frozen=True):
    """One comparison that every record given out satisfies. `value` is a list for IN, absent for KNOWN and UNKNOWN."""

    column: Text
    op: Operator
    value: Scalar | tuple[Scalar, ...] | None = None


class MaskKind(StrEnum):
    HIDE = "hide"  # nothing is shown
    HASH = "hash"  # equal values look equal, within one contract
    TOKEN = "token"  # noqa: S105 (as HASH, and the owner can turn it back)
    TRUNCATE = "truncate"  # the first `keep` characters
    GENERALISE = "generalise"  # numbers to a `step`, dates to a `unit`
    SHIFT = "shift"  # dates moved by one secret number of days of the contract, `days` at most
    REDACT = "redact"  # the way the kind of content is masked everywhere: 138****1234


class Unit(StrEnum):
    """From fine to coarse."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Mask(Part, frozen=True):
    kind: MaskKind
    keep: Annotated[int, msgspec.Meta(ge=0, le=1000)] | None = None
    step: Annotated[float, msgspec.Meta(gt=0)] | None = None
    unit: Unit | None = None
    days: Annotated[int, msgspec.Meta(ge=1, le=36500)] | None = None
    content: Text | None = None


class Anonymity(Part, frozen=True):
    """Records are given only where at least `k` of them share the same values of `columns`."""

    k: Annotated[int, msgspec.Meta(ge=2, le=10**6)]
    columns: tuple[Text, ...]


class Noise(Part, frozen=True):
    """Laplace noise on every aggregate: `epsilon` is spent by each answer, until `budget` is used up.

    `bounds` are the least and greatest value that a record may add to a sum or a mean; others cannot be asked for.
    """

    epsilon: Annotated[float, msgspec.Meta(gt=0, le=100)]
    budget: Annotated[float, msgspec.Meta(gt=0)]
    bounds: Mapping[str, tuple[float, float]] = {}


class Terms(Part, frozen=True):
    """`basis` is the law or item that allows it; `group` the fewest records that an answer may be made of.

    With `group` or `noise` only aggregates are answered. `rows` is the most that one answer holds, `calls` how many answers
    there are in all. `check_key` are the columns that a 核验 must name. `algorithms` may work on its records in the sandbox.
    """

    columns: tuple[Text, ...]
    purpose: Text
    basis: Text
    starts: datetime
    ends: datetime
    ways: tuple[Way, ...] = (Way.RECORDS,)
    rate: Rate | None = None
    calls: Positive | None = None
    rows: Positive | None = None
    where: tuple[Condition, ...] = ()
    masks: Mapping[str, Mask] = {}
    group: Annotated[int, msgspec.Meta(ge=0, le=10**6)] = 0
    anonymity: Anonymity | None = None
    noise: Noise | None = None
    check_key: tuple[Text, ...] = ()
    onward: bool = False
    delete_after_days: Positive | None = None
    algorithms: tuple[Text, ...] = ()

    @property
    def aggregates_only(self) -> bool:
        return self.group > 1 or self.noise is not None


def check_terms(terms: Terms, columns: Collection[str]) -> None:
    """`columns` are those that the dataset has. Raises Invalid with every fault."""
    faults = tuple(_faults(terms, columns))
    if faults:
        raise Invalid("exchange.terms.invalid", faults=faults, count=len(faults))


def _faults(terms: Terms, columns: Collection[str]) -> Iterator[Fault]:
    if not terms.columns:
        yield Fault("exchange.terms.no_columns", "/columns")
    for where, names in _named(terms):
        for name in sorted(set(names) - set(columns)):
            yield Fault("exchange.terms.column", where, {"column": name})
    for name in ("purpose", "basis"):
        if not getattr(terms, name).strip():
            yield Fault(f"exchange.terms.{name}", f"/{name}")
    if terms.starts.tzinfo is None or terms.ends.tzinfo is None:
        yield Fault("exchange.terms.zone", "/ends")
    elif terms.starts >= terms.ends:
        yield Fault("exchange.terms.period", "/ends")
    if not terms.ways:
        yield Fault("exchange.terms.ways", "/ways")
    if Way.CHECK in terms.ways and not terms.check_key:
        yield Fault("exchange.terms.check_key", "/check_key")
    for name, mask in terms.masks.items():
        yield from _mask_faults(name, mask)
    for index, condition in enumerate(terms.where):
        if not _has_its_value(condition):
            yield Fault("exchange.terms.condition", f"/where/{index}", {"op": condition.op})
    if terms.noise and any(low >= high for low, high in terms.noise.bounds.values()):
        yield Fault("exchange.terms.bounds", "/noise/bounds")


def _named(terms: Terms) -> Iterator[tuple[str, Collection[str]]]:
    yield "/columns", terms.columns
    yield "/masks", terms.masks
    yield "/where", [one.column for one in terms.where]
    yield "/check_key", terms.check_key
    yield "/anonymity/columns", terms.anonymity.columns if terms.anonymity else ()
    yield "/noise/bounds", terms.noise.bounds if terms.noise else ()


def _mask_faults(name: str, mask: Mask) -> Iterator[Fault]:
    complete = {
        MaskKind.TRUNCATE: mask.keep is not None,
        MaskKind.GENERALISE: (mask.step is None) != (mask.unit is None),
        MaskKind.SHIFT: mask.days is not None,
        MaskKind.REDACT: mask.content in MASKS,
    }
    if not complete.get(mask.kind, True):
        yield Fault("exchange.terms.mask", f"/masks/{name}", {"column": name, "kind": mask.kind})


def _has_its_value(condition: Condition) -> bool:
    match condition.op:
        case Operator.KNOWN | Operator.UNKNOWN:
            return condition.value is None
        case Operator.IN:
            return isinstance(condition.value, tuple) and bool(condition.value)
        case Operator.STARTS:
            return isinstance(condition.value, str) and bool(condition.value)
        case _:
            return condition.value is not None and not isinstance(condition.value, tuple)
