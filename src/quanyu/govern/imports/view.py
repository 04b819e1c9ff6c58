"""Imports and datasets as an asker sees them: no paths of this machine, faults in their language."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from quanyu.core.profile import ColumnProfile
from quanyu.govern.catalogue.naming import Names
from quanyu.govern.engine.model import EntityMapping, RawPolicy
from quanyu.govern.imports.model import (
    Begun,
    Dataset,
    DatasetKind,
    Extent,
    FaultNote,
    Import,
    ImportLine,
    ImportProgress,
    ImportState,
    Options,
    ReceivedFile,
    ReportCounts,
)


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """`import` is worked on from now; `unchanged`: it is an earlier one of the same files."""

    import_id: str = msgspec.field(name="import")
    dataset: str
    unchanged: bool
    address: str


class FaultView(msgspec.Struct, frozen=True, kw_only=True):
    where: str
    message: str


class FileView(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    bytes: int
    sha256: str


class ImportView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    dataset: str
    state: ImportState
    files: tuple[FileView, ...]
    options: Options
    actor: str
    source: str | None
    arrived: datetime
    extent: Extent
    started: datetime | None
    finished: datetime | None
    progress: ImportProgress | None
    report: dict[str, Any] | None
    fault: str | None
    faults: tuple[FaultView, ...]


class ImportItem(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the list; `report` has the figures only, the import itself has the whole."""

    id: str
    dataset: str
    state: ImportState
    files: tuple[FileView, ...]
    actor: str
    source: str | None
    arrived: datetime
    extent: Extent
    started: datetime | None
    finished: datetime | None
    progress: ImportProgress | None
    report: ReportCounts | None
    fault: str | None


class DatasetView(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    title: str
    owner: str | None
    owner_name: str
    region: str | None
    region_name: str
    kind: DatasetKind
    model: str | None
    key_columns: tuple[str, ...]
    update_cycle: str | None
    gate: float
    version: int
    records: int
    quarantined: int
    score: float | None
    created: datetime
    modified: datetime


class DatasetDetail(DatasetView, frozen=True, kw_only=True):
    mapping: EntityMapping | None
    options: Options
    columns: tuple[ColumnProfile, ...]
    raw_policy: RawPolicy


def accepted(begun: Begun) -> Accepted:
    address = f"/api/v1/imports/{begun.import_id}"
    return Accepted(
        import_id=begun.import_id, dataset=begun.dataset, unchanged=begun.unchanged, address=address
    )


def import_view(import_: Import, language: str) -> ImportView:
    return ImportView(
        id=import_.id,
        dataset=import_.dataset,
        state=import_.state,
        files=_files(import_.files),
        options=import_.options,
        actor=import_.actor,
        source=import_.source,
        arrived=import_.arrived,
        extent=import_.extent,
        started=import_.started,
        finished=import_.finished,
        progress=import_.progress,
        report=import_.report,
        fault=import_.fault.text(language) if import_.fault else None,
        faults=_faults(import_.fault, language),
    )


def import_item(line: ImportLine, language: str) -> ImportItem:
    return ImportItem(
        id=line.id,
        dataset=line.dataset,
        state=line.state,
        files=_files(line.files),
        actor=line.actor,
        source=line.source,
        arrived=line.arrived,
        extent=line.extent,
        started=line.started,
        finished=line.finished,
        progress=line.progress,
        report=line.counts,
        fault=line.fault.text(language) if line.fault else None,
    )


def dataset_view(dataset: Dataset, names: Names) -> DatasetView:
    return DatasetView(**_fields(DatasetView, dataset, names))


def dataset_detail(dataset: Dataset, names: Names) -> DatasetDetail:
    return DatasetDetail(**_fields(DatasetDetail, dataset, names))


def _fields(view: type[DatasetView], dataset: Dataset, names: Names) -> dict[str, Any]:
    named = {"owner_name": names.organisation(dataset.owner), "region_name": names.region(dataset.region)}
    return {field: getattr(dataset, field) for field in view.__struct_fields__ if field not in named} | named


def _files(files: Sequence[ReceivedFile]) -> tuple[FileView, ...]:
    return tuple(FileView(name=file.name, bytes=file.bytes, sha256=file.sha256) for file in files)


def _faults(note: FaultNote | None, language: str) -> tuple[FaultView, ...]:
    listed = note.faults if note else ()
    return tuple(FaultView(where=fault.where, message=fault.text(language)) for fault in listed)
