"""The hotline's requests become cases once, whatever is started again."""

from datetime import timedelta
from pathlib import Path

from quanyu.act.cases.classes import ensure_classes
from quanyu.act.cases.definitions import ensure_definitions
from quanyu.app.demo.city import make_city
from quanyu.app.demo.handled import take_over_requests
from quanyu.app.demo.marker import Marker, write_marker
from quanyu.core.clock import utc_now
from quanyu.evaluate.service import sheet
from quanyu.store import Database
from tests.unit.app.demo.test_start import node_of


async def test_requests_of_the_hotline_are_judged_with_their_bodies_once(
    database: Database, tenant: str, folder: Path
) -> None:
    node, now = node_of(database, tenant, folder), utc_now()
    write_marker(folder, Marker(seed=1, begun=now))
    async with database.tenant(tenant) as connection:
        await ensure_definitions(connection, tenant, now=now)
        await ensure_classes(connection, tenant, now=now)
    city = make_city(1)
    for _ in range(2):
        await take_over_requests(node, city, days=1)
    async with database.tenant(tenant) as connection:
        made = await sheet(connection, tenant, now - timedelta(days=4), now)
        numbers = [row["external"] for row in await connection.fetch("select external from case_record")]
    assert len(numbers) == len(set(numbers)) == sum(line.tally.cases for line in made.lines) > 10
    assert "jz-urban" in {line.organisation for line in made.lines}
    assert sum(line.tally.calls for line in made.lines) > 0
