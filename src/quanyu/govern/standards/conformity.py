"""A data element as rules of quality over a column: what its standard says is checked as any rule is."""

import re

from quanyu.core.codes import CodeList
from quanyu.core.profile import ValueType
from quanyu.govern.quality.rules import Parameter, Rule, RuleKind, Severity, rule_name
from quanyu.govern.standards.model import DataElement

_SEMANTIC = {
    "id_card": RuleKind.ID_CARD, "credit_code": RuleKind.CREDIT_CODE, "organisation_code": RuleKind.ORGANISATION_CODE,
    "region_code": RuleKind.REGION_CODE, "phone": RuleKind.PHONE, "email": RuleKind.EMAIL,
}  # fmt: skip


def has_type(element: DataElement, type: str) -> bool:
    """A whole number is a number, a day a moment; text holds whatever a text may be."""
    wider = {ValueType.NUMBER: ValueType.INTEGER, ValueType.DATETIME: ValueType.DATE}
    return type in (element.type, wider.get(element.type, element.type))


def rules_of(element: DataElement, column: str, codes: CodeList | None) -> tuple[Rule, ...]:
    """`codes` is the list that the element names, where it is known."""
    found: list[Rule] = []
    if element.length is not None:
        found.append(
            _rule(element, RuleKind.PATTERN, column, "length", {"pattern": rf"(?s).{{0,{element.length}}}"})
        )
    if element.pattern is not None:
        found.append(_rule(element, RuleKind.PATTERN, column, "pattern", {"pattern": element.pattern}))
    if codes is not None:
        valid: Parameter = [one.code for one in codes.entries]
        found.append(_rule(element, RuleKind.CODE_LIST, column, "codes", {"codes": valid}))
    if kind := _SEMANTIC.get(element.semantic or ""):
        found.append(_rule(element, kind, column, str(kind), {}))
    return tuple(found)


def _rule(
    element: DataElement, kind: RuleKind, column: str, part: str, parameters: dict[str, Parameter]
) -> Rule:
    return Rule(
        name=f"{rule_name(kind, (column,))}:{part}", kind=kind, columns=(column,), parameters=parameters, severity=Severity.FLAG,
        title_zh=element.title_zh, title_en=element.title_en,
    )  # fmt: skip


def is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True
