"""What becomes of an entry whose dataset was removed."""

from typing import Any

from quanyu.core.clock import utc_now
from quanyu.govern.catalogue import service


async def forget(town: Any) -> None:
    answer = await town.door(town.officer).delete("/api/v1/datasets/pumps")
    assert answer.status_code == 204
    async with town.database.tenant(town.tenant) as connection:
        await service.forget(connection, town.tenant, "pumps", author="zhang", at=utc_now())


async def test_a_draft_goes_and_its_name_begins_anew(town: Any) -> None:
    await town.sends()
    await forget(town)
    client = town.door(town.officer)
    assert (await client.get("/api/v1/catalogue", params={"facets": True})).json()["total"] == 0
    await town.sends()
    assert (await client.get("/api/v1/catalogue/pumps")).json()["entry"]["version"] == 1


async def test_a_published_entry_goes_offline_with_its_history_and_needs_a_new_grade(opened: Any) -> None:
    await forget(opened)
    client = opened.door(opened.officer)
    assert (await client.get("/api/v1/catalogue/pumps")).json()["entry"]["state"] == "offline"
    await opened.sends()
    entry = (await client.get("/api/v1/catalogue/pumps")).json()["entry"]
    assert (entry["state"], entry["facts"]["grade_confirmed"]) == ("offline", False)


async def test_forgetting_what_has_no_entry_does_nothing(town: Any) -> None:
    async with town.database.tenant(town.tenant) as connection:
        await service.forget(connection, town.tenant, "nothing", author="zhang", at=utc_now())


async def test_a_draft_whose_dataset_came_back_meanwhile_stays(town: Any) -> None:
    await town.sends()
    async with town.database.tenant(town.tenant) as connection:
        await service.forget(connection, town.tenant, "pumps", author="zhang", at=utc_now())
    assert (await town.door(town.officer).get("/api/v1/catalogue/pumps")).status_code == 200
