from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from quanyu.scenarios.sanitation.contract import Contract, Deduction, cost_of_each, reconcile, settle
from quanyu.scenarios.sanitation.model import FindingKind

CONTRACT = Contract(
    firm="清洁一公司",
    base=Decimal("1000000"),
    points={FindingKind.MISSED: Decimal(2), FindingKind.LATE: Decimal("0.5")},
)


def test_pay_is_the_base_times_the_score() -> None:
    sheet = settle(
        CONTRACT,
        [Deduction(finding="1", kind=FindingKind.MISSED), Deduction(finding="2", kind=FindingKind.LATE)],
    )
    assert (sheet.score, sheet.pay) == (Decimal("97.5"), Decimal("975000.00"))


def test_what_each_kilometre_cost_is_exact_to_the_fen_and_unknown_where_none_was_swept() -> None:
    assert cost_of_each(Decimal("1000"), 3) == Decimal("333.33")
    assert cost_of_each(Decimal("1000"), 0) is None


def test_a_deduction_that_was_taken_back_costs_nothing_and_one_that_is_disputed_still_counts() -> None:
    book = [
        Deduction(finding="1", kind=FindingKind.MISSED, upheld=False),
        Deduction(finding="2", kind=FindingKind.MISSED, upheld=True),
        Deduction(finding="3", kind=FindingKind.LATE),
    ]
    assert settle(CONTRACT, book).score == Decimal("97.5")


@given(st.lists(st.sampled_from(list(FindingKind)), max_size=200))
def test_the_score_stays_within_the_contract(kinds: list[FindingKind]) -> None:
    book = [Deduction(finding=str(place), kind=kind) for place, kind in enumerate(kinds)]
    sheet = settle(CONTRACT, book)
    assert Decimal(60) <= sheet.score <= Decimal(100)
    assert sheet.pay == CONTRACT.base * sheet.score / 100


def test_two_books_that_agree_reconcile_and_others_say_where_not() -> None:
    ours = [Deduction(finding="1", kind=FindingKind.MISSED), Deduction(finding="2", kind=FindingKind.LATE)]
    assert reconcile(ours, ours) == ()
    (difference,) = reconcile(ours[:1], ours)
    assert (difference.finding, difference.firm, difference.city) == ("2", None, "late")


def test_books_differ_by_what_counts_a_deduction_taken_back_is_in_neither() -> None:
    ours = [
        Deduction(finding="1", kind=FindingKind.MISSED, upheld=False),
        Deduction(finding="2", kind=FindingKind.LATE, upheld=True),
    ]
    assert reconcile(ours[1:], ours) == ()
    (difference,) = reconcile([*ours[1:], Deduction(finding="1", kind=FindingKind.MISSED)], ours)
    assert (difference.finding, difference.firm, difference.city) == ("1", "missed", None)
