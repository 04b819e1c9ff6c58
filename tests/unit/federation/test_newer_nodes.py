"""What a node of a newer version tells: members that are not known here are signed, kept and passed over."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from quanyu.core.errors import Invalid
from quanyu.federation import _sql
from quanyu.federation.http import read_body
from quanyu.federation.messages import Letter
from quanyu.federation.model import Post
from quanyu.federation.referrals.model import ASK, Petition
from quanyu.federation.sharing.model import REQUEST, Wanted
from quanyu.store import Database
from tests.unit.federation import referring
from tests.unit.federation.carrying import NOW, Node

PETITION = msgspec.to_builtins(
    Petition(owner="hanjiang", local="Q1", organisation="civil", application=referring.WANTED)
)


@pytest.fixture
async def way(database: Database, tmp_path: Path, tenant: str) -> tuple[Node, Node, Node]:
    """A province, and a county that asks it by way of its city."""
    return await referring.three_levels(database, tmp_path / tenant)


async def says(node: Node, to: str, kind: str, payload: Mapping[str, Any]) -> None:
    async with node.database.tenant(node.tenant) as connection:
        letter = Letter(to=to, kind=kind, about="request Q1", payload=payload)
        await referring.mail(connection, node).send(node.actor, letter)


async def test_a_petition_with_more_in_it_goes_its_whole_way_as_it_was_signed(
    way: tuple[Node, Node, Node],
) -> None:
    province, city, county = way
    said = {**PETITION, "urgency": "high", "entry": {"title": "低保边缘家庭", "icon": "home"}}
    await says(county, "jiangzhou", ASK, said)
    (receipt,) = (await county.carry(city)).receipts
    assert receipt.body.outcome == "accepted", receipt
    view = await referring.decides(city, "pass_on", "情况属实")
    assert view.entry.title == "低保边缘家庭"
    await referring.carry(way)
    [(request, referred)] = await referring.requests_at(province)
    assert (request.consumer.desk, [one.node for one in referred]) == ("civil@qingchuan", ["jiangzhou"])
    async with province.database.tenant(province.tenant) as connection:
        kept = await connection.fetchval(
            "select payload -> 'petition' -> 'payload' ->> 'urgency' from federation_message where kind = 'referral.pass'"
        )
    assert kept == "high"


async def test_what_is_asked_for_in_words_that_are_not_understood_is_refused(
    way: tuple[Node, Node, Node],
) -> None:
    province, _, county = way
    await referring.lead(county, "hanjiang", "")
    await referring.lead(province, "qingchuan", "")
    wanted = msgspec.to_builtins(Wanted(local="Q1", organisation="civil", application=referring.WANTED))
    await says(
        county, "hanjiang", REQUEST, {**wanted, "application": {**wanted["application"], "onward": True}}
    )
    (receipt,) = (await county.carry(province)).receipts
    assert receipt.body.outcome == "refused"
    assert "onward" in receipt.body.reason
    assert await referring.requests_at(province) == []


async def test_nothing_that_is_not_signed_hides_beside_what_is(way: tuple[Node, Node, Node]) -> None:
    province, _, county = way
    await county.send(province, "hello")
    async with county.database.tenant(county.tenant) as connection:
        (message,) = await _sql.waiting_for(connection, "hanjiang", NOW, 9)
    sent = msgspec.json.decode(msgspec.json.encode(Post(messages=(message,), time=NOW)))
    sent["messages"][0]["envelope"]["body"]["urgency"] = "high"
    with pytest.raises(Invalid, match="urgency"):
        read_body(msgspec.json.encode(sent), Post)
