"""A trial: what was asked of the data, what came of it, and whether it may leave."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from quanyu.core.errors import Fault
from quanyu.exchange.policy import Terms
from quanyu.exchange.policy.grammar import LONGEST

SMALLEST_GROUP = 5
"""Records behind each figure of an SQL answer, where the contract does not ask for more."""

MOST_INPUT_ROWS = 5_000
MOST_RESULT_ROWS = 1_000
MOST_COLUMNS = 30
MOST_BYTES = 256 * 1024

Short = Annotated[str, msgspec.Meta(max_length=500)]


class State(StrEnum):
    WAITING = "waiting"  # for a person of the provider
    HELD = "held"  # the check of the output found something; nobody is asked
    RELEASED = "released"
    WITHHELD = "withheld"


class Shape(StrEnum):
    """How records go into an algorithm."""

    RECORDS = "records"  # [{"lon": 1, "lat": 2}, …]
    ROWS = "rows"  # [[1, 2], …]
    COLUMNS = "columns"  # [[1, …], [2, …]]


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`sql` alone gives aggregates. With `algorithm`, which the contract has to name, its records go in as the member `into`, in that
    `shape`, beside `inputs`."""

    sql: Annotated[str, msgspec.Meta(max_length=LONGEST)]
    purpose: Short = ""
    algorithm: Annotated[str, msgspec.Meta(max_length=80)] = ""
    into: Annotated[str, msgspec.Meta(max_length=80)] = ""
    shape: Shape = Shape.ROWS
    inputs: Mapping[str, Any] = {}


class Decision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    release: bool
    reason: Short = ""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Why an output is held: `what` it is about, in the words of the message `key`."""

    key: str
    values: dict[str, Any]


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """`result` is shown to the provider, who decides, and to the consumer once it is released."""

    id: str
    contract: str
    dataset: str
    provider: str
    consumer: str
    query: str
    algorithm: str
    purpose: str
    state: State
    faults: tuple[Finding, ...]
    columns: tuple[str, ...]
    rows: int
    actor: str
    actor_name: str
    at: datetime
    result: Any = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str = ""
    taken_at: datetime | None = None


def shaped(records: Sequence[Mapping[str, Any]], shape: Shape) -> list[Any]:
    rows = [list(record.values()) for record in records]
    if shape is Shape.COLUMNS:
        return [list(column) for column in zip(*rows, strict=True)]
    return list(records) if shape is Shape.RECORDS else rows


def findings(terms: Terms, result: Any, records: Sequence[Mapping[str, Any]]) -> tuple[Finding, ...]:
    """What speaks against letting a result leave. `records` went into an algorithm: none of their texts may come out again."""
    faults = [*_size(result), *_columns(terms, result), *_echoes(result, records)]
    return tuple(Finding(key=one.key, values=one.values) for one in faults)


def columns_of(result: Any) -> tuple[str, ...]:
    first = result[0] if isinstance(result, list) and result else result
    return tuple(map(str, first)) if isinstance(first, Mapping) else ()


def _size(result: Any) -> Iterator[Fault]:
    size = len(msgspec.json.encode(result, enc_hook=str))
    if size > MOST_BYTES:
        yield Fault("exchange.sandbox.large", "", {"bytes": size, "limit": MOST_BYTES})
    if isinstance(result, list) and len(result) > MOST_RESULT_ROWS:
        yield Fault("exchange.sandbox.rows", "", {"rows": len(result), "limit": MOST_RESULT_ROWS})


def _columns(terms: Terms, result: Any) -> Iterator[Fault]:
    names = columns_of(result)
    if len(names) > MOST_COLUMNS:
        yield Fault("exchange.sandbox.columns", "", {"columns": len(names), "limit": MOST_COLUMNS})
    if keys := sorted(set(names) & set(terms.check_key)):
        yield Fault("exchange.sandbox.key", "", {"columns": ", ".join(keys)})


def _echoes(result: Any, records: Sequence[Mapping[str, Any]]) -> Iterator[Fault]:
    told = {value for record in records for value in record.values() if isinstance(value, str) and value}
    if told and (found := told & set(_texts(result))):
        yield Fault("exchange.sandbox.echo", "", {"values": len(found)})


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield str(name)
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
