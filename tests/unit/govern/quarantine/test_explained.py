"""What a person reads beside a refused value."""

from quanyu.govern.quarantine.model import RowFault, explained


def fault(reason: str, value: str) -> RowFault:
    return RowFault(rule="code", columns=("dept_code",), reason=reason, value=value, proposal=None)


def test_a_wrong_credit_code_says_which_character_is_wrong() -> None:
    said = explained(fault("credit_code:character:18:I", "11511301008778183I"), {}, "en").message
    assert '"I"' in said
    assert "place 18" in said


def test_the_title_of_the_rule_comes_first() -> None:
    titles = {"code": ("部门代码应有效", "the department code is valid")}
    assert explained(fault("range", "-5"), titles, "en").message == "the department code is valid"


def test_a_line_that_is_no_record_says_why() -> None:
    assert explained(fault("connect.files.csv.ragged", "a,b"), {}, "zh-CN").message
