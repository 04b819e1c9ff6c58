"""When a letter leaves."""

import asyncio
from pathlib import Path

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


async def test_a_letter_leaves_at_its_commit_though_no_look_comes_within_the_hour(
    database: Database, tmp_path: Path, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "_LOOK_SECONDS", 3600.0)
    city = await make(database, tmp_path / tenant, "jiangzhou", Level.CITY, "http://127.0.0.1:9")
    county = await make(database, tmp_path / tenant, "qingchuan", Level.COUNTY)
    await introduce(city, county, Level.COUNTY)
    carrier = Courier(
        database=database, tenant=county.tenant, folder=county.folder, outgoing=Outgoing(), handlers={},
        clock=utc_now,
    )  # fmt: skip
    running = asyncio.create_task(carrier.run())
    for said in ("found at the first look", "at none"):
        message = await county.send(city, said, about=said)
        await eventually(lambda message=message: tried(county, message))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
