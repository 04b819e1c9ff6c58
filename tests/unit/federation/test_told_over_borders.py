"""What bodies of other nodes are told, what of a refusal stays, and how much is read of whom."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from quanyu.core.errors import Denied, TooLarge
from quanyu.exchange import notices
from quanyu.exchange.requests.model import Application, Wish
from quanyu.federation.announcing import HEADER, UNANNOUNCED, announcement, expected, read_within
from quanyu.federation.cascade import _sql as cascade
from quanyu.federation.cascade.model import ListedEntry
from quanyu.federation.messages import Letter, Mail
from quanyu.federation.model import Level, Outcome
from quanyu.federation.sharing import sharing_kinds
from quanyu.federation.sharing.model import RECEIVED, Arrived
from quanyu.federation.sharing.notices import tell_notices
from quanyu.federation.sharing.service import ask, asked
from quanyu.store import Database
from tests.unit.federation.carrying import NOW, Node, introduce, make

APPLICATION = Application(
    dataset="residents", title="核对", items=(Wish(name="收入"),), purpose="核对", basis="办法", starts=NOW, ends=NOW + timedelta(days=9)
)  # fmt: skip
LISTED = ListedEntry(
    id="jiangzhou/residents", node="jiangzhou", level=Level.CITY, region="", name="residents", version=1, modified=NOW, gone=False,
    resource_code="", title="居民登记", abstract="", keywords=(), owner="市民政局", share_type=2, share_condition="", share_basis="",
    is_open=False, update_cycle="", imported=None, records=120, score=None, uses=0, items=(),
)  # fmt: skip
MOST = 64 * 1024**2


@pytest.fixture
async def pair(database: Database, tmp_path: Path, tenant: str) -> tuple[Node, Node]:
    folder = tmp_path / tenant
    city = await make(database, folder, "jiangzhou", Level.CITY, "https://city.example")
    county = await make(database, folder, "qingchuan", Level.COUNTY)
    await introduce(city, county, Level.COUNTY)
    for node in (city, county):
        node.more = sharing_kinds(node.tenant, node.folder, lambda: NOW)
    return city, county


async def test_a_correction_reaches_the_body_of_the_other_node_and_marks_what_it_asked_for(
    pair: tuple[Node, Node],
) -> None:
    city, county = pair
    async with county.database.tenant(county.tenant) as connection:
        mail = Mail(connection, county.tenant, county.folder, NOW)
        await cascade.put(connection, county.tenant, [LISTED], "jiangzhou")
        request = (await ask(mail, county.actor, "jiangzhou", "welfare", APPLICATION)).id
    await corrects(city, "welfare@qingchuan", "residents")
    [receipt] = (await city.carry(county)).receipts
    assert receipt.body.outcome is Outcome.ACCEPTED
    async with county.database.tenant(county.tenant) as connection:
        [told] = await notices.listed(connection, ("welfare",), unread=True, before=None, limit=9)
        marked = (await asked(connection, request)).corrected
    assert (told.kind, told.dataset, told.body["asked"]) == ("corrected", "jiangzhou/residents", [request])
    assert told.body["title"] == "居民登记"
    assert marked is not None
    assert (marked["field"], marked["version"]) == ("收入", 2)


async def test_nobody_is_told_of_what_they_have_not_asked_for(pair: tuple[Node, Node]) -> None:
    city, county = pair
    await corrects(city, "welfare@qingchuan", "residents")
    [receipt] = (await city.carry(county)).receipts
    assert receipt.body.outcome is Outcome.REFUSED
    async with county.database.tenant(county.tenant) as connection:
        assert await notices.listed(connection, None, unread=True, before=None, limit=9) == []


async def corrects(node: Node, organisation: str, dataset: str) -> None:
    """Twice looked at, once sent."""
    async with node.database.tenant(node.tenant) as connection:
        await notices.tell(
            connection, node.tenant, organisation, "corrected", "D1", dataset, NOW, field="收入", version=2
        )
        mail = Mail(connection, node.tenant, node.folder, NOW)
        assert [await tell_notices(mail), await tell_notices(mail)] == [1, 0]


async def test_that_something_else_arrived_than_left_stays_in_the_evidence(pair: tuple[Node, Node]) -> None:
    city, county = pair
    async with county.database.tenant(county.tenant) as connection:
        arrived = Arrived(call="L1", bytes=3, sm3="0" * 64)
        letter = Letter(to="jiangzhou", kind=RECEIVED, about="call L1", payload=arrived)
        await Mail(connection, county.tenant, county.folder, NOW).send(county.actor, letter)
    [receipt] = (await county.carry(city)).receipts
    assert receipt.body.outcome is Outcome.REFUSED
    async with city.database.tenant(city.tenant) as connection:
        found = await connection.fetch(
            "select outcome, reason from evidence_pending where action = 'share.received'"
        )
    assert [tuple(row) for row in found] == [("failed", "federation.delivery.differs")]


async def parts(content: bytes) -> AsyncIterator[bytes]:
    for place in range(0, len(content), 65536):
        yield content[place : place + 65536]


async def test_a_long_post_is_read_of_whom_announced_just_that(pair: tuple[Node, Node]) -> None:
    city, county = pair
    content = b"x" * (UNANNOUNCED + 1)
    assert await read_within(parts(content[1:]), None) == content[1:]
    with pytest.raises(Denied):
        await read_within(parts(content), None)
    async with county.database.tenant(county.tenant) as connection:
        mail = Mail(connection, county.tenant, county.folder, NOW)
        assert await announcement(mail, "jiangzhou", b"short") == {}
        header = (await announcement(mail, "jiangzhou", content))[HEADER]
        elsewhere = (await announcement(mail, "donghai", content))[HEADER]
    async with city.database.tenant(city.tenant) as connection:
        mail = Mail(connection, city.tenant, city.folder, NOW)
        announced = await expected(mail, header, MOST)
        for wrong in (elsewhere, "", "%%", header[:-8]):
            with pytest.raises(Denied):
                await expected(mail, wrong, MOST)
        with pytest.raises(TooLarge):
            await expected(mail, header, UNANNOUNCED)
    assert await read_within(parts(content), announced) == content
    for other in (content + b"x", b"y" + content[1:], content[1:]):
        with pytest.raises(Denied):
            await read_within(parts(other), announced)
