"""Which class a text belongs to, learned or by its titles alone."""

from hypothesis import given, settings
from hypothesis import strategies as st

from quanyu.act.cases.model import CaseClass, Kind
from quanyu.act.understanding.classifier import Classifier
from quanyu.act.understanding.features import alike, features
from quanyu.act.understanding.learning import Example, learn
from quanyu.act.understanding.titles import by_titles

NOISE = (
    "夜间施工噪音太大",
    "KTV 噪音扰民睡不着",
    "loud music at night",
    "工地噪音到十二点",
    "noise from a bar",
)
WASTE = ("垃圾堆在路边没人清理", "垃圾桶满了", "rubbish on the street", "小区垃圾很臭", "waste bin is full")
CASES = [
    *(Example(text, "E02") for text in NOISE),
    *(Example(text, "E01") for text in WASTE),
]
CLASSES = (
    CaseClass(
        code="C01", kind=Kind.COMPONENT, titles={"zh-CN": "井盖", "en": "manhole cover"}, words=("窨井盖",)
    ),
    CaseClass(code="C02", kind=Kind.COMPONENT, titles={"zh-CN": "路灯", "en": "street light"}),
)
LEARNED = Classifier(learn(CASES))


def test_a_text_gets_the_class_of_texts_like_it_with_the_words_that_decided() -> None:
    first = LEARNED.propose("楼下噪音太大")[0]
    assert first.category == "E02"
    assert "噪音" in first.words
    assert LEARNED.propose("the waste bin smells")[0].category == "E01"


def test_a_text_of_unknown_words_gets_no_class() -> None:
    assert LEARNED.propose("ξένος 12") == ()


@given(st.text(max_size=300))
@settings(max_examples=50)
def test_confidences_are_shares_of_one_and_fall(text: str) -> None:
    shares = [one.confidence for one in LEARNED.propose(text)]
    assert shares == sorted(shares, reverse=True)
    assert not shares or abs(sum(shares) - 1) < 0.001  # of two classes both are proposed


@given(st.permutations(CASES))
@settings(max_examples=20)
def test_the_order_of_the_examples_does_not_change_what_is_proposed(cases: list[Example]) -> None:
    again = Classifier(learn(cases)).propose("夜间噪音")[0]
    assert again.category == LEARNED.propose("夜间噪音")[0].category


@given(st.text(max_size=200))
def test_numbers_and_lots_are_no_features(text: str) -> None:
    assert not {one for one in features(f"{text} A3 12.5 0000") if one in ("a3", "12.5", "0000")}


@given(st.frozensets(st.text(max_size=3)), st.frozensets(st.text(max_size=3)))
def test_likeness_is_the_same_both_ways_and_whole_with_itself(
    one: frozenset[str], other: frozenset[str]
) -> None:
    assert 0 <= alike(one, other) == alike(other, one) <= 1
    assert alike(one, one) == (1 if one else 0)


def test_without_anything_learned_the_title_of_a_class_is_a_modest_proposal() -> None:
    first = by_titles("人民路 12 号窨井盖破损", CLASSES)[0]
    assert first.category == "C01"
    assert {"窨井", "井盖"} < set(first.words)
    assert first.confidence <= 0.5
    assert by_titles("street light is out", CLASSES)[0].category == "C02"
    assert by_titles("噪音扰民", CLASSES) == ()
