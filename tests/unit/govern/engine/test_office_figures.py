"""Cards, telephones and codes as spreadsheets give them back."""

from quanyu.core.identifiers import id_card_check
from quanyu.core.profile import ValueType
from quanyu.govern.engine.inference import guess
from tests.unit.govern.engine.conftest import Importer


def card(number: int) -> str:
    first = f"32010219900101{number:03}"
    return first + id_card_check(first)


def people(cards: list[str], phones: list[str]) -> str:
    lines = [f"{c},{p}" for c, p in zip(cards, phones, strict=True)]
    return "身份证号,手机\n" + "\n".join(lines) + "\n"


def test_a_card_that_is_only_an_exponent_is_refused_and_says_why(imported: Importer) -> None:
    done = imported(people([card(1), card(2), "3.20102E+17"], ["13800000001"] * 3))
    assert (done.report.accepted, done.report.quarantined) == (2, 1)
    ((faults,),) = done.rows("quarantine", "_faults")
    assert faults[0]["reason"].startswith("id_card:exponent")


def test_a_column_of_nothing_but_exponents_is_still_one_of_cards(imported: Importer) -> None:
    done = imported(people(["3.20102E+17"] * 4, [f"1380000000{n}" for n in range(4)]))
    assert done.type_of("身份证号") == "text"
    assert done.report.rules["id_card:身份证号"] == 4


def test_telephones_lose_the_decimal_of_the_spreadsheet_and_it_is_told(imported: Importer) -> None:
    done = imported(people([card(n) for n in range(3)], ["13800000001.0", "13800000002", "13800000003.0"]))
    assert [row for (row,) in done.rows("accepted", "手机")] == ["13800000001", "13800000002", "13800000003"]
    (told,) = done.report.normalised
    assert (told.column, told.kind, told.values) == ("手机", "restored", 2)


def test_codes_with_a_decimal_keep_their_zeros(imported: Importer) -> None:
    done = imported("邮编\n" + "\n".join(f"{number:06}.0" for number in (120, 210000, 30)) + "\n")
    assert [row for (row,) in done.rows("accepted", "邮编")] == ["000120", "210000", "000030"]


def test_long_numbers_that_were_rounded_are_refused(imported: Importer) -> None:
    whole = [f"62220212345{n:08}" for n in range(8)]
    done = imported("\n".join(["卡号", *whole, "6.22202E+18", "7.00001E+18"]) + "\n")
    assert done.report.rules == {"rounded_number:卡号": 2}
    assert done.report.quarantined == 2


def test_digits_that_all_end_after_the_fifteenth_are_rounded(imported: Importer) -> None:
    done = imported("\n".join(["卡号", *(f"62220212345{n:04}0000" for n in range(8))]) + "\n")
    assert done.report.rules == {"rounded_number:卡号": 8}


def test_large_amounts_with_an_exponent_stay_numbers() -> None:
    assert guess("合同金额", ["1.23457E+11", "5.5E+10"]).type is ValueType.NUMBER
    assert guess("合同编号", ["1.23457E+11", "5.5E+10"]).type is ValueType.TEXT


def test_a_missing_card_is_missing_and_not_wrong(imported: Importer) -> None:
    done = imported(people([card(1), "", card(2)], ["13800000001", "13800000002", "13800000003"]))
    assert done.report.quarantined == 0
    assert "id_card:身份证号" not in done.report.rules
