"""异议: a field of a record that somebody holds to be wrong, with evidence, until it is corrected or found right."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import msgspec

from quanyu.exchange.exhibits import Exhibit, Named
from quanyu.exchange.exhibits.model import MOST
from quanyu.exchange.requests.model import Said
from quanyu.workflow import Step


class Doubt(Said, frozen=True, kw_only=True):
    """`record` are values, as text, of columns that name one record; `claimed` is what the field should be."""

    record: Annotated[
        Mapping[str, Annotated[str, msgspec.Meta(max_length=2000)]], msgspec.Meta(min_length=1, max_length=20)
    ]
    field: Annotated[str, msgspec.Meta(max_length=500)]
    claimed: Annotated[str, msgspec.Meta(max_length=2000)]
    evidence: Annotated[str, msgspec.Meta(max_length=20_000)]
    exhibits: Annotated[tuple[Named, ...], msgspec.Meta(max_length=MOST)] = ()


class Objection(Doubt, frozen=True, kw_only=True):
    """Of a record that a contract of this node gives."""

    contract: Annotated[str, msgspec.Meta(max_length=60)]


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """`current` is the value as it was given out under the contract. `due`: until when whoever has the move must make it."""

    id: str
    instance: str
    dataset: str
    dataset_version: int
    provider: str
    consumer: str
    contract: str | None
    record: dict[str, str]
    field: str
    current: str | None
    claimed: str | None
    evidence: str
    state: str
    due: datetime | None
    answer: str
    outcome: str | None
    corrected_version: int | None
    author: str
    created: datetime
    modified: datetime
    exhibits: tuple[Exhibit, ...] = ()


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """A body that was given the wrong value. `told` once the correction is there, `read` once somebody has seen it."""

    organisation: str
    contracts: tuple[str, ...]
    told: datetime | None = None
    read: datetime | None = None


class DisputeView(msgspec.Struct, frozen=True, kw_only=True):
    """`reach` is shown to the owner of the data and the authority only: it names other consumers."""

    dispute: Dispute
    entry_title: str
    timeline: tuple[Step, ...]
    people: dict[str, str]
    reach: tuple[Reached, ...]
    acts: tuple[str, ...]
