"""Whoever changes rules while a round is under way waits for it, and never stands in its way."""

import asyncio

import pytest

from quanyu.act.rules import _sql, switch
from quanyu.act.rules.service import rule as shown
from quanyu.store import Database
from tests.patience import eventually
from tests.unit.act.rules.city import City, rule
from tests.waiting import waits_for


@pytest.fixture
def city(database: Database, tenant: str) -> City:
    return City(database, tenant)


async def _switch_off(city: City, name: str) -> None:
    async with city.database.tenant(city.tenant) as connection:
        await switch(connection, city.tenant, name, on=False, by="li", now=city.now)


async def test_a_round_that_breaks_a_rule_goes_on_while_another_is_switched(city: City) -> None:
    lamps = rule({"q": "dim>1"}, name="lamps", subject={"type": "Lamp"})
    await city.begin(rule(name="bad"), lamps, rule())
    async with city.database.tenant(city.tenant) as connection:
        await connection.execute("update act_rule_version set body = body - 'when' where name = 'bad'")
    city.restart()
    await city.write("urn:ngsi-ld:Lamp:1", dim=2)
    await city.write(pm25=80)
    async with city.database.tenant(city.tenant) as held:
        await _sql.lock(held, "lamps")
        round = asyncio.create_task(city.engine.look())
        waiting = await eventually(lambda: waits_for(held))
        switched = asyncio.create_task(_switch_off(city, "pm25-high"))
        await eventually(lambda: waits_for(held, waiting))
    await round
    await switched
    async with city.database.tenant(city.tenant) as connection:
        assert [(await shown(connection, name)).state for name in ("bad", "lamps", "pm25-high")] == [
            "broken",
            "on",
            "off",
        ]
