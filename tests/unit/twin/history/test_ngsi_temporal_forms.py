"""How the parts of a temporal evolution are written (ETSI GS CIM 009, 4.5.7 to 4.5.9)."""

from tests.unit.twin.ngsi_client import Client

BUS = "urn:ngsi-ld:Bus:1"
PATH = f"/temporal/entities/{BUS}"
AFTER = "timerel=after&timeAt=2026-01-01T00:00:00Z"


async def test_lists_that_left_are_told_as_lists_of_ngsi_ld_null(ngsi: Client) -> None:
    """4.5.21 and 4.5.22; as values (4.5.9) the targets of a ListRelationship are bare URIs."""
    stops = {"type": "ListRelationship", "objectList": ["urn:x:1", "urn:x:2"]}
    seats = {"type": "ListProperty", "valueList": [1, 2]}
    await ngsi.ask(
        "POST",
        "/entities",
        {"id": BUS, "type": "Bus", "stops": stops, "seats": seats},
        content_type="application/json",
    )
    values = (await ngsi.ask("GET", f"{PATH}?options=temporalValues")).json
    assert values["stops"]["objectLists"][0][0] == ["urn:x:1", "urn:x:2"]
    assert values["seats"]["valueLists"][0][0] == [1, 2]
    for name in ("stops", "seats"):
        assert (await ngsi.ask("DELETE", f"/entities/{BUS}/attrs/{name}")).status == 204
    gone = (await ngsi.ask("GET", f"{PATH}?{AFTER}&timeproperty=deletedAt")).json
    assert gone["stops"][0]["objectList"] == [{"object": "urn:ngsi-ld:null"}]
    assert gone["seats"][0]["valueList"] == ["urn:ngsi-ld:null"]
