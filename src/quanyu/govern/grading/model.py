"""Grades of GB/T 43697-2024 and the table that leads from harm to grade."""

from dataclasses import dataclass
from enum import StrEnum

import msgspec


class Grade(StrEnum):
    """From low to high. General data has the four sub-grades of annex H."""

    GENERAL_1 = "general_1"
    GENERAL_2 = "general_2"
    GENERAL_3 = "general_3"
    GENERAL_4 = "general_4"
    IMPORTANT = "important"
    CORE = "core"

    @property
    def rank(self) -> int:
        return list(Grade).index(self)

    @property
    def is_general(self) -> bool:
        return self not in {Grade.IMPORTANT, Grade.CORE}


class Affected(StrEnum):
    """影响对象: whom it harms when data leaks, is changed, destroyed or misused."""

    NATIONAL_SECURITY = "national_security"
    ECONOMY = "economy"
    SOCIAL_ORDER = "social_order"
    PUBLIC_INTEREST = "public_interest"
    ORGANISATION = "organisation"
    PERSON = "person"


class Harm(StrEnum):
    """影响程度."""

    NONE = "none"
    GENERAL = "general"
    SERIOUS = "serious"
    SEVERE = "severe"


@dataclass(frozen=True, slots=True)
class GradeRule:
    affected: Affected
    harm: Harm
    grade: Grade


_PUBLIC = (Affected.ECONOMY, Affected.SOCIAL_ORDER, Affected.PUBLIC_INTEREST)
_PRIVATE = (Affected.ORGANISATION, Affected.PERSON)

GRADE_RULES: tuple[GradeRule, ...] = (
    GradeRule(Affected.NATIONAL_SECURITY, Harm.SEVERE, Grade.CORE),
    GradeRule(Affected.NATIONAL_SECURITY, Harm.SERIOUS, Grade.CORE),
    GradeRule(Affected.NATIONAL_SECURITY, Harm.GENERAL, Grade.IMPORTANT),
    *(GradeRule(affected, Harm.SEVERE, Grade.CORE) for affected in _PUBLIC),
    *(GradeRule(affected, Harm.SERIOUS, Grade.IMPORTANT) for affected in _PUBLIC),
    *(GradeRule(affected, Harm.GENERAL, Grade.GENERAL_4) for affected in _PUBLIC),
    *(GradeRule(affected, Harm.SEVERE, Grade.GENERAL_4) for affected in _PRIVATE),
    *(GradeRule(affected, Harm.SERIOUS, Grade.GENERAL_3) for affected in _PRIVATE),
    *(GradeRule(affected, Harm.GENERAL, Grade.GENERAL_2) for affected in _PRIVATE),
)

_GRADES = {(rule.affected, rule.harm): rule.grade for rule in GRADE_RULES}


def grade_of(affected: Affected, harm: Harm) -> Grade:
    """The row of the table; no harm is general_1, whomever it concerns."""
    return _GRADES.get((affected, harm), Grade.GENERAL_1)


def highest(grades: list[Grade]) -> Grade:
    """就高从严: the whole takes the highest grade of its parts; nothing graded is general_1."""
    return max(grades, key=lambda grade: grade.rank, default=Grade.GENERAL_1)


class Found(msgspec.Struct, kw_only=True, frozen=True):
    """One kind of content in one column: `found` of `looked` values have it."""

    kind: str
    found: int
    looked: int
    confidence: float
    personal: bool
    sensitive: bool


class ColumnGrade(msgspec.Struct, kw_only=True, frozen=True):
    """What a column holds and the grade that follows; `confirmed` by a person, who may have set another grade."""

    name: str
    label: str
    grade: Grade
    found: tuple[Found, ...] = ()
    confirmed: bool = False

    @property
    def kind(self) -> str | None:
        """What the column most likely holds."""
        best = max(self.found, key=lambda found: found.confidence, default=None)
        return best.kind if best else None

    @property
    def personal(self) -> bool:
        return any(found.personal for found in self.found)

    @property
    def sensitive(self) -> bool:
        return any(found.sensitive for found in self.found)


class Grading(msgspec.Struct, kw_only=True, frozen=True):
    """The grade of a dataset: the highest of its columns and of what it was derived from (`inherited`)."""

    grade: Grade
    columns: tuple[ColumnGrade, ...] = ()
    inherited: Grade | None = None
    confirmed: bool = False
    reason: str | None = None
    decided_by: str | None = None

    def column(self, name: str) -> ColumnGrade | None:
        return next((column for column in self.columns if column.name == name), None)
