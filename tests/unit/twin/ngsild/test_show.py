"""How entities are shown: forms, projections, languages, GeoJSON (4.5.4, 4.5.16, 4.5.17, 4.15, 4.21)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from quanyu.core.entity import Entity
from quanyu.twin.ngsild.context import Context
from quanyu.twin.ngsild.context.terms import terms_in
from quanyu.twin.ngsild.document import (
    Form,
    Representation,
    moment_text,
    parse_entity,
    parse_languages,
    show,
)

CREATED = datetime(2026, 1, 1, tzinfo=UTC)
CITY = Context(link="https://c.example", user=terms_in([{"speed": "https://c.example/#speed"}]))
POINT = {"type": "Point", "coordinates": [121, 31]}
SQUARE = {
    "name": {"languageMap": {"zh": "广场", "en": "Square", "fr": ["Place", "Parvis"]}},
    "speed": [{"value": 1, "type": "Property"}, {"value": 2, "datasetId": "urn:d:2", "type": "Property"}],
    "state": {"vocab": "speed"},
    "raw": {"json": {"type": "x"}},
    "list": {"valueList": [1, 2]},
    "targets": {"objectList": ["urn:a:1"]},
    "near": {"object": "urn:a:2", "objectType": "speed"},
    "location": POINT,
}


@dataclass(frozen=True, kw_only=True)
class Kept:
    entity: Entity
    created: datetime = CREATED
    modified: datetime = CREATED
    id: str = field(default="urn:a:1")
    scope: tuple[str, ...] = ("/a",)

    @property
    def types(self) -> tuple[str, ...]:
        return self.entity.types

    @property
    def document(self) -> dict[str, Any]:
        return dict(self.entity.document)


def square(**more: Any) -> Kept:
    return Kept(entity=parse_entity({"id": "urn:a:1", "type": "Square", **SQUARE, **more}, CITY))


def shown(**what: Any) -> dict[str, Any]:
    return show(square(), CITY, Representation(**what))


def test_normalized_names_are_those_of_the_context() -> None:
    made = shown()
    assert made["state"] == {"type": "VocabProperty", "vocab": "speed"}
    assert [one["value"] for one in made["speed"]] == [1, 2]
    assert made["near"]["objectType"] == "speed"
    assert "https://c.example/#speed" in show(square())


def test_what_is_shown_in_any_whole_form_is_read_back_the_same() -> None:
    for form in (Form.NORMALIZED, Form.CONCISE):
        assert parse_entity(shown(form=form), CITY).document == square().document


def test_simplified_values_stand_alone() -> None:
    made = shown(form=Form.SIMPLIFIED)
    assert made["speed"] == {"dataset": {"@none": 1, "urn:d:2": 2}}
    assert (made["near"], made["location"]) == ("urn:a:2", POINT)
    assert (made["list"], made["targets"]) == ([1, 2], ["urn:a:1"])
    assert (made["state"], made["raw"]) == ({"vocab": "speed"}, {"json": {"type": "x"}})


@pytest.mark.parametrize(
    ("lang", "text", "tag"),
    [
        ("en", "Square", "en"),
        ("de,fr;q=0.2,en-GB;q=0.9", "Square", "en"),
        ("ZH-cn", "广场", "zh"),
        ("de", "广场", "zh"),
        ("*", "广场", "zh"),
    ],
)
def test_one_language_is_chosen(lang: str, text: str, tag: str) -> None:
    assert shown(languages=parse_languages(lang))["name"] == {"type": "Property", "value": text, "lang": tag}
    assert shown(languages=parse_languages(lang), form=Form.SIMPLIFIED)["name"] == text


def test_pick_is_exact_and_attrs_keeps_the_head() -> None:
    assert shown(pick=("state",)).keys() == {"state"}
    assert shown(pick=("id", "state")).keys() == {"id", "state"}
    assert shown(attributes=("state",)).keys() == {"id", "type", "scope", "state"}
    assert "scope" not in shown(omit=("scope", "state"))


def test_only_the_wanted_dataset_is_shown() -> None:
    assert shown(datasets=("urn:d:2",)).keys() == {"id", "type", "scope", "speed"}
    assert shown(datasets=("urn:d:2",))["speed"]["value"] == 2


def test_a_feature_has_its_geometry_also_among_the_properties() -> None:
    made = shown(geometry="location", form=Form.SIMPLIFIED)
    assert (made["type"], made["geometry"], made["properties"]["location"]) == ("Feature", POINT, POINT)
    assert shown(geometry="operationSpace")["geometry"] is None


def test_an_instance_is_as_old_as_its_entity_unless_it_says_so() -> None:
    kept = Kept(entity=Entity(id="urn:a:1", types=("A",), document={
        "old": {"type": "Property", "value": 1},
        "new": {"type": "Property", "value": 1, "createdAt": "2027-01-01T00:00:00Z", "modifiedAt": "2027-02-01T00:00:00Z"},
    }))  # fmt: skip
    made = show(kept, representation=Representation(system=True))
    assert made["old"]["createdAt"] == made["createdAt"] == moment_text(CREATED)
    assert made["new"]["modifiedAt"] == "2027-02-01T00:00:00Z"
    assert show(kept)["new"] == {"type": "Property", "value": 1}


def test_the_geometry_of_a_feature_is_that_of_the_wanted_or_the_default_instance() -> None:
    """4.5.16.1."""
    other = {"type": "GeoProperty", "value": POINT, "datasetId": "urn:d:1"}
    kept = square(location=[other, {**other, "datasetId": "urn:d:2"}])
    assert show(kept, CITY, Representation(geometry="location"))["geometry"] is None
    assert show(kept, CITY, Representation(geometry="location", datasets=("urn:d:1",)))["geometry"] == POINT


def test_targets_that_a_list_had_before_are_written_as_those_it_has() -> None:
    """4.5.22.3: previousObjectList has the form of objectList."""
    links, before = [{"object": "urn:a:2"}], [{"object": "urn:a:1"}]
    stops = {"type": "ListRelationship", "objectList": links, "previousObjectList": before}
    entity = Kept(entity=Entity(id="urn:a:3", types=("Bus",), document={"stops": stops}))
    assert show(entity)["stops"] == stops
    concise = show(entity, representation=Representation(form=Form.CONCISE))
    assert concise["stops"] == {"objectList": ["urn:a:2"], "previousObjectList": ["urn:a:1"]}
