"""Sources as those who look after them page through them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from quanyu.connect.sources import _sql, service
from quanyu.core.errors import Invalid
from tests.unit.connect.sources.conftest import Scene

NOW = datetime(2026, 11, 1, tzinfo=UTC)


async def connected(scene: Scene, many: int) -> None:
    async with scene.database.tenant(scene.tenant) as connection:
        await connection.execute(
            """insert into source (tenant, name, kind, dataset, settings, every_seconds, owner)
            select $1, 'source-' || lpad(n::text, 5, '0'), 'folder', 'parks', '{}', 3600, case when n % 2 = 0 then 'parks' end
            from generate_series(1, $2) n""",
            scene.tenant, many,
        )  # fmt: skip


async def listed(scene: Scene, **asked: Any) -> tuple[list[str], int, int]:
    """Names in their order, how many they are said to be, and on how many pages."""
    names, after, total, pages = list[str](), None, 0, 0
    async with scene.database.tenant(scene.tenant) as connection:
        while not pages or after:
            page, total = await service.page_of_sources(connection, scene.tenant, after=after, **asked)
            names += [row["name"] for row in page.items]
            after, pages = page.next, pages + 1
    return names, total, pages


async def test_ten_thousand_sources_come_page_by_page_each_once(scene: Scene) -> None:
    await connected(scene, 10_000)
    names, total, pages = await listed(scene, limit=500)
    assert names == [f"source-{n:05}" for n in range(1, 10_001)]
    assert (total, pages) == (10_000, 20)
    found, total, _ = await listed(scene, text="SOURCE-0987", limit=500)
    assert (found, total) == ([f"source-{n:05}" for n in range(9870, 9880)], 10)
    _, total, _ = await listed(scene, owners=("parks",), limit=500)
    assert total == 5_000


async def test_what_fails_stands_first_then_what_never_came_what_is_paused_and_what_is_well(
    scene: Scene,
) -> None:
    await connected(scene, 6)
    async with scene.database.tenant(scene.tenant) as connection:
        tenant = scene.tenant
        await _sql.succeeded(connection, tenant, "source-00001", NOW)
        await _sql.set_state(connection, tenant, "source-00002", "paused")
        fault = {"key": "connect.source.status", "values": {"url": "https://air.example", "status": 502}}
        await _sql.failed(connection, tenant, "source-00005", fault=fault, now=NOW, wait=None)
        await _sql.set_state(connection, tenant, "source-00006", "refused")
    names, _, pages = await listed(scene, worst=True, limit=1)
    assert names == [f"source-0000{n}" for n in (5, 6, 3, 4, 2, 1)]
    assert pages == 6
    assert await listed(scene, text="air.example") == (["source-00005"], 1, 1)


async def test_a_token_that_no_list_has_given_out_is_refused(scene: Scene) -> None:
    async with scene.database.tenant(scene.tenant) as connection:
        with pytest.raises(Invalid, match="not valid"):
            await service.page_of_sources(connection, scene.tenant, after="none")
