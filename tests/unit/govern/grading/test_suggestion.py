import pytest
from stdnum import luhn

from quanyu.core.profile import ColumnProfile, ValueType
from quanyu.govern.grading.content import is_bank_card, is_phone
from quanyu.govern.grading.model import ColumnGrade, Grade
from quanyu.govern.grading.names import is_person_name
from quanyu.govern.grading.suggestion import suggest


def column(name: str, type_: ValueType = ValueType.TEXT, semantic: str | None = None) -> ColumnProfile:
    return ColumnProfile(name=name, label=name, type=type_, rows=100, semantic=semantic)


def graded(name: str, *values: str) -> ColumnGrade:
    return suggest([column(name)], {name: values}).columns[0]


@pytest.mark.parametrize("number", ["13800138001", "+86 139-1234-5678", "021-62345678", "0755-82345678"])
def test_a_telephone_that_somebody_could_answer(number: str) -> None:
    assert is_phone(number)


@pytest.mark.parametrize("text", ["0000-00000000", "138****5678", "11111111111", "12345", "20250101123"])
def test_a_masked_or_made_up_telephone_is_nobodys(text: str) -> None:
    assert not is_phone(text)


def test_a_bank_card_needs_its_check_digit() -> None:
    number = "622202100000000123"
    assert is_bank_card(number + luhn.calc_check_digit(number))
    assert not is_bank_card(number + str((int(luhn.calc_check_digit(number)) + 1) % 10))


@pytest.mark.parametrize(
    ("text", "is_name"),
    [("李小红", True), ("欧阳修", True), ("高新区", False), ("王", False), ("水务局", False)],
)
def test_names_of_persons_are_told_from_places(text: str, is_name: bool) -> None:
    assert is_person_name(text) is is_name


def test_each_finding_says_how_many_values_of_how_many() -> None:
    found = graded("证件", "11010519491231002X", "440524188001010014", "无").found[0]
    assert (found.kind, found.found, found.looked, found.sensitive) == ("id_card", 2, 3, True)


def test_one_number_in_a_remark_is_enough() -> None:
    assert graded("备注", "已联系", "请回电13800138001谢谢").grade is Grade.GENERAL_3


def test_two_characters_that_could_be_a_name_are_none_under_another_title() -> None:
    assert graded("产品名称", "马桶", "江鲜", "石材").found == ()


def test_an_address_is_personal_only_beside_a_person() -> None:
    values = {"地址": ["凤阳路415号", "瑞金二路197号"], "姓名": ["张伟", "王芳"]}
    alone = suggest([column("地址")], values).columns[0]
    beside = suggest([column("地址"), column("姓名")], values).columns[0]
    assert alone.grade is Grade.GENERAL_1
    assert beside.kind == "address"


def test_positions_of_vehicles_over_time_are_tracks_and_those_of_covers_are_not() -> None:
    place = (column("lon", ValueType.NUMBER, "longitude"), column("lat", ValueType.NUMBER, "latitude"))
    time = column("time", ValueType.DATETIME)
    assert suggest([column("vehicle_id"), time, *place], {}).grade is Grade.GENERAL_4
    assert suggest([column("井盖编号"), time, *place], {}).grade is Grade.GENERAL_1


def test_a_credit_code_is_no_secret() -> None:
    assert graded("统一社会信用代码", "11100000000014238N").grade is Grade.GENERAL_1
