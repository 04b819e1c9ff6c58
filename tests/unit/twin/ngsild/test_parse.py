"""Entities are parsed once: normalized and concise, whole, or refused with every fault (4.5)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.entity import Attribute, Kind, strings_of
from quanyu.core.errors import Invalid
from quanyu.twin.ngsild.document import is_null, parse_entity, parse_fragment

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "value", "object", "datasetId", "observedAt", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


def entity(**attributes: Any) -> dict[str, Any]:
    return {"id": "urn:ngsi-ld:A:1", "type": "A", **attributes}


@given(st.dictionaries(st.sampled_from(["id", "type", "scope", "a", "location", "b"]), JSON))
def test_whatever_is_accepted_is_accepted_unchanged_again(source: dict[str, Any]) -> None:
    try:
        first = parse_entity(source)
    except Invalid:
        return
    again = parse_entity(
        {"id": first.id, "type": list(first.types), "scope": list(first.scope), **first.document}
    )
    assert again == first


@pytest.mark.parametrize(
    ("concise", "kind", "member"),
    [
        (3, "Property", "value"),
        ("urn:x:1", "Property", "value"),
        ([1, 2], "Property", "value"),
        ({"type": "Point", "coordinates": [1, 2]}, "GeoProperty", "value"),
        ({"object": "urn:x:1"}, "Relationship", "object"),
        ({"languageMap": {"zh": "井盖"}}, "LanguageProperty", "languageMap"),
        ({"vocab": "open"}, "VocabProperty", "vocab"),
        ({"json": {"a": 1}}, "JsonProperty", "json"),
        ({"a": 1}, "Property", "value"),
    ],
)
def test_a_concise_value_gets_its_kind(concise: Any, kind: str, member: str) -> None:
    made = parse_fragment({"a": concise}).document["a"]
    assert (made["type"], member in made) == (kind, True)


def test_sub_attributes_are_normalized_too() -> None:
    made = parse_fragment({"a": {"value": 1, "accuracy": 0.5}}).document
    assert made["a"]["accuracy"] == {"type": "Property", "value": 0.5}


def test_several_instances_differ_by_dataset_id() -> None:
    two = [{"value": 1}, {"value": 2, "datasetId": "urn:x:gps"}]
    with pytest.raises(Invalid):
        parse_fragment({"speed": [{"type": "Property", "value": 1}, {"type": "Property", "value": 2}]})
    typed = [{"type": "Property", **one} for one in two]
    found = list(parse_entity(entity(speed=typed)).attributes())
    assert [(one.value, one.dataset_id) for one in found] == [(1, None), (2, "urn:x:gps")]


def test_an_observation_is_in_utc_whatever_offset_it_came_with() -> None:
    parsed = parse_entity(entity(level={"value": 3, "observedAt": "2026-01-01T08:00:00+08:00"}))
    assert parsed.document["level"]["observedAt"] == "2026-01-01T00:00:00Z"
    assert parsed.observed() == datetime(2026, 1, 1, tzinfo=UTC)


def test_the_typed_view_of_an_attribute() -> None:
    (found,) = parse_entity(entity(level={"value": 3, "unitCode": "CMT"})).attributes()
    assert found == Attribute(
        name="level",
        kind=Kind.PROPERTY,
        value=3,
        unit="CMT",
        members={"type": "Property", "value": 3, "unitCode": "CMT"},
    )


def test_texts_of_values_and_languages_can_be_searched_for() -> None:
    document = parse_fragment(
        {"name": "井盖", "n": 1, "title": {"languageMap": {"en": "cover", "zh": "盖"}}}
    ).document
    assert list(strings_of(document)) == ["井盖", "cover", "盖"]


@pytest.mark.parametrize(
    ("attribute", "key"),
    [
        (None, "core.entity.null"),
        ({"type": "Property"}, "core.entity.no_value"),
        ({"type": "Gadget", "coordinates": 1}, "core.entity.kind"),
        ({"object": "not a uri"}, "core.entity.target"),
        ({"value": 1, "observedAt": "yesterday"}, "core.entity.moment"),
        ({"value": 1, "observedAt": "2026-01-01T00:00:00"}, "core.entity.moment"),
        ({"value": "a\x00b"}, "core.entity.nul"),
        ({"value": 10**400}, "core.entity.number"),
        ({"value": 1, "unitCode": 7}, "core.entity.member"),
        ({"type": "Property", "value": 1, "object": "urn:a:1"}, "core.entity.prohibited"),
        ({"type": "Relationship", "object": "urn:a:1", "unitCode": "MTR"}, "core.entity.prohibited"),
        ({"languageMap": {"en": "a"}, "value": "a"}, "core.entity.prohibited"),
        ({"json": {"a": 1}, "unitCode": "MTR"}, "core.entity.prohibited"),
        ({"languageMap": {"": "a"}}, "core.entity.language_map"),
        ({"value": {"a": {"b": "urn:ngsi-ld:null"}}}, "core.entity.null_value"),
    ],
)
def test_a_wrong_attribute_is_told_by_its_fault(attribute: Any, key: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_entity(entity(a=attribute))
    assert [fault.key for fault in caught.value.faults] == [key]


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ({"valueList": [1, "a"]}, [1, "a"]),
        ({"objectList": ["urn:a:1", "urn:a:2"]}, [{"object": "urn:a:1"}, {"object": "urn:a:2"}]),
        ({"objectList": [{"object": "urn:a:1"}]}, [{"object": "urn:a:1"}]),
        ({"json": {"a": None}}, {"a": None}),
        ({"type": "https://uri.etsi.org/ngsi-ld/Property", "value": 2}, 2),
    ],
)
def test_lists_and_json_are_kept_as_they_are(attribute: Any, value: Any) -> None:
    (found,) = parse_entity(entity(a=attribute)).attributes()
    assert found.value == value


def test_ngsi_ld_null_is_for_updates_only() -> None:
    gone = {"type": "Property", "value": "urn:ngsi-ld:null"}
    with pytest.raises(Invalid) as caught:
        parse_entity(entity(a=gone))
    assert [fault.key for fault in caught.value.faults] == ["core.entity.null_value"]
    assert parse_fragment({"a": gone}).document["a"] == gone


@pytest.mark.parametrize("name", ["a b", "a<b", "a(b", "@value", "a\x00"])
def test_a_name_with_forbidden_characters_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        parse_entity(entity(**{name: 1}))


@pytest.mark.parametrize("type_", ["type", "id", "", 5, [], ["A", 5], "a b"])
def test_what_names_no_type_is_refused(type_: Any) -> None:
    with pytest.raises(Invalid):
        parse_entity({"id": "urn:a:1", "type": type_})


def test_a_part_of_an_attribute_says_neither_kind_nor_value() -> None:
    part = parse_fragment({"a": {"unitCode": "CMT", "accuracy": 1}}, partial=True).document["a"]
    assert part == {"unitCode": "CMT", "accuracy": {"value": 1}}


def test_what_the_broker_writes_is_not_read_back() -> None:
    stamped = {"value": 1, "createdAt": "x", "modifiedAt": "x", "previousValue": 0, "instanceId": "urn:a:1"}
    assert parse_fragment({"a": stamped, "createdAt": "x"}).document == {
        "a": {"type": "Property", "value": 1}
    }


def test_a_temporal_attribute_has_many_instances_of_one_dataset() -> None:
    many = [{"value": n, "observedAt": f"2026-01-0{n}T00:00:00Z"} for n in (1, 2)]
    typed = [{"type": "Property", **one} for one in many]
    assert parse_entity(entity(a=typed), temporal=True).document["a"] == typed


@pytest.mark.parametrize("name", ["datasetId", "observedAt", "instanceId", "unitCode", "value", "objectList"])
def test_members_of_instances_never_name_an_attribute(name: str) -> None:
    """4.5.1."""
    with pytest.raises(Invalid) as caught:
        parse_entity(entity(**{name: {"type": "Property", "value": 1}}))
    assert [fault.key for fault in caught.value.faults] == ["core.entity.name"]


def test_the_default_instance_may_be_named_and_never_keeps_the_name() -> None:
    """4.5.5.1."""
    a = [{"value": 1, "datasetId": "@none"}, {"value": 2, "datasetId": "urn:d:1"}]
    assert "datasetId" not in parse_entity(entity(a=a)).document["a"][0]
    with pytest.raises(Invalid):
        parse_entity(entity(a=[*a, {"value": 3}]))


@pytest.mark.parametrize(
    "gone",
    [
        {"type": "ListProperty", "valueList": ["urn:ngsi-ld:null"]},
        {"objectList": ["urn:ngsi-ld:null"]},
        {"objectList": [{"object": "urn:ngsi-ld:null"}]},
        {"languageMap": {"@none": "urn:ngsi-ld:null"}},
        "urn:ngsi-ld:null",
    ],
)
def test_every_kind_has_its_way_to_say_null(gone: Any) -> None:
    """4.5.0, 4.5.21.2, 4.5.22.2."""
    assert is_null(parse_fragment({"a": gone}).document["a"])
    with pytest.raises(Invalid):
        parse_entity(entity(a=gone))


def test_null_inside_a_value_is_for_merging_only() -> None:
    """5.5.4."""
    fragment = {"a": {"type": "Property", "value": {"b": "urn:ngsi-ld:null"}}}
    assert parse_fragment(fragment, partial=True).document
    with pytest.raises(Invalid):
        parse_fragment(fragment)


NULL = "urn:ngsi-ld:null"


@pytest.mark.parametrize(
    "instance",
    [
        {"type": "LanguageProperty", "languageMap": {"en": "a", "fr": NULL}},
        {"type": "VocabProperty", "vocab": ["a", NULL]},
        {"type": "Relationship", "object": ["urn:b:1", NULL]},
        {"type": "ListProperty", "valueList": [1, NULL]},
        {"type": "ListRelationship", "objectList": ["urn:b:1", NULL]},
    ],
)
def test_null_inside_the_value_of_any_kind_is_never_stored(instance: Any) -> None:
    """5.5.4; 5.5.12 takes away what a language map has under a name, and nothing out of a list."""
    for read in (lambda: parse_entity(entity(a=instance)), lambda: parse_fragment({"a": instance})):
        with pytest.raises(Invalid):
            read()
    if instance["type"] == "LanguageProperty":
        assert parse_fragment({"a": instance}, partial=True).document["a"] == instance
    else:
        with pytest.raises(Invalid):
            parse_fragment({"a": instance}, partial=True)


@pytest.mark.parametrize("member", ["unitCode", "observedAt", "valueType", "expiresAt", "sub"])
def test_a_member_that_is_null_is_refused_or_left_out(member: str) -> None:
    """5.5.4; 5.6.2: what takes the place of an instance lacks what NGSI-LD Null says of."""
    source = {"type": "Property", "value": 1, member: NULL}
    with pytest.raises(Invalid):
        parse_entity(entity(a=source))
    assert parse_fragment({"a": source}).document["a"] == {"type": "Property", "value": 1}


@pytest.mark.parametrize(
    "source",
    [{"a": {"value": 1, "datasetId": NULL}}, {"type": NULL}, {"type": ["A", NULL]}, {"scope": ["/a", NULL]}],
)
@pytest.mark.parametrize("partial", [True, False])
def test_what_cannot_be_taken_away_is_never_null(source: Any, partial: bool) -> None:
    """4.5.5, 4.16, 4.18: a datasetId, a type, one of several scopes."""
    with pytest.raises(Invalid):
        parse_fragment(source, partial=partial)


def test_a_scope_is_not_null() -> None:
    """5.5.4."""
    with pytest.raises(Invalid):
        parse_entity({**entity(), "scope": None})


def test_a_proof_names_what_it_seals() -> None:
    """4.5.2.2: non-reified members of ngsildproof."""
    proof = {"value": {"proofValue": "z"}, "entityIdSealed": "urn:a:1", "entityTypeSealed": "Thing"}
    found = parse_entity(entity(a={"value": 1, "ngsildproof": proof})).document["a"]["ngsildproof"]
    assert (found["entityIdSealed"], found["entityTypeSealed"]) == ("urn:a:1", "Thing")


def test_a_geometry_may_come_as_a_text() -> None:
    """4.7.2."""
    point = {"type": "Point", "coordinates": [1.5, 2.5]}
    text = {"type": "GeoProperty", "value": '{"type": "Point", "coordinates": [1.5, 2.5]}'}
    assert parse_entity(entity(location=text)).document["location"]["value"] == point
    with pytest.raises(Invalid):
        parse_entity(entity(location={"type": "GeoProperty", "value": "here"}))


def test_where_an_entity_is_is_a_geoproperty() -> None:
    """5.2.4."""
    with pytest.raises(Invalid) as caught:
        parse_entity(entity(location={"type": "Property", "value": 3}))
    assert [fault.where for fault in caught.value.faults] == ["/location"]
    assert is_null(parse_fragment({"location": "urn:ngsi-ld:null"}).document["location"])
