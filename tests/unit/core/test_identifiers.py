import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from quanyu.core.identifiers import (
    CREDIT_ALPHABET,
    check_credit_code,
    check_id_card,
    check_organisation_code,
    check_phone,
    credit_code_check,
    id_card_check,
    organisation_code_check,
    phone_kind,
    repair_credit_code,
    repair_id_card,
    repair_organisation_code,
)

ORGANISATIONS = st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8).map(
    lambda first: first + organisation_code_check(first)
)
CREDIT_CODES = st.tuples(st.sampled_from(["11", "51", "91", "92"]), st.from_regex("[1-6][0-9]{5}", fullmatch=True), ORGANISATIONS).map(
    lambda parts: "".join(parts) + credit_code_check("".join(parts))
)  # fmt: skip


@given(st.from_regex("[0-9]{17}", fullmatch=True))
def test_the_check_digit_of_a_citizen_number_agrees_with_stdnum(first: str) -> None:
    assert id_card_check(first) == ric.calc_check_digit(first + "0")


@given(st.text(CREDIT_ALPHABET, min_size=17, max_size=17))
def test_the_check_character_of_a_credit_code_agrees_with_stdnum(first: str) -> None:
    assert credit_code_check(first) == uscc.calc_check_digit(first)


@given(CREDIT_CODES, st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_a_changed_credit_code_is_judged_as_stdnum_judges_it(code: str, place: int, character: str) -> None:
    changed = code[:place] + character + code[place + 1 :]
    if place >= 2:  # stdnum wants digits in front, GB 32100 allows letters there
        assert (check_credit_code(changed) is None) == uscc.is_valid(changed)


def test_a_good_citizen_number_is_good() -> None:
    assert check_id_card("11010519491231002X") is None
    assert check_id_card("11010519491231002x") is None


@pytest.mark.parametrize(
    ("number", "reason", "position"),
    [
        ("1101051949123100", "length", None),
        ("1101O519491231002X", "character", 5),
        ("99010519491231002X", "region", 1),
        ("11010519490231002X", "birthday", 7),
        ("110105194912310021", "check", 18),
    ],
)
def test_a_fault_of_a_citizen_number_names_reason_and_place(
    number: str, reason: str, position: int | None
) -> None:
    fault = check_id_card(number)
    assert fault is not None
    assert (fault.reason, fault.position) == (reason, position)
    assert number in fault.text("en")
    assert "{" not in fault.text("zh-CN") + fault.text("en")


def test_a_credit_code_names_the_wrong_character_and_what_it_resembles() -> None:
    fault = check_credit_code("1151130100877O183N")
    assert fault is not None
    assert (fault.reason, fault.position, fault.character, fault.expected) == ("character", 14, "O", "0")


def test_a_small_letter_is_not_of_a_credit_code_and_is_repaired() -> None:
    fault = check_credit_code("11511301452259996u")
    assert fault is not None
    assert (fault.reason, fault.position, fault.expected) == ("character", 18, "U")
    assert repair_credit_code("11511301452259996u")[0] == "11511301452259996U"


@given(CREDIT_CODES.filter(lambda code: "0" in code))
def test_the_letter_o_for_zero_is_repaired(code: str) -> None:
    assert code in repair_credit_code(code.replace("0", "O"))


@given(CREDIT_CODES, st.integers(0, 17))
def test_a_lost_character_is_found_again(code: str, place: int) -> None:
    assert code in repair_credit_code(code[:place] + code[place + 1 :])


@given(CREDIT_CODES)
def test_an_organisation_code_leads_to_the_credit_code_that_replaced_it(code: str) -> None:
    assert repair_credit_code(f"{code[8:16]}-{code[16]}", known=[code]) == (code,)


@given(st.text(max_size=24))
def test_a_repair_of_anything_is_good(text: str) -> None:
    assert all(check_credit_code(code) is None for code in repair_credit_code(text))
    assert all(check_id_card(number) is None for number in repair_id_card(text))
    assert all(check_organisation_code(code) is None for code in repair_organisation_code(text))


def test_an_old_citizen_number_gets_century_and_check() -> None:
    assert repair_id_card("110105491231002") == ("11010519491231002X",)


@pytest.mark.parametrize("code", ["00877836X", "68236467-9", "D2143569-X"])
def test_an_organisation_code_is_good_with_and_without_hyphen(code: str) -> None:
    assert check_organisation_code(code) is None


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("13800138000", "mobile"),
        ("+86 138 0013 8000", "mobile"),
        ("010-62770334", "land line"),
        ("(0755)2898 0000", "land line"),
        ("12345", "service"),
        ("400-810-1234", "service"),
        ("+44 20 7946 0958", "foreign"),
        ("12800138000", None),
        ("2020-01-03", None),
    ],
)
def test_telephone_numbers(number: str, kind: str | None) -> None:
    assert phone_kind(number) == kind
    assert (check_phone(number) is None) == (kind is not None)


def test_lost_characters_of_real_department_codes_are_found_from_the_code_alone(real_data: Path) -> None:
    with (real_data / "gov-service-items-guangan" / "service_items.csv").open(encoding="utf-8-sig") as file:
        codes = [row["dept_code"] for row in csv.DictReader(file)]
    assert sum(check_credit_code(code) is not None for code in codes) == sum(
        not uscc.is_valid(code) or code != code.upper() for code in codes
    )
    assert all(len(repair_credit_code(code)) == 1 for code in codes if len(code) == 17)
