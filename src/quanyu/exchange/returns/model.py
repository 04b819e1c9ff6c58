"""What is given back, how it compares with what the owner has, and what is decided."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from quanyu.exchange.requests.model import Said

MOST_RECORDS = 1000

Value = Annotated[str, msgspec.Meta(max_length=2000)]
Record = Annotated[Mapping[str, Value], msgspec.Meta(min_length=1, max_length=1000)]


class State(StrEnum):
    WAITING = "waiting"
    TAKEN = "taken"
    REFUSED = "refused"


class Rule(StrEnum):
    """Whose word holds where the owner's record and the one given back differ."""

    OURS = "ours"
    THEIRS = "theirs"


class Returned(Said, frozen=True):
    """Each record names its key; what it does not name stays as the owner has it."""

    records: Annotated[tuple[Record, ...], msgspec.Meta(min_length=1, max_length=MOST_RECORDS)]
    note: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class Decision(Said, frozen=True):
    """`rule` settles the conflicts of what is taken; a refusal has its reason."""

    take: bool
    rule: Rule = Rule.OURS
    reason: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A conflict: both have the record, and say something else of a field."""

    record: Mapping[str, str]
    field: str
    ours: str | None
    theirs: str | None


class Standing(StrEnum):
    """Of one record that was given back, beside the owner's."""

    NEW = "new"
    SAME = "same"
    CONFLICT = "conflict"


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """With the records as they are now; `standings` of each in its order. For the owner only: it would tell the consumer what the contract does not give."""

    new: int
    same: int
    standings: tuple[Standing, ...]
    differences: tuple[Difference, ...]


class Return(msgspec.Struct, frozen=True, kw_only=True):
    """`taken`: how many records went into the import `import_id`."""

    id: str
    contract: str
    dataset: str
    provider: str
    consumer: str
    records: tuple[Mapping[str, str], ...]
    note: str
    state: State
    rule: Rule | None
    taken: int
    import_id: str | None
    reason: str
    author: str
    decided_by: str | None
    created: datetime
    modified: datetime


class ListedReturn(msgspec.Struct, frozen=True, kw_only=True):
    """A return in a list, where `given` says how many records it holds: a page of them stays light."""

    id: str
    contract: str
    dataset: str
    provider: str
    consumer: str
    given: int
    note: str
    state: State
    taken: int
    reason: str
    created: datetime
    modified: datetime


class ReturnView(msgspec.Struct, frozen=True, kw_only=True):
    item: Return
    entry_title: str
    comparison: Comparison | None
    acts: tuple[str, ...]
