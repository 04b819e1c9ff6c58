"""Entities are parsed once: normalized, whole, or refused with every fault."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.core.entity import Attribute, Kind, strings_of
from quanyu.core.entity_source import parse_entity, parse_fragment
from quanyu.core.errors import Invalid

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
    made = parse_fragment({"a": concise})["a"]
    assert (made["type"], member in made) == (kind, True)


def test_sub_attributes_are_normalized_too() -> None:
    made = parse_fragment({"a": {"value": 1, "accuracy": 0.5}})
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
    document = parse_fragment({"name": "井盖", "n": 1, "title": {"languageMap": {"en": "cover", "zh": "盖"}}})
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
    ],
)
def test_a_wrong_attribute_is_told_by_its_fault(attribute: Any, key: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_entity(entity(a=attribute))
    assert [fault.key for fault in caught.value.faults] == [key]
