"""What a rule would have done is what it does."""

from datetime import timedelta
from typing import Any

import pytest

from quanyu.act.rules import DryRun, checked, dry_run
from quanyu.act.rules.parse import parse_definition
from quanyu.store import Database
from quanyu.twin.history import Archive
from tests.unit.act.rules.city import NOON, City, rule

SILENT = {"silent": {"over": "PT15M", "attributes": ["pm25"]}}


@pytest.fixture
def city(database: Database, tenant: str) -> City:
    return City(database, tenant)


async def tried(city: City, definition: dict[str, Any], **hours: float) -> DryRun:
    async with city.database.tenant(city.tenant) as connection:
        sound = await checked(connection, city.tenant, parse_definition(definition))
        begin = NOON + timedelta(**hours)
        return await dry_run(connection, city.tenant, sound, begin=begin, end=city.now, archive=Archive())


@pytest.mark.parametrize(
    "definition",
    [
        rule(case={"title": "{name} {pm25}"}), rule(**{"for": "PT25M"}), rule(SILENT), rule(group={"at_least": 2}),
        rule(group={"at_least": 2, "recovers_below": 1}, recovery={"for": "PT10M"}, **{"for": "PT10M"}),
        rule(SILENT, group={"at_least": 2, "share": 0.5}),
        rule({"all": [{"q": "pm25>60"}, {"not": SILENT}]}, quiet={"hours": "14:00-15:00"}),
        rule({"window": {"attribute": "pm25", "over": "PT30M", "value": "avg", "above": 70}}, key="{district}"),
    ],
)  # fmt: skip
async def test_the_list_of_a_dry_run_is_the_list_of_the_rule(city: City, definition: dict[str, Any]) -> None:
    await city.begin(definition)
    for step in range(80):
        city.wait(minutes=5)
        for number in range(3):
            if step % 2 and (step * 7 + number) % 5 < 3:
                id = f"urn:ngsi-ld:AirQualityObserved:{number}"
                pm25 = 50 + (step * 13 + number * 7) % 40
                await city.write(id, pm25=pm25, district="East", name=f"{number}号")
        await city.settle()
    city.wait(seconds=1)
    happened = [(one.key, one.opened, one.closed) for one in await city.events(limit=100)]
    found = await tried(city, definition)
    assert happened
    assert sorted((one.key, one.opened, one.closed) for one in found.items) == sorted(happened)
    assert (found.events, found.subjects, found.complete) == (len(happened), 3, True)


async def test_nothing_opens_before_the_time_that_is_asked_about(city: City) -> None:
    await city.write(pm25=80)
    city.wait(hours=3)
    found = await tried(city, rule(**{"for": "PT1H"}), hours=2)
    assert [one.opened for one in found.items] == [NOON + timedelta(hours=2)]
    assert found.items[0].facts["since"] <= (NOON + timedelta(hours=2)).isoformat()


async def test_a_dry_run_writes_nothing(city: City) -> None:
    await city.write(pm25=80)
    city.wait(hours=1)
    assert (await tried(city, rule(case={"title": "x"}))).cases == 1
    assert await city.events() == ()
