"""The temporal evolution over HTTP: told, corrected, retrieved, queried."""

from typing import Any

import pytest

from tests.unit.twin.ngsi_client import Client

BUS = "urn:ngsi-ld:Bus:1"
PATH = f"/temporal/entities/{BUS}"
AFTER = "timerel=after&timeAt=2026-01-01T00:00:00Z"


def speed(value: Any, minute: int, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, "observedAt": f"2026-03-01T08:{minute:02}:00Z", **more}


def bus(*speeds: dict[str, Any], id: str = BUS, **attributes: Any) -> dict[str, Any]:
    return {"id": id, "type": "Bus", "speed": list(speeds), **attributes}


async def told(ngsi: Client, *speeds: dict[str, Any], **more: Any) -> None:
    reply = await ngsi.ask(
        "POST", "/temporal/entities", bus(*speeds, **more), content_type="application/json"
    )
    assert reply.status in (201, 204), reply.json


async def shown(ngsi: Client, query: str = "") -> list[Any]:
    reply = await ngsi.ask("GET", f"{PATH}?{query}")
    return [one["value"] for one in reply.json.get("speed", [])]


async def first_instance(ngsi: Client) -> str:
    return str((await ngsi.ask("GET", PATH)).json["speed"][0]["instanceId"])


async def test_the_past_is_told_once_and_added_to(ngsi: Client) -> None:
    made = await ngsi.ask("POST", "/temporal/entities", bus(speed(10, 1)), content_type="application/json")
    assert (made.status, made.headers["location"]) == (201, f"/ngsi-ld/v1{PATH}")
    added = await ngsi.ask(
        "POST", "/temporal/entities", bus(speed(11, 1), speed(20, 2)), content_type="application/json"
    )
    assert (added.status, await shown(ngsi)) == (204, [11, 20])
    more = await ngsi.ask("POST", f"{PATH}/attrs", {"speed": [speed(30, 3)]}, content_type="application/json")
    assert (more.status, await shown(ngsi)) == (204, [11, 20, 30])


async def test_telling_the_past_makes_no_entity_of_today(ngsi: Client) -> None:
    await told(ngsi, speed(10, 1))
    assert (await ngsi.ask("GET", f"/entities/{BUS}")).status == 404


async def test_an_instance_is_replaced_and_keeps_its_id(ngsi: Client) -> None:
    """5.6.14, 6.22.3.1: the fragment is the whole of the new instance; `createdAt` stays."""
    await told(ngsi, speed(10, 1, unitCode="KMH"), speed(20, 2))
    instance = await first_instance(ngsi)
    change = {"type": "Property", "value": 12, "observedAt": "2026-03-01T08:01:00Z"}
    changed = await ngsi.ask(
        "PATCH", f"{PATH}/attrs/speed/{instance}", change, content_type="application/json"
    )
    (now, _) = (await ngsi.ask("GET", f"{PATH}?options=sysAttrs")).json["speed"]
    assert (changed.status, now["value"], now["instanceId"], "unitCode" in now) == (204, 12, instance, False)
    assert now["modifiedAt"] > now["createdAt"]


async def test_an_instance_is_replaced_by_exactly_one(ngsi: Client) -> None:
    """5.6.14: the fragment may be an array of one item, named in the terms of its own @context."""
    name = "https://example.org/speed"
    await told(ngsi, speed(9, 1), **{name: speed(10, 1)})
    instance = (await ngsi.ask("GET", PATH)).json[name][0]["instanceId"]
    at = f"{PATH}/attrs/speed/{instance}"
    body = {"@context": {"speed": name}, "speed": [speed(12, 1)]}
    one = await ngsi.ask("PATCH", at, body, content_type="application/ld+json")
    two = await ngsi.ask(
        "PATCH", at, {**body, "speed": [speed(1, 1), speed(2, 2)]}, content_type="application/ld+json"
    )
    found = (await ngsi.ask("GET", PATH)).json
    assert (one.status, two.status, found[name][0]["value"]) == (204, 400, 12)


async def test_a_scope_is_told_as_the_history_of_a_property(ngsi: Client) -> None:
    """4.5.6."""
    scopes = [speed(["/north"], 1), speed("/south", 2)]
    await told(ngsi, speed(10, 1), scope=scopes)
    found = (await ngsi.ask("GET", PATH)).json["scope"]
    assert [(one["value"], one["observedAt"][14:16]) for one in found] == [
        (["/north"], "01"),
        (["/south"], "02"),
    ]
    more = {"scope": [speed("/east", 3)]}
    assert (await ngsi.ask("POST", f"{PATH}/attrs", more, content_type="application/json")).status == 204
    late = (await ngsi.ask("GET", f"{PATH}?timerel=after&timeAt=2026-03-01T08:02:30Z&pick=scope")).json
    assert [one["value"] for one in late["scope"]] == [["/east"]]
    asked = f"/temporal/entities?type=Bus&{AFTER}&scopeQ=/east"
    assert len((await ngsi.ask("GET", asked)).json) == 1
    wrong = {"scope": [{"type": "Relationship", "object": "urn:a"}]}
    assert (await ngsi.ask("POST", f"{PATH}/attrs", wrong, content_type="application/json")).status == 400


@pytest.mark.parametrize("path", ["/temporal/entities", f"{PATH}/attrs"])
async def test_types_are_added_to_those_of_an_evolution(ngsi: Client, path: str) -> None:
    """5.6.11, 5.6.12."""
    await told(ngsi, speed(10, 1))
    more = {"type": "Vehicle", "speed": [speed(20, 2)]} | ({"id": BUS} if path != f"{PATH}/attrs" else {})
    assert (await ngsi.ask("POST", path, more, content_type="application/json")).status == 204
    found = (await ngsi.ask("GET", PATH)).json
    assert (found["type"], len(found["speed"])) == (["Bus", "Vehicle"], 2)


async def test_an_instance_is_deleted_alone(ngsi: Client) -> None:
    await told(ngsi, speed(10, 1), speed(20, 2))
    gone = await ngsi.ask("DELETE", f"{PATH}/attrs/speed/{await first_instance(ngsi)}")
    again = await ngsi.ask("DELETE", f"{PATH}/attrs/speed/urn:ngsi-ld:Instance:1-00000000-0")
    assert (gone.status, again.status, await shown(ngsi)) == (204, 404, [20])


@pytest.mark.parametrize(
    ("query", "left"), [("", [20]), ("?datasetId=urn:d:1", [10]), ("?deleteAll=true", [])]
)
async def test_an_attribute_is_deleted_by_dataset(ngsi: Client, query: str, left: list[int]) -> None:
    await told(ngsi, speed(10, 1), speed(20, 2, datasetId="urn:d:1"))
    assert (await ngsi.ask("DELETE", f"{PATH}/attrs/speed{query}")).status == 204
    assert await shown(ngsi) == left
    await told(ngsi, speed(30, 3))
    assert await shown(ngsi) == [*left, 30]


async def test_a_deleted_evolution_is_gone_until_it_is_told_anew(ngsi: Client) -> None:
    await told(ngsi, speed(10, 1))
    assert (await ngsi.ask("DELETE", PATH)).status == 204
    assert [(await ngsi.ask(method, PATH)).status for method in ("GET", "DELETE")] == [404, 404]
    await told(ngsi, speed(20, 2))
    assert await shown(ngsi) == [20]


async def test_every_change_of_an_entity_is_history_too(ngsi: Client) -> None:
    create = {"id": BUS, "type": "Bus", "scope": "/north", "speed": speed(10, 1)}
    await ngsi.ask("POST", "/entities", create, content_type="application/json")
    await ngsi.ask(
        "PATCH", f"/entities/{BUS}/attrs", {"speed": speed(20, 2)}, content_type="application/json"
    )
    await ngsi.ask("DELETE", f"/entities/{BUS}/attrs/speed")
    assert await shown(ngsi) == [10, 20]
    found = (await ngsi.ask("GET", PATH)).json
    assert found["scope"][0]["value"] == ["/north"]
    ended = (await ngsi.ask("GET", f"{PATH}?timeproperty=deletedAt")).json["speed"]
    assert [(one["value"], "deletedAt" in one) for one in ended] == [("urn:ngsi-ld:null", True)]
    await ngsi.ask("DELETE", f"/entities/{BUS}")
    after = await ngsi.ask("GET", f"{PATH}?options=sysAttrs")
    assert (after.status, "deletedAt" in after.json, await shown(ngsi)) == (200, True, [10, 20])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("timerel=after&timeAt=2026-03-01T08:02:00Z", [20, 30]),
        ("timerel=before&timeAt=2026-03-01T08:02:00Z", [10]),
        ("timerel=between&timeAt=2026-03-01T08:01:00Z&endTimeAt=2026-03-01T08:03:00Z", [10, 20]),
        ("lastN=2", [20, 30]),
        ("timerel=after&timeAt=2020-01-01T00:00:00Z&timeproperty=modifiedAt", [10, 20, 30]),
        ("timerel=before&timeAt=2020-01-01T00:00:00Z&timeproperty=createdAt", []),
        ("datasetId=@none", [10, 20, 30]),
        ("datasetId=urn:d:1", []),
    ],
)
async def test_an_interval_of_the_past_is_retrieved(ngsi: Client, query: str, found: list[int]) -> None:
    """4.11: its beginning belongs to it, its end does not."""
    await told(ngsi, speed(10, 1), speed(20, 2), speed(30, 3))
    assert await shown(ngsi, query) == found


async def test_values_and_aggregates_are_shown_alone(ngsi: Client) -> None:
    await told(ngsi, speed(10, 1), speed(20, 2), speed(60, 59))
    values = (await ngsi.ask("GET", f"{PATH}?options=temporalValues&lastN=1")).json["speed"]
    assert values == {"type": "Property", "values": [[60, "2026-03-01T08:59:00Z"]]}
    asked = "options=aggregatedValues&aggrMethods=avg,totalCount&aggrPeriodDuration=PT30M"
    found = (await ngsi.ask("GET", f"{PATH}?{asked}")).json["speed"]
    assert found["avg"] == [
        [15.0, "2026-03-01T08:01:00Z", "2026-03-01T08:31:00Z"],
        [60.0, "2026-03-01T08:31:00Z", "2026-03-01T09:01:00Z"],
    ]
    assert [one[0] for one in found["totalCount"]] == [2, 1]


async def test_figures_of_an_attribute_that_has_none_are_an_invalid_request(ngsi: Client) -> None:
    """5.7.4.4."""
    await told(ngsi, speed(10, 1), name=[{**speed("a", 1)}])
    asked = f"/temporal/entities?type=Bus&{AFTER}&format=aggregatedValues&aggrMethods="
    wrong = await ngsi.ask("GET", f"{asked}avg&attrs=name")
    assert (wrong.status, wrong.json["type"].rpartition("/")[2]) == (400, "InvalidRequest")
    for fine in ("avg&attrs=speed", "avg,max&attrs=name", "avg"):
        assert (await ngsi.ask("GET", asked + fine)).status == 200


async def test_a_partial_answer_says_which_range_it_covers_and_leads_on(ngsi: Client) -> None:
    fuel = [speed(minute, minute) for minute in range(1, 6)]
    await told(ngsi, *(speed(minute, minute) for minute in range(1, 6)), fuel=fuel)
    first = await ngsi.ask("GET", f"{PATH}?{AFTER}")
    assert (first.status, first.headers["content-range"]) == (
        206, "date-time 2026-01-01T00:00:00Z-2026-03-01T08:03:00Z/*"
    )  # fmt: skip
    assert [len(first.json[name]) for name in ("speed", "fuel")] == [3, 3]
    rest = await ngsi.ask("GET", f"{PATH}?timerel=after&timeAt=2026-03-01T08:03:00Z")
    assert (rest.status, [one["value"] for one in rest.json["fuel"]]) == (200, [3, 4, 5])
    newest = await ngsi.ask("GET", f"{PATH}?lastN=5")
    assert newest.headers["content-range"] == "date-time 2026-03-01T08:05:00Z-2026-03-01T08:03:00Z/5"


async def test_entities_are_queried_by_what_they_were(ngsi: Client) -> None:
    await told(ngsi, speed(10, 1), speed(95, 2))
    await told(ngsi, speed(20, 1), id="urn:ngsi-ld:Bus:2")
    await told(ngsi, speed(99, 1), id="urn:ngsi-ld:Bus:3")
    fast = await ngsi.ask("GET", f"/temporal/entities?type=Bus&q=speed%3E90&{AFTER}&count=true&limit=1")
    assert ([one["id"] for one in fast.json], fast.headers["ngsild-results-count"]) == ([BUS], "2")
    follow = await ngsi.ask("GET", fast.next)
    assert [one["id"][-1] for one in follow.json] == ["3"]
    posted = {
        "type": "Query", "entities": [{"type": "Bus", "idPattern": ".*[12]$"}],
        "temporalQ": {"timerel": "after", "timeAt": "2026-03-01T08:01:30Z"},
    }  # fmt: skip
    found = await ngsi.ask(
        "POST", "/temporal/entityOperations/query", posted, content_type="application/json"
    )
    assert [one["id"] for one in found.json] == [BUS]


async def test_pages_of_a_posted_query_lead_on(ngsi: Client) -> None:
    """5.5.9.1."""
    await two_buses(ngsi)
    posted = {"type": "Query", "entities": [{"type": "Bus"}],
              "temporalQ": {"timerel": "after", "timeAt": "2026-01-01T00:00:00Z"}}  # fmt: skip
    first = await ngsi.ask(
        "POST", "/temporal/entityOperations/query?limit=1", posted, content_type="application/json"
    )
    follow = await ngsi.ask("POST", first.next, posted, content_type="application/json")
    assert [one["id"][-1] for answer in (first, follow) for one in answer.json] == ["1", "2"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("type=Bus&timerel=before&timeAt=2026-06-01T00:00:00Z", False),
        (f"type=Bus&{AFTER}", False),
        (f"type=Bus&id={BUS}&{AFTER}", True),
        (f"type=Bus&timeproperty=deletedAt&{AFTER}", True),
    ],
)
async def test_what_was_deleted_since_is_found_by_who_names_it_or_asks_for_deletions(
    ngsi: Client, query: str, found: bool
) -> None:
    await ngsi.ask(
        "POST",
        "/entities",
        {"id": BUS, "type": "Bus", "speed": speed(10, 1)},
        content_type="application/json",
    )
    await ngsi.ask("DELETE", f"/entities/{BUS}")
    answer = await ngsi.ask("GET", f"/temporal/entities?{query}")
    assert [one["id"] for one in answer.json] == [BUS] * found


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (f"{PATH}?timerel=after", 400),
        (f"{PATH}?timerel=around&timeAt=2026-01-01T00:00:00Z", 400),
        (f"{PATH}?timeAt=2026-01-01T00:00:00Z", 400),
        (f"{PATH}?lastN=0", 400),
        (f"{PATH}?options=aggregatedValues", 400),
        (f"{PATH}?options=aggregatedValues&aggrMethods=median", 400),
        (f"{PATH}?options=aggregatedValues&aggrMethods=avg&aggrPeriodDuration=1h", 400),
        (f"{PATH}?options=temporalValues,aggregatedValues&aggrMethods=avg", 400),
        (f"{PATH}?attrs=speed&pick=speed", 400),
        (f"{PATH}?pick=owner%7Bname%7D", 400),
        (f"{PATH}?attrs=unknown", 404),
        ("/temporal/entities/noUri", 400),
        ("/temporal/entities?type=Bus", 400),
        (f"/temporal/entities?{AFTER}", 400),
        (f"/temporal/entities?type=Bus&orderBy=speed&{AFTER}", 400),
        (f"/temporal/entities?type=Bus&orderBy=id&collation=!&{AFTER}", 400),
        (f"/temporal/entities?type=*&local=false&{AFTER}", 400),
        (f"/temporal/entities?type=*&{AFTER}", 200),
        (f"/temporal/entities?attrs=modifiedAt&{AFTER}", 400),
        (f"/temporal/entities?q=createdAt%3E2020-01-01T00:00:00Z&{AFTER}", 400),
        (f"/temporal/entities?type=Bus&q=owner%7Bname%7D==%22A%22&{AFTER}", 400),
        (f"/temporal/entities?type=Bus&limit=0&{AFTER}", 400),
        (f"/temporal/entities?type=Bus&limit=0&count=true&{AFTER}", 200),
        (f"/temporal/entities?type=Bus&limit=-1&{AFTER}", 400),
        (f"/temporal/entities?type=Bus&q=speed%3E&{AFTER}", 400),
    ],
)  # fmt: skip
async def test_a_question_that_makes_no_sense_is_refused(ngsi: Client, target: str, status: int) -> None:
    await told(ngsi, speed(10, 1))
    assert (await ngsi.ask("GET", target)).status == status


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({"ordering": {"orderBy": ["id;desc"], "collation": "und"}}, 200),
        ({"aggrParams": {"aggrMethods": ["max"], "aggrPeriodDuration": "PT1H"}}, 200),
        ({"temporalQ": {"timerel": "between", "timeAt": "2026-01-01T00:00:00Z"}}, 400),
        ({"entities": []}, 400),
        ({"attrs": []}, 400),
        ({"join": "inline"}, 400),
        ({"entities": [{"type": "Bus", "name": "x"}]}, 400),
    ],
)
async def test_a_posted_query_has_the_members_of_the_standard(
    ngsi: Client, members: dict[str, Any], status: int
) -> None:
    """5.2.21, 5.2.23, 5.2.33, 5.2.43, 5.2.44."""
    await two_buses(ngsi)
    body = {
        "type": "Query", "entities": [{"type": "Bus"}],
        "temporalQ": {"timerel": "after", "timeAt": "2026-01-01T00:00:00Z"}, **members,
    }  # fmt: skip
    form = "?format=aggregatedValues" if "aggrParams" in members else ""
    path = f"/temporal/entityOperations/query{form}"
    answer = await ngsi.ask("POST", path, body, content_type="application/json")
    assert answer.status == status
    if "ordering" in members:
        assert [one["id"][-1] for one in answer.json] == ["2", "1"]


@pytest.mark.parametrize("name", ["speed", "scope"])
async def test_an_attribute_ends_in_the_past_where_there_is_nothing_else(ngsi: Client, name: str) -> None:
    await told(ngsi, speed(10, 1), scope="/north")
    assert (await ngsi.ask("DELETE", f"/entities/{BUS}/attrs/{name}")).status == 204
    assert (await ngsi.ask("DELETE", f"/entities/{BUS}/attrs/unknown")).status == 404
    (ended,) = (await ngsi.ask("GET", f"{PATH}?timeproperty=deletedAt")).json[name]
    assert ended["value"] == ([] if name == "scope" else "urn:ngsi-ld:null")


async def two_buses(ngsi: Client) -> None:
    await told(ngsi, speed(10, 1))
    await told(ngsi, speed(20, 2), id="urn:ngsi-ld:Bus:2")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"/temporal/entityMaps?type=Bus&{AFTER}&entityMapLifetime=PT1H", None),
        ("POST", "/temporal/entityMaps", {"type": "Query", "entities": [{"type": "Bus"}],
         "temporalQ": {"timerel": "after", "timeAt": "2026-01-01T00:00:00Z"}}),
    ],
)  # fmt: skip
async def test_a_map_is_made_of_those_who_have_a_past_in_the_interval(
    ngsi: Client, method: str, path: str, body: Any
) -> None:
    await two_buses(ngsi)
    made = await ngsi.ask(method, path, body, content_type="application/json")
    assert (made.status, made.json["type"]) == (201, "EntityMap")
    assert made.json["entityMap"] == {BUS: ["@none"], "urn:ngsi-ld:Bus:2": ["@none"]}
    assert made.headers["ngsild-entitymap"].endswith(made.json["id"])


async def test_pages_of_a_map_stay_one_list_and_its_filters_are_looked_at_again(ngsi: Client) -> None:
    await two_buses(ngsi)
    first = await ngsi.ask("GET", f"/temporal/entities?type=Bus&{AFTER}&limit=1&entityMap=true")
    kept = {"ngsild_entitymap": first.headers["ngsild-entitymap"]}
    await told(ngsi, speed(5, 3), id="urn:ngsi-ld:Bus:0")
    second = await ngsi.ask("GET", f"/temporal/entities?type=Bus&{AFTER}&limit=1&offset=1", **kept)
    fast = await ngsi.ask("GET", f"/temporal/entities?type=Bus&{AFTER}&q=speed>15", **kept)
    assert ([one["id"] for one in first.json], first.status) == ([BUS], 201)
    assert ([one["id"] for one in second.json], second.status) == (["urn:ngsi-ld:Bus:2"], 200)
    assert [one["id"] for one in fast.json] == ["urn:ngsi-ld:Bus:2"]


async def test_an_empty_map_has_empty_pages(ngsi: Client) -> None:
    await told(ngsi, speed(10, 1))
    made = await ngsi.ask("GET", "/temporal/entityMaps?type=Bus&timerel=after&timeAt=2027-01-01T00:00:00Z")
    kept = {"ngsild_entitymap": made.headers["ngsild-entitymap"]}
    page = await ngsi.ask("GET", f"/temporal/entities?type=Bus&{AFTER}", **kept)
    assert (made.json["entityMap"], page.json) == ({}, [])


async def test_a_map_of_the_past_needs_a_time(ngsi: Client) -> None:
    assert (await ngsi.ask("GET", "/temporal/entityMaps?type=Bus")).status == 400
