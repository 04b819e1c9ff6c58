"""Datasets, imports and the parts that make up a dataset's content. The same types travel over HTTP."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import PurePath
from typing import Annotated, Any

import msgspec

from quanyu.core.errors import Invalid
from quanyu.core.messages import text
from quanyu.core.profile import ColumnProfile, ValueType
from quanyu.govern.engine.model import EntityMapping, Progress, RawPolicy

_NAME = re.compile(r"[^\W_][\w-]{0,62}")
_NO_NAME = re.compile(r"[^\w-]+")
_ARCHIVES = {".gz", ".zip", ".zst"}

Short = Annotated[str, msgspec.Meta(max_length=500)]


class DatasetKind(StrEnum):
    ENTITIES = "entities"  # one record a thing
    OBSERVATIONS = "observations"  # many records a thing, each with its time


class ImportState(StrEnum):
    RECEIVED = "received"
    LANDING = "landing"
    CHECKING = "checking"
    COMMITTING = "committing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        return self in {ImportState.DONE, ImportState.FAILED, ImportState.CANCELLED}


class Extent(StrEnum):
    """What an import brings, and so what it takes away; `app/flow.py` says which import is which."""

    WHOLE = "whole"  # a file of everything it is about: an earlier version of a record that it refuses goes
    INCREMENT = "increment"  # what is new: nothing goes because of it
    CONTENT = "content"  # the dataset's own content once more: what is not accepted again goes


class PartRole(StrEnum):
    ACCEPTED = "accepted"
    QUARANTINE = "quarantine"
    RAW = "raw"
    SUPERSEDED = "superseded"


CYCLE_DAYS: Mapping[str, float] = {
    "real_time": 1 / 24, "daily": 1, "weekly": 7, "monthly": 31, "quarterly": 92, "half_yearly": 184, "yearly": 366,
}  # fmt: skip
"""How old the newest record may be, by update cycle (更新周期); cycles that are not listed promise nothing."""


class Options(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the sender knows better than the engine finds out; what is left out is found out."""

    encoding: Short | None = None
    delimiter: Annotated[str, msgspec.Meta(min_length=1, max_length=4)] | None = None
    header: bool | None = None
    header_line: Annotated[int, msgspec.Meta(ge=1)] | None = None
    sheet: Short | None = None
    crs: Short | None = None
    key: tuple[Short, ...] = ()
    types: dict[str, ValueType] = {}
    formats: dict[str, Short] = {}
    units: dict[str, Short] = {}
    model: Short | None = None
    mapping: EntityMapping | None = None

    def over(self, saved: "Options") -> "Options":
        """These options, and where they say nothing those saved with the dataset."""
        return msgspec.convert(msgspec.to_builtins(saved) | msgspec.to_builtins(self), Options)


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What an import may say about a dataset that does not exist yet."""

    title: Short | None = None
    owner: Short | None = None
    region: Short | None = None
    kind: DatasetKind | None = None
    update_cycle: Short | None = None
    raw_policy: RawPolicy | None = None


class ReceivedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an import: `name` as the sender called it, `path` where it lies until the import is over."""

    name: str
    path: str
    bytes: int
    sha256: str


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    title: str
    owner: str | None
    region: str | None
    kind: DatasetKind
    model: str | None
    key_columns: tuple[str, ...]
    mapping: EntityMapping | None
    options: Options
    columns: tuple[ColumnProfile, ...]
    update_cycle: str | None
    gate: float
    raw_policy: RawPolicy
    version: int
    records: int
    quarantined: int
    score: float | None
    created: datetime
    modified: datetime

    @property
    def cycle_days(self) -> float | None:
        return CYCLE_DAYS.get(self.update_cycle or "")


class Only(StrEnum):
    """`below`: their score does not reach their gate, or there is none yet."""

    BELOW = "below"
    QUARANTINED = "quarantined"


UNSCORED = 101.0
"""Behind every score."""
BEFORE_ALL = (-1.0, "")


def rank(dataset: Dataset) -> tuple[float, str]:
    """The place among all, the lowest score first."""
    return UNSCORED if dataset.score is None else dataset.score, dataset.name


class ImportProgress(msgspec.Struct, frozen=True, kw_only=True):
    """`rate` is units a second; `remaining` seconds of the stage, None while nobody can know."""

    stage: str
    done: int
    total: int
    unit: str
    rate: float = 0.0
    remaining: float | None = None


class FaultNote(msgspec.Struct, frozen=True, kw_only=True):
    """An error as it is stored: keys and values, so that every reader gets it in their language."""

    key: str
    values: dict[str, Any] = {}
    where: str = ""
    faults: tuple["FaultNote", ...] = ()

    def text(self, language: str) -> str:
        return text(self.key, language, **self.values)


class Import(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    dataset: str
    state: ImportState
    files: tuple[ReceivedFile, ...]
    options: Options
    actor: str
    source: str | None
    arrived: datetime
    extent: Extent = Extent.WHOLE
    started: datetime | None = None
    finished: datetime | None = None
    progress: ImportProgress | None = None
    cancel: bool = False
    report: dict[str, Any] | None = None
    fault: FaultNote | None = None


class ReportCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a report: what a list of imports shows of it."""

    read: int
    accepted: int
    quarantined: int
    duplicates: int
    score: float | None = None
    entities: int = 0


class ImportLine(msgspec.Struct, frozen=True, kw_only=True):
    """An import as a list needs it: without options, and of its report the figures only."""

    id: str
    dataset: str
    state: ImportState
    files: tuple[ReceivedFile, ...]
    actor: str
    source: str | None
    arrived: datetime
    extent: Extent
    started: datetime | None = None
    finished: datetime | None = None
    progress: ImportProgress | None = None
    counts: ReportCounts | None = None
    fault: FaultNote | None = None


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """`import_id` is an import or a release from quarantine; `path` is relative to the data folder."""

    import_id: str
    role: PartRole
    path: str
    bytes: int
    version: int


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """`unchanged`: the same files with the same options are here already, as `import_id`."""

    import_id: str
    dataset: str
    unchanged: bool = False


def progress_of(progress: Progress, *, seconds: float) -> ImportProgress:
    """`seconds` since the stage began."""
    rate = progress.done / seconds if seconds > 0 else 0.0
    known = progress.total > 0 and rate > 0
    return ImportProgress(
        stage=progress.stage,
        done=progress.done,
        total=progress.total,
        unit=progress.unit,
        rate=round(rate, 1),
        remaining=round(max(progress.total - progress.done, 0) / rate, 1) if known else None,
    )


def dataset_name(name: str) -> str:
    """Letters of any script, digits, - and _, at most 63: it is part of paths, entity ids and addresses."""
    folded = unicodedata.normalize("NFC", name).strip().lower()
    if not _NAME.fullmatch(folded) or len(folded.encode()) > 150:
        raise Invalid("govern.dataset.name", name=name)
    return folded


def title_from_name(name: str) -> str:
    """What people may read until somebody gives a title: a file's name without folders, endings and underscores."""
    spaced = re.sub(r"[\s_]+", " ", _bare(name)).strip(" -")
    return spaced[:200] or name


def name_from_file(file: str) -> str:
    """The dataset that a file is for when nobody says: its name without endings, made fit for `dataset_name`."""
    fit = _NO_NAME.sub("-", _bare(file).lower()).strip("-_")[:63]
    while len(fit.encode()) > 150:
        fit = fit[:-1]
    return fit or "dataset"


def _bare(file: str) -> str:
    path = PurePath(unicodedata.normalize("NFC", file).replace("\\", "/").rpartition("/")[2])
    while path.suffix.lower() in _ARCHIVES:
        path = path.with_suffix("")
    return path.stem
