"""When a letter leaves."""

import asyncio
import contextlib
import gc
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from quanyu.connect.outgoing import Outgoing
from quanyu.core.clock import utc_now
from quanyu.federation import courier
from quanyu.federation.courier import Courier
from quanyu.federation.model import Level
from quanyu.store import Database
from tests.patience import eventually
from tests.unit.federation.carrying import Node, introduce, make


async def tried(node: Node, message: str) -> bool:
    async with node.database.tenant(node.tenant) as connection:
        return bool(await connection.fetchval("select tries from federation_message where id=$1", message))


async def below_a_city(database: Database, folder: Path) -> tuple[Node, Node, Courier]:
    """A city that can be called, though it does not answer; a county, and who carries its letters."""
    city = await make(database, folder, "jiangzhou", Level.CITY, "http://127.0.0.1:9")
    county = await make(database, folder, "qingchuan", Level.COUNTY)
    await introduce(city, county, Level.COUNTY)
    carrier = Courier(
        database=database, tenant=county.tenant, folder=county.folder, outgoing=Outgoing(), handlers={},
        clock=utc_now,
    )  # fmt: skip
    return city, county, carrier


async def test_a_letter_leaves_at_its_commit_though_no_look_comes_within_the_hour(
    database: Database, tmp_path: Path, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "_LOOK_SECONDS", 3600.0)
    city, county, carrier = await below_a_city(database, tmp_path / tenant)
    running = asyncio.create_task(carrier.run())
    for said in ("found at the first look", "at none"):
        message = await county.send(city, said, about=said)
        await eventually(lambda message=message: tried(county, message))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def _told_to_end_as_it_begins(
    loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any], **more: Any
) -> asyncio.Task[Any]:
    task = asyncio.Task(coroutine, loop=loop, **more)
    if coroutine.__qualname__.startswith(Courier.__name__):
        task.cancel()
    return task


async def test_a_call_that_ends_before_it_has_begun_leaves_nothing_behind(
    database: Database, tmp_path: Path, tenant: str, recwarn: pytest.WarningsRecorder
) -> None:
    _, _, carrier = await below_a_city(database, tmp_path / tenant)
    loop = asyncio.get_running_loop()
    loop.set_task_factory(_told_to_end_as_it_begins)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await carrier.poll()
    finally:
        loop.set_task_factory(None)
    await asyncio.sleep(0)
    gc.collect()
    assert [str(one.message) for one in recwarn] == []
