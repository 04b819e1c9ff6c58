"""Days of a path that no city counts are refused, whichever pack is asked."""

import re

import pytest

from quanyu.packs import Pack
from quanyu.packs.testing import City
from quanyu.scenarios import parking, sanitation


@pytest.mark.parametrize("pack", [parking.pack, sanitation.pack], ids=lambda one: one.name)
async def test_a_day_at_the_end_of_the_calendar_is_refused_in_words(city: City, pack: Pack) -> None:
    await city.enable(pack)
    asked = [
        (method, re.sub(r"{\w+:date}", "9999-12-31", path))
        for route in pack.routes
        for method in route.http_methods - {"OPTIONS"}
        for path in route.paths
        if ":date}" in path
    ]
    assert len(asked) > 2
    async with city.client(pack) as client:
        for method, path in asked:
            answer = await client.request(method, path)
            assert (answer.status_code, "9999-12-31" in answer.json()["detail"]) == (400, True), path
