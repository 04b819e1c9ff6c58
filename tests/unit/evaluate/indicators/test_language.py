"""The language of formulas: what is written is read as the same tree, and nothing else is read at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.errors import Invalid
from quanyu.evaluate.indicators.language import parse_formula
from quanyu.evaluate.indicators.tree import (
    Among,
    Band,
    Begins,
    Blend,
    Compare,
    Either,
    Every,
    Extreme,
    Flag,
    Formula,
    Kind,
    Known,
    Measure,
    Not,
    Number,
    Operation,
    Reference,
    Source,
    measures_of,
    references_of,
    written,
)

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12).map(
    lambda x: x or 0.0
)
POSITIVE = st.floats(0, 1e6)
LITERALS = st.one_of(st.booleans(), NUMBERS, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8))  # fmt: skip
SIMPLE = st.one_of(
    st.builds(Flag, NAMES), st.builds(Known, NAMES, st.booleans()), st.builds(Begins, NAMES, st.text("ab'\"", max_size=4)),
    st.builds(Compare, NAMES, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), LITERALS),
    st.builds(Among, NAMES, st.lists(LITERALS, min_size=1, max_size=3).map(tuple)),
)  # fmt: skip
CONDITIONS = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        *(st.builds(kind, st.lists(inner, min_size=2, max_size=3).map(tuple)) for kind in (Every, Either)),
    ),
    max_leaves=5,
)
SOURCES = st.one_of(
    st.sampled_from([Source("cases"), Source("moves")]),
    st.builds(Source, st.sampled_from(["entities", "history"]), NAMES),
    st.builds(Source, st.just("dataset"), NAMES, st.one_of(st.just(""), NAMES)),
)
WHERE = st.one_of(st.none(), CONDITIONS)
MEASURES = st.one_of(
    st.builds(Measure, st.just(Kind.COUNT), SOURCES, where=WHERE),
    st.builds(Measure, st.just(Kind.SHARE), SOURCES, where=WHERE, part=CONDITIONS),
    st.builds(
        Measure, st.sampled_from([Kind.SUM, Kind.AVG, Kind.MIN, Kind.MAX]), SOURCES, NAMES, where=WHERE
    ),
    st.builds(Measure, st.just(Kind.PERCENTILE), SOURCES, NAMES, POSITIVE, WHERE),
)
FORMULAS = st.recursive(
    st.one_of(
        MEASURES, st.builds(Number, NUMBERS), st.builds(Reference, st.from_regex(r"[a-z][a-z.]{0,5}", fullmatch=True))
    ),
    lambda inner: st.one_of(
        st.builds(Operation, st.sampled_from("+-*/"), inner, inner),
        st.builds(Extreme, st.sampled_from(["least", "most"]), st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Band, inner, st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=3).map(tuple), NUMBERS),
        st.builds(Blend, st.lists(st.tuples(POSITIVE, inner), min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=4,
)  # fmt: skip


@given(FORMULAS)
def test_what_is_written_is_read_as_the_same_tree(formula: object) -> None:
    assert parse_formula(written(formula)) == formula  # type: ignore[arg-type]


@given(st.text(max_size=80))
def test_any_text_is_a_formula_or_refused(text: str) -> None:
    formula = read(text)
    assert formula is None or parse_formula(written(formula)) == formula


def read(text: str) -> Formula | None:
    try:
        return parse_formula(text)
    except Invalid:
        return None


@pytest.mark.parametrize(
    ("text", "place"),
    [("count(", 7), ("1 +", 4), ("1 2", 3), ("share(of cases)", 7), ("count(cases); drop table case_record", 13),
     ("count(cases where )", 19), ("band([a], else: 1)", 11), ("__import__('os')", 1), ("'1'", 1)],
)  # fmt: skip
def test_a_formula_that_makes_no_sense_says_where(text: str, place: int) -> None:
    with pytest.raises(Invalid) as refused:
        parse_formula(text)
    assert refused.value.values["place"] == place


@pytest.mark.parametrize(
    "text", ["(" * 60 + "1" + ")" * 60, "+".join(["1"] * 400), "-" * 60 + "1x", "1" * 5000]
)
def test_what_would_take_for_ever_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_formula(text)


def test_a_tree_knows_its_measures_and_what_it_refers_to() -> None:
    formula = parse_formula("blend(1: [a.b], 2: count(cases) / count(cases)) - band([c], 1: 2, else: 3)")
    assert references_of(formula) == ("a.b", "c")
    assert [one.kind for one in measures_of(formula)] == [Kind.COUNT]
