"""What provision operations make of an entity (5.6, 5.5.12)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.errors import Invalid, NotFound
from quanyu.twin.ngsild.document import (
    Merged,
    State,
    append,
    delete_attribute,
    merge,
    merge_values,
    parse_attribute,
    parse_entity,
    parse_fragment,
    parse_values,
    replace,
    replace_attribute,
    update,
    update_attribute,
)
from quanyu.twin.ngsild.document.patch import merged_value

NOW = "2026-01-02T00:00:00Z"
NULL = "urn:ngsi-ld:null"
SPEEDS = [
    {"type": "Property", "value": 1},
    {"type": "Property", "value": 2, "datasetId": "urn:d:2"},
]


def state(scope: tuple[str, ...] = (), **attributes: Any) -> State:
    made = parse_entity({"id": "urn:a:1", "type": "A", **attributes})
    return State(types=made.types, scope=scope, document=made.document)


def bare(merged: Merged) -> dict[str, Any]:
    """The document without moments."""

    def plain(one: Any) -> Any:
        if isinstance(one, list):
            return [plain(part) for part in one]
        return {
            member: content for member, content in one.items() if member not in ("createdAt", "modifiedAt")
        }

    return {name: plain(one) for name, one in merged.state.document.items()}


def number(value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, **more}


def test_append_overwrites_and_says_when() -> None:
    made = append(state(a=1), parse_fragment({"a": 2, "b": 3}), NOW)
    assert bare(made) == {"a": number(2), "b": number(3)}
    assert made.state.document["a"] == number(2, modifiedAt=NOW)
    assert made.state.document["b"] == number(3, createdAt=NOW, modifiedAt=NOW)


def test_append_without_overwriting_names_what_is_there() -> None:
    fragment = parse_fragment({"a": 2, "b": 3, "scope": "/y"})
    made = append(state(a=1, scope=("/x",)), fragment, NOW, overwrite=False)
    assert (bare(made), list(made.refused)) == ({"a": number(1), "b": number(3)}, ["a"])
    assert made.state.scope == ("/x", "/y")


def test_types_are_added() -> None:
    made = append(state(), parse_fragment({"type": ["B", "A"]}), NOW)
    assert (made.state.types, made.head) == (("A", "B"), True)


def test_update_removes_by_null_and_refuses_to_remove_what_is_not_there() -> None:
    made = update(state(a=1), parse_fragment({"a": NULL, "b": NULL}), NOW)
    assert (bare(made), made.changed, list(made.refused)) == ({}, {"a": None}, ["b"])


def test_a_scope_is_not_updated_where_there_is_none() -> None:
    made = update(state(), parse_fragment({"scope": "/x"}), NOW)
    assert (made.state.scope, list(made.refused)) == ((), ["scope"])


def test_one_instance_of_several_is_updated_or_removed() -> None:
    many = state(speed=SPEEDS)
    changed = update(many, parse_fragment({"speed": {"value": 9, "datasetId": "urn:d:2"}}), NOW)
    assert bare(changed)["speed"] == [SPEEDS[0], number(9, datasetId="urn:d:2")]
    gone = update(many, parse_fragment({"speed": {"value": NULL, "datasetId": "urn:d:2"}}), NOW)
    assert bare(gone)["speed"] == SPEEDS[0]
    assert gone.changed["speed"] == number(NULL, datasetId="urn:d:2")


def test_merge_patch_goes_into_values_members_and_sub_attributes() -> None:
    before = state(a={"value": {"x": 1, "y": 2}, "unitCode": "CMT", "accuracy": 0.5, "source": "s"})
    patch = {
        "a": {"value": {"y": NULL, "z": 3}, "unitCode": NULL, "accuracy": {"value": 0.7}, "source": NULL}
    }
    made = merge(before, parse_fragment(patch, partial=True), NOW)
    assert bare(made)["a"] == number({"x": 1, "z": 3}, accuracy=number(0.7))


def test_merge_patch_of_languages() -> None:
    before = state(name={"languageMap": {"zh": "盖", "en": "cover"}})
    patch = parse_fragment({"name": {"languageMap": {"en": NULL, "fr": "tampon"}}}, partial=True)
    assert bare(merge(before, patch, NOW))["name"]["languageMap"] == {"zh": "盖", "fr": "tampon"}
    put = merge(before, parse_fragment({"name": "plaque"}, partial=True), NOW, language="fr")
    assert bare(put)["name"]["languageMap"] == {"zh": "盖", "en": "cover", "fr": "plaque"}


def test_the_moment_of_a_merge_is_for_what_has_been_observed() -> None:
    before = state(a={"value": 1, "observedAt": "2026-01-01T00:00:00Z"}, b=1)
    made = merge(before, parse_fragment({"a": 2, "b": 2}, partial=True), NOW, observed=NOW)
    assert bare(made) == {"a": number(2, observedAt=NOW), "b": number(2)}


def test_a_new_attribute_needs_a_value() -> None:
    with pytest.raises(Invalid):
        merge(state(), parse_fragment({"a": {"unitCode": "CMT"}}, partial=True), NOW)


def test_another_kind_of_value_replaces_the_attribute() -> None:
    made = merge(
        state(a={"value": 1, "x": 2}), parse_fragment({"a": {"object": "urn:b:1"}}, partial=True), NOW
    )
    assert bare(made)["a"] == {"type": "Relationship", "object": "urn:b:1"}


def test_simplified_values_take_the_kind_of_what_is_there() -> None:
    before = state(a={"object": "urn:b:1"}, n={"languageMap": {"zh": "盖"}}, v={"vocab": "x"})
    values = parse_values({"a": "urn:b:2", "n": "cover", "v": {"vocab": "y"}, "p": 5})
    made = bare(merge_values(before, values, NOW, language="en"))
    assert made["a"] == {"type": "Relationship", "object": "urn:b:2"}
    assert made["n"]["languageMap"] == {"zh": "盖", "en": "cover"}
    assert (made["v"]["vocab"], made["p"]) == ("y", number(5))


def test_simplified_values_of_several_datasets_are_read_as_they_are_shown() -> None:
    """4.5.4 and 5.6.17: what is not named stays, and NGSI-LD Null takes one instance away."""
    before = state(speed=[*SPEEDS, number(3, datasetId="urn:d:3")])
    values = parse_values({"speed": {"dataset": {"@none": 7, "urn:d:2": 8, "urn:d:3": NULL}}})
    assert bare(merge_values(before, values, NOW))["speed"] == [number(7), number(8, datasetId="urn:d:2")]
    values = parse_values({"p": {"dataset": {"a name": 1}}})
    assert bare(merge_values(before, values, NOW))["p"] == number({"dataset": {"a name": 1}})


def test_a_simplified_value_holds_no_null_inside_of_lists() -> None:
    """5.5.4, in no kind that could hold it."""
    before = state(o={"valueList": [1]}, v={"vocab": ["x"]}, l={"languageMap": {"en": ["a"]}})
    for values in ({"o": {"valueList": [1, NULL]}}, {"v": {"vocab": ["x", NULL]}}, {"p": [1, NULL]}):
        with pytest.raises(Invalid):
            merge_values(before, parse_values(values), NOW)


def test_a_merge_takes_a_sub_attribute_away_without_naming_the_kind() -> None:
    """5.5.12: the value stays."""
    before = state(a={"value": 1, "sub": 2, "other": 3})
    made = bare(merge(before, parse_fragment({"a": {"sub": NULL}}, nulls=True, partial=True), NOW))["a"]
    assert made == number(1, other=number(3))


def test_a_partial_update_keeps_what_it_does_not_name() -> None:
    before = state(a={"value": {"x": 1}, "unitCode": "CMT", "by": {"object": "urn:b:1"}})
    part = parse_attribute("a", {"value": {"y": 2}, "by": {"object": "urn:b:2"}})
    made = bare(update_attribute(before, "a", part, NOW))["a"]
    assert made == number({"y": 2}, unitCode="CMT", by={"type": "Relationship", "object": "urn:b:2"})


def test_a_partial_update_does_not_change_the_kind() -> None:
    """5.6.4, whether `type` says it or, in the concise form, the member with the value."""
    for body in ({"type": "Relationship", "object": "urn:b:1"}, {"object": "urn:b:1"}):
        with pytest.raises(Invalid):
            update_attribute(state(a=1), "a", parse_attribute("a", body), NOW)
    with pytest.raises(NotFound):
        update_attribute(state(), "a", parse_attribute("a", {"value": 1}), NOW)


def test_replacing_an_attribute_keeps_its_namesakes() -> None:
    fragment = parse_attribute("speed", {"value": 7, "datasetId": "urn:d:2"}, partial=False)
    made = replace_attribute(state(speed=SPEEDS), "speed", fragment, NOW)
    assert bare(made)["speed"] == [SPEEDS[0], number(7, datasetId="urn:d:2")]


def test_deleting_one_instance_or_every_one() -> None:
    many = state(speed=SPEEDS)
    assert bare(delete_attribute(many, "speed", NOW)) == {"speed": SPEEDS[1]}
    assert bare(delete_attribute(many, "speed", NOW, every=True)) == {}
    with pytest.raises(NotFound):
        delete_attribute(many, "speed", NOW, dataset_id="urn:d:3")


def test_replacing_an_entity_names_what_is_gone() -> None:
    made = replace(state(a=1, b=1, scope=("/x",)), parse_fragment({"b": 2}))
    assert (bare(made), made.state.scope, made.changed["a"]) == ({"b": number(2)}, (), None)


_json = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(_json, _json)
def test_a_patch_of_values_done_twice_is_done_once(there: Any, patch: Any) -> None:
    once = merged_value(there, patch)
    assert merged_value(once, patch) == once
