"""The door of the firm's platform (政企联动): what it must say of people, vehicles, plan, weighings, toilets and AI inspections.

Each kind is a row of fields; a record is taken when all that is required is there and fits. What was sent is judged in a
conformance report, so that the firm can mend its interface itself.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from quanyu.packs import fits

Json = Mapping[str, Any]


class Kind(StrEnum):
    PEOPLE = "people"
    VEHICLES = "vehicles"
    PLAN = "plan"
    WEIGHINGS = "weighings"
    TOILETS = "toilets"
    INSPECTIONS = "inspections"


class Form(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    MOMENT = "moment"
    CLOCK = "clock"
    LON = "lon"
    LAT = "lat"
    SHARE = "share"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Field:
    """`codes`: the only values of a text; `most`: of a number, which is never below zero."""

    name: str
    form: Form = Form.TEXT
    required: bool = True
    codes: frozenset[str] = frozenset()
    most: float | None = None


def _optional(name: str, form: Form = Form.TEXT) -> Field:
    return Field(name, form, required=False)


FIELDS: Mapping[Kind, tuple[Field, ...]] = {
    Kind.PEOPLE: (
        Field("code"), Field("role", codes=frozenset({"sweeper", "driver", "collector", "toilet", "inspector"})),
        Field("onDuty", Form.FLAG), _optional("street"), _optional("at", Form.MOMENT),
    ),
    Kind.VEHICLES: (
        Field("code"), Field("terminal"), Field("kind"), _optional("plate"), _optional("capacity", Form.NUMBER),
    ),
    Kind.PLAN: (
        Field("code"), Field("section"), Field("vehicle"), Field("begin", Form.CLOCK), Field("end", Form.CLOCK),
        Field("times", Form.NUMBER, required=False, most=20),
    ),
    Kind.WEIGHINGS: (
        Field("code"), Field("vehicle"), Field("at", Form.MOMENT), Field("kilograms", Form.NUMBER, most=60_000),
        _optional("facility"),
        Field("waste", required=False, codes=frozenset({"kitchen", "other", "recyclable", "hazardous"})),
    ),
    Kind.TOILETS: (
        Field("code"), Field("at", Form.MOMENT), Field("open", Form.FLAG), Field("lon", Form.LON), Field("lat", Form.LAT),
        Field("ammonia", Form.NUMBER, required=False, most=100), _optional("visitors", Form.NUMBER),
    ),
    Kind.INSPECTIONS: (
        Field("code"), Field("at", Form.MOMENT), Field("lon", Form.LON), Field("lat", Form.LAT),
        Field("kind", codes=frozenset({"overflow", "bicycles", "dust", "litter", "exposed_waste", "damaged_bin"})),
        Field("confidence", Form.SHARE), _optional("vehicle"), _optional("photo"),
    ),
}  # fmt: skip

_BOUNDS = {Form.LON: (-180.0, 180.0), Form.LAT: (-90.0, 90.0), Form.SHARE: (0.0, 1.0)}
_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """`at` None: of a register that tells no moment."""

    code: str
    at: datetime | None
    body: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """`faults`: how often, by field and reason; `filled`: how often each field was said. `wrong`: place and fault of each."""

    accepted: tuple[Record, ...]
    refused: int
    faults: Mapping[str, int]
    filled: Mapping[str, int]
    wrong: tuple[tuple[int, str], ...] = field(default=())


def judge(kind: Kind, records: Sequence[object]) -> Judged:
    """Good records are taken, wrong ones are not and keep nobody else out."""
    accepted: list[Record] = []
    faults: Counter[str] = Counter()
    filled: Counter[str] = Counter()
    wrong: list[tuple[int, str]] = []
    for place, one in enumerate(records):
        body = one if isinstance(one, dict) else {}
        own = [reason for row in FIELDS[kind] if (reason := fault_of(row, body.get(row.name)))]
        filled.update(row.name for row in FIELDS[kind] if body.get(row.name) not in (None, ""))
        if own:
            faults.update(own)
            wrong += [(place, reason) for reason in own]
        else:
            at = datetime.fromisoformat(body["at"]) if body.get("at") else None
            accepted.append(Record(code=body["code"], at=at, body=_kept(kind, body)))
    return Judged(
        accepted=tuple(accepted), refused=len(records) - len(accepted), faults=faults, filled=filled,
        wrong=tuple(wrong[:100]),
    )  # fmt: skip


def fault_of(row: Field, said: object) -> str | None:
    """`field: reason`, None where it fits."""
    if said is None or said == "":
        return f"{row.name}: missing" if row.required else None
    if not _fits(row, said):
        return f"{row.name}: not {row.form.value}"
    if row.codes and said not in row.codes:
        return f"{row.name}: unknown code"
    return None


def _fits(row: Field, said: object) -> bool:
    match row.form:
        case Form.TEXT:
            return isinstance(said, str) and len(said) <= _LONGEST
        case Form.FLAG:
            return isinstance(said, bool)
        case Form.MOMENT:
            return isinstance(said, str) and _has_zone(said)
        case Form.CLOCK:
            return isinstance(said, str) and _is_clock(said)
    low, high = _BOUNDS.get(row.form, (0.0, row.most if row.most is not None else float("inf")))
    return isinstance(said, int | float) and not isinstance(said, bool) and low <= said <= high


def _has_zone(said: str) -> bool:
    try:
        return datetime.fromisoformat(said).tzinfo is not None
    except ValueError:
        return False


def _is_clock(said: str) -> bool:
    hour, _, minute = said.partition(":")
    return hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60


def _kept(kind: Kind, body: Json) -> Json:
    """Only what is asked for: names and numbers of people stay with the firm."""
    return {row.name: body[row.name] for row in FIELDS[kind] if row.name in body}


@dataclass(frozen=True, slots=True, kw_only=True)
class Conformance:
    """Of one kind over a time. `faults`: every one, the commonest first."""

    kind: Kind
    received: int
    accepted: int
    lag: float | None
    last: datetime | None
    faults: tuple[tuple[str, int], ...]
    filled: Mapping[str, float]
    fits: bool


def conformance(kind: Kind, deliveries: Iterable[Mapping[str, Any]]) -> Conformance:
    """`deliveries`: rows of received, accepted, refused, lag, faults, filled."""
    told = list(deliveries)
    accepted, refused = (sum(one[name] for one in told) for name in ("accepted", "refused"))
    received = accepted + refused
    faults: Counter[str] = Counter()
    filled: Counter[str] = Counter()
    for one in told:
        faults.update(one["faults"])
        filled.update(one["filled"])
    lags = [(one["lag"], one["accepted"]) for one in told if one["lag"] is not None and one["accepted"]]
    lag = sum(seconds * count for seconds, count in lags) / sum(count for _, count in lags) if lags else None
    return Conformance(
        kind=kind, received=received, accepted=accepted, lag=lag,
        last=max((one["received"] for one in told), default=None),
        faults=tuple(faults.most_common()),
        filled={row.name: filled[row.name] / received if received else 0.0 for row in FIELDS[kind]},
        fits=fits(accepted=accepted, refused=refused, lag=lag),
    )  # fmt: skip
