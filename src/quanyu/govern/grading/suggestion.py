"""From what was found to a grade: per column with its counts, for the dataset the highest."""

import re
from collections.abc import Iterable, Mapping, Sequence

from quanyu.core.profile import ColumnProfile, ValueType
from quanyu.govern.grading.content import CONTENTS, Content, count_contents
from quanyu.govern.grading.model import Affected, ColumnGrade, Found, Grade, Grading, Harm, grade_of, highest

_LEAST_CONFIDENCE = 0.5
_ENOUGH = 0.05
"""Share of values that a fitting name needs beside it. A telling form needs none: one identity card in remarks counts."""

_MOVING = re.compile(r"vehicle|车辆|车牌|plate|taxi|driver|司机|person|人员|user|device|终端", re.IGNORECASE)
_OF_A_PERSON = frozenset({"id_card", "person_name", "health", "bank_card"})
_POSITION = frozenset({"longitude", "latitude", "coordinate_pair"})


def suggest(columns: Sequence[ColumnProfile], values: Mapping[str, Sequence[str]]) -> Grading:
    """The grade that content and names speak for. `values` are looked-at values per column; without them the examples of
    the profile are."""
    graded = [_column(column, values.get(column.name, column.examples)) for column in columns]
    graded = _tracks(columns, _addresses(graded))
    return Grading(grade=highest([column.grade for column in graded]), columns=tuple(graded))


def _column(column: ColumnProfile, values: Iterable[str]) -> ColumnGrade:
    looked = [value for value in values if value]
    counts = count_contents(looked) if column.type in {ValueType.TEXT, ValueType.INTEGER} else {}
    found = [
        one
        for content in CONTENTS
        if (one := _found(content, column, counts.get(content.kind, 0), len(looked))) is not None
    ]
    grades = [_GRADES[one.kind] for one in found]
    return ColumnGrade(name=column.name, label=column.label, grade=highest(grades), found=tuple(found))


def _found(content: Content, column: ColumnProfile, found: int, looked: int) -> Found | None:
    confidence = _confidence(content, column, found, looked)
    if found == 0 or confidence < _LEAST_CONFIDENCE:
        return None
    return Found(
        kind=content.kind, found=found, looked=looked, confidence=round(confidence, 2),
        personal=content.personal, sensitive=content.sensitive,
    )  # fmt: skip


def _confidence(content: Content, column: ColumnProfile, found: int, looked: int) -> float:
    """Form, share and name together: a telling form is believed from few values, another only under a fitting name."""
    if not looked:
        return 0.0
    share, named = found / looked, _is_named(content, column)
    if content.only_named and not named:
        return 0.0
    if content.telling:
        return min(1.0, 0.5 + 0.4 * share + (0.2 if named else 0.0))
    return min(1.0, 0.6 + 0.4 * share) if named and share >= _ENOUGH else 0.6 * share


def _is_named(content: Content, column: ColumnProfile) -> bool:
    return column.semantic in content.semantics or any(
        re.search(content.named, name, re.IGNORECASE) for name in (column.name, column.label)
    )


def _addresses(graded: list[ColumnGrade]) -> list[ColumnGrade]:
    """An address is a person's only where the record names a person; the address of a hospital is everybody's."""
    if any(found.kind in _OF_A_PERSON for column in graded for found in column.found):
        return graded
    return [_without(column, "address") for column in graded]


def _without(column: ColumnGrade, kind: str) -> ColumnGrade:
    found = tuple(one for one in column.found if one.kind != kind)
    grade = highest([_GRADES[one.kind] for one in found])
    return ColumnGrade(name=column.name, label=column.label, grade=grade, found=found)


def _tracks(columns: Sequence[ColumnProfile], graded: list[ColumnGrade]) -> list[ColumnGrade]:
    """Positions of a moving person or vehicle over time are sensitive (行踪轨迹); positions of things are not."""
    names = " ".join(f"{column.name} {column.label}" for column in columns)
    timed = any(column.type in {ValueType.DATETIME, ValueType.TIME} for column in columns)
    if not (timed and _MOVING.search(names)):
        return graded
    positions = {column.name: column.filled for column in columns if column.semantic in _POSITION}
    return [_as_track(grade, positions[grade.name]) if grade.name in positions else grade for grade in graded]


def _as_track(column: ColumnGrade, values: int) -> ColumnGrade:
    track = Found(kind="track", found=values, looked=values, confidence=0.7, personal=True, sensitive=True)
    return ColumnGrade(
        name=column.name, label=column.label, grade=_GRADES["track"], found=(*column.found, track)
    )


_GRADES: dict[str, Grade] = {
    content.kind: grade_of(content.affected, content.harm) for content in CONTENTS
} | {"track": grade_of(Affected.PERSON, Harm.SEVERE)}
