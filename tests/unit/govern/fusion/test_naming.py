import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.govern.fusion.naming import common_places, parse_name

BEIJING = ("北京市", "北京")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("首都医科大学附属北京朝阳医院", "北京朝阳医院"),
        ("北京健宫医院", "北京市健宫医院"),
        ("北京市隆福医院（北京中西医结合老年医院)", "北京隆福医院"),
        ("航空总医院 三六一医院", "航空总医院"),
        ("上海交通大学医学院附属瑞金医院", "瑞金医院"),
        ("江州绿源环境科技股份有限公司", "江州绿源环境科技有限公司"),
        ("北京市第三中学", "北京第三中学"),
        ("体育中心１号停车场", "体育中心1号停车场"),
    ],
)
def test_two_spellings_of_one_name_share_a_form(one: str, other: str) -> None:
    assert set(parse_name(one, BEIJING).forms) & set(parse_name(other, BEIJING).forms)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("北京大学第六医院", "北京市第六医院"),
        ("北京市大兴区人民医院", "北京市昌平区人民医院"),
        ("北京天坛医院", "北京地坛医院"),
    ],
)
def test_names_of_different_things_share_no_form(one: str, other: str) -> None:
    assert not set(parse_name(one, BEIJING).forms) & set(parse_name(other, BEIJING).forms)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("中国中医科学院广安门医院（南区）", "南区"),
        ("人民广场停车场3号门", "3号门"),
        ("长海医院-PCT-CT中心", "-pct-ct中心"),
        ("同济大学附属上海市肺科医院11号楼", "11号楼"),
        ("北京医院", ""),
    ],
)
def test_a_gate_branch_or_building_is_told_from_the_name(name: str, part: str) -> None:
    assert parse_name(name).part.lstrip("-") == part.lstrip("-")


def test_numbers_are_read_in_chinese_and_in_figures() -> None:
    assert parse_name("北京市第二医院").numbers == parse_name("北京第2医院").numbers == ("2",)


def test_the_city_is_known_by_how_most_names_begin() -> None:
    assert (
        common_places(["北京市第一医院", "北京协和医院", "北京市第二医院", "北京市海淀医院", "同仁医院"])
        == BEIJING
    )


@given(st.text(max_size=60))
def test_any_text_has_a_form(text: str) -> None:
    assert parse_name(text, BEIJING).forms
