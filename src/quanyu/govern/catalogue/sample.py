"""The first records of a dataset as somebody may see them who does not look after it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from quanyu.core.actor import Actor, Resource
from quanyu.core.profile import ColumnProfile, ValueType
from quanyu.govern.catalogue.model import DataItem, Entry, ShareType
from quanyu.govern.grading.masking import MASKS, Mask, mask_all, mask_text
from quanyu.govern.grading.model import ColumnGrade, Grading
from quanyu.govern.imports.model import Part
from quanyu.govern.imports.records import RecordPage, record_page
from quanyu.identity import allowed

MOST_RECORDS = 100
_SHORTEST_NUMBER = 11  # of a mobile telephone: shorter text cannot hold a number of a person


def masks_for(actor: Actor, entry: Entry, grading: Grading) -> Mapping[str, Mask]:
    """Who looks after the dataset sees personal values whole, and sensitive ones masked: a sample never needs them.

    Everybody else sees personal values masked, numbers of persons in free text too, and nothing at all of what is
    graded important or core, is not shared, or is not open where only openness lets them in.
    """
    resource = Resource(
        "dataset", id=entry.name, tenant=actor.tenant, organisation=entry.description.organisation
    )
    manages = allowed(actor, "dataset.manage", resource).allowed
    closed = not allowed(actor, "dataset.read", resource).allowed
    masks = {
        item.name: mask_all
        if closed and item.is_open is False
        else _mask(item, grading.column(item.name), manages)
        for item in entry.description.items
    }
    return {name: mask for name, mask in masks.items() if mask is not None}


def read(
    folder: Path, tenant: str, parts: Sequence[Part], masks: Mapping[str, Mask], *, limit: int
) -> RecordPage:
    """For a thread. Each record says by `_import`, `_row` and `_line` where it stands in its file."""
    count = min(max(limit, 1), MOST_RECORDS)
    return record_page(folder, tenant, parts, conditions=(), masks=masks, after=None, limit=count)


def hide_values(profile: Sequence[ColumnProfile], masks: Mapping[str, Mask]) -> tuple[ColumnProfile, ...]:
    """A profile without the values that the sample would not show: extremes, examples and frequent values tell them."""
    return tuple(_hidden(column) if column.name in masks else column for column in profile)


def _hidden(column: ColumnProfile) -> ColumnProfile:
    return ColumnProfile(
        name=column.name, label=column.label, type=column.type, format=column.format, unit=column.unit,
        rows=column.rows, nulls=column.nulls, distinct=column.distinct, lengths=column.lengths, semantic=column.semantic,
    )  # fmt: skip


def _mask(item: DataItem, grade: ColumnGrade | None, manages: bool) -> Mask | None:
    kind = grade.kind if grade else item.semantic
    if manages:
        return MASKS.get(kind or "", mask_all) if grade is not None and grade.sensitive else None
    if item.share_type is ShareType.WITHHELD or (grade is not None and not grade.grade.is_general):
        return mask_all
    if kind in MASKS and (grade is None or grade.personal):
        return MASKS[kind]
    roomy = item.length is None or item.length >= _SHORTEST_NUMBER
    return mask_text if item.type == ValueType.TEXT and roomy else None
