"""The arithmetic of scores, against counts made by hand."""

from hypothesis import given
from hypothesis import strategies as st

from quanyu.govern.engine.model import RuleResult
from quanyu.govern.quality.rules import Rule, RuleKind
from quanyu.govern.scores.tally import Contribution, Decided, tally

RULE = Rule(name="type:spaces", kind=RuleKind.TYPE, columns=("spaces",))


def contribution(checked: int, violations: int, **decided: int) -> Contribution:
    result = RuleResult(rule=RULE, checked=checked, violations=violations, score=0)
    settled = {RULE.name: decided.get("settled", 0)}
    return Contribution(
        records=checked, results=(result,), decided=Decided(gone=decided.get("gone", 0), settled=settled)
    )


def counts(*contributions: Contribution) -> tuple[int, int]:
    (result,) = tally(contributions, records=0, quarantined=0).results
    return result.checked, result.violations


def test_a_released_record_breaks_the_rule_no_more_but_was_checked() -> None:
    assert counts(contribution(100, 5, settled=2)) == (100, 3)


def test_a_dismissed_record_is_not_counted_at_all() -> None:
    assert counts(contribution(100, 5, settled=1, gone=1)) == (99, 4)


def test_an_import_that_was_replaced_as_a_whole_is_forgotten() -> None:
    assert counts(contribution(100, 5, gone=100, settled=5), contribution(100, 1)) == (100, 1)


def test_a_release_adds_what_its_records_still_break() -> None:
    released = Contribution(records=0, results=(RuleResult(rule=RULE, checked=0, violations=1, score=0),))
    assert counts(contribution(100, 5, settled=2), released) == (100, 4)


def test_without_a_record_there_is_no_score() -> None:
    assert tally([contribution(0, 0)], records=0, quarantined=0).score is None
    assert tally([contribution(10, 10)], records=0, quarantined=10).score is None


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 60), st.integers(0, 60)), min_size=1
    )
)
def test_a_score_never_leaves_its_range(rows: list[tuple[int, int, int, int]]) -> None:
    parts = [
        contribution(checked, min(broken, checked), gone=gone, settled=settled)
        for checked, broken, gone, settled in rows
    ]
    score = tally(parts, records=1, quarantined=0)
    assert score.score is not None
    assert 0 <= score.score <= 100
    assert all(0 <= one.violations <= one.checked for one in score.results)
