"""An entry is taken before its grade by everybody: nobody stands in the way of an import that publishes it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from quanyu.core.clock import utc_now
from quanyu.govern.catalogue import _sql
from quanyu.govern.catalogue.content_grade import grade_content
from quanyu.govern.grading.service import find, regrade
from tests.patience import eventually
from tests.waiting import waits_for


async def _looks_at_the_values(town: Any) -> None:
    await grade_content(town.database, town.folder, tenant=town.tenant, dataset="pumps", clock=utc_now)


async def _confirms(town: Any) -> None:
    answer = await town.door(town.officer).post("/api/v1/catalogue/pumps/grade/confirm", json={})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("act", [_looks_at_the_values, _confirms])
async def test_a_grade_waits_for_an_import(town: Any, act: Callable[[Any], Awaitable[None]]) -> None:
    await town.sends()
    async with town.database.tenant(town.tenant) as importing:
        assert await _sql.entry(importing, "pumps", lock=True)
        other = asyncio.create_task(act(town))
        await eventually(lambda: waits_for(importing))
        profile = await _sql.profile(importing, "pumps")
        await regrade(importing, town.tenant, "pumps", profile, at=utc_now())
    await other
    async with town.database.tenant(town.tenant) as connection:
        assert (await find(connection, "pumps")).confirmed is (act is _confirms)
