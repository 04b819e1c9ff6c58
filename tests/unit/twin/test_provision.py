"""What the operations of provision do beyond one attribute: parts, results, batches."""

from typing import Any

from tests.unit.twin.ngsi_client import Client

ID = "urn:ngsi-ld:Room:1"
ROOM = {
    "id": ID, "type": "Room", "scope": "/house",
    "size": {"type": "Property", "value": 20, "unitCode": "MTK"}, "note": {"type": "Property", "value": "x"},
}  # fmt: skip


async def room(ngsi: Client, options: str = "") -> dict[str, Any]:
    found: dict[str, Any] = (await ngsi.ask("GET", f"/entities/{ID}{options}")).json
    return found


async def test_a_merge_changes_members_and_removes_what_is_null(ngsi: Client) -> None:
    await ngsi.ask("POST", "/entities", ROOM)
    change = {"type": "Lounge", "size": {"value": 21}, "note": "urn:ngsi-ld:null", "scope": "/annex"}
    assert (await ngsi.ask("PATCH", f"/entities/{ID}", change)).status == 204
    found = await room(ngsi)
    assert found["type"] == ["Room", "Lounge"]
    assert (found["scope"], "note" in found) == ("/annex", False)
    assert found["size"] == {"type": "Property", "value": 21, "unitCode": "MTK"}


async def test_a_replacement_keeps_only_when_it_was_created(ngsi: Client) -> None:
    await ngsi.ask("POST", "/entities", ROOM)
    before = await room(ngsi, "?options=sysAttrs")
    new = {"id": ID, "type": "Room", "height": {"type": "Property", "value": 3}}
    assert (await ngsi.ask("PUT", f"/entities/{ID}", new)).status == 204
    after = await room(ngsi, "?options=sysAttrs")
    assert set(after) - {"@context"} == {"id", "type", "height", "createdAt", "modifiedAt"}
    assert after["createdAt"] == before["createdAt"]
    replaced, height = after["modifiedAt"], after["height"]
    assert height["createdAt"] == height["modifiedAt"] == replaced > before["createdAt"]
    assert len((await ngsi.ask("GET", f"/entities?type=Room&q=height.createdAt=={replaced}")).json) == 1
    await ngsi.ask("PATCH", f"/entities/{ID}/attrs/height", {"type": "Property", "value": 4})
    height = (await room(ngsi, "?options=sysAttrs"))["height"]
    assert height["createdAt"] == replaced < height["modifiedAt"]


async def test_each_entity_of_a_batch_ends_by_itself(ngsi: Client) -> None:
    await ngsi.ask("POST", "/entities", ROOM)
    answer = await ngsi.ask(
        "POST", "/entityOperations/merge",
        [{"id": ID, "size": {"value": 30}}, {"id": "urn:ngsi-ld:Room:9", "size": {"value": 1}}, {"id": "wrong"}],
    )  # fmt: skip
    assert (answer.status, answer.json["success"]) == (207, [ID])
    assert [(one["entityId"], one["error"]["status"]) for one in answer.json["errors"]] == [
        ("urn:ngsi-ld:Room:9", 404),
        ("wrong", 400),
    ]


async def test_what_nothing_may_overwrite_is_named(ngsi: Client) -> None:
    await ngsi.ask("POST", "/entities", ROOM)
    more = {"size": {"type": "Property", "value": 1}, "height": {"type": "Property", "value": 3}}
    answer = await ngsi.ask("POST", f"/entities/{ID}/attrs?options=noOverwrite", more)
    assert answer.status == 207
    assert [one["attributeName"].rpartition("/")[2] for one in answer.json["notUpdated"]] == ["size"]
    assert (await room(ngsi))["size"] == ROOM["size"]


async def test_one_entity_twice_in_a_batch_is_written_in_order(ngsi: Client) -> None:
    twice = [{**ROOM, "size": {"type": "Property", "value": n}} for n in (1, 2)]
    answer = await ngsi.ask("POST", "/entityOperations/upsert", twice)
    assert (answer.status, answer.json) == (201, [ID])
    assert (await room(ngsi, "?options=keyValues"))["size"] == 2
