"""A release of open data: files that anybody may take, each with its checksums, and what was done before they were opened."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated

import msgspec

from quanyu.core.errors import Fault, Invalid
from quanyu.exchange.policy import Anonymity, Mask
from quanyu.exchange.requests.model import Said
from quanyu.govern.catalogue.model import DataItem, Entry, ShareType
from quanyu.govern.grading.model import Grading

Text = Annotated[str, msgspec.Meta(max_length=500)]


class Plan(Said, frozen=True):
    """What is to be opened. `columns` empty: every item that is open; `anonymity` names the columns by which a person might be
    recognised; `most_left_out` is the share of records that may be left out because their group is too small."""

    columns: tuple[Text, ...] = ()
    masks: Mapping[str, Mask] = {}
    anonymity: Anonymity | None = None
    most_left_out: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.05
    licence: Text = "cc-by-4.0"
    attribution: Text = ""


class File(msgspec.Struct, frozen=True, kw_only=True):
    """One form of a release, with its checksums in hexadecimal."""

    format: str
    bytes: int
    sha256: str
    sm3: str


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """`downloads` over all days, without anybody's name."""

    dataset: str
    version: int
    dataset_version: int
    files: tuple[File, ...]
    anonymity: Anonymity | None
    rows: int
    left_out: int
    licence: str
    attribution: str
    state: str
    at: datetime
    reason: str = ""
    downloads: int = 0


def opened_columns(plan: Plan, entry: Entry, grading: Grading | None) -> tuple[str, ...]:
    """The columns that are given, once nothing speaks against it. Raises Invalid with every fault."""
    items = {one.name: one for one in entry.description.items}
    wanted = plan.columns or tuple(name for name, item in items.items() if _is_open(item))
    faults = tuple(_faults(plan, wanted, items, grading))
    if not entry.is_open_data or not entry.facts.grade_confirmed:
        raise Invalid("exchange.release.not_open", name=entry.name)
    if faults or not wanted:
        raise Invalid("exchange.release.invalid", faults=faults, count=len(faults))
    return wanted


def _is_open(item: DataItem) -> bool:
    return item.is_open is not False and item.share_type is not ShareType.WITHHELD


def _faults(
    plan: Plan, wanted: tuple[str, ...], items: Mapping[str, DataItem], grading: Grading | None
) -> Iterator[Fault]:
    quasi = set(plan.anonymity.columns) if plan.anonymity else set()
    for name in sorted({*wanted, *plan.masks, *quasi} - items.keys()):
        yield Fault("exchange.release.column", name, {"column": name})
    for name in wanted:
        graded = grading.column(name) if grading else None
        if name in items and not _is_open(items[name]):
            yield Fault("exchange.release.column", name, {"column": name})
        if graded is not None and not graded.grade.is_general:
            yield Fault("exchange.release.graded", name, {"column": name, "grade": graded.grade.value})
        if graded is not None and graded.personal and name not in plan.masks and name not in quasi:
            yield Fault("exchange.release.personal", name, {"column": name})
