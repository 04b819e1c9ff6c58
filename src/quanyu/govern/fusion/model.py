"""Records of the same real things, how they are compared, and what comes out."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from quanyu.core.errors import Fault, Invalid

Short = Annotated[str, msgspec.Meta(max_length=200)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Survivorship(StrEnum):
    """Which record's value an attribute of the merged thing takes; a value set by hand wins over all of them."""

    PRIORITY = "priority"  # of the source that is named first
    NEWEST = "newest"
    MOST_COMPLETE = "most_complete"  # of the record with the most values
    LONGEST = "longest"


class Link(StrEnum):
    BETWEEN = "between"  # records of different datasets only: each lists a thing once
    WITHIN = "within"  # also records of one dataset: it lists gates and departments apart


class Source(msgspec.Struct, kw_only=True, frozen=True):
    """A dataset and which of its columns say what. The first source of a job has the highest priority."""

    dataset: Short
    key: Short
    name: Short
    aliases: tuple[Short, ...] = ()
    longitude: Short | None = None
    latitude: Short | None = None
    phone: Short | None = None
    code: Short | None = None
    region: Short | None = None
    observed: Short | None = None
    attributes: dict[str, Short] = {}


class Job(msgspec.Struct, kw_only=True, frozen=True):
    """What is matched with what. Pairs below `keep` are forgotten; those from `merge` on are merged without asking."""

    name: Short
    type: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z0-9]{0,63}$")]
    sources: Annotated[tuple[Source, ...], msgspec.Meta(min_length=1, max_length=20)]
    link: Link = Link.BETWEEN
    parts_are_one: bool = False
    keep: Share = 0.2
    merge: Share = 0.99
    rules: dict[str, Survivorship] = {}
    rule: Survivorship = Survivorship.PRIORITY


class Record(msgspec.Struct, kw_only=True, frozen=True):
    """One record as it is compared. `values` are what the merged thing may take over."""

    dataset: str
    key: str
    name: str
    aliases: tuple[str, ...] = ()
    longitude: float | None = None
    latitude: float | None = None
    phones: tuple[str, ...] = ()
    code: str | None = None
    region: str | None = None
    observed: datetime | None = None
    values: dict[str, Any] = {}

    @property
    def id(self) -> str:
        return f"{self.dataset}/{self.key}"


class Compared(msgspec.Struct, kw_only=True, frozen=True):
    """One comparison of a pair: what it found and how much that speaks for (+) or against (-) it, in powers of two."""

    comparison: str
    level: str
    weight: float


class Pair(msgspec.Struct, kw_only=True, frozen=True):
    left: str
    right: str
    confidence: float
    compared: tuple[Compared, ...]


class MatchJob(msgspec.Struct, kw_only=True, frozen=True):
    """What the child process is given."""

    records: tuple[Record, ...]
    link: Link
    parts_are_one: bool
    keep: float
    memory_limit: str = "1GB"


class Decision(StrEnum):
    OPEN = "open"
    SAME = "same"
    DIFFERENT = "different"


class Candidate(msgspec.Struct, kw_only=True, frozen=True):
    """A pair to be decided, with both records as they were compared. `conflict` says why it was not merged by itself."""

    id: int
    job: str
    left: Record
    right: Record
    confidence: float
    compared: tuple[Compared, ...]
    state: Decision
    conflict: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None


class Chosen(msgspec.Struct, kw_only=True, frozen=True):
    """The value of one attribute, whose it is and by which rule, and what the others say."""

    value: Any
    dataset: str
    key: str
    rule: str
    others: tuple[tuple[str, str, Any], ...] = ()


class Golden(msgspec.Struct, kw_only=True, frozen=True):
    """The merged thing: its records, and each attribute with its provenance."""

    id: str
    job: str
    type: str
    version: int
    members: tuple[Record, ...]
    attributes: dict[str, Chosen]
    by_hand: dict[str, Any] = {}
    modified: datetime


def check_job(job: Job) -> None:
    """Raises Invalid with every fault."""
    faults = []
    if job.keep > job.merge:
        faults.append(Fault("govern.fusion.keep_above_merge", where="/keep"))
    if job.link is Link.BETWEEN and len({source.dataset for source in job.sources}) < 2:
        faults.append(Fault("govern.fusion.one_source", where="/sources"))
    if len({source.dataset for source in job.sources}) < len(job.sources):
        faults.append(Fault("govern.fusion.source_twice", where="/sources"))
    if faults:
        raise Invalid("govern.fusion.job", faults=tuple(faults), name=job.name)
