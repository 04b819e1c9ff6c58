"""What the values of a column say for or against an attribute."""

from collections.abc import Mapping as Lookup
from dataclasses import dataclass

from quanyu.core.codes import CodeList
from quanyu.core.profile import NUMERIC_TYPES, TEMPORAL_TYPES, ColumnProfile, ValueType
from quanyu.govern.standards.model import ModelAttribute


@dataclass(frozen=True, slots=True)
class Evidence:
    """`weight` from -1 (cannot be) to 1 (values of this kind only); `words` are keys under `govern.mapping.evidence.*`."""

    weight: float
    words: tuple[str, ...] = ()


NONE = Evidence(0.0)


def evidence_of(
    column: ColumnProfile, attribute: ModelAttribute, code_lists: Lookup[str, CodeList]
) -> Evidence:
    if column.rows and column.nulls == column.rows:
        return NONE
    if attribute.semantic and column.semantic:
        same = attribute.semantic == column.semantic
        return Evidence(0.9, ("semantic",)) if same else Evidence(-0.6, ("other_semantic",))
    if not _fits_type(column, attribute):
        return Evidence(-0.8, ("type",))
    if attribute.code_list and attribute.code_list in code_lists:
        return _code_evidence(column, code_lists[attribute.code_list])
    if attribute.type in NUMERIC_TYPES and (attribute.minimum is not None or attribute.maximum is not None):
        return _range_evidence(column, attribute)
    return Evidence(0.2, ("time",)) if attribute.type in TEMPORAL_TYPES else NONE


def _fits_type(column: ColumnProfile, attribute: ModelAttribute) -> bool:
    match attribute.type:
        case ValueType.TEXT:
            return column.type not in (ValueType.GEOMETRY, ValueType.BOOLEAN)
        case ValueType.INTEGER | ValueType.NUMBER:
            return column.type in NUMERIC_TYPES
        case ValueType.DATE | ValueType.DATETIME:
            return column.type in TEMPORAL_TYPES or (column.format or "").startswith("epoch")
        case ValueType.BOOLEAN:
            return column.type is ValueType.BOOLEAN or 0 < column.distinct <= 2
        case ValueType.TIME:
            return column.type is ValueType.TIME
        case ValueType.GEOMETRY:
            return column.type is ValueType.GEOMETRY or column.semantic in (
                "wkt",
                "geojson",
                "coordinate_pair",
            )


def _range_evidence(column: ColumnProfile, attribute: ModelAttribute) -> Evidence:
    """Judged by the mean: placeholders and slips lie outside of any range without making the column another one."""
    if column.mean is None:
        return NONE
    above = attribute.minimum is None or column.mean >= attribute.minimum
    below = attribute.maximum is None or column.mean <= attribute.maximum
    return Evidence(0.1, ("range",)) if above and below else Evidence(-0.4, ("outside_range",))


def _code_evidence(column: ColumnProfile, code_list: CodeList) -> Evidence:
    counted = sum(count for _, count in column.top)
    if not counted:
        return NONE
    share = sum(count for value, count in column.top if code_list.entry_of(value)) / counted
    if share >= 0.5 and not _is_counting(column):
        return Evidence(0.5 * share, ("codes",))
    return NONE


def _is_counting(column: ColumnProfile) -> bool:
    """Small whole numbers are codes of every list."""
    return column.type in NUMERIC_TYPES
