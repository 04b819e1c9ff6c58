"""The entry of the 政务数据目录: what is said about a dataset, by people (Description) and by the data (Facts)."""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Annotated

import msgspec

from quanyu.core.errors import Fault, Invalid
from quanyu.core.profile import ColumnProfile
from quanyu.govern.grading.model import Grade
from quanyu.govern.scores.model import is_shareable

Short = Annotated[str, msgspec.Meta(max_length=500)]
Long = Annotated[str, msgspec.Meta(max_length=20_000)]


class ShareType(IntEnum):
    """共享类型 of the 政务信息资源目录编制指南."""

    UNCONDITIONAL = 1
    CONDITIONAL = 2
    WITHHELD = 3


class State(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    OFFLINE = "offline"


class UpdateCycle(StrEnum):
    REAL_TIME = "real_time"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"
    IRREGULAR = "irregular"
    OTHER = "other"


class ResourceKind(StrEnum):
    TABLE = "table"
    API = "api"
    FILE = "file"


class Contact(msgspec.Struct, kw_only=True, frozen=True):
    name: Short = ""
    phone: Short = ""
    email: Short = ""


class Period(msgspec.Struct, kw_only=True, frozen=True):
    """The time that the records speak of, as ISO dates; either end may be open."""

    start: str | None = None
    end: str | None = None


class DataItem(msgspec.Struct, kw_only=True, frozen=True):
    """信息项: one column. Empty share type, openness and grade mean: as the whole entry. `element` is the data element that it
    carries (关联数据元), by the name of its standard."""

    name: Short
    label: Short
    type: Short
    length: int | None = None
    unit: Short | None = None
    description: Long = ""
    share_type: ShareType | None = None
    share_condition: Short = ""
    share_basis: Short = ""
    is_open: bool | None = None
    grade: Grade | None = None
    semantic: Short | None = None
    element: Short | None = None


class Description(msgspec.Struct, kw_only=True, frozen=True):
    """What people say. Every change of it is a version of the entry."""

    title: Short
    alias: Short = ""
    abstract: Long = ""
    organisation: Short | None = None
    organisation_name: Short = ""
    region: Short | None = None
    share_type: ShareType = ShareType.CONDITIONAL
    share_condition: Short = ""
    share_basis: Short = ""
    is_open: bool = False
    open_condition: Short = ""
    update_cycle: UpdateCycle = UpdateCycle.OTHER
    resource_kind: ResourceKind = ResourceKind.TABLE
    classification: Annotated[str, msgspec.Meta(pattern=r"^[1-3](\d{2}(\d{3}(\d+)?)?)?$")] = "300000"
    service_field: Short = ""
    keywords: tuple[Short, ...] = ()
    themes: tuple[Short, ...] = ()
    format: Short = ""
    licence: Short = ""
    language: Short = "zh-CN"
    period: Period = Period()
    contact: Contact = Contact()
    items: tuple[DataItem, ...] = ()


class Facts(msgspec.Struct, kw_only=True, frozen=True):
    """What the data says, written by imports and grading, never by hand.

    `score` and `gate` are read from the dataset itself: they change between imports too.
    """

    records: int = 0
    quarantined: int = 0
    score: float | None = None
    gate: float = 0.0
    grade: Grade | None = None
    grade_confirmed: bool = False
    model: str | None = None
    bytes: int = 0
    import_id: str | None = None
    imported: datetime | None = None
    box: tuple[float, float, float, float] | None = None


class Entry(msgspec.Struct, kw_only=True, frozen=True):
    """One line of the catalogue, as it is now."""

    name: str
    resource_code: str
    state: State
    version: int
    description: Description
    facts: Facts
    created: datetime
    modified: datetime
    published: datetime | None = None

    @property
    def is_public(self) -> bool:
        """Anybody may see the entry itself."""
        return self.state is State.PUBLISHED and self.description.is_open

    @property
    def is_shared(self) -> bool:
        """Others than those who look after it may be given its records, at least under conditions."""
        return self.state is State.PUBLISHED and self.description.share_type is not ShareType.WITHHELD

    @property
    def is_paused(self) -> bool:
        """暂停共享: shared, but its score has fallen below its gate."""
        return self.is_shared and not is_shareable(self.facts).shareable

    @property
    def is_open_data(self) -> bool:
        """Anybody may read the records, masked as their grade demands."""
        return self.is_public and not self.is_paused


class Version(msgspec.Struct, kw_only=True, frozen=True):
    version: int
    state: State
    author: str
    cause: str
    at: datetime
    description: Description


class Usage(msgspec.Struct, kw_only=True, frozen=True):
    views: int = 0
    downloads: int = 0
    calls: int = 0


class Profiled(msgspec.Struct, kw_only=True, frozen=True):
    """An entry with all that its page shows; `organisation_name` in the reader's language, where the body has a name in it."""

    entry: Entry
    organisation_name: str = ""
    region_name: str = ""
    paused: bool = False
    profile: tuple[ColumnProfile, ...]
    usage: Usage


def check_publishable(entry: Entry, *, shared_before: bool = False) -> None:
    """Raises Invalid with everything that keeps an entry from being published, at once.

    What was shared before may fall below its gate: it stays published and is paused.
    """
    said = entry.description
    missing = [
        Fault(f"govern.catalogue.missing.{field}", where=f"/{field}")
        for field, value in (
            ("title", said.title),
            ("organisation", said.organisation),
            ("abstract", said.abstract),
        )
        if not value
    ]
    faults = [*missing, *_sharing_faults(said), *_grade_faults(entry)]
    if not shared_before:
        faults += _gate_faults(entry)
    if faults:
        raise Invalid("govern.catalogue.not_publishable", faults=tuple(faults), name=entry.name)


def _sharing_faults(said: Description) -> list[Fault]:
    faults = []
    if said.share_type is ShareType.CONDITIONAL and not said.share_condition:
        faults.append(Fault("govern.catalogue.missing.share_condition", where="/share_condition"))
    if said.share_type is ShareType.WITHHELD and not said.share_basis:
        faults.append(Fault("govern.catalogue.missing.share_basis", where="/share_basis"))
    if said.share_type is ShareType.WITHHELD and said.is_open:
        faults.append(Fault("govern.catalogue.open_but_withheld", where="/is_open"))
    return faults


def _grade_faults(entry: Entry) -> list[Fault]:
    grade = entry.facts.grade
    if grade is None or not entry.description.is_open:
        return []
    if not grade.is_general:
        return [Fault("govern.catalogue.open_but_graded", where="/is_open", values={"grade": grade})]
    if not entry.facts.grade_confirmed:
        return [Fault("govern.catalogue.open_but_unconfirmed", where="/is_open")]
    return []


def _gate_faults(entry: Entry) -> list[Fault]:
    gate = is_shareable(entry.facts)
    if gate.shareable or entry.description.share_type is ShareType.WITHHELD:
        return []
    reason = "unscored" if gate.score is None else "below_gate"
    values: dict[str, object] = {"score": gate.score, "gate": gate.gate}
    return [Fault(f"govern.catalogue.{reason}", where="/share_type", values=values)]
