"""Quality rules as data: what a record has to satisfy, in the six dimensions of GB/T 36344.

A rule is a row, never code: `kind` picks the check, `columns` and `parameters` say where and how. The SQL that a
rule becomes lives in `quality.sql`, the rules proposed from the data itself in `quality.suggest`.
"""

from enum import StrEnum

import msgspec

Scalar = str | int | float | bool | None
Parameter = Scalar | list[Scalar | list[float]]


class Dimension(StrEnum):
    COMPLETENESS = "completeness"
    UNIQUENESS = "uniqueness"
    VALIDITY = "validity"
    CONSISTENCY = "consistency"
    TIMELINESS = "timeliness"
    ACCURACY = "accuracy"


class Severity(StrEnum):
    REFUSE = "refuse"  # the record goes to quarantine
    FLAG = "flag"  # the record is accepted; the fault is counted and scored


class Origin(StrEnum):
    SUGGESTED = "suggested"
    MODEL = "model"
    USER = "user"


class RuleKind(StrEnum):
    """What is checked. The parameters of each kind are listed in docs/quality.md."""

    NOT_NULL = "not_null"
    UNIQUE = "unique"
    TYPE = "type"
    RANGE = "range"
    PATTERN = "pattern"
    CODE_LIST = "code_list"
    ID_CARD = "id_card"
    CREDIT_CODE = "credit_code"
    ORGANISATION_CODE = "organisation_code"
    REGION_CODE = "region_code"
    ROUNDED_NUMBER = "rounded_number"
    PHONE = "phone"
    EMAIL = "email"
    GEOMETRY = "geometry"
    PLACEHOLDER_POINT = "placeholder_point"
    INSIDE_REGION = "inside_region"
    COMPARE = "compare"
    SUM = "sum"
    FUNCTIONAL_DEPENDENCY = "functional_dependency"
    REFERENTIAL = "referential"
    REPEATED_TEXT = "repeated_text"
    FRESHNESS = "freshness"
    REFERENCE = "reference"
    SPEED = "speed"
    ENCODING = "encoding"
    REJECT = "reject"


DIMENSION_OF: dict[RuleKind, Dimension] = {
    RuleKind.NOT_NULL: Dimension.COMPLETENESS,
    RuleKind.UNIQUE: Dimension.UNIQUENESS,
    RuleKind.REPEATED_TEXT: Dimension.UNIQUENESS,
    RuleKind.COMPARE: Dimension.CONSISTENCY,
    RuleKind.SUM: Dimension.CONSISTENCY,
    RuleKind.FUNCTIONAL_DEPENDENCY: Dimension.CONSISTENCY,
    RuleKind.REFERENTIAL: Dimension.CONSISTENCY,
    RuleKind.FRESHNESS: Dimension.TIMELINESS,
    RuleKind.REFERENCE: Dimension.ACCURACY,
    RuleKind.PLACEHOLDER_POINT: Dimension.ACCURACY,
    RuleKind.INSIDE_REGION: Dimension.ACCURACY,
    RuleKind.SPEED: Dimension.ACCURACY,
}
"""The dimension of a kind; kinds that are not listed are about validity."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One requirement. `name` is unique in its dataset and is what reports and quarantine refer to."""

    name: str
    kind: RuleKind
    columns: tuple[str, ...] = ()
    parameters: dict[str, Parameter] = {}
    severity: Severity = Severity.REFUSE
    dimension: Dimension = Dimension.VALIDITY
    weight: float = 1.0
    origin: Origin = Origin.SUGGESTED
    title_zh: str = ""
    title_en: str = ""


def rule_name(kind: RuleKind, columns: tuple[str, ...]) -> str:
    """The name a suggested rule gets: the kind and its columns, `compare:OPEN_DT,CLOSED_DT`."""
    return f"{kind.value}:{','.join(columns)}" if columns else kind.value
