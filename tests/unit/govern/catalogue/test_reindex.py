"""Entries that were indexed by earlier rules are found by today's."""

from typing import Any

from quanyu.govern.catalogue.service import reindex


async def test_entries_indexed_by_other_rules_are_indexed_again(opened: Any) -> None:
    async with opened.database.tenant(opened.tenant) as connection:
        await connection.execute(
            "update catalogue_text set made_by = 0, words = array_to_tsvector(array['x'])"
        )
        assert await reindex(connection, opened.tenant, limit=10) == 1
        assert await reindex(connection, opened.tenant, limit=10) == 0
    found = (await opened.door(opened.officer).get("/api/v1/catalogue?q=泵站")).json()["items"]
    assert [one["name"] for one in found] == ["pumps"]
