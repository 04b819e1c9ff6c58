"""Messages become plain records, whichever form of NGSI-LD they have, or none."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanyu.connect.sources import stream
from quanyu.core.errors import Invalid

NORMALIZED = {
    "id": "urn:ngsi-ld:Park:1",
    "type": "OffStreetParking",
    "@context": "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld",
    "free": {"type": "Property", "value": 12, "observedAt": "2026-01-01T00:00:00Z"},
    "operator": {"type": "Relationship", "object": "urn:ngsi-ld:Org:9"},
    "name": {"type": "LanguageProperty", "languageMap": {"zh": "东门"}},
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [114.3, 22.7]}},
}
CONCISE = {
    "id": "urn:ngsi-ld:Park:1",
    "type": "OffStreetParking",
    "free": {"value": 12, "observedAt": "2026-01-01T00:00:00Z"},
    "operator": {"object": "urn:ngsi-ld:Org:9"},
    "name": {"languageMap": {"zh": "东门"}},
    "location": {"type": "Point", "coordinates": [114.3, 22.7]},
}
SIMPLIFIED = {
    "id": "urn:ngsi-ld:Park:1",
    "type": "OffStreetParking",
    "free": 12,
    "operator": "urn:ngsi-ld:Org:9",
    "name": {"zh": "东门"},
    "location": {"type": "Point", "coordinates": [114.3, 22.7]},
}
FEATURE = {
    "id": "urn:ngsi-ld:Park:1",
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [114.3, 22.7]},
    "properties": {key: value for key, value in SIMPLIFIED.items() if key not in {"id", "location"}},
}
RECORD = {
    "id": "urn:ngsi-ld:Park:1", "type": "OffStreetParking", "free": 12, "operator": "urn:ngsi-ld:Org:9",
    "name": {"zh": "东门"}, "longitude": 114.3, "latitude": 22.7,
}  # fmt: skip


def _records(value: Any, topic: str = "") -> list[dict[str, Any]]:
    payload = value if isinstance(value, bytes) else json.dumps(value).encode()
    found = [json.loads(line) for line in stream.lines(datetime(2026, 1, 1, tzinfo=UTC), topic, payload)]
    return [{key: value for key, value in one.items() if key != "arrived"} for one in found]


@pytest.mark.parametrize("form", [NORMALIZED, CONCISE, SIMPLIFIED, FEATURE])
def test_all_forms_of_an_entity_give_the_same_record(form: dict[str, Any]) -> None:
    (record,) = _records(form)
    assert {key: value for key, value in record.items() if key != "observedAt"} == RECORD


@pytest.mark.parametrize(
    "body", [{"type": "Notification", "data": [NORMALIZED, CONCISE]}, [NORMALIZED, SIMPLIFIED], {"type": "FeatureCollection", "features": [FEATURE, FEATURE]}]
)  # fmt: skip
def test_notifications_batches_and_collections_hold_many(body: Any) -> None:
    stream.check_push(json.dumps(body).encode(), "s")
    assert len(_records(body)) == 2


def test_of_several_instances_the_default_one_counts() -> None:
    level = [{"value": 1, "datasetId": "urn:a"}, {"value": 2}]
    assert _records({"id": "urn:x:1", "type": "T", "level": level})[0]["level"] == 2


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b'"text"', b"[1]", b'{"id": 1, "type": "T"}', b'[{"id": "a"}]', b'{"type": "Notification"}'])  # fmt: skip
def test_pushes_that_are_no_entities_are_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        stream.check_push(body, "s")


def test_the_place_of_each_wrong_entity_is_named() -> None:
    body = [NORMALIZED, {"id": "urn:x:1"}, CONCISE, {"type": "T"}]
    with pytest.raises(Invalid) as caught:
        stream.check_push(json.dumps(body).encode(), "s")
    assert [fault.where for fault in caught.value.faults] == ["/1", "/3"]


def test_what_says_nothing_is_made_no_record_by_its_topic() -> None:
    assert _records({}, "city/air") == [{}]
    assert _records([{"free": 3}, {}], "city/air") == [{"topic": "city/air", "free": 3}, {}]


@pytest.mark.parametrize("body", [b"{}", b"[]", b"[{}]", b'{"type": "Notification", "data": []}'])
def test_a_push_that_says_nothing_is_answered_so(body: bytes) -> None:
    with pytest.raises(Invalid):
        stream.check_push(body, "s")


def test_a_message_that_is_no_json_is_kept_as_it_is() -> None:
    assert _records("21.5 °C".encode(), "city/air") == [{"topic": "city/air", "payload": "21.5 °C"}]
    assert _records(b"\xff\x00") == [{"payload": "/wA="}]


@given(st.binary() | st.recursive(st.none() | st.integers() | st.text() | st.booleans(), lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["id", "type", "value", "location", "coordinates", "data", "features", "properties", "a"]), inner)).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_whatever_a_payload_holds_its_lines_are_json_objects(payload: bytes) -> None:
    records = _records(payload)
    assert records
    assert all(isinstance(record, dict) for record in records)


def test_a_message_nested_without_end_is_kept_as_text() -> None:
    deep = b"[" * 900 + b"]" * 900
    assert _records(b"[" * 100_000) == [{"payload": "[" * 100_000}]
    assert _records(b'{"id": "a", "type": "T", "v": ' + deep + b"}")
