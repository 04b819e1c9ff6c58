"""The grammars of queries: what is read, what is refused, and that a printed query reads as itself."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.errors import Invalid
from quanyu.twin.ngsild.query import (
    parse_geo_query,
    parse_pattern,
    parse_projection,
    parse_q,
    parse_scope_query,
    parse_types,
    print_q,
    print_scope_query,
    print_types,
)
from quanyu.twin.ngsild.query.tree import (
    All,
    Any,
    Between,
    Compare,
    Exists,
    Expanded,
    Like,
    Link,
    Moment,
    Number,
    OneOf,
    Operator,
    Path,
    ScopePattern,
    Temporal,
    Text,
    Truth,
    Uri,
)

names = st.from_regex(r"[a-z][a-zA-Z0-9_]{0,5}", fullmatch=True) | st.sampled_from(["温度", "été"])
texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
numbers = st.integers(-(10**12), 10**12) | st.floats(allow_nan=False, allow_infinity=False)
moments = st.sampled_from([
    Moment(Temporal.DATE_TIME, "2026-11-21T08:00:00Z"),
    Moment(Temporal.DATE_TIME, "2026-11-21T08:00:00.123456+08:00"),
    Moment(Temporal.DATE, "2026-11-21"),
    Moment(Temporal.TIME, "08:30:00Z"),
])  # fmt: skip
comparable = st.builds(Text, texts) | st.builds(Number, numbers) | moments
values = comparable | st.builds(Truth, st.booleans()) | st.just(Uri("urn:ngsi-ld:City:Pisa"))
operands = (
    values | st.builds(Between, comparable, comparable)
    | st.builds(OneOf, st.lists(values, min_size=2, max_size=3).map(tuple))
)  # fmt: skip
paths = st.builds(
    Path, st.lists(names, min_size=1, max_size=3).map(tuple), st.lists(names, max_size=2).map(tuple)
)
targets = paths | st.builds(Link, names, st.lists(names, max_size=2).map(tuple), paths)
leaves = (
    st.builds(Exists, targets)
    | st.builds(Compare, targets, st.sampled_from([Operator.EQUAL, Operator.UNEQUAL]), operands)
    | st.builds(Compare, targets, st.sampled_from([Operator.LESS, Operator.GREATER_EQUAL]), comparable)
    | st.builds(Like, targets, st.just(parse_pattern('^a.*(b|c;)"$')), st.booleans())
)
terms = st.recursive(
    leaves,
    lambda inner: (
        st.builds(All, st.lists(inner, min_size=2, max_size=3).map(tuple))
        | st.builds(Any, st.lists(inner, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=6,
)


@given(terms)
def test_a_printed_query_reads_as_the_same_tree(term):
    assert parse_q(print_q(term), str) == term


@given(st.text(max_size=40))
def test_any_text_is_a_query_or_invalid(text):
    with suppress(Invalid):
        print_q(parse_q(text, str))


def test_and_binds_before_or_unless_parentheses_say_otherwise():
    assert parse_q("a;b|c", str) == Any((All((_exists("a"), _exists("b"))), _exists("c")))
    assert parse_q("a;(b|c)", str) == All((_exists("a"), Any((_exists("b"), _exists("c")))))


def test_values_are_typed_by_how_they_are_written():
    read = {
        text: parse_q(f"a=={text}", str).operand
        for text in ("20", "2.5e3", '"x"', "true", "urn:a:b", "10..20")
    }
    assert read == {
        "20": Number(20), "2.5e3": Number(2500.0), '"x"': Text("x"), "true": Truth(True), "urn:a:b": Uri("urn:a:b"),
        "10..20": Between(Number(10), Number(20)),
    }  # fmt: skip


def test_a_plus_of_an_offset_that_became_a_blank_is_a_plus_again():
    assert parse_q("a>2026-11-21T08:00:00 08:00", str).operand.text == "2026-11-21T08:00:00+08:00"


def test_values_of_expanded_attributes_may_be_bare_terms():
    read = parse_q("gender==Male", str, ["gender"], lambda term: f"http://example.org/{term}")
    assert read.operand == Expanded("Male", "http://example.org/Male")
    with pytest.raises(Invalid):
        parse_q("gender==Male", str)


@pytest.mark.parametrize("text", [
    "", "a==", "a=20", "==1", "a;;b", "a|", "(a", "a)", "a..b", "a[", "a[]", "a[x", 'a=="x', "a>true", "a>1,2",
    'a=="\\ud800"', "a\0", "a{b", "a.b{c}", "1a", "a==1 or 1==1", "a'--", "a~=(", "a~=(?=x)", "a~=", "(" * 40 + "a",
    "a==1e999", "a==" + "9" * 6000 + "e9999",
])  # fmt: skip
def test_what_is_no_query_is_refused_with_its_place(text):
    with pytest.raises(Invalid):
        parse_q(text, str)


@pytest.mark.parametrize("text", ["/a/+/b", "/a/#", "/#", "(/a;/b)|/c", "/Madrid/Gardens/#|/x"])
def test_scope_queries_read_as_printed(text):
    assert print_scope_query(parse_scope_query(text)) == text


def test_the_scope_of_any_is_a_pattern_without_levels():
    assert parse_scope_query("/#") == ((ScopePattern((), below=True),),)


@pytest.mark.parametrize("text", ["", "/", "/a//b", "/a/#/b", "(/a", "/a;", "/1"])
def test_what_is_no_scope_query_is_refused(text):
    with pytest.raises(Invalid):
        parse_scope_query(text)


def test_types_are_a_disjunction_of_conjunctions():
    assert parse_types("(Home;Vehicle),Motorhome|https://x.org/a#B", str) == (
        ("Home", "Vehicle"), ("Motorhome",), ("https://x.org/a#B",),
    )  # fmt: skip
    assert print_types(parse_types("(A;B)|C", str)) == "(A;B)|C"
    assert parse_types("A;B", str) == (("A", "B"),)
    assert parse_types("((A))", str) == (("A",),)
    assert parse_types("*", str) == ()


@pytest.mark.parametrize("text", ["", ",A", "(A", "A,", "A B"])
def test_what_is_no_type_selection_is_refused(text):
    with pytest.raises(Invalid):
        parse_types(text, str)


def test_a_projection_reaches_into_linked_entities():
    read = parse_projection("id,locatedAt{id,in{name}}|name", str, "pick")
    assert read.members == ("id", "locatedAt", "name")
    assert read.linked["locatedAt"].linked["in"].members == ("name",)
    assert read.depth == 2


@pytest.mark.parametrize(
    "text", ["id;name", "id,a{name", "id,a{{name}", "id,,name", "a{,name}", "a{}", "", "a}"]
)
def test_what_is_no_projection_is_refused(text):
    with pytest.raises(Invalid):
        parse_projection(text, str, "pick")


@pytest.mark.parametrize("georel", ["near", "near;maxDistance==0", "near;maxDistance==-1", "near;maxDistance=5",
                                    "near;maxDistance==1;minDistance==2", "touches", "within;x", "", "near;maxDistance==1e999"])  # fmt: skip
def test_what_is_no_relation_is_refused(georel):
    with pytest.raises(Invalid):
        parse_geo_query(georel=georel, geometry="Point", coordinates="[8,40]")


@pytest.mark.parametrize("coordinates", ["[8", "[[8,40]]", "8,40", "[200,0]", "", "[" * 5000])
def test_what_are_no_coordinates_are_refused(coordinates):
    with pytest.raises(Invalid):
        parse_geo_query(georel="within", geometry="Point", coordinates=coordinates)


def test_a_pattern_that_would_take_for_ever_elsewhere_answers_at_once():
    assert not parse_pattern("^(a+)+$").found_in("a" * 5000 + "b")


@pytest.mark.parametrize(
    ("text", "prefix"), [("^urn:a:b.*", "urn:a:b"), ("^ab*", "a"), ("^a|b", ""), ("x", ""), ("^a+", "a")]
)
def test_a_pattern_tells_with_what_every_match_begins(text, prefix):
    assert parse_pattern(text).prefix == prefix


def _exists(name):
    return Exists(Path((name,)))
