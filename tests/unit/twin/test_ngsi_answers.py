"""What every answer has in common (ETSI GS CIM 009 V1.9.1, 6.3.2 to 6.3.6)."""

import pytest

from quanyu.twin.http.ngsi_media import wanted_version
from tests.unit.twin.ngsi_client import Client

LAMP = {"id": "urn:lamp:1", "type": "Lamp", "kind": {"type": "VocabProperty", "vocab": "Street"}}


async def test_a_fault_is_told_as_plain_json_without_a_link(ngsi: Client) -> None:
    """6.3.3, 6.3.6."""
    told = await ngsi.ask("GET", "/entities/urn:lamp:0")
    assert (told.status, told.headers["content-type"], "link" in told.headers) == (
        404,
        "application/json",
        False,
    )


async def test_a_result_of_parts_is_plain_json_without_a_link(ngsi: Client) -> None:
    """6.3.6."""
    told = await ngsi.ask("POST", "/entityOperations/create", [LAMP, LAMP], accept="application/ld+json")
    assert (told.status, told.headers["content-type"], "link" in told.headers) == (
        207,
        "application/json",
        False,
    )


async def test_what_has_no_content_has_no_length(ngsi: Client) -> None:
    """6.3.6."""
    await ngsi.ask("POST", "/entities", LAMP)
    told = await ngsi.ask("DELETE", "/entities/urn:lamp:1")
    assert (told.status, "content-length" in told.headers) == (204, False)


async def test_a_wrong_method_is_told_which_are_right(ngsi: Client) -> None:
    """6.3.2."""
    told = await ngsi.ask("PUT", "/entities")
    assert (told.status, set(told.headers["allow"].split(", "))) == (405, {"GET", "POST", "DELETE"})


async def test_a_body_of_another_type_is_refused_without_a_body(ngsi: Client) -> None:
    """6.3.4."""
    told = await ngsi.ask("POST", "/entities", LAMP, content_type="text/plain")
    assert (told.status, told.content) == (415, b"")


@pytest.mark.parametrize(
    ("accept", "status"), [("application/geo+json", 406), ("application/geo+json, */*;q=0.1", 201)]
)
async def test_geojson_is_no_answer_of_writing(ngsi: Client, accept: str, status: int) -> None:
    """6.3.4."""
    assert (await ngsi.ask("POST", "/entities", LAMP, accept=accept)).status == status


async def test_an_earlier_version_is_told_to_who_prefers_it(ngsi: Client) -> None:
    """6.3.6, 4.3.6.8: 203 where that changes the answer."""
    await ngsi.ask("POST", "/entities", LAMP)
    for target in ("/entities/urn:lamp:1", "/entities?type=Lamp"):
        told = await ngsi.ask("GET", target, prefer="ngsi-ld=1.7")
        shown = told.json[0] if isinstance(told.json, list) else told.json
        assert (told.status, told.headers["preference-applied"]) == (203, "ngsi-ld=1.7")
        assert shown["kind"] == {"type": "Property", "value": "Street"}
        assert (await ngsi.ask("GET", target, prefer="ngsi-ld=1.8")).status == 200


@pytest.mark.parametrize(
    ("prefer", "version"),
    [("ngsi-ld=1.5", (1, 5)), ("body=json, ngsi-ld=1.6", (1, 6)), ("ngsi-ld=2.0", (1, 9)), ("wait=5", None)],
)
def test_the_preferred_version_is_at_most_the_newest(prefer: str, version: tuple[int, int] | None) -> None:
    assert wanted_version(prefer) == version


async def test_split_entities_are_true_or_false(ngsi: Client) -> None:
    """5.2.23, Table 6.4.3.2-1."""
    assert (await ngsi.ask("GET", "/entities?type=Lamp&splitEntities=true")).status == 200
    assert (await ngsi.ask("GET", "/entities?type=Lamp&splitEntities=maybe")).status == 400
    query = {"type": "Query", "entities": [{"type": "Lamp"}]}
    for split, status in ((False, 200), ("no", 400)):
        told = await ngsi.ask("POST", "/entityOperations/query", {**query, "splitEntities": split})
        assert told.status == status


@pytest.mark.parametrize(
    "target",
    [
        "entities?type=Lamp&count=yes",
        "entities?type=Lamp&sysAttrs=1",
        "entities/urn:lamp:1/attrs/kind?deleteAll=all",
        "types?details=yes",
        "types?local=here",
        "entities/urn:lamp:1?local=here",
        "subscriptions?sysAttrs=yes",
        "csourceRegistrations?type=Lamp&sysAttrs=yes",
        "csourceSubscriptions?count=yes",
        "temporal/entities?type=Lamp&timerel=before&timeAt=2030-01-01T00:00:00Z&count=yes",
    ],
)
async def test_what_is_boolean_is_true_or_false(ngsi: Client, target: str) -> None:
    """6.4.3.2, 6.5.3.1, 6.3.11, 6.3.13: nothing else is taken for false."""
    await ngsi.ask("POST", "/entities", LAMP)
    told = await ngsi.ask("DELETE" if "deleteAll" in target else "GET", f"/{target}")
    assert (told.status, told.json["title"]) == (400, "BadRequestData")
    assert told.json["detail"].endswith("is true or false")


async def test_a_filter_for_sources_that_is_wrong_is_named_itself(ngsi: Client) -> None:
    told = await ngsi.ask("GET", "/entities?type=Lamp&csf=a==")
    assert (told.status, told.json["faults"][0]["where"]) == (400, "csf:4")
