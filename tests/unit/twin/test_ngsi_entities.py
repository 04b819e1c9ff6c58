"""The NGSI-LD door: what clients send, and what they are told."""

import pytest

from tests.unit.twin.ngsi_client import Client

PARKING = {
    "id": "urn:ngsi-ld:OffStreetParking:1",
    "type": "OffStreetParking",
    "name": {"type": "Property", "value": "人民广场停车场"},
    "availableSpotNumber": {"type": "Property", "value": 12, "observedAt": "2026-01-01T08:00:00Z"},
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [121.4737, 31.2304]}},
}
ID = PARKING["id"]


async def test_a_created_entity_comes_back_as_it_was_sent(ngsi: Client) -> None:
    made = await ngsi.ask("POST", "/entities/", PARKING)
    assert (made.status, made.headers["location"]) == (201, f"/ngsi-ld/v1/entities/{ID}")
    assert (await ngsi.ask("GET", f"/entities/{ID}")).json == PARKING


async def test_creating_it_again_is_a_conflict(ngsi: Client) -> None:
    await ngsi.ask("POST", "/entities", PARKING)
    again = await ngsi.ask("POST", "/entities", PARKING)
    assert (again.status, again.json["type"].rpartition("/")[2]) == (409, "AlreadyExists")


async def test_an_unknown_entity_is_not_found(ngsi: Client) -> None:
    for method in ("GET", "DELETE"):
        answer = await ngsi.ask(method, "/entities/urn:ngsi-ld:None:1")
        assert (answer.status, answer.json["title"]) == (404, "ResourceNotFound")


async def test_the_concise_form_is_understood_and_given(ngsi: Client) -> None:
    await ngsi.ask(
        "POST",
        "/entities",
        {"id": "urn:ngsi-ld:A:1", "type": "A", "level": {"value": 3, "unitCode": "CMT"}, "on": True},
    )
    normal = (await ngsi.ask("GET", "/entities/urn:ngsi-ld:A:1")).json
    assert normal["level"] == {"type": "Property", "value": 3, "unitCode": "CMT"}
    concise = (await ngsi.ask("GET", "/entities/urn:ngsi-ld:A:1?format=concise")).json
    assert (concise["level"], concise["on"]) == ({"value": 3, "unitCode": "CMT"}, True)
    simple = (await ngsi.ask("GET", "/entities/urn:ngsi-ld:A:1?options=keyValues&attrs=level")).json
    assert simple == {"id": "urn:ngsi-ld:A:1", "type": "A", "level": 3}


async def test_all_faults_of_an_entity_are_told_at_once(ngsi: Client) -> None:
    bad = {
        "id": "no uri",
        "type": "A",
        "location": {"type": "Point", "coordinates": [200, 100]},
        "of": {"type": "Relationship"},
    }
    answer = await ngsi.ask("POST", "/entities", bad)
    assert (answer.status, answer.json["title"]) == (400, "BadRequestData")
    assert [fault["where"] for fault in answer.json["faults"]] == [
        "/id",
        "/location/coordinates",
        "/of",
    ]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 200_000, b'"x"', b"\xff\xfe", b'{"id": 1e999}', b"9" * 100_000]
)
async def test_a_broken_body_is_a_bad_request(ngsi: Client, body: bytes) -> None:
    for target in ("/entities", "/entityOperations/upsert", "/entityOperations/delete"):
        assert (await ngsi.ask("POST", target, body)).status == 400


async def test_a_partial_update_changes_only_its_attribute(ngsi: Client) -> None:
    await ngsi.ask("POST", "/entities", PARKING)
    assert (await ngsi.ask("PATCH", f"/entities/{ID}/attrs", {"availableSpotNumber": 7})).status == 204
    after = (await ngsi.ask("GET", f"/entities/{ID}?format=simplified")).json
    assert (after["availableSpotNumber"], after["name"]) == (7, "人民广场停车场")


async def test_a_partial_update_names_what_is_not_there(ngsi: Client) -> None:
    await ngsi.ask("POST", "/entities", PARKING)
    answer = await ngsi.ask(
        "PATCH", f"/entities/{ID}/attrs", {"availableSpotNumber": 7, "price": "urn:ngsi-ld:null"}
    )
    assert answer.status == 207
    vocabulary = "https://uri.etsi.org/ngsi-ld/default-context/"
    assert answer.json == {
        "updated": [vocabulary + "availableSpotNumber"],
        "notUpdated": [{"attributeName": vocabulary + "price", "reason": "The entity has no such attribute"}],
    }


async def test_ngsi_ld_null_removes_an_attribute(ngsi: Client) -> None:
    await ngsi.ask("POST", "/entities", PARKING)
    await ngsi.ask("PATCH", f"/entities/{ID}/attrs", {"name": "urn:ngsi-ld:null"})
    assert "name" not in (await ngsi.ask("GET", f"/entities/{ID}")).json
    assert (await ngsi.ask("DELETE", f"/entities/{ID}/attrs/name")).status == 404


async def test_a_batch_takes_what_is_right_and_names_what_is_wrong(ngsi: Client) -> None:
    batch = [{"id": f"urn:ngsi-ld:A:{n}", "type": "A", "n": n} for n in range(3)] + [
        {"id": "urn:ngsi-ld:A:9"}
    ]
    answer = await ngsi.ask("POST", "/entityOperations/upsert", batch)
    assert answer.status == 207
    assert answer.json["success"] == ["urn:ngsi-ld:A:0", "urn:ngsi-ld:A:1", "urn:ngsi-ld:A:2"]
    assert [one["entityId"] for one in answer.json["errors"]] == ["urn:ngsi-ld:A:9"]


async def test_an_upsert_names_only_the_new_ones(ngsi: Client) -> None:
    first = await ngsi.ask("POST", "/entityOperations/upsert", [PARKING])
    assert (first.status, first.json) == (201, [ID])
    assert (await ngsi.ask("POST", "/entityOperations/upsert?options=update", [PARKING])).status == 204


async def test_pages_lead_to_every_entity_once(ngsi: Client) -> None:
    await ngsi.ask(
        "POST", "/entityOperations/upsert", [{"id": f"urn:ngsi-ld:A:{n}", "type": "A"} for n in range(7)]
    )
    target, seen = "/entities?type=A&limit=3&count=true", []
    while target:
        answer = await ngsi.ask("GET", target)
        seen += [one["id"] for one in answer.json]
        assert answer.headers["ngsild-results-count"] == "7"
        target = answer.next
    assert seen == [f"urn:ngsi-ld:A:{n}" for n in range(7)]


async def test_near_finds_by_distance_on_the_ground(ngsi: Client) -> None:
    await ngsi.ask("POST", "/entities", PARKING)
    near = "/entities?type=OffStreetParking&geometry=Point&coordinates=[121.4737,31.2350]&georel=near;maxDistance=={}"
    assert [len((await ngsi.ask("GET", near.format(metres))).json) for metres in (400, 600)] == [0, 1]


async def test_within_asks_the_polygon_not_its_box(ngsi: Client) -> None:
    await ngsi.ask("POST", "/entities", PARKING)
    query = "/entities?type=OffStreetParking&geometry=Polygon&georel=within&coordinates={}"
    triangle = "[[[121,31],[121,32],[121.1,32],[121,31]]]"
    square = "[[[121,31],[122,31],[122,32],[121,32],[121,31]]]"
    assert (await ngsi.ask("GET", query.format(triangle))).json == []
    assert len((await ngsi.ask("GET", query.format(square))).json) == 1


async def test_an_unknown_parameter_is_refused_by_name(ngsi: Client) -> None:
    answer = await ngsi.ask("GET", "/entities?type=A&lastN=1")
    assert answer.status == 501
    assert "lastN" in answer.json["detail"]


async def test_history_keeps_every_value_of_an_attribute(ngsi: Client) -> None:
    await ngsi.ask("POST", "/entities", PARKING)
    for number, free in enumerate((9, 7)):
        moment = f"2026-01-01T09:0{number}:00Z"
        update = {"availableSpotNumber": {"value": free, "observedAt": moment}}
        await ngsi.ask("PATCH", f"/entities/{ID}/attrs", update)
    answer = await ngsi.ask(
        "GET", f"/temporal/entities/{ID}?attrs=availableSpotNumber&options=temporalValues"
    )
    assert answer.json["availableSpotNumber"]["values"] == [
        [12, "2026-01-01T08:00:00Z"],
        [9, "2026-01-01T09:00:00Z"],
        [7, "2026-01-01T09:01:00Z"],
    ]
    after = "&timerel=after&timeAt=2026-01-01T09:00:30Z"
    late = await ngsi.ask("GET", f"/temporal/entities/{ID}?attrs=availableSpotNumber{after}")
    assert [one["value"] for one in late.json["availableSpotNumber"]] == [7]


async def test_another_tenant_is_denied(ngsi: Client) -> None:
    assert (await ngsi.ask("GET", "/entities?type=A", ngsild_tenant="elsewhere")).status == 403


async def test_a_wrong_method_and_a_wrong_path_are_told_apart(ngsi: Client) -> None:
    assert (await ngsi.ask("PUT", "/entities")).status == 405
    assert (await ngsi.ask("GET", "/nothing")).status == 404


async def test_the_context_is_in_the_body_only_for_who_asks(ngsi: Client) -> None:
    await ngsi.ask("POST", "/entities", PARKING)
    plain = await ngsi.ask("GET", f"/entities/{ID}")
    linked = await ngsi.ask("GET", f"/entities/{ID}", accept="application/ld+json")
    assert ("@context" in plain.json, "json-ld#context" in plain.headers["link"]) == (False, True)
    assert linked.json["@context"].endswith("core-context-v1.9.jsonld")


async def test_the_types_there_are_come_from_the_counters(ngsi: Client) -> None:
    await ngsi.ask("POST", "/entities", PARKING)
    await ngsi.ask("POST", "/entities", {"id": "urn:ngsi-ld:A:1", "type": ["A", "B"]})
    assert (await ngsi.ask("GET", "/types")).json["typeList"] == ["A", "B", "OffStreetParking"]
    assert len((await ngsi.ask("GET", "/entities?type=B")).json) == 1


async def test_an_id_may_hold_a_slash_and_chinese(ngsi: Client) -> None:
    made = await ngsi.ask("POST", "/entities", {"id": "urn:x:江/1", "type": "A"})
    address = made.headers["location"].removeprefix("/ngsi-ld/v1")
    assert (await ngsi.ask("GET", address)).json["id"] == "urn:x:江/1"


POST = "urn:ngsi-ld:Lamp:9"
NAMED = {
    "id": POST,
    "type": ["Lamp", "Post"],
    "name": {"type": "LanguageProperty", "languageMap": {"en": "A"}},
}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"a": 1}),
        ("PUT", "", {"type": "Lamp", "a": 1}),
        ("POST", "/attrs", {"a": 1}),
        ("PATCH", "/attrs", {"a": 1}),
        ("PATCH", "/attrs/name", {"observedAt": "2026-01-01T00:00:00Z"}),
        ("PUT", "/attrs/name", {"type": "Property", "value": 1}),
        ("DELETE", "/attrs/name", None),
        ("DELETE", "", None),
    ],
)
async def test_an_entity_of_another_type_is_not_there(
    ngsi: Client, method: str, path: str, body: object
) -> None:
    """5.6.2 to 5.6.6, 5.6.17 to 5.6.19: the selector of types."""
    await ngsi.ask("POST", "/entities", NAMED)
    assert (await ngsi.ask(method, f"/entities/{POST}{path}?type=Tree", body)).status == 404
    assert (await ngsi.ask(method, f"/entities/{POST}{path}?type=(Lamp;Post)", body)).status == 204


async def test_texts_of_a_language_are_merged_one_by_one(ngsi: Client) -> None:
    """5.6.17, Table 6.5.3.4-1: a text or several; `format` goes before `options`."""
    await ngsi.ask("POST", "/entities", NAMED)
    for query, said in (("format=simplified", ["B", "C"]), ("options=keyValues", "D")):
        assert (await ngsi.ask("PATCH", f"/entities/{POST}?lang=fr&{query}", {"name": said})).status == 204
        found = (await ngsi.ask("GET", f"/entities/{POST}")).json["name"]
        assert found == {"type": "LanguageProperty", "languageMap": {"en": "A", "fr": said}}


async def test_an_upsert_that_updates_may_remove(ngsi: Client) -> None:
    """5.6.8.4: as Update Attributes does."""
    await ngsi.ask("POST", "/entities", NAMED)
    gone = {"id": POST, "type": "Lamp", "name": "urn:ngsi-ld:null", "a": 1}
    assert (await ngsi.ask("POST", "/entityOperations/upsert?options=update", [gone])).status == 204
    found = (await ngsi.ask("GET", f"/entities/{POST}?options=keyValues")).json
    assert ("name" in found, found["a"]) == (False, 1)
    told = await ngsi.ask("POST", "/entityOperations/upsert?options=update", [{**gone, "id": f"{POST}0"}])
    assert (told.status, told.json["success"]) == (207, [])


@pytest.mark.parametrize("operation", ["create", "upsert", "update", "merge"])
async def test_a_batch_with_a_null_in_it_is_refused(ngsi: Client, operation: str) -> None:
    """5.6.7.4 to 5.6.9.4."""
    assert (await ngsi.ask("POST", f"/entityOperations/{operation}", [NAMED, None])).status == 400
    assert (await ngsi.ask("GET", f"/entities/{POST}")).status == 404


async def test_a_posted_query_names_several_ids(ngsi: Client) -> None:
    """5.2.33."""
    await ngsi.ask("POST", "/entities", NAMED)
    query = {"type": "Query", "entities": [{"type": "Lamp", "id": [POST, "urn:x:0"]}]}
    assert [one["id"] for one in (await ngsi.ask("POST", "/entityOperations/query", query)).json] == [POST]


async def test_every_instance_leaves_or_not(ngsi: Client) -> None:
    """Table 6.7.3.2-1: deleteAll is a Boolean."""
    await ngsi.ask("POST", "/entities", NAMED)
    assert (await ngsi.ask("DELETE", f"/entities/{POST}/attrs/name?deleteAll=maybe")).status == 400
    assert (await ngsi.ask("DELETE", f"/entities/{POST}/attrs/name?deleteAll=true")).status == 204
