"""The proposal: which model, what each column is, key, time and place. A person has the last word."""

import re
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Lookup

from quanyu.core.codes import CodeList
from quanyu.core.coordinates import Crs, crs_named
from quanyu.core.profile import TEMPORAL_TYPES, ColumnProfile, ValueType
from quanyu.govern.mapping.fit import Fit, Match, fit, ranked
from quanyu.govern.mapping.model import (
    Alternative,
    ColumnProposal,
    MappedColumn,
    Mapping,
    MappingProposal,
    Part,
    Reason,
    Why,
)
from quanyu.govern.mapping.names import attribute_name, name_likeness, type_name
from quanyu.govern.mapping.place import placed_columns
from quanyu.govern.mapping.shape import shape_matches
from quanyu.govern.mapping.weakness import explained, is_weak, too_weak
from quanyu.govern.standards.model import DataModel, DatasetKind

LEAST_SCORE = 0.95
MOST_COLUMNS = 2000
"""Of a wider table the first ones decide (1 ms for a column); the others keep names of their own."""
_ROW_NUMBERS = ("no", "序号", "rownum", "row number", "index", "行号", "number", "#")
_KEY_NAMES = ("id", "code", "编号", "编码", "代码", "标识", "key", "uuid", "guid", "fid", "objectid")
_TELLS_NOTHING = ("person_name", "phone", "email", "address")
"""What two things may share, even where in one file they do not."""
_TIME_NAMES = ("time", "timestamp", "datetime", "date", "时间", "日期", "observed_at", "update time")


def propose(
    columns: Sequence[ColumnProfile],
    *,
    dataset: str,
    models: Iterable[DataModel],
    code_lists: Lookup[str, CodeList],
    model: str | None = None,
    crs: str | None = None,
    remembered: Mapping | None = None,
) -> MappingProposal:
    """`dataset` is its name or that of the file, a hint; `model` is one a person chose; `crs` what the file declares."""
    if remembered is not None:
        return _remembered(columns, remembered)
    placed = placed_columns(columns)
    rest = [column for column in columns if column.name not in placed]
    eligible = [one for one in models if model is None or one.name == model]
    fits = ranked(
        (fit(one, rest[:MOST_COLUMNS], code_lists) for one in eligible),
        dataset=dataset,
        has_place=bool(placed),
    )
    best = fits[0] if fits else None
    why = explained(best, rest) if best and best.matches else None
    if best and model is None and (best.score < LEAST_SCORE or len(best.matches) + len(placed) < 2):
        best, why = None, None
    if best and model is None and is_weak(best, has_place=bool(placed)):
        why = too_weak(best)
        best = None
    if best is None or not best.matches:
        best = (
            shape_matches(rest, placed={part: name for name, (part, _) in placed.items()}, models=eligible)
            or best
        )
    return _proposal(columns, best, fits, placed, dataset=dataset, crs=crs, why=why)


_SAID = (
    (Crs.GCJ02, re.compile(r"gcj|火星|国测局|高德|腾讯|amap|gaode", re.IGNORECASE)),
    (Crs.BD09, re.compile(r"bd-?09|百度|baidu", re.IGNORECASE)),
    (Crs.CGCS2000, re.compile(r"cgcs|国家2000|4490", re.IGNORECASE)),
)


def _crs_said(columns: Sequence[ColumnProfile], placed: Lookup[str, tuple[Part, float]]) -> Crs:
    """What the labels of the columns with the place say about its coordinate system."""
    labels = " ".join(f"{one.name} {one.label}" for one in columns if one.name in placed)
    return next((crs for crs, words in _SAID if words.search(labels)), Crs.WGS84)


def _proposal(
    columns: Sequence[ColumnProfile],
    best: Fit | None,
    fits: Sequence[Fit],
    placed: Lookup[str, tuple[Part, float]],
    *,
    dataset: str,
    crs: str | None,
    why: Why | None,
) -> MappingProposal:
    matches = best.matches if best else {}
    proposals = _column_proposals(columns, matches, placed)
    time = _time_column(columns, matches)
    key = _key_columns(columns, matches, time)
    by_name = {column.name: column for column in columns}
    mapping = Mapping(
        type=best.model.name if best else type_name(dataset),
        model=best.model.name if best else None,
        kind=_kind(key, time, by_name),
        key=key,
        time=time,
        name=next((name for name, match in matches.items() if match.attribute.is_name), None),
        crs=str((crs_named(crs) if crs else None) or crs or _crs_said(columns, placed)),
        columns=tuple(_mapped(proposal, by_name[proposal.column], matches, placed) for proposal in proposals),
    )
    return MappingProposal(
        mapping=mapping,
        confidence=_confidence(best, fits, proposals),
        columns=proposals,
        alternatives=tuple(
            Alternative(model=one.model.name, confidence=_coverage(one, columns))
            for one in fits[:4]
            if (best is None or one.model is not best.model) and one.score > 0
        ),
        why=why,
    )


def _column_proposals(
    columns: Sequence[ColumnProfile], matches: Lookup[str, Match], placed: Lookup[str, tuple[Part, float]]
) -> tuple[ColumnProposal, ...]:
    used = {match.attribute.name for match in matches.values()} | {"location"}
    return tuple(
        _column_proposal(column, matches.get(column.name), placed.get(column.name), used)
        for column in columns
    )


def _column_proposal(
    column: ColumnProfile, match: Match | None, place: tuple[Part, float] | None, used: set[str]
) -> ColumnProposal:
    examples = column.examples[:3]
    if place:
        return ColumnProposal(
            column=column.name, label=column.label, attribute="location", confidence=round(place[1], 2),
            reason=Reason.SIMILAR_NAME if place[1] > 0.5 else Reason.VALUES, matched=place[0].value, evidence=("place",), examples=examples,
        )  # fmt: skip
    if match:
        return ColumnProposal(
            column=column.name, label=column.label, attribute=match.attribute.name, confidence=round(match.confidence, 2),
            reason=match.reason, matched=match.matched, evidence=match.evidence, examples=examples,
        )  # fmt: skip
    own = _free_name(attribute_name(column.label or column.name), used)
    return ColumnProposal(
        column=column.name,
        label=column.label,
        attribute=own,
        confidence=0.0,
        reason=Reason.OWN_NAME,
        examples=examples,
    )


def _free_name(name: str, used: set[str]) -> str:
    taken = {"id", "type", "scope"} | used
    free = (
        name
        if name not in taken
        else next(f"{name}{n}" for n in range(2, len(used) + 9) if f"{name}{n}" not in taken)
    )
    used.add(free)
    return free


def _mapped(
    proposal: ColumnProposal,
    column: ColumnProfile,
    matches: Lookup[str, Match],
    placed: Lookup[str, tuple[Part, float]],
) -> MappedColumn:
    part = placed[column.name][0] if column.name in placed else None
    match = matches.get(column.name)
    unit = None if part else column.unit or (match.attribute.unit if match else None)
    return MappedColumn(column=column.name, attribute=proposal.attribute, part=part, unit=unit)


def _time_column(columns: Sequence[ColumnProfile], matches: Lookup[str, Match]) -> str | None:
    """The model's time, else the column of moments whose name says time, else the only one there is."""
    for name, match in matches.items():
        if match.attribute.is_time:
            return name
    moments = [
        column
        for column in columns
        if column.type in TEMPORAL_TYPES or (column.format or "").startswith("epoch")
    ]
    named = [
        column
        for column in moments
        if max(name_likeness(column.label, known) for known in _TIME_NAMES) >= 0.6
    ]
    if named:
        return max(named, key=lambda column: column.filled).name
    return moments[0].name if len(moments) == 1 else None


def _key_columns(
    columns: Sequence[ColumnProfile], matches: Lookup[str, Match], time: str | None
) -> tuple[str, ...]:
    """The model's key where it tells records apart; else a unique column, best one whose name says so.

    With a time, the model's key may come again: then it is what was observed. A few repeated keys are faults, not a reason.
    """
    known = next((match.column for match in matches.values() if match.attribute.is_key), None)
    if known and (known.is_unique or (time and _comes_again(known))):
        return (known.name,)
    unique = [column for column in columns if _may_be_key(column, time)]
    named = [column for column in unique if _is_key_name(column.label)]
    if named or unique:
        return ((named or unique)[0].name,)
    if known and known.distinct >= 0.95 * known.rows:
        return (known.name,)
    repeated = (column for column in columns if _is_key_name(column.label) and _comes_again(column))
    return tuple(column.name for column in repeated)[:1] if time else ()


def _comes_again(column: ColumnProfile) -> bool:
    return column.nulls == 0 and column.distinct < 0.7 * column.rows


def _may_be_key(column: ColumnProfile, time: str | None) -> bool:
    is_row_number = any(name_likeness(column.label, known) >= 0.95 for known in _ROW_NUMBERS)
    short = column.type in (ValueType.TEXT, ValueType.INTEGER) and column.lengths[1] <= 64
    tells = column.semantic not in _TELLS_NOTHING
    return column.is_unique and short and tells and not is_row_number and column.name != time


def _is_key_name(label: str) -> bool:
    words = re.split(r"[\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", label).lower())
    return any(known in words or (not known.isascii() and label.endswith(known)) for known in _KEY_NAMES)


def _kind(key: tuple[str, ...], time: str | None, columns: Lookup[str, ColumnProfile]) -> DatasetKind:
    """Observations where the key comes again and a time is there to tell its records apart."""
    if len(key) != 1 or time is None or time in key:
        return DatasetKind.ENTITIES
    return DatasetKind.OBSERVATIONS if _comes_again(columns[key[0]]) else DatasetKind.ENTITIES


def _confidence(best: Fit | None, fits: Sequence[Fit], proposals: Sequence[ColumnProposal]) -> float:
    """The mean over the columns, less where another model fits nearly as well."""
    if best is None or not proposals:
        return 0.0
    mean = sum(proposal.confidence for proposal in proposals) / len(proposals)
    rival = next((one.score for one in fits if one.model is not best.model), 0.0)
    lead = 1.0 if best.score <= 0 else max(0.0, min(1.0, (best.score - rival) / best.score))
    return round(mean * (0.6 + 0.4 * lead), 2)


def _coverage(one: Fit, columns: Sequence[ColumnProfile]) -> float:
    return round(sum(match.confidence for match in one.matches.values()) / max(1, len(columns)), 2)


def _remembered(columns: Sequence[ColumnProfile], mapping: Mapping) -> MappingProposal:
    mapped = {column.column: column for column in mapping.columns}
    return MappingProposal(
        mapping=mapping,
        confidence=1.0,
        remembered=True,
        columns=tuple(
            ColumnProposal(
                column=column.name, label=column.label, attribute=mapped[column.name].attribute if column.name in mapped else None,
                confidence=1.0, reason=Reason.REMEMBERED, examples=column.examples[:3],
            )
            for column in columns
        ),
    )  # fmt: skip
