"""How long an entity lasts, as clients say it (ETSI GS CIM 009, 4.22)."""

from tests.unit.twin.ngsi_client import Client

ID = "urn:ngsi-ld:Alert:1"
TARGET = f"/entities/{ID}"
ALERT = {
    "id": ID,
    "type": "Alert",
    "level": {"type": "Property", "value": 3},
    "expiresAt": "2099-01-01T00:00:00Z",
}
JSON = {"content_type": "application/json"}
NULL = "urn:ngsi-ld:null"


async def end_of(ngsi: Client) -> str:
    shown = (await ngsi.ask("GET", TARGET)).json
    return str(shown.get("expiresAt", ""))


async def test_ngsi_ld_null_takes_the_end_of_an_entity_away(ngsi: Client) -> None:
    """5.5.8 and 5.5.12: in each operation that may remove."""
    for method, target, query in (
        ("PATCH", TARGET, ""),
        ("PATCH", TARGET, "?format=simplified"),
        ("PATCH", f"{TARGET}/attrs", ""),
    ):
        await ngsi.ask("POST", "/entities", ALERT, **JSON)
        assert await end_of(ngsi)
        answer = await ngsi.ask(method, target + query, {"expiresAt": NULL}, **JSON)
        assert (answer.status, await end_of(ngsi)) == (204, "")
        await ngsi.ask("DELETE", TARGET)


async def test_batches_take_the_end_of_an_entity_away(ngsi: Client) -> None:
    """5.6.20, and 5.6.8 that updates."""
    for operation in ("merge", "upsert?options=update"):
        await ngsi.ask("POST", "/entities", ALERT, **JSON)
        without = [{"id": ID, "type": "Alert", "expiresAt": NULL}]
        answer = await ngsi.ask("POST", f"/entityOperations/{operation}", without, **JSON)
        assert (answer.status, await end_of(ngsi)) == (204, "")
        await ngsi.ask("DELETE", TARGET)


async def test_what_is_created_cannot_end_by_ngsi_ld_null(ngsi: Client) -> None:
    """5.5.4."""
    answer = await ngsi.ask("POST", "/entities", {**ALERT, "expiresAt": NULL}, **JSON)
    assert (answer.status, answer.json["faults"][0]["where"]) == (400, "/expiresAt")


async def test_a_simplified_merge_sets_the_end(ngsi: Client) -> None:
    """5.6.17."""
    await ngsi.ask("POST", "/entities", ALERT, **JSON)
    later = {"level": 4, "expiresAt": "2098-01-01T00:00:00Z"}
    assert (await ngsi.ask("PATCH", f"{TARGET}?options=keyValues", later, **JSON)).status == 204
    assert await end_of(ngsi) == "2098-01-01T00:00:00Z"


async def test_a_simplified_merge_names_no_other_entity(ngsi: Client) -> None:
    await ngsi.ask("POST", "/entities", ALERT, **JSON)
    answer = await ngsi.ask("PATCH", f"{TARGET}?options=keyValues", {"id": "urn:x:2", "level": 4}, **JSON)
    assert answer.status == 400


async def test_the_end_is_shown_where_it_is_picked_or_nothing_is(ngsi: Client) -> None:
    """5.7.1.5: what is picked, and no other member."""
    await ngsi.ask("POST", "/entities", ALERT, **JSON)
    for query, members in (
        ("", {"id", "type", "level", "expiresAt"}),
        ("?pick=id,level", {"id", "level"}),
        ("?omit=level", {"id", "type", "expiresAt"}),
    ):
        assert set((await ngsi.ask("GET", TARGET + query)).json) == members
